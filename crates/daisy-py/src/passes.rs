//! Which passes are on: what `daisy.options` says for the process and, before that, for the
//! current context.

use std::sync::atomic::{AtomicU64, Ordering};

use daisy_core::{PASSES, PassSet};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The passes that are off in the process, the first of [`PASSES`] as the lowest bit.
static OFF: AtomicU64 = AtomicU64::new(0);
/// A `contextvars.ContextVar`: the passes that the context speaks of, and which of them are off.
static OFF_HERE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

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
pub fn set_passes_variable(variable: Bound<'_, PyAny>) {
    let _ = OFF_HERE.set(variable.py(), variable.unbind());
}

/// The passes that are on here.
pub fn current(py: Python<'_>) -> PyResult<PassSet> {
    let (spoken_of, off_here) = here(py)?;
    let off = OFF.load(Ordering::Relaxed) & !spoken_of | off_here;
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
    let Some(variable) = OFF_HERE.get(py) else {
        return Ok((0, 0));
    };
    variable
        .bind(py)
        .call_method0(intern!(py, "get"))?
        .extract()
}
