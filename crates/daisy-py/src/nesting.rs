//! Which runs the current thread is inside of, and which step of each it computes.
//!
//! A thread that works on a run is *on a level* of its own: the caller from the beginning to the end
//! of the run, a helper while it is there. A step may force thunks, which is a run inside of it, on
//! the same thread; so the levels of a thread are a stack. Other schedulers have worker threads of
//! their own; they hand the caller's `contextvars` context on, as dask's do, so a context variable
//! tells there.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use daisy_core::NodeId;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use smallvec::smallvec;

use crate::compile::slot;
use crate::context::Contexts;
use crate::registry::Active;
use crate::run::Run;

thread_local! {
    static LEVELS: RefCell<Vec<Rc<Level>>> = const { RefCell::new(Vec::new()) };
}

static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// No step, or one that is not known.
const NONE: u32 = u32::MAX;

/// A run, and the step of it that somebody computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub run: u64,
    pub step: u32,
}

/// One thread in one run.
pub struct Level {
    pub run: Arc<Run>,
    /// The step that the thread computes now; others look at it, too.
    step: Arc<AtomicU32>,
    pub contexts: RefCell<Contexts>,
}

impl Level {
    /// From now on this thread computes a step, until the result is dropped.
    #[inline]
    pub fn begin(&self, step: NodeId) -> Computing<'_> {
        self.step.store(slot(step), Ordering::Relaxed);
        Computing(self)
    }
}

/// A step that a thread computes.
pub struct Computing<'a>(&'a Level);

impl Drop for Computing<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.step.store(NONE, Ordering::Release);
        self.0.run.tell_of_step();
    }
}

/// Goes into a run for as long as the result lives.
pub fn enter(py: Python<'_>, run: &Arc<Run>) -> PyResult<Inside> {
    let level = Rc::new(Level {
        run: Arc::clone(run),
        step: Arc::new(AtomicU32::new(NONE)),
        contexts: RefCell::new(Contexts::new(py)?),
    });
    run.add_worker(&level.step);
    LEVELS.with_borrow_mut(|levels| levels.push(Rc::clone(&level)));
    Ok(Inside { level })
}

/// A thread's stay in a run.
pub struct Inside {
    level: Rc<Level>,
}

impl Inside {
    /// The run.
    pub fn run(&self) -> &Arc<Run> {
        &self.level.run
    }

    /// Goes back to the `contextvars` context in which the thread came.
    pub fn leave_contexts(&self, py: Python<'_>) -> PyResult<()> {
        self.level.contexts.borrow_mut().leave(py)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.level.run.remove_worker(&self.level.step);
        let left = LEVELS.with_borrow_mut(Vec::pop);
        debug_assert!(left.is_some_and(|left| Rc::ptr_eq(&left, &self.level)));
    }
}

/// The innermost run that this thread is inside of.
#[inline]
pub fn innermost() -> Option<Rc<Level>> {
    LEVELS.with_borrow(|levels| levels.last().cloned())
}

/// The runs that this thread is inside of, as if no other thread was.
pub fn active() -> Vec<Active> {
    let of_level = |level: &Rc<Level>| Active {
        run: Arc::clone(&level.run),
        workers: smallvec![Arc::clone(&level.step)],
    };
    LEVELS.with_borrow(|levels| levels.iter().map(of_level).collect())
}

/// What this thread is inside of, the outermost first.
pub fn path(py: Python<'_>) -> PyResult<Vec<Place>> {
    let Some(level) = innermost() else {
        return inherited(py);
    };
    let mut path = level.run.ancestors.clone();
    path.push(Place {
        run: level.run.id,
        step: level.step.load(Ordering::Relaxed),
    });
    Ok(path)
}

/// The runs that a scheduler's worker thread works for.
fn inherited(py: Python<'_>) -> PyResult<Vec<Place>> {
    let Some(variable) = VARIABLE.get(py) else {
        return Ok(Vec::new());
    };
    let mut found = std::ptr::null_mut();
    // SAFETY: a context variable, no default, and a place for the result, a new reference.
    let runs = unsafe {
        if ffi::PyContextVar_Get(variable.as_ptr(), std::ptr::null_mut(), &raw mut found) < 0 {
            return Err(PyErr::fetch(py));
        }
        Bound::from_owned_ptr_or_opt(py, found)
    };
    let runs: Vec<u64> = runs.map_or(Ok(Vec::new()), |runs| runs.extract())?;
    let place = |run| Place { run, step: NONE };
    Ok(runs.into_iter().map(place).collect())
}

/// The context variable, made when the first foreign scheduler is used.
fn variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let variable = VARIABLE.get_or_try_init(py, || {
        let class = py.import("contextvars")?.getattr("ContextVar")?;
        class.call1(("daisy_runs",)).map(Bound::unbind)
    })?;
    Ok(variable.bind(py))
}

/// The context variable, if a foreign scheduler was used.
pub fn known_variable(py: Python<'_>) -> Option<Py<PyAny>> {
    VARIABLE.get(py).map(|variable| variable.clone_ref(py))
}

/// Makes the runs of this thread visible in `context`.
pub fn publish(context: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = context.py();
    let set = variable(py)?.getattr("set")?;
    let runs: Vec<u64> = path(py)?.iter().map(|place| place.run).collect();
    context.call_method1("run", (set, runs))?;
    Ok(())
}
