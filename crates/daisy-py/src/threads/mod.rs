//! Threads: what both engines, for thunks and for task graphs, do with the pool of the core.

pub mod arrays;
pub mod brief;
pub mod helper;
pub mod host;
pub mod lifetime;
