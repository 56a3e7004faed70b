//! The arithmetic operators of a thunk, which all make a new one.
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "PyO3's own wrappers, seen through a macro"
)]

use pyo3::PyTypeInfo;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::hooks;
use crate::op::Op;
use crate::slot;
use crate::thunk::{Thunk, apply, binary, reflected};

/// The arithmetic operators: forward, reflected, and the place in `lazy.operator.BINARY`.
macro_rules! operators {
    ($($forward:ident $reflected:ident $index:literal;)*) => {
        #[pymethods]
        impl Thunk {
            $(
                fn $forward<'py>(
                    slf: &Bound<'py, Self>,
                    other: &Bound<'py, PyAny>,
                ) -> PyResult<Bound<'py, PyAny>> {
                    binary(slf, Op::binary($index), other)
                }

                fn $reflected<'py>(
                    slf: &Bound<'py, Self>,
                    other: &Bound<'py, PyAny>,
                ) -> PyResult<Bound<'py, PyAny>> {
                    reflected(slf, Op::binary($index), other)
                }
            )*
        }
    };
}

operators! {
    __add__ __radd__ 0;
    __sub__ __rsub__ 1;
    __mul__ __rmul__ 2;
    __truediv__ __rtruediv__ 3;
    __floordiv__ __rfloordiv__ 4;
    __mod__ __rmod__ 5;
    __lshift__ __rlshift__ 7;
    __rshift__ __rrshift__ 8;
    __and__ __rand__ 9;
    __or__ __ror__ 10;
    __xor__ __rxor__ 11;
    __matmul__ __rmatmul__ 12;
    __divmod__ __rdivmod__ 13;
}

/// The in-place operator at `INDEX` of `lazy.operator.GUARDED`.
unsafe extern "C" fn inplace_slot<const INDEX: usize>(
    left: *mut ffi::PyObject,
    right: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls a slot attached, with two live objects; the left one decides which
    // type's in-place slot is called, so it is a thunk.
    unsafe {
        slot::enter(|py| {
            let left = Bound::from_borrowed_ptr(py, left);
            let right = Bound::from_borrowed_ptr(py, right);
            inplace(left.cast_unchecked::<Thunk>(), INDEX, &right)
        })
    }
}

/// The same for `**=`, whose slot takes a third operand that is never given.
unsafe extern "C" fn inplace_power_slot(
    left: *mut ffi::PyObject,
    right: *mut ffi::PyObject,
    _modulus: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the same contract as the binary slots.
    unsafe { inplace_slot::<6>(left, right) }
}

/// Fills the in-place slots of `thunk`. PyO3's own `__iadd__` can only give its operand back,
/// and here the result is a new thunk.
pub fn fill_inplace_slots(py: Python<'_>) {
    // SAFETY: `thunk` is a heap type of this module that nobody has used or derived from yet;
    // PyO3 made its number table, since the type has number slots.
    unsafe {
        let kind = Thunk::type_object_raw(py);
        let numbers = &mut *(*kind).tp_as_number;
        numbers.nb_inplace_add = Some(inplace_slot::<0>);
        numbers.nb_inplace_subtract = Some(inplace_slot::<1>);
        numbers.nb_inplace_multiply = Some(inplace_slot::<2>);
        numbers.nb_inplace_true_divide = Some(inplace_slot::<3>);
        numbers.nb_inplace_floor_divide = Some(inplace_slot::<4>);
        numbers.nb_inplace_remainder = Some(inplace_slot::<5>);
        numbers.nb_inplace_power = Some(inplace_power_slot);
        numbers.nb_inplace_lshift = Some(inplace_slot::<7>);
        numbers.nb_inplace_rshift = Some(inplace_slot::<8>);
        numbers.nb_inplace_and = Some(inplace_slot::<9>);
        numbers.nb_inplace_or = Some(inplace_slot::<10>);
        numbers.nb_inplace_xor = Some(inplace_slot::<11>);
        numbers.nb_inplace_matrix_multiply = Some(inplace_slot::<12>);
        ffi::PyType_Modified(kind);
    }
}

/// The in-place operator that looks at its operand when it runs: `lazy.operator.GUARDED[index]`.
fn inplace<'py>(
    thunk: &Bound<'py, Thunk>,
    index: usize,
    other: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    apply(thunk, hooks::inplace(thunk.py(), index)?, &[other])
}
