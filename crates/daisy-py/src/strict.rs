//! The call `strict(x)`, as CPython makes it: without a Python frame where `x` is a thunk whose value
//! is an array or a number.
//!
//! `strict` is a class, so calling it is up to its metaclass, which is written in Python. CPython looks
//! for a function in the class itself first (`tp_vectorcall`), if the metaclass says that it may
//! (PEP 590). Classes that derive from `strict` have none, and are called by the metaclass.

use std::mem::offset_of;

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFloat, PyInt, PyType};

use crate::arrays;
use crate::parking;
use crate::run;
use crate::slot;
use crate::thunk::{AutodaskThunk, Thunk};

/// What `strict(x)` does, in Python.
static EVALUATE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Has calls of the class `strict` come here first; `evaluate` does what is not done here.
///
/// Raises:
///     `TypeError`: the metaclass is laid out in a way of its own.
#[pyfunction]
pub fn speed_up_strict(strict: &Bound<'_, PyType>, evaluate: Bound<'_, PyAny>) -> PyResult<()> {
    let place = offset_of!(ffi::PyTypeObject, tp_vectorcall).cast_signed();
    let class = strict.as_type_ptr();
    let metaclass = strict.get_type().as_type_ptr();
    let _ = EVALUATE.set(strict.py(), evaluate.unbind());
    // SAFETY: live classes, which nobody calls while the thread is attached.
    unsafe {
        if (*metaclass).tp_vectorcall_offset != place {
            return Err(PyTypeError::new_err(
                "a class is kept in another way than daisy knows",
            ));
        }
        (*class).tp_vectorcall = Some(vectorcall);
        (*metaclass).tp_flags |= ffi::Py_TPFLAGS_HAVE_VECTORCALL;
        ffi::PyType_Modified(metaclass);
    }
    Ok(())
}

unsafe extern "C" fn vectorcall(
    _strict: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython keeps to the protocol: so many arguments are there.
    unsafe {
        slot::enter(|py| {
            if names.is_null() && ffi::PyVectorcall_NARGS(count) == 1 {
                let only = Borrowed::from_ptr(py, *values);
                if let Some(value) = simple_value(&only)? {
                    return Ok(value);
                }
            }
            let evaluate = EVALUATE
                .get(py)
                .expect("it was set with the class")
                .as_ptr();
            let value = parking::vectorcall(evaluate, values, count, names);
            Bound::from_owned_ptr_or_err(py, value)
        })
    }
}

/// The value of an `autodaskthunk`, if it is one in which no thunk can be.
fn simple_value<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    if object.get_type_ptr() != AutodaskThunk::type_object_raw(py) {
        return Ok(None);
    }
    // SAFETY: that class derives from `Thunk`.
    let thunk = unsafe { object.cast_unchecked::<Thunk>() };
    let value = run::force(py, &thunk.get().node, true)?.into_bound(py);
    let kind = value.get_type_ptr();
    let is_simple = arrays::known(py).is_some_and(|array| array.as_ptr() == kind.cast())
        || kind == PyFloat::type_object_raw(py)
        || kind == PyInt::type_object_raw(py);
    Ok(is_simple.then_some(value))
}
