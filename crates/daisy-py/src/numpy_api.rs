//! NumPy's C API: its functions by their places in a table, and what its objects look like.
//!
//! Sources: `numpy/__multiarray_api.h` for the places and the types of the functions,
//! `numpy/ndarraytypes.h` for the structures. NumPy promises both for all versions of one ABI.

use std::ffi::{c_char, c_int, c_uint, c_void};

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// `NPY_VERSION` of NumPy 2.
const ABI: c_uint = 0x0200_0000;

/// `PyArrayObject_fields`.
#[repr(C)]
pub struct Array {
    pub object: ffi::PyObject,
    pub data: *mut c_char,
    pub rank: c_int,
    pub shape: *mut isize,
    pub strides: *mut isize,
    pub base: *mut ffi::PyObject,
    pub descr: *mut ffi::PyObject,
    pub flags: c_int,
    pub weak_references: *mut ffi::PyObject,
    pub buffer_info: *mut c_void,
    /// What frees the data, if the array owns them.
    pub mem_handler: *mut ffi::PyObject,
}

/// The flags of an array that are used here.
pub mod flags {
    use std::ffi::c_int;

    pub const C_CONTIGUOUS: c_int = 0x0001;
    pub const F_CONTIGUOUS: c_int = 0x0002;
    pub const OWNDATA: c_int = 0x0004;
    pub const ALIGNED: c_int = 0x0100;
    pub const WRITEABLE: c_int = 0x0400;
}

/// The part of `_PyArray_DescrNumPy2` that all dtypes have.
#[repr(C)]
pub struct Descr {
    pub object: ffi::PyObject,
    pub scalar_type: *mut ffi::PyTypeObject,
    pub kind: c_char,
    pub code: c_char,
    pub byte_order: c_char,
    pub former_flags: c_char,
    pub number: c_int,
    pub flags: u64,
    pub item_size: isize,
    pub alignment: isize,
}

/// A function that makes an array: class, dtype, shape, strides, data, flags, parent. It takes over
/// the reference to the dtype.
pub type NewFromDescr = unsafe extern "C" fn(
    *mut ffi::PyTypeObject,
    *mut ffi::PyObject,
    c_int,
    *const isize,
    *const isize,
    *mut c_void,
    c_int,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;

/// One that makes an array as `numpy.empty` does: rank, shape, dtype, whether in Fortran's order. It
/// takes over the reference to the dtype.
pub type Empty =
    unsafe extern "C" fn(c_int, *const isize, *mut ffi::PyObject, c_int) -> *mut ffi::PyObject;

/// One that makes a scalar.
pub type Scalar =
    unsafe extern "C" fn(*mut c_void, *mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject;

/// What is used of NumPy's table.
pub struct NumpyApi {
    /// `PyArray_Type`, place 2.
    pub array_type: *mut ffi::PyTypeObject,
    /// `PyArrayDescr_Type`, place 3.
    pub descr_type: *mut ffi::PyTypeObject,
    /// `PyArray_Scalar`, place 60: a scalar of the bytes at a place, of a dtype, and of no array.
    pub scalar: Scalar,
    /// `PyArray_NewFromDescr`, place 94.
    pub new_from_descr: NewFromDescr,
    /// `PyArray_Empty`, place 184.
    pub empty: Empty,
    /// `PyDataMem_GetHandler`, place 305: a new reference to the handler in force.
    pub mem_handler: unsafe extern "C" fn() -> *mut ffi::PyObject,
}

// SAFETY: addresses of functions and static types, which all threads may have.
unsafe impl Send for NumpyApi {}
// SAFETY: as above; nothing is changed.
unsafe impl Sync for NumpyApi {}

/// NumPy's C API.
///
/// Raises:
///     `ImportError`: NumPy cannot be imported, or it is of another ABI.
pub fn numpy_api(py: Python<'_>) -> PyResult<&'static NumpyApi> {
    static API: PyOnceLock<NumpyApi> = PyOnceLock::new();
    API.get_or_try_init(py, || load(py))
}

fn load(py: Python<'_>) -> PyResult<NumpyApi> {
    let module = py.import("numpy._core._multiarray_umath")?;
    let capsule = module.getattr(intern!(py, "_ARRAY_API"))?;
    // SAFETY: the capsule, which the module keeps for ever, has no name and holds the table.
    let table = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), std::ptr::null()) };
    if table.is_null() {
        return Err(PyErr::fetch(py));
    }
    // SAFETY: it is NumPy's table.
    unsafe { read(table.cast()) }
}

/// # Safety
/// `table` is NumPy's.
unsafe fn read(table: *const *mut c_void) -> PyResult<NumpyApi> {
    // SAFETY: each place has what the header says, in all versions that have this ABI, of which the
    // first one has all these places. The place of the ABI itself has never changed.
    unsafe {
        // `PyArray_GetNDArrayCVersion`
        let version = std::mem::transmute::<*mut c_void, extern "C" fn() -> c_uint>(*table);
        if version() != ABI {
            return Err(PyImportError::new_err(format!(
                "daisy knows NumPy's C API of ABI {ABI:#x}, and this NumPy has {:#x}; \
                 install NumPy 2",
                version()
            )));
        }
        Ok(NumpyApi {
            array_type: (*table.add(2)).cast(),
            descr_type: (*table.add(3)).cast(),
            scalar: std::mem::transmute::<*mut c_void, Scalar>(*table.add(60)),
            new_from_descr: std::mem::transmute::<*mut c_void, NewFromDescr>(*table.add(94)),
            empty: std::mem::transmute::<*mut c_void, Empty>(*table.add(184)),
            mem_handler: std::mem::transmute::<
                *mut c_void,
                unsafe extern "C" fn() -> *mut ffi::PyObject,
            >(*table.add(305)),
        })
    }
}
