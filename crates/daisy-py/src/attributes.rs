//! Attribute access on a thunk.
//!
//! A plain name is deferred. Names with two underscores on both sides are Python's and the
//! libraries' protocols, and those a thunk answers itself.

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyAttributeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::parking;
use crate::thunk::{self, AutodaskThunk, Thunk};

/// `getattr(thunk, name)`.
pub fn get<'py>(
    slf: &Bound<'py, Thunk>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let kind = slf.get_type_ptr();
    let ours = kind == AutodaskThunk::type_object_raw(py) || kind == Thunk::type_object_raw(py);
    if is_protocol(name)? {
        return protocol(slf, name);
    }
    if !ours && defined_by_subclass(slf, name)? {
        return generic(slf, name);
    }
    thunk::attribute(slf, name)
}

/// `__name__`-like.
fn is_protocol(name: &Bound<'_, PyString>) -> PyResult<bool> {
    let name = name.to_str()?;
    Ok(name.len() > 4 && name.starts_with("__") && name.ends_with("__"))
}

/// What a thunk answers about itself, and what of its value.
fn protocol<'py>(
    slf: &Bound<'py, Thunk>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let autodask = thunk::is_autodask(py, slf.get_type_ptr());
    if !autodask && (name == "__class__" || name == "__dict__" || name == "__doc__") {
        return parking::binary(ffi::PyObject_GetAttr, &thunk::value(slf)?, name);
    }
    match generic(slf, name) {
        Err(error) if error.is_instance_of::<PyAttributeError>(py) && !autodask => {
            parking::binary(ffi::PyObject_GetAttr, &thunk::value(slf)?, name)
        }
        found => found,
    }
}

/// Whether a class between the instance and `thunk` defines `name`: a method of the user's own
/// subclass is that method.
fn defined_by_subclass(slf: &Bound<'_, Thunk>, name: &Bound<'_, PyString>) -> PyResult<bool> {
    let py = slf.py();
    let mro = slf.get_type().mro();
    for class in mro.iter() {
        let kind = class.as_ptr().cast::<ffi::PyTypeObject>();
        if kind == Thunk::type_object_raw(py) || kind == AutodaskThunk::type_object_raw(py) {
            return Ok(false);
        }
        if class.getattr(intern!(py, "__dict__"))?.contains(name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The attribute as Python finds it on any object.
fn generic<'py>(
    slf: &Bound<'py, Thunk>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: two live objects; the function gives a new reference or raises.
    unsafe {
        Bound::from_owned_ptr_or_err(
            slf.py(),
            ffi::PyObject_GenericGetAttr(slf.as_ptr(), name.as_ptr()),
        )
    }
}
