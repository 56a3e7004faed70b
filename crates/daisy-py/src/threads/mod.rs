//! Threads: what the engines, for thunks and for task graphs, do with the pool of the core, and what
//! tells how long a step may take.

pub mod arrays;
pub mod brief;
pub mod forks;
pub mod helper;
pub mod host;
pub mod lifetime;
