//! Templated: the base of callables whose calls a template may stand for, so that such a call takes
//! no Python frame.

use std::mem::offset_of;
use std::ptr;

use pyo3::PyTraverseError;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::arguments::Arguments;
use super::table::Templates;
use crate::slot;

/// A callable that asks its templates first, and does whatever its `__call__` says where none fits.
///
/// It is called by the vectorcall protocol (PEP 590), for which every instance has a pointer to a
/// function. CPython looks for it only in classes that say so, as `call_by_templates` makes one do.
#[pyclass(subclass, frozen, module = "daisy._core")]
pub struct Templated {
    vectorcall: ffi::vectorcallfunc,
    templates: PyOnceLock<Py<Templates>>,
}

#[pymethods]
impl Templated {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Templated {
            vectorcall,
            templates: PyOnceLock::new(),
        }
    }

    /// Says which templates stand for calls from now on.
    fn ask_first(&self, templates: Bound<'_, Templates>) {
        let _ = self.templates.set(templates.py(), templates.unbind());
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: the collector runs with the GIL held; nothing but a reference is read.
        let py = unsafe { Python::assume_attached() };
        visit.call(self.templates.get(py))
    }
}

/// Has the instances of a class that derives from `Templated` be called by their templates first.
///
/// Raises:
///     `TypeError`: it does not derive from it, or its instances cannot be called.
#[pyfunction]
pub fn call_by_templates(class: &Bound<'_, PyType>) -> PyResult<()> {
    let py = class.py();
    if !class.is_subclass_of::<Templated>()? {
        return Err(PyTypeError::new_err(
            "a class of templated callables is wanted",
        ));
    }
    let empty = Bound::new(
        py,
        Templated {
            vectorcall,
            templates: PyOnceLock::new(),
        },
    )?;
    let start = ptr::from_ref(empty.get()).addr() - empty.as_ptr().addr();
    let offset = start + offset_of!(Templated, vectorcall);
    let class = class.as_type_ptr();
    // SAFETY: a live class of Python's, whose instances begin as those of its base do; nobody calls
    // any while the thread is attached.
    unsafe {
        if (*class).tp_call.is_none() {
            return Err(PyTypeError::new_err("its instances cannot be called"));
        }
        (*class).tp_vectorcall_offset = offset.cast_signed();
        (*class).tp_flags |= ffi::Py_TPFLAGS_HAVE_VECTORCALL;
        ffi::PyType_Modified(class);
    }
    Ok(())
}

/// A call of an instance.
unsafe extern "C" fn vectorcall(
    callable: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython keeps to the protocol, and calls what derives from `Templated`.
    unsafe {
        slot::enter(|py| {
            let this = Borrowed::from_ptr(py, callable).cast_unchecked::<Templated>();
            let positional = ffi::PyVectorcall_NARGS(count).cast_unsigned();
            if let Some(templates) = this.get().templates.get(py) {
                let arguments = Arguments::of_vectorcall(py, values, positional, names);
                if let Some(thunk) = templates.get().thunk(py, &arguments)? {
                    return Ok(thunk);
                }
            }
            call_slowly(py, callable, values, positional, names)
        })
    }
}

/// What Python does with a call of what has no vectorcall.
///
/// # Safety
/// As the vectorcall protocol says; `callable` has a slot for calls.
#[cold]
unsafe fn call_slowly(
    py: Python<'_>,
    callable: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    positional: usize,
    names: *mut ffi::PyObject,
) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: the caller's promise.
    unsafe {
        let Arguments { values, names } = Arguments::of_vectorcall(py, values, positional, names);
        let args = PyTuple::new(py, &values[..positional])?;
        let kwargs = PyDict::new(py);
        for (name, value) in names.iter().zip(&values[positional..]) {
            kwargs.set_item(name, value)?;
        }
        let call = (*ffi::Py_TYPE(callable)).tp_call.expect("it can be called");
        let kwargs = if kwargs.is_empty() {
            ptr::null_mut()
        } else {
            kwargs.as_ptr()
        };
        Bound::from_owned_ptr_or_err(py, call(callable, args.as_ptr(), kwargs))
    }
}
