#![doc = include_str!("../README.md")]
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod pool;
