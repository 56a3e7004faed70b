//! Which passes are on, and whether traces are used again: what `daisy.options` says for the process
//! and, before that, for the current context.

use std::sync::atomic::{AtomicU64, Ordering};

use daisy_core::{PASSES, PassSet};
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The passes that are off in the process, the first of [`PASSES`] as the lowest bit; after the last
/// of them, whether traces are used again.
static OFF: AtomicU64 = AtomicU64::new(0);
/// A `contextvars.ContextVar`: the passes that the context speaks of, and which of them are off. Its
/// default, which speaks of none, stands behind it, since that is what it mostly has.
static OFF_HERE: PyOnceLock<(Py<PyAny>, Py<PyAny>)> = PyOnceLock::new();

/// The names of all passes, in the order in which they run.
#[pyfunction]
pub fn passes() -> Vec<&'static str> {
    PASSES.iter().map(|pass| pass.name).collect()
}

/// Switches passes off in the process.
#[pyfunction]
pub fn set_passes_off(off: u64) {
    OFF.store(off, Ordering::Relaxed);
}

/// Says which variable switches passes off in a context.
#[pyfunction]
pub fn set_passes_variable(variable: Bound<'_, PyAny>) -> PyResult<()> {
    // SAFETY: only the type of a live object is looked at.
    if unsafe { ffi::PyContextVar_CheckExact(variable.as_ptr()) } == 0 {
        return Err(PyTypeError::new_err("a context variable is wanted"));
    }
    let py = variable.py();
    let default = variable.call_method0(intern!(py, "get"))?;
    let _ = OFF_HERE.set(py, (variable.unbind(), default.unbind()));
    Ok(())
}

/// Whether a trace may stand for a later call here.
#[pyfunction]
pub fn traces_once(py: Python<'_>) -> PyResult<bool> {
    Ok((off(py)? >> PASSES.len()) & 1 == 0)
}

/// Whether connected element-wise work becomes one step here.
pub fn fuses(py: Python<'_>) -> PyResult<bool> {
    let place = PASSES.iter().position(|pass| pass.name == "fuse");
    let off = off(py)?;
    Ok(place.is_some_and(|place| (off >> place) & 1 == 0))
}

/// What is off here.
fn off(py: Python<'_>) -> PyResult<u64> {
    let (spoken_of, off_here) = here(py)?;
    Ok(OFF.load(Ordering::Relaxed) & !spoken_of | off_here)
}

/// The passes that are on here.
pub fn current(py: Python<'_>) -> PyResult<PassSet> {
    let off = off(py)?;
    let mut set = PassSet::all();
    for (place, pass) in PASSES.iter().enumerate() {
        if (off >> place) & 1 == 1 {
            set.set(pass.name, false)
                .expect("the name is from the table of passes");
        }
    }
    Ok(set)
}

fn here(py: Python<'_>) -> PyResult<(u64, u64)> {
    let Some((variable, default)) = OFF_HERE.get(py) else {
        return Ok((0, 0));
    };
    let mut value = std::ptr::null_mut();
    // SAFETY: a variable, as `set_passes_variable` has made sure; what it gives is a new reference,
    // or null where it has neither a value nor a default.
    let value = unsafe {
        if ffi::PyContextVar_Get(variable.as_ptr(), std::ptr::null_mut(), &raw mut value) < 0 {
            return Err(PyErr::fetch(py));
        }
        Bound::from_owned_ptr_or_opt(py, value)
    };
    match value {
        Some(value) if !value.is(default) => value.extract(),
        _ => Ok((0, 0)),
    }
}
