//! Arrays: whether NumPy will be busy for a while with what it is given.

use pyo3::ffi;
use pyo3::prelude::*;

use crate::arrays::Array;

/// From so many elements on, an operation takes longer than to wake a thread.
const LARGE: isize = 1 << 15;

/// Whether an object is an array with many elements. Runs no code of anybody's.
#[inline]
pub fn is_large(py: Python<'_>, object: *mut ffi::PyObject) -> bool {
    // SAFETY: the object is held by the caller.
    let array = unsafe { Array::of(py, &*object) };
    array.is_some_and(|array| array.len() >= LARGE)
}

/// Whether a function is a method of an array with many elements.
#[inline]
pub fn is_method_of_large(py: Python<'_>, function: *mut ffi::PyObject) -> bool {
    // SAFETY: the caller holds the function; what it is bound to, if to anything, it keeps alive.
    let owner = unsafe {
        if ffi::PyCFunction_CheckExact(function) == 0 {
            return false;
        }
        (*function.cast::<ffi::PyCFunctionObject>()).m_self
    };
    !owner.is_null() && is_large(py, owner)
}
