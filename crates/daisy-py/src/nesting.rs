//! Which runs the current thread is inside of, outermost first.
//!
//! On the native engine a task runs on the thread that forces. Other schedulers have worker
//! threads of their own; they hand the caller's `contextvars` context on, as dask's do, so a
//! context variable tells there.

use std::cell::RefCell;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

thread_local! {
    static PATH: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The runs that this thread is inside of.
pub fn current(py: Python<'_>) -> PyResult<Vec<u64>> {
    let path = PATH.with_borrow(Clone::clone);
    if path.is_empty() {
        inherited(py)
    } else {
        Ok(path)
    }
}

/// The runs that a scheduler's worker thread works for.
fn inherited(py: Python<'_>) -> PyResult<Vec<u64>> {
    let Some(variable) = VARIABLE.get(py) else {
        return Ok(Vec::new());
    };
    let mut found = std::ptr::null_mut();
    // SAFETY: a context variable, no default, and a place for the result, a new reference.
    let path = unsafe {
        if ffi::PyContextVar_Get(variable.as_ptr(), std::ptr::null_mut(), &raw mut found) < 0 {
            return Err(PyErr::fetch(py));
        }
        Bound::from_owned_ptr_or_opt(py, found)
    };
    path.map_or(Ok(Vec::new()), |path| path.extract())
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
    context.call_method1("run", (set, current(py)?))?;
    Ok(())
}

/// Goes into a run for as long as the result lives.
pub fn enter(ancestors: &[u64], run: u64) -> Inside {
    let mut path = ancestors.to_vec();
    path.push(run);
    Inside {
        before: PATH.replace(path),
    }
}

pub struct Inside {
    before: Vec<u64>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        PATH.set(std::mem::take(&mut self.before));
    }
}
