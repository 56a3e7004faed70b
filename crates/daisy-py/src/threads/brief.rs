//! Brief: which functions were found to take no time worth mentioning.
//!
//! A function that nobody knows may take long, so a second thread is woken when it is called and
//! there is something else to do. That costs as much as many short calls; so what turned out to be
//! short is remembered, from one run to the next.
//!
//! For thunks only. A plain function runs one call after the other, so none of its calls waits for
//! a later one, which another thread would have to make.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::ffi;

/// How many functions are remembered at most.
const PLACES: usize = 1024;

/// The addresses of functions, each in the place that its address names. A function that takes the
/// place of another one, or its address, is taken for brief until a look at the clock shows that
/// it is not.
static FOUND: [AtomicUsize; PLACES] = [const { AtomicUsize::new(0) }; PLACES];

/// Whether calls of a function were brief when that was seen last.
#[inline]
pub fn is_brief(function: *mut ffi::PyObject) -> bool {
    let address = identity(function);
    place(address).load(Ordering::Relaxed) == address
}

thread_local! {
    /// The method that was called last on this thread, by its identity.
    static CALLED: Cell<usize> = const { Cell::new(0) };
}

/// Says that a method is called, which may be gone when it is known how that turned out.
pub fn note_method(method: *mut ffi::PyObject) {
    CALLED.set(identity(method));
}

/// Remembers how the call of the method called last on this thread turned out.
pub fn learn_method(is_brief: bool) {
    remember(CALLED.get(), is_brief);
}

/// Remembers how a call of a function turned out.
pub fn learn(function: *mut ffi::PyObject, is_brief: bool) {
    remember(identity(function), is_brief);
}

fn remember(address: usize, is_brief: bool) {
    let place = place(address);
    if is_brief {
        place.store(address, Ordering::Relaxed);
    } else if place.load(Ordering::Relaxed) == address {
        place.store(0, Ordering::Relaxed);
    }
}

#[inline]
fn place(address: usize) -> &'static AtomicUsize {
    // Objects lie at multiples of 16, and those that are made together lie side by side.
    &FOUND[(address >> 4) % PLACES]
}

unsafe extern "C" {
    /// The class of methods of classes written in Python (`cpython/classobject.h`).
    static mut PyMethod_Type: ffi::PyTypeObject;
    /// The function that such a method binds, borrowed.
    fn PyMethod_Function(method: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

/// What tells a function from others. A bound method is made anew for each use, so the function
/// that it binds counts.
#[inline]
fn identity(function: *mut ffi::PyObject) -> usize {
    // SAFETY: the caller holds the object and is attached; the macros are used on what they are
    // for, and what they give is only a number here.
    unsafe {
        if ffi::Py_TYPE(function) == &raw mut PyMethod_Type {
            return PyMethod_Function(function) as usize;
        }
        if ffi::PyCFunction_CheckExact(function) == 1 {
            return (*function.cast::<ffi::PyCFunctionObject>()).m_ml as usize;
        }
    }
    function as usize
}
