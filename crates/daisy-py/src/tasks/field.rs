//! Field: one slot of a Python class, read and filled without asking the object for an attribute.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

/// One of the `__slots__` of a class.
pub struct Field {
    name: Py<PyString>,
    /// Where the slot lies in an instance; `None` if the class has something else of that name.
    offset: Option<usize>,
}

impl Field {
    /// The field of that name of a class.
    pub fn of(class: &Bound<'_, PyType>, name: &str) -> PyResult<Self> {
        let name = PyString::intern(class.py(), name);
        let descriptor = class.getattr(&name)?;
        Ok(Self {
            offset: offset(&descriptor),
            name: name.unbind(),
        })
    }

    /// What an object has in this field.
    ///
    /// # Safety
    /// The object is an instance of the class that the field was made of.
    #[inline]
    pub unsafe fn read<'py>(&self, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        if let Some(offset) = self.offset {
            // SAFETY: the slot of an instance holds a reference or null.
            let found = unsafe { Bound::from_borrowed_ptr_or_opt(py, *place(object, offset)) };
            if let Some(found) = found {
                return Ok(found);
            }
        }
        // A slot that was never filled: Python's own error says so.
        object.getattr(self.name.bind(py))
    }

    /// Whether the field was ever filled.
    ///
    /// # Safety
    /// As for `read`.
    #[inline]
    pub unsafe fn is_filled(&self, object: &Bound<'_, PyAny>) -> bool {
        self.offset.is_none_or(|offset| {
            // SAFETY: as in `read`.
            unsafe { !(*place(object, offset)).is_null() }
        })
    }

    /// Puts a value into the field of an object that nobody else has so far.
    ///
    /// # Safety
    /// As for `read`.
    #[inline]
    pub unsafe fn fill<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let Some(offset) = self.offset else {
            return object.setattr(self.name.bind(object.py()), value);
        };
        // SAFETY: as in `read`; the slot owns what is put there, and what it had is let go of.
        unsafe {
            let old = std::mem::replace(&mut *place(object, offset), value.into_ptr());
            ffi::Py_XDECREF(old);
        }
        Ok(())
    }
}

/// Where a slot is in an instance.
fn place(object: &Bound<'_, PyAny>, offset: usize) -> *mut *mut ffi::PyObject {
    object.as_ptr().wrapping_byte_add(offset).cast()
}

fn offset(descriptor: &Bound<'_, PyAny>) -> Option<usize> {
    // SAFETY: a descriptor of that very class has the fields that are read here.
    unsafe {
        let is_member = ffi::Py_TYPE(descriptor.as_ptr()) == &raw mut ffi::PyMemberDescr_Type;
        if !is_member {
            return None;
        }
        let member = (*descriptor.as_ptr().cast::<ffi::PyMemberDescrObject>()).d_member;
        let holds_object = (*member).type_code == ffi::Py_T_OBJECT_EX;
        holds_object
            .then(|| usize::try_from((*member).offset).ok())
            .flatten()
    }
}
