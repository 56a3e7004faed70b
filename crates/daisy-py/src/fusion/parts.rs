//! Parts: a launch on one thread or several.
//!
//! A short one is run as it is. For a longer one the GIL is let go, and a long one is split over the
//! threads of the engine, which need no GIL for it.

use std::sync::Arc;

use daisy_core::Parts;
use daisy_kernel::{Failed, Launch, Partials, Program, Raised};
use parking_lot::Mutex;
use pyo3::prelude::*;

use super::pieces::Kernel;
use crate::threads::lifetime;

/// From so many operations on elements on, others may have the GIL meanwhile: some ten microseconds.
const LONG: usize = 1 << 15;
/// From so many on, it takes longer than to wake a thread or two.
const VERY_LONG: usize = 1 << 17;
/// For each worker so many parts, so that one who comes late finds something to do.
const SHARES: usize = 4;

/// A launch that several threads work on.
struct Shared {
    launch: Launch<Arc<Program>>,
    ranges: Vec<std::ops::Range<usize>>,
    outcome: Mutex<Result<Raised, Failed>>,
    /// By part: what it has reduced.
    partials: Mutex<Vec<Option<Partials>>>,
}

impl Parts for Shared {
    fn part(&self, number: usize) {
        let part = self.launch.reduce(self.ranges[number].clone());
        let part = part.map(|(raised, partials)| {
            self.partials.lock()[number] = Some(partials);
            raised
        });
        let mut outcome = self.outcome.lock();
        *outcome = outcome.and_then(|raised| part.map(|own| raised.and(own)));
    }
}

impl Shared {
    /// What all parts together have noticed, and reduced: in their order, whoever did them.
    fn together(&self) -> Result<(Raised, Partials), Failed> {
        let raised = (*self.outcome.lock())?;
        let partials = std::mem::take(&mut *self.partials.lock());
        let mut partials = partials.into_iter().flatten();
        let mut all = partials.next().ok_or(Failed)?;
        let joined = partials.all(|next| all.join(next));
        joined.then_some((raised, all)).ok_or(Failed)
    }
}

/// Runs a launch, and says what the floating-point units have noticed and what it has reduced.
pub fn run(
    py: Python<'_>,
    launch: Launch<Arc<Program>>,
    kernel: &Kernel,
    workers: usize,
) -> PyResult<Result<(Raised, Partials), Failed>> {
    let length = launch.length();
    let work = length.saturating_mul(kernel.program.steps());
    if work < LONG {
        return Ok(launch.reduce(0..length));
    }
    let splits = workers > 1 && work >= VERY_LONG && kernel.splits;
    match lifetime::pool(py)?.filter(|_| splits) {
        None => Ok(py.detach(|| launch.reduce(0..length))),
        Some(pool) => Ok(py.detach(|| {
            let ranges: Vec<_> = launch.parts(workers * SHARES).collect();
            let parts = ranges.len();
            let outcome = Mutex::new(Ok(Raised::default()));
            let shared = Arc::new(Shared {
                launch,
                ranges,
                outcome,
                partials: Mutex::new((0..parts).map(|_| None).collect()),
            });
            pool.split(&shared, parts, workers);
            shared.together()
        })),
    }
}
