//! Functions that CPython calls directly, where PyO3 has no wrapper for them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::ffi;
use pyo3::panic::PanicException;
use pyo3::prelude::*;

/// Runs `body` and hands its result to CPython: a new reference, or null with the error set.
/// A panic becomes PyO3's `PanicException`, as it does in PyO3's own wrappers.
///
/// # Safety
/// The thread must be attached, as it is whenever CPython calls a slot or a method.
pub unsafe fn enter<F>(body: F) -> *mut ffi::PyObject
where
    F: for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>>,
{
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    let result = catch_unwind(AssertUnwindSafe(|| body(py)));
    match result {
        Ok(Ok(value)) => value.into_ptr(),
        Ok(Err(error)) => {
            error.restore(py);
            std::ptr::null_mut()
        }
        Err(payload) => {
            let what = payload
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| payload.downcast_ref::<String>().cloned());
            let what = what.unwrap_or_else(|| "panic in daisy's core".into());
            PanicException::new_err(what).restore(py);
            std::ptr::null_mut()
        }
    }
}
