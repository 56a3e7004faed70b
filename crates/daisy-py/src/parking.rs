//! Parking: calls of CPython from which the thread may never come back.
//!
//! When the interpreter ends, CPython 3.11 to 3.13 end a daemon thread as soon as it wants the GIL
//! again, wherever it is, by `pthread_exit`. With glibc that unwinds the stack, and a frame of Rust
//! that is met on the way aborts the process. So whatever may run Python code or let go of the GIL
//! inside daisy is called from here: the innermost frame of Rust is then one that keeps the thread
//! for ever, as CPython itself does from 3.14 on. `PyO3` does the same where a thread attaches.

use std::ffi::c_int;
use std::hint::black_box;
use std::mem;

use pyo3::basic::CompareOp;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

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
    ($function:expr, $($arg:expr => $kind:ty),*) => {{
        type Declared = unsafe extern "C" fn($($kind),*) -> Object;
        type Unwinding = unsafe extern "C-unwind" fn($($kind),*) -> Object;
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
        let result = park_in!(function, value.as_ptr() => Object);
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
        let result = park_in!(function, left.as_ptr() => Object, right.as_ptr() => Object);
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
        let result = park_in!(function, first_one => Object, second => Object, third => Object);
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
            compare, left.as_ptr() => Object, right.as_ptr() => Object, op => c_int
        );
        Bound::from_owned_ptr_or_err(left.py(), result)
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
            vectorcall,
            function => Object, args => *const Object, flags => usize, names => Object
        )
    }
}
