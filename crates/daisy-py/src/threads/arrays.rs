//! Arrays: whether NumPy will be busy for a while with what it is given.

use pyo3::ffi;
use pyo3::prelude::*;

use crate::arrays;

/// From so many elements on, an operation takes longer than to wake a thread.
const LARGE: isize = 1 << 15;

/// Whether an object is an array with many elements. Runs no code of anybody's.
#[inline]
pub fn is_large(py: Python<'_>, object: *mut ffi::PyObject) -> bool {
    let Some(ndarray) = arrays::known(py) else {
        return false;
    };
    // SAFETY: the object is held by the caller and is an `ndarray` itself, which has this layout.
    unsafe {
        if ffi::Py_TYPE(object).cast() != ndarray.as_ptr() {
            return false;
        }
        let array = object.cast::<Array>();
        let rank = isize::try_from((*array).rank).unwrap_or(0);
        let lengths = (0..rank).map(|axis| *(*array).shape.offset(axis));
        rank > 0 && lengths.product::<isize>() >= LARGE
    }
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

/// The first fields of `PyArrayObject_fields` (`numpy/ndarraytypes.h`), part of NumPy's ABI, the
/// same in NumPy 1 and 2.
#[repr(C)]
struct Array {
    base: ffi::PyObject,
    data: *mut u8,
    rank: std::ffi::c_int,
    shape: *const isize,
}
