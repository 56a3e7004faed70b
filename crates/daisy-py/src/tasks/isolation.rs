//! Isolation: each task in a copy of the `contextvars` context in which `get` was called.

use pyo3::ffi;
use pyo3::prelude::*;

use crate::context;

/// The context of the caller, as it was when the run began.
///
/// Each task runs in a copy of it, whatever thread it runs on. So tasks see what the caller set,
/// and what a task sets reaches neither the caller nor another task, as with dask's own threads.
pub struct Isolation(Py<PyAny>);

impl Isolation {
    /// The context of this thread.
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        Ok(Self(context::copy(py, None)?.unbind()))
    }

    /// Does a task in a context of its own.
    #[inline]
    pub fn run<'py>(
        &self,
        py: Python<'py>,
        task: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let copy = context::copy(py, Some(&self.0))?;
        // SAFETY: the copy is a context that nobody else knows, so it can be entered here and, as
        // `task` leaves what it enters, is the current one again when it is left.
        unsafe {
            if ffi::PyContext_Enter(copy.as_ptr()) < 0 {
                return Err(PyErr::fetch(py));
            }
            let result = task();
            if ffi::PyContext_Exit(copy.as_ptr()) < 0 {
                return Err(PyErr::fetch(py));
            }
            result
        }
    }
}
