//! Parking: calls of CPython from which the thread may never come back.
//!
//! When the interpreter ends, CPython 3.11 to 3.13 end a daemon thread as soon as it wants the GIL
//! again, wherever it is, by `pthread_exit`. With glibc that unwinds the stack, and a frame of Rust
//! that is met on the way aborts the process. So the operations of a run and what is done to a
//! forced thunk are called from here: the innermost frame of Rust is then one that keeps the thread
//! for ever, as CPython itself does from 3.14 on. `PyO3` does the same where a thread attaches.
//!
//! Not covered is what Python runs where nothing is called: a finalizer (`__del__`) of a value that
//! a run lets go of, or of what the cycle collector finds when something is allocated. Values are
//! dropped in many places, in the core as well. Nor are the keys of dask's graphs, of which a class
//! of the user's may take its time to say the hash or the text, and modules imported when they are
//! first needed.

use std::ffi::c_int;
use std::hint::black_box;
use std::mem;

use pyo3::basic::CompareOp;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyTuple};

type Object = *mut ffi::PyObject;
/// Functions of CPython by what they take, as `PyO3` declares them.
pub type Unary = unsafe extern "C" fn(Object) -> Object;
pub type Binary = unsafe extern "C" fn(Object, Object) -> Object;
type Ternary = unsafe extern "C" fn(Object, Object, Object) -> Object;

/// Keeps the thread for ever when it is dropped, which is when the stack is unwound past it.
struct Parking;

impl Drop for Parking {
    fn drop(&mut self) {
        loop {
            std::thread::park();
        }
    }
}

/// Calls a function of CPython, and never returns if CPython ends the thread meanwhile.
///
/// The compiler believes of what `PyO3` declares that it never unwinds, so it must not see which
/// function it is. To be used in `unsafe`: the types of the two pointers differ only in that one
/// may unwind, and the arguments have to be what the function wants.
macro_rules! park_in {
    ($function:expr => $result:ty, $($arg:expr => $kind:ty),*) => {{
        type Declared = unsafe extern "C" fn($($kind),*) -> $result;
        type Unwinding = unsafe extern "C-unwind" fn($($kind),*) -> $result;
        let function = mem::transmute::<Declared, Unwinding>(black_box($function as Declared));
        let parking = Parking;
        let result = function($($arg),*);
        mem::forget(parking);
        result
    }};
}

/// `function(value)`, for a function that gives a new reference.
pub fn unary<'py>(function: Unary, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the object lives, the thread is attached.
    unsafe {
        let result = park_in!(function => Object, value.as_ptr() => Object);
        Bound::from_owned_ptr_or_err(value.py(), result)
    }
}

/// `function(left, right)`, for a function that gives a new reference.
pub fn binary<'py>(
    function: Binary,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the objects live, the thread is attached.
    unsafe {
        let result =
            park_in!(function => Object, left.as_ptr() => Object, right.as_ptr() => Object);
        Bound::from_owned_ptr_or_err(left.py(), result)
    }
}

/// `left ** right`.
pub fn power<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let none = left.py().None();
    // SAFETY: the objects live, the thread is attached.
    unsafe { ternary(ffi::PyNumber_Power, left, right.as_ptr(), none.as_ptr()) }
}

/// `function(*args, **kwargs)`.
pub fn call<'py, A>(
    function: &Bound<'py, PyAny>,
    args: A,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>>
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error: Into<PyErr>>,
{
    let args = args.into_pyobject(function.py()).map_err(Into::into)?;
    let kwargs = kwargs.map_or(std::ptr::null_mut(), Bound::as_ptr);
    // SAFETY: the objects live, the thread is attached; the keywords may be null.
    unsafe { ternary(ffi::PyObject_Call, function, args.as_ptr(), kwargs) }
}

/// # Safety
/// The pointers are to objects that live, or null where the function takes that.
unsafe fn ternary<'py>(
    function: Ternary,
    first: &Bound<'py, PyAny>,
    second: Object,
    third: Object,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the objects live, the thread is attached.
    unsafe {
        let first_one = first.as_ptr();
        let result =
            park_in!(function => Object, first_one => Object, second => Object, third => Object);
        Bound::from_owned_ptr_or_err(first.py(), result)
    }
}

/// A comparison.
pub fn compare<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    op: CompareOp,
) -> PyResult<Bound<'py, PyAny>> {
    let compare = ffi::PyObject_RichCompare;
    let op = op as c_int;
    // SAFETY: the objects live, the thread is attached.
    unsafe {
        let result = park_in!(
            compare => Object, left.as_ptr() => Object, right.as_ptr() => Object, op => c_int
        );
        Bound::from_owned_ptr_or_err(left.py(), result)
    }
}

/// `bool(value)`.
pub fn truth(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_true = ffi::PyObject_IsTrue;
    // SAFETY: the object lives, the thread is attached.
    let truth = unsafe { park_in!(is_true => c_int, value.as_ptr() => Object) };
    checked(value.py(), truth as isize).map(|truth| truth != 0)
}

/// `hash(value)`.
pub fn hash(value: &Bound<'_, PyAny>) -> PyResult<isize> {
    let hash = ffi::PyObject_Hash;
    // SAFETY: the object lives, the thread is attached.
    let hash = unsafe { park_in!(hash => isize, value.as_ptr() => Object) };
    checked(value.py(), hash)
}

/// `len(value)`.
pub fn length(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    let size = ffi::PyObject_Size;
    // SAFETY: the object lives, the thread is attached.
    let length = unsafe { park_in!(size => isize, value.as_ptr() => Object) };
    checked(value.py(), length).map(isize::cast_unsigned)
}

/// `item in container`.
pub fn contains(container: &Bound<'_, PyAny>, item: &Bound<'_, PyAny>) -> PyResult<bool> {
    let contains = ffi::PySequence_Contains;
    let (container, item, py) = (container.as_ptr(), item.as_ptr(), item.py());
    // SAFETY: the objects live, the thread is attached.
    let found = unsafe { park_in!(contains => c_int, container => Object, item => Object) };
    checked(py, found as isize).map(|found| found != 0)
}

/// What an iterator gives next; `None` where it has nothing more.
pub fn next<'py>(iterator: &Bound<'py, PyIterator>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (py, next) = (iterator.py(), ffi::PyIter_Next);
    // SAFETY: an iterator that lives, the thread is attached; the result is new or null.
    let item = unsafe {
        let item = park_in!(next => Object, iterator.as_ptr() => Object);
        Bound::from_owned_ptr_or_opt(py, item)
    };
    match item {
        Some(item) => Ok(Some(item)),
        None => PyErr::take(py).map_or(Ok(None), Err),
    }
}

/// A set of items.
pub fn set<'py>(py: Python<'py>, items: &[Bound<'py, PyAny>]) -> PyResult<Bound<'py, PyAny>> {
    unary(ffi::PySet_New, PyTuple::new(py, items)?.as_any())
}

/// `dict[key] = value`.
pub fn set_item(
    dict: &Bound<'_, PyDict>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let set_item = ffi::PyDict_SetItem;
    let (py, dict, key, value) = (dict.py(), dict.as_ptr(), key.as_ptr(), value.as_ptr());
    // SAFETY: the objects live and the first is a dict, the thread is attached.
    let status =
        unsafe { park_in!(set_item => c_int, dict => Object, key => Object, value => Object) };
    checked(py, status as isize).map(|_| ())
}

/// What CPython gave for a number: -1 says that it raised.
fn checked(py: Python<'_>, number: isize) -> PyResult<isize> {
    if number == -1 {
        Err(PyErr::fetch(py))
    } else {
        Ok(number)
    }
}

/// What `PyObject_Vectorcall` does.
///
/// # Safety
/// As for that: the thread is attached, and everything that is pointed to lives.
#[inline]
pub unsafe fn vectorcall(
    function: Object,
    args: *const Object,
    flags: usize,
    names: Object,
) -> Object {
    let vectorcall = ffi::PyObject_Vectorcall;
    // SAFETY: what the caller promises.
    unsafe {
        park_in!(
            vectorcall => Object,
            function => Object, args => *const Object, flags => usize, names => Object
        )
    }
}
