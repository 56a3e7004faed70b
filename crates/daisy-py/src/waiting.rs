//! Waiting: threads that need what another one computes, and circles of them.
//!
//! Whoever waits says for what, and what it is inside of: all that cannot end before it goes on. So
//! everybody can see whether to wait would close a circle, in which nobody ever goes on.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;

use crate::nesting::{self, Place};
use crate::registry;

/// How long a waiting thread sleeps before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(20);

/// What a thread waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// The end of a run.
    Run(u64),
    /// The end of a step that another thread computes.
    Step(Place),
}

impl Target {
    /// Whether a thread that is inside of all this has to go on before the target is reached.
    fn needs(self, path: &[Place]) -> bool {
        match self {
            Target::Run(run) => path.iter().any(|place| place.run == run),
            Target::Step(step) => path.contains(&step),
        }
    }
}

/// One thread that waits.
pub struct Wait {
    path: Vec<Place>,
    target: Target,
}

/// Whether a thread inside of `path` that waits for a target would wait for itself.
pub fn closes_circle(target: Target, path: &[Place]) -> bool {
    let waiting = registry::current().waiting.lock().clone();
    let mut targets = vec![target];
    let mut next = 0;
    while let Some(&target) = targets.get(next) {
        next += 1;
        if target.needs(path) {
            return true;
        }
        for wait in waiting.iter().filter(|wait| target.needs(&wait.path)) {
            if !targets.contains(&wait.target) {
                targets.push(wait.target);
            }
        }
    }
    false
}

/// Waits until a target is reached, or until there is a circle, which only who looks again can break.
pub fn wait_for(py: Python<'_>, target: Target) -> PyResult<()> {
    let waiting = Announced::new(Wait {
        path: nesting::path(py)?,
        target,
    });
    while !closes_circle(target, &waiting.0.path) {
        let registry = registry::current();
        if py.detach(|| registry.sleep_until(target, PATIENCE)) {
            return Ok(());
        }
        py.check_signals()?;
    }
    Ok(())
}

/// A thread that is known to wait, as long as this lives.
struct Announced(Arc<Wait>);

impl Announced {
    fn new(wait: Wait) -> Self {
        let wait = Arc::new(wait);
        registry::current().waiting.lock().push(Arc::clone(&wait));
        Self(wait)
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        registry::current()
            .waiting
            .lock()
            .retain(|wait| !Arc::ptr_eq(wait, &self.0));
    }
}
