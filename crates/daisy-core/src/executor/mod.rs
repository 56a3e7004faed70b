//! Executor: owns the threads, and decides nothing about the order.
//!
//! Several threads work on one run: the caller, and helpers of a pool. `README.md` beside this file
//! draws what they say to each other, and why none of it goes wrong.

// What a host has to be for several threads.
mod crew;

// One run: what the caller does alone, then its state under a lock, the threads in it, and what
// the pool knows of it.
mod alone;
mod job;
mod pace;
mod shared;
mod state;
mod worker;

// One piece of work in parts.
mod split;

// The threads that stay, and whether one of them is of use to a run.
mod desk;
mod pool;
mod watch;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, loom))]
mod split_models;

pub use crew::Crew;
pub use pool::Pool;
pub use split::Parts;
