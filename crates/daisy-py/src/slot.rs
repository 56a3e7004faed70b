//! Functions that CPython calls directly, where PyO3 has no wrapper for them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::ffi;
use pyo3::panic::PanicException;
use pyo3::prelude::*;

/// Runs `body` and hands its result to CPython: a new reference, or null with the error set.
/// A panic becomes PyO3's `PanicException`, as it does in PyO3's own wrappers.
///
/// CPython calls slots and methods on attached threads only.
pub fn enter<F>(body: F) -> *mut ffi::PyObject
where
    F: for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>>,
{
    let mut body = Some(body);
    let mut run = |py: Python<'_>| {
        let body = body.take().expect("it is run once");
        hand_over(py, catch_unwind(AssertUnwindSafe(|| body(py))))
    };
    // PyO3 lets go of objects at once only where it knows that the thread is attached. It will not
    // hear of it when the interpreter ends.
    Python::try_attach(&mut run).unwrap_or_else(|| {
        // SAFETY: whoever is called by CPython is attached.
        run(unsafe { Python::assume_attached() })
    })
}

fn hand_over(
    py: Python<'_>,
    result: std::thread::Result<PyResult<Bound<'_, PyAny>>>,
) -> *mut ffi::PyObject {
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
