//! Forcing: from thunks to values.
//!
//! A run compiles what its roots need and executes it. While it lasts it *claims* the nodes it
//! took, so that nobody else computes them:
//!
//! * Another thread that needs one of them waits for the run to end and then looks again.
//! * A step of this run that forces one of them (a nested run) takes it over, since waiting for
//!   itself would never end; who comes to it in the outer run waits for the nested one and finds
//!   the value. If another thread computes the node right now, the nested run waits for that; if
//!   it is a step that the nested run is inside of, the thunk depends on itself, an error.
//! * Two threads that each wait for what the other computes would wait for ever. Who is about to
//!   close such a circle takes the nodes over as well, or finds that a thunk depends on itself
//!   (`waiting.rs`).
//!
//! Compiling happens under one lock and runs no code of the user's, so that claiming all nodes of
//! a run is one step. What a thread is inside of is in `nesting.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};

use daisy_core::NodeId;
use pyo3::prelude::*;

use crate::compile::{self, Claims, Compiled, Fuse, Obstacle, slot};
use crate::direct;
use crate::engine;
use crate::errors;
use crate::foreign;
use crate::hooks;
use crate::nesting::{self, Computing, Level, Place};
use crate::node::NodeRef;
use crate::registry;
use crate::waiting::{self, Target};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A run that goes on.
pub struct Run {
    pub id: u64,
    /// What this run was started inside of, the outermost first.
    pub ancestors: Vec<Place>,
    /// Whether helpers have been in this run.
    helped: AtomicBool,
    /// Set when another run took nodes over, or wanted to.
    robbed: AtomicBool,
}

impl Run {
    /// A thread comes, that says here what it computes.
    pub fn add_worker(&self, step: &Arc<AtomicU32>) {
        if registry::current().add_worker(self, step) > 1 {
            self.helped.store(true, Ordering::SeqCst);
        }
    }

    /// A thread goes.
    pub fn remove_worker(&self, step: &Arc<AtomicU32>) {
        registry::current().remove_worker(self, step);
    }

    /// Whether other runs have to be looked at before a step is computed, of which the thread has
    /// just said that it computes it.
    #[inline]
    pub fn is_robbed(&self) -> bool {
        // Whoever takes steps over says so and then looks at who computes them: one of the two sees
        // the other. Without helpers, the one who takes over is mostly this thread itself.
        if self.helped.load(Ordering::Relaxed) {
            fence(Ordering::SeqCst);
        }
        self.robbed.load(Ordering::Relaxed)
    }

    /// Tells those who may wait for a step of this run that one is over.
    #[inline]
    pub fn tell_of_step(&self) {
        if self.is_robbed() {
            registry::current().tell_of_step();
        }
    }
}

/// The value of a node, computed now if need be. `autodask`: by the registered scheduler, or else
/// with helpers.
pub fn force(py: Python<'_>, node: &NodeRef, autodask: bool) -> PyResult<Py<PyAny>> {
    if let Some(value) = node.value(py) {
        return Ok(value);
    }
    if autodask && let Some(value) = direct::value(py, node)? {
        return Ok(value);
    }
    let mut values = force_all(py, std::slice::from_ref(node), autodask)?;
    Ok(values.pop().expect("one root gives one value"))
}

/// The values of many nodes, computed in one run.
pub fn force_all(py: Python<'_>, nodes: &[NodeRef], autodask: bool) -> PyResult<Vec<Py<PyAny>>> {
    let scheduler = if autodask { hooks::scheduler(py) } else { None };
    let (run, compiled) = begin(py, nodes, Fuse::Connected)?;
    let inside = nesting::enter(py, &run.0)?;
    match scheduler {
        Some(scheduler) => foreign::execute(py, &compiled, nodes, scheduler.bind(py)),
        None if autodask => engine::execute(py, compiled, nodes, &inside),
        None => engine::execute_alone(py, compiled, nodes, &inside),
    }
}

/// Compiles only, for whoever wants to look at the graph. Nothing stays claimed.
pub fn compile_only(py: Python<'_>, nodes: &[NodeRef], fuse: Fuse) -> PyResult<Compiled> {
    begin(py, nodes, fuse).map(|(_run, compiled)| compiled)
}

/// The same for whoever wants to know what kernels could do, be it a single operation.
pub fn compile_to_fuse(py: Python<'_>, nodes: &[NodeRef]) -> PyResult<Compiled> {
    begin(py, nodes, Fuse::All).map(|(_run, compiled)| compiled)
}

/// A registered run, which ends when this is dropped.
struct Registered(Arc<Run>);

impl Drop for Registered {
    fn drop(&mut self) {
        registry::current().remove(&self.0);
    }
}

/// Compiles and registers a run, once nobody else computes what it needs.
fn begin(py: Python<'_>, nodes: &[NodeRef], fuse: Fuse) -> PyResult<(Registered, Compiled)> {
    loop {
        match try_to_begin(py, nodes, fuse) {
            Ok(begun) => return Ok(begun),
            Err(Obstacle::Claimed(target)) => waiting::wait_for(py, target)?,
            Err(Obstacle::Cycle) => return Err(errors::depends_on_itself()),
            Err(Obstacle::Python(error)) => return Err(error),
        }
    }
}

fn try_to_begin(
    py: Python<'_>,
    nodes: &[NodeRef],
    fuse: Fuse,
) -> Result<(Registered, Compiled), Obstacle> {
    let ancestors = nesting::path(py)?;
    let registry = registry::current();
    let _compiling = registry.compile(py)?;
    let run = Arc::new(Run {
        id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        ancestors,
        helped: AtomicBool::new(false),
        robbed: AtomicBool::new(false),
    });
    let claims = Others {
        path: &run.ancestors,
        runs: registry.runs(),
    };
    let compiled = compile::compile(py, nodes, run.id, fuse, &claims)?;
    registry.add(&run);
    Ok((Registered(run), compiled))
}

/// The runs that went on when this one was compiled.
struct Others<'a> {
    /// What this run is inside of.
    path: &'a [Place],
    runs: Vec<Arc<Run>>,
}

impl Claims for Others<'_> {
    fn may_take(&self, id: u64, step: u32) -> Result<(), Obstacle> {
        // Most nodes were never claimed, and mostly no other run goes on.
        let Some(other) = self.runs.iter().find(|run| run.id == id) else {
            return Ok(());
        };
        if !self.path.iter().any(|place| place.run == id) {
            let target = Target::Run(id);
            if !waiting::closes_circle(target, self.path) {
                return Err(Obstacle::Claimed(target));
            }
            other.robbed.store(true, Ordering::SeqCst);
            return Ok(());
        }
        other.robbed.store(true, Ordering::SeqCst);
        let target = Target::Step(Place { run: id, step });
        if waiting::closes_circle(target, self.path) {
            return Err(Obstacle::Cycle);
        }
        if !registry::current().is_reached(target) {
            return Err(Obstacle::Claimed(target));
        }
        Ok(())
    }
}

/// How a step stands that another run may have taken over.
pub enum Found<'a> {
    /// It has been computed there.
    Value(Py<PyAny>),
    /// It has not, and is computed here.
    Nothing(Computing<'a>),
}

/// Begins a step of a run from which others took steps over.
pub fn begin_step<'a>(
    py: Python<'_>,
    level: &'a Level,
    node: &NodeRef,
    step: NodeId,
) -> PyResult<Found<'a>> {
    let path = nesting::path(py)?;
    loop {
        if let Some(value) = node.value(py) {
            return Ok(Found::Value(value));
        }
        let registry = registry::current();
        let compiling = registry.compile(py)?;
        let (other, _) = node.claim();
        let target = Target::Run(other);
        let is_free = other == level.run.id || registry.is_reached(target);
        if is_free || waiting::closes_circle(target, &path) {
            node.set_claim(level.run.id, slot(step));
            return Ok(Found::Nothing(level.begin(step)));
        }
        drop(compiling);
        waiting::wait_for(py, target)?;
    }
}

/// Keeps the values of the roots in their nodes and gives them out.
pub fn deliver(py: Python<'_>, nodes: &[NodeRef], values: Vec<Py<PyAny>>) -> Vec<Py<PyAny>> {
    // Another run may have been first; what the node keeps is what everybody gets.
    let keep = |(value, node): (Py<PyAny>, &NodeRef)| node.publish(py, value);
    values.into_iter().zip(nodes).map(keep).collect()
}
