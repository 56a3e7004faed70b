//! What a function is called with, wherever Python has put it.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;

/// The arguments of a call.
pub(super) struct Arguments<'a, 'py> {
    /// By position first.
    pub(super) values: SmallVec<[Borrowed<'a, 'py, PyAny>; 6]>,
    /// The names of the last ones.
    pub(super) names: SmallVec<[Borrowed<'a, 'py, PyAny>; 2]>,
}

/// A keyword argument.
pub(super) type Named<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Keyword arguments, in a form in which they can be lent.
pub(super) fn named<'py>(kwargs: &Bound<'py, PyDict>) -> SmallVec<[Named<'py>; 2]> {
    kwargs.iter().collect()
}

impl<'a, 'py> Arguments<'a, 'py> {
    /// Those of `function(*args, **named)`.
    pub(super) fn new(args: &'a Bound<'py, PyTuple>, named: &'a [Named<'py>]) -> Self {
        let values = named.iter().map(|(_, value)| value.as_borrowed());
        Arguments {
            values: args.iter_borrowed().chain(values).collect(),
            names: named.iter().map(|(name, _)| name.as_borrowed()).collect(),
        }
    }

    /// Those that CPython's vectorcall protocol gives (PEP 590).
    ///
    /// # Safety
    /// At `values` are `positional` arguments, and behind them one for each name in the tuple
    /// `names`, which may be null. All of it lives as long as the result.
    pub(super) unsafe fn of_vectorcall(
        py: Python<'py>,
        values: *const *mut ffi::PyObject,
        positional: usize,
        names: *mut ffi::PyObject,
    ) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let count = if names.is_null() {
                0
            } else {
                ffi::PyTuple_GET_SIZE(names).cast_unsigned()
            };
            let value = |place| Borrowed::from_ptr(py, *values.add(place));
            let name = |place: usize| {
                Borrowed::from_ptr(py, ffi::PyTuple_GET_ITEM(names, place.cast_signed()))
            };
            Arguments {
                values: (0..positional + count).map(value).collect(),
                names: (0..count).map(name).collect(),
            }
        }
    }
}
