//! Memory: arrays whose data come from the pool.
//!
//! Such an array owns its data, and its handler, not the one in force, frees and resizes them (NEP
//! 49). Nothing is set for the process or the context: arrays that others make are as they were.
//!
//! Sources: NEP 49; `PyDataMem_Handler` and `PyArrayObject_fields` in `numpy/ndarraytypes.h`; that
//! memory is told to `tracemalloc` under NumPy's domain, in the documentation of NumPy's C API.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr::{self, NonNull};

use daisy_kernel::pool::{self, Pool};
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::numpy_api::{Array, Descr, NumpyApi, flags, numpy_api};

/// `NPY_TRACE_DOMAIN`.
const TRACE_DOMAIN: c_uint = 389_047;

/// `PyDataMem_Handler`.
#[repr(C)]
struct Handler {
    name: [c_char; 127],
    version: u8,
    allocator: Allocator,
}

/// `PyDataMemAllocator`, version 1.
#[repr(C)]
struct Allocator {
    context: *mut c_void,
    malloc: extern "C" fn(*mut c_void, usize) -> *mut c_void,
    calloc: extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
    realloc: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void, *mut c_void, usize),
}

// SAFETY: the only pointer in it is null.
unsafe impl Sync for Handler {}

static HANDLER: Handler = Handler {
    name: name(b"daisy"),
    version: 1,
    allocator: Allocator {
        context: ptr::null_mut(),
        malloc,
        calloc,
        realloc,
        free,
    },
};

const fn name(text: &[u8]) -> [c_char; 127] {
    let mut name = [0; 127];
    let mut place = 0;
    while place < text.len() {
        name[place] = text[place].cast_signed();
        place += 1;
    }
    name
}

fn pointer(start: Option<NonNull<u8>>) -> *mut c_void {
    start.map_or(ptr::null_mut(), |start| start.as_ptr().cast())
}

extern "C" fn malloc(_context: *mut c_void, size: usize) -> *mut c_void {
    pointer(pool::shared().allocate(size))
}

extern "C" fn calloc(_context: *mut c_void, count: usize, size: usize) -> *mut c_void {
    let size = count.checked_mul(size);
    pointer(size.and_then(|size| pool::shared().allocate_zeroed(size)))
}

unsafe extern "C" fn realloc(context: *mut c_void, start: *mut c_void, size: usize) -> *mut c_void {
    match NonNull::new(start.cast()) {
        // SAFETY: NumPy gives what it got from this handler, and uses it no more.
        Some(start) => pointer(unsafe { pool::shared().reallocate(start, size) }),
        None => malloc(context, size),
    }
}

/// The size is what NumPy believes it to be now, after a reshape for example; the pool knows better.
unsafe extern "C" fn free(_context: *mut c_void, start: *mut c_void, _size: usize) {
    if let Some(start) = NonNull::new(start.cast()) {
        // SAFETY: NumPy gives what it got from this handler, and uses it no more.
        unsafe { pool::shared().free(start) };
    }
}

unsafe extern "C" {
    /// Tells `tracemalloc` of memory, if it is on (`cpython/tracemalloc.h`).
    fn PyTraceMalloc_Track(domain: c_uint, start: usize, size: usize) -> c_int;
}

/// A new array with anything in it, as `numpy.empty` gives it. Where that pays, its data come from
/// the pool.
///
/// Raises:
///     `ImportError`: NumPy is not there, or of another ABI.
///     `MemoryError`: there is not so much memory.
///     `TypeError`: `descr` is no dtype.
///     `ValueError`: there is no array of such a shape.
pub fn empty<'py>(
    py: Python<'py>,
    descr: &Bound<'py, PyAny>,
    shape: &[isize],
    fortran: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let api = numpy_api(py)?;
    // SAFETY: both are live types.
    if unsafe { ffi::PyType_IsSubtype(descr.get_type_ptr(), api.descr_type) } == 0 {
        return Err(PyTypeError::new_err(format!(
            "{descr:.60} is no dtype of NumPy's"
        )));
    }
    // SAFETY: it is a dtype, as was just seen.
    let size = unsafe { plain_size(descr, shape) };
    if let Some(size) = size.filter(|&size| size >= pool::SMALLEST && is_on())
        && let Some(handler) = handler(api, descr)
        && let Some(start) = pool::shared().allocate(size)
    {
        return from_pool(api, descr, shape, fortran, (start, size), handler);
    }
    from_numpy(api, descr, shape, fortran)
}

/// Where nothing may be kept, the pool would only make it dearer.
fn is_on() -> bool {
    pool::shared().stats().limit > 0
}

/// How many bytes an array has, if its items are numbers, dates or times, which mean something
/// whatever their bytes are. NumPy makes the others, and says what is wrong with a shape.
///
/// # Safety
/// `descr` is a dtype.
unsafe fn plain_size(descr: &Bound<'_, PyAny>, shape: &[isize]) -> Option<usize> {
    // SAFETY: the caller's promise; all dtypes of this ABI begin like this.
    let descr = unsafe { &*descr.as_ptr().cast::<Descr>() };
    // `NPY_BOOL` to `NPY_CLONGDOUBLE`, `NPY_DATETIME` to `NPY_HALF`.
    if !matches!(descr.number, 0..=16 | 21..=23) {
        return None;
    }
    let sizes = shape.iter().copied().chain([descr.item_size]);
    let mut sizes = sizes.map(|size| usize::try_from(size).ok());
    sizes.try_fold(1_usize, |product, size| product.checked_mul(size?))
}

fn from_numpy<'py>(
    api: &NumpyApi,
    descr: &Bound<'py, PyAny>,
    shape: &[isize],
    fortran: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let (rank, descr) = (rank(shape), descr.clone());
    let py = descr.py();
    // SAFETY: `shape` has `rank` lengths, and NumPy takes over the reference to the dtype.
    unsafe {
        let array = (api.empty)(rank, shape.as_ptr(), descr.into_ptr(), c_int::from(fortran));
        Bound::from_owned_ptr_or_err(py, array)
    }
}

/// An array of memory from the pool, which it owns from then on.
fn from_pool<'py>(
    api: &NumpyApi,
    descr: &Bound<'py, PyAny>,
    shape: &[isize],
    fortran: bool,
    (start, size): (NonNull<u8>, usize),
    handler: &Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match around(api, descr, shape, fortran, start) {
        Ok(array) => {
            own(&array, handler);
            // SAFETY: the thread is attached; it only notes the numbers.
            unsafe { PyTraceMalloc_Track(TRACE_DOMAIN, start.addr().get(), size) };
            Ok(array)
        }
        Err(error) => {
            // SAFETY: there is no array that would use it.
            unsafe { pool::shared().free(start) };
            Err(error)
        }
    }
}

/// An array of data that it does not own.
fn around<'py>(
    api: &NumpyApi,
    descr: &Bound<'py, PyAny>,
    shape: &[isize],
    fortran: bool,
    start: NonNull<u8>,
) -> PyResult<Bound<'py, PyAny>> {
    let order = if fortran {
        flags::F_CONTIGUOUS
    } else {
        flags::C_CONTIGUOUS
    };
    let (py, descr, none) = (descr.py(), descr.clone().into_ptr(), ptr::null_mut());
    // SAFETY: `shape` has `rank` lengths, the data are as large as shape and dtype say and aligned
    // for any dtype, and NumPy takes over the reference to the dtype.
    unsafe {
        let array = (api.new_from_descr)(
            api.array_type,
            descr,
            rank(shape),
            shape.as_ptr(),
            ptr::null(),
            start.as_ptr().cast(),
            order | flags::ALIGNED | flags::WRITEABLE,
            none,
        );
        Bound::from_owned_ptr_or_err(py, array)
    }
}

/// Makes an array of the pool's memory the owner of it.
fn own(array: &Bound<'_, PyAny>, handler: &Py<PyAny>) {
    let handler = handler.clone_ref(array.py()).into_ptr();
    let fields = array.as_ptr().cast::<Array>();
    // SAFETY: an array that nobody else has seen, of the layout that `handler` looked at. It has no
    // handler, since it was given its data, and keeps the reference to this one.
    unsafe {
        (*fields).mem_handler = handler;
        (*fields).flags |= flags::OWNDATA;
    }
}

/// A rank beyond what NumPy can have is refused by NumPy.
fn rank(shape: &[isize]) -> c_int {
    c_int::try_from(shape.len()).unwrap_or(c_int::MAX)
}

/// The handler of the pool as Python sees it; `None` if arrays are not what this file believes.
fn handler<'a>(api: &NumpyApi, descr: &Bound<'a, PyAny>) -> Option<&'a Py<PyAny>> {
    static CAPSULE: PyOnceLock<Option<Py<PyAny>>> = PyOnceLock::new();
    let py = descr.py();
    let made = CAPSULE.get_or_try_init(py, || {
        let as_expected = has_handler_in_place(api, descr)?;
        as_expected.then(|| capsule(py)).transpose()
    });
    made.ok()?.as_ref()
}

fn capsule(py: Python<'_>) -> PyResult<Py<PyAny>> {
    let handler = (&raw const HANDLER).cast_mut().cast();
    // SAFETY: handler and name live for ever; NumPy only reads the handler.
    unsafe {
        let capsule = ffi::PyCapsule_New(handler, c"mem_handler".as_ptr(), None);
        Bound::from_owned_ptr_or_err(py, capsule).map(Bound::unbind)
    }
}

/// Whether an array of NumPy's has the handler in force where this file looks for it.
fn has_handler_in_place(api: &NumpyApi, descr: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = descr.py();
    let array = from_numpy(api, descr, &[1], false)?;
    // SAFETY: gives a new reference, or an error.
    let handler = unsafe { Bound::from_owned_ptr_or_err(py, (api.mem_handler)())? };
    // SAFETY: a live type; and a live object, of which only so much is read as there is.
    unsafe {
        let size = usize::try_from((*api.array_type).tp_basicsize)?;
        let fields = array.as_ptr().cast::<Array>();
        Ok(size >= size_of::<Array>()
            && (*fields).mem_handler == handler.as_ptr()
            && (*fields).flags & flags::OWNDATA != 0)
    }
}

/// The pool, asked for by an attached thread: so no other one of Python's forks while it is set up.
fn attached_pool(_: Python<'_>) -> &'static Pool {
    pool::shared()
}

/// [`empty`] for Python: what tests call, and who wants to see it.
#[pyfunction]
#[pyo3(signature = (dtype, shape, fortran = false))]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a sequence of Python's is converted"
)]
pub fn empty_array<'py>(
    dtype: &Bound<'py, PyAny>,
    shape: Vec<isize>,
    fortran: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = dtype.py();
    let descr = py
        .import("numpy")?
        .call_method1(intern!(py, "dtype"), (dtype,))?;
    empty(py, &descr, &shape, fortran)
}

/// Bytes in use, bytes kept, and how many may be kept.
#[pyfunction]
pub fn memory_stats() -> (usize, usize, usize) {
    let stats = pool::shared().stats();
    (stats.used, stats.kept, stats.limit)
}

/// Gives what nobody uses back to the system, and says how many bytes that were.
#[pyfunction]
pub fn trim_memory(py: Python<'_>) -> usize {
    let pool = attached_pool(py);
    py.detach(|| pool.trim())
}

/// Sets how many bytes may be kept that nobody uses; `None` for a share of the memory.
#[pyfunction]
#[pyo3(signature = (limit))]
pub fn set_memory_limit(py: Python<'_>, limit: Option<usize>) {
    let pool = attached_pool(py);
    py.detach(|| pool.set_limit(limit.unwrap_or_else(pool::default_limit)));
}
