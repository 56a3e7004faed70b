//! Threads: what both engines, for thunks and for task graphs, do with the pool of the core.

pub mod arrays;
pub mod brief;
pub mod caller;
pub mod forks;
pub mod helper;
pub mod lifetime;
