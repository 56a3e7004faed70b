//! Executor: owns the threads, and decides nothing about the order.

mod crew;
mod pool;

pub use crew::Crew;
pub use pool::{Hold, Pool};
