//! Forcing: from thunks to values.
//!
//! A run compiles what its roots need and executes it. While it lasts it *claims* the nodes it
//! took, so that nobody else computes them:
//!
//! * Another thread that needs one of them waits for the run to end and then looks again.
//! * A task of this run that forces one of them (a nested run) takes it over, since waiting for
//!   itself would never end; the outer run then finds the value there. If it is the node being
//!   computed right now, the thunk depends on itself, which is an error.
//! * Two threads that each wait for what the other computes would wait for ever. Who is about to
//!   close such a circle takes the nodes over as well.
//!
//! Compiling happens under one lock and runs no code of the user's, so that claiming all nodes of
//! a run is one step. Which run a thread is inside is known by a context variable, which dask's
//! schedulers carry into their worker threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use crate::compile::{self, Claims, Compiled, Obstacle};
use crate::engine;
use crate::errors;
use crate::foreign;
use crate::hooks;
use crate::nesting;
use crate::node::NodeRef;

/// Held while a run is compiled and registered.
static COMPILING: Mutex<()> = Mutex::new(());
/// The runs that go on now. A list, not one current run: they nest, and threads have their own.
static ACTIVE: Mutex<Vec<Arc<Run>>> = Mutex::new(Vec::new());
/// Signalled whenever a run ends.
static ENDED: Condvar = Condvar::new();
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// How long a waiting thread sleeps before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(20);

/// A run that goes on.
pub struct Run {
    pub id: u64,
    /// The runs inside which this one was started, outermost first.
    ancestors: Vec<u64>,
    /// The node being computed now (`u32::MAX`: none, or not known).
    pub current: AtomicU32,
    /// Set when another run took nodes over, whose values may then be there already.
    pub robbed: AtomicBool,
    /// The runs that threads inside this one wait for.
    waits_for: Mutex<Vec<u64>>,
}

/// The value of a node, computed now if need be. `foreign`: by the registered scheduler.
pub fn force(py: Python<'_>, node: &NodeRef, foreign: bool) -> PyResult<Py<PyAny>> {
    if let Some(value) = node.value(py) {
        return Ok(value);
    }
    let mut values = force_all(py, std::slice::from_ref(node), foreign)?;
    Ok(values.pop().expect("one root gives one value"))
}

/// The values of many nodes, computed in one run.
pub fn force_all(py: Python<'_>, nodes: &[NodeRef], foreign: bool) -> PyResult<Vec<Py<PyAny>>> {
    loop {
        let (run, compiled) = match begin(py, nodes) {
            Ok(begun) => begun,
            Err(Obstacle::Claimed(other)) => {
                wait_for(py, other)?;
                continue;
            }
            Err(Obstacle::Cycle) => return Err(errors::depends_on_itself()),
            Err(Obstacle::Python(error)) => return Err(error),
        };
        let _inside = nesting::enter(&run.run.ancestors, run.run.id);
        let scheduler = if foreign { hooks::scheduler(py) } else { None };
        return match scheduler {
            Some(scheduler) => foreign::execute(py, &compiled, nodes, scheduler.bind(py)),
            None => engine::execute(py, &compiled, nodes, &run.run),
        };
    }
}

/// Compiles only, for whoever wants to look at the graph. Nothing stays claimed.
pub fn compile_only(py: Python<'_>, nodes: &[NodeRef]) -> PyResult<Compiled> {
    loop {
        match begin(py, nodes) {
            Ok((_run, compiled)) => return Ok(compiled),
            Err(Obstacle::Claimed(other)) => wait_for(py, other)?,
            Err(Obstacle::Cycle) => return Err(errors::depends_on_itself()),
            Err(Obstacle::Python(error)) => return Err(error),
        }
    }
}

/// A registered run, which ends when this is dropped.
struct Registered {
    run: Arc<Run>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        ACTIVE.lock().retain(|run| run.id != self.run.id);
        ENDED.notify_all();
    }
}

fn begin(py: Python<'_>, nodes: &[NodeRef]) -> Result<(Registered, Compiled), Obstacle> {
    let ancestors = nesting::current(py)?;
    let _compiling = COMPILING.lock_py_attached(py);
    let run = Arc::new(Run {
        id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        ancestors,
        current: AtomicU32::new(u32::MAX),
        robbed: AtomicBool::new(false),
        waits_for: Mutex::new(Vec::new()),
    });
    let others = ACTIVE.lock().clone();
    let claims = Others {
        ancestors: &run.ancestors,
        runs: &others,
    };
    let compiled = compile::compile(py, nodes, run.id, &claims)?;
    ACTIVE.lock().push(run.clone());
    Ok((Registered { run }, compiled))
}

/// The runs that went on when this one was compiled.
struct Others<'a> {
    ancestors: &'a [u64],
    runs: &'a [Arc<Run>],
}

impl Claims for Others<'_> {
    fn may_take(&self, id: u64, slot: u32) -> Result<(), Obstacle> {
        // Most nodes were never claimed, and mostly no other run goes on.
        let Some(other) = self.runs.iter().find(|run| run.id == id) else {
            return Ok(());
        };
        if self.ancestors.contains(&id) {
            if other.current.load(Ordering::Relaxed) == slot {
                return Err(Obstacle::Cycle);
            }
        } else if !self.waits_for_us(other) {
            return Err(Obstacle::Claimed(id));
        }
        other.robbed.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Others<'_> {
    /// Whether `run` waits, directly or through others, for a run that we are inside of.
    fn waits_for_us(&self, run: &Run) -> bool {
        let mut seen = vec![run.id];
        let mut next = 0;
        while let Some(&id) = seen.get(next) {
            next += 1;
            // A run waits for what it waits for itself and for what its nested runs wait for.
            let family = self
                .runs
                .iter()
                .filter(|run| run.id == id || run.ancestors.contains(&id));
            for target in family.flat_map(|run| run.waits_for.lock().clone()) {
                if self.ancestors.contains(&target) {
                    return true;
                }
                if !seen.contains(&target) {
                    seen.push(target);
                }
            }
        }
        false
    }
}

/// Waits until a run has ended.
fn wait_for(py: Python<'_>, id: u64) -> PyResult<()> {
    let ancestors = nesting::current(py)?;
    let waiting = Waiting::announce(&ancestors, id);
    loop {
        if waiting.closes_a_circle() {
            return Ok(());
        }
        let ended = py.detach(|| {
            let mut active = ACTIVE.lock();
            if active.iter().any(|run| run.id == id) {
                ENDED.wait_for(&mut active, PATIENCE);
            }
            !active.iter().any(|run| run.id == id)
        });
        if ended {
            return Ok(());
        }
        py.check_signals()?;
    }
}

/// Says of the innermost run of this thread that it waits, as long as it does.
struct Waiting {
    run: Option<Arc<Run>>,
    ancestors: Vec<u64>,
    target: u64,
}

impl Waiting {
    fn announce(ancestors: &[u64], target: u64) -> Self {
        let active = ACTIVE.lock();
        let inner = ancestors.last();
        let run = active.iter().find(|run| Some(&run.id) == inner).cloned();
        if let Some(run) = &run {
            run.waits_for.lock().push(target);
        }
        Waiting {
            run,
            ancestors: ancestors.to_vec(),
            target,
        }
    }

    fn closes_a_circle(&self) -> bool {
        let runs = ACTIVE.lock().clone();
        let others = Others {
            ancestors: &self.ancestors,
            runs: &runs,
        };
        runs.iter()
            .find(|run| run.id == self.target)
            .is_some_and(|run| others.waits_for_us(run))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(run) = &self.run {
            let mut waits = run.waits_for.lock();
            if let Some(place) = waits.iter().position(|&id| id == self.target) {
                waits.swap_remove(place);
            }
        }
    }
}

/// Keeps the values of the roots in their nodes and gives them out.
pub fn deliver(py: Python<'_>, nodes: &[NodeRef], values: Vec<Py<PyAny>>) -> Vec<Py<PyAny>> {
    let keep = |(value, node): (Py<PyAny>, &NodeRef)| {
        node.publish(py, value.clone_ref(py));
        // Another run may have been first; what the node keeps is what everybody gets.
        node.value(py).unwrap_or(value)
    };
    values.into_iter().zip(nodes).map(keep).collect()
}
