//! Arrays: NumPy's class of them, which is never imported for its own sake, and what one holds.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::hooks;
use crate::numpy_api::{Array as Fields, flags};

static NDARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// `numpy.ndarray`, if NumPy has been imported; before that no object is an array.
pub fn ndarray(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    if let Some(found) = known(py) {
        return Some(found);
    }
    hooks::numpy_generic(py)?;
    let found = NDARRAY.get_or_try_init(py, || {
        py.import("numpy")?.getattr("ndarray").map(Bound::unbind)
    });
    found.ok().map(|array| array.bind(py))
}

/// `numpy.ndarray`, if [`ndarray`] has found it before. Runs no code of anybody's.
#[inline]
pub fn known(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    NDARRAY.get(py).map(|array| array.bind(py))
}

/// An object that is exactly an `ndarray`, and what it holds now.
#[derive(Clone, Copy)]
pub struct Array<'a> {
    fields: &'a Fields,
}

impl<'a> Array<'a> {
    /// The array that an object is. Runs no code of anybody's.
    #[inline]
    pub fn of(py: Python<'_>, object: &'a ffi::PyObject) -> Option<Self> {
        let pointer = std::ptr::from_ref(object).cast_mut();
        // SAFETY: an `ndarray` itself has this layout.
        unsafe {
            let is_array = ffi::Py_TYPE(pointer).cast() == known(py)?.as_ptr();
            is_array.then(|| Array {
                fields: &*pointer.cast::<Fields>(),
            })
        }
    }

    /// The array that an object is, for as long as that is held.
    #[inline]
    pub fn held(object: &'a Bound<'_, PyAny>) -> Option<Self> {
        // SAFETY: a live object, which whoever has it keeps alive.
        Self::of(object.py(), unsafe { &*object.as_ptr() })
    }

    pub fn data(self) -> *mut u8 {
        self.fields.data.cast()
    }

    pub fn shape(self) -> &'a [isize] {
        self.lengths(self.fields.shape)
    }

    /// Bytes from one element to the next, by axis.
    pub fn strides(self) -> &'a [isize] {
        self.lengths(self.fields.strides)
    }

    /// Bytes from one element of so many bytes to the next, where they lie side by side. As NumPy has it:
    /// along a single axis it is what the array says, be it of one element and anything.
    #[inline]
    pub fn stride(self, size: usize) -> isize {
        match self.strides() {
            &[only] => only,
            _ => size.cast_signed(),
        }
    }

    pub fn descriptor(self) -> *mut ffi::PyObject {
        self.fields.descr
    }

    pub fn is_c_contiguous(self) -> bool {
        self.fields.flags & flags::C_CONTIGUOUS != 0
    }

    pub fn is_aligned(self) -> bool {
        self.fields.flags & flags::ALIGNED != 0
    }

    /// How many elements there are.
    #[inline]
    pub fn len(self) -> isize {
        self.shape().iter().product()
    }

    fn lengths(self, first: *const isize) -> &'a [isize] {
        let rank = usize::try_from(self.fields.rank).unwrap_or(0);
        if rank == 0 {
            return &[];
        }
        // SAFETY: an array of so many axes has so many lengths and strides.
        unsafe { std::slice::from_raw_parts(first, rank) }
    }
}
