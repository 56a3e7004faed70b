//! The arithmetic operators, and the reuse of arrays that nobody needs any more.
//!
//! A fresh result of some megabytes costs more in page faults than the operation itself. Where an
//! operand is a NumPy array that dies with this step, the result is written into it, if that
//! gives the same bits: same dtype, shape and layout, and an operator whose result has the dtype
//! of its operands. An output that is exactly an input does not change what a ufunc computes.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt};

use crate::arrays::ndarray;
use crate::constants;
use crate::op::Op;
use crate::parking;

/// Below this size a fresh array costs less than finding out.
const WORTHWHILE: usize = 1 << 16;

/// The operands of a step.
pub struct Operands<'py> {
    pub left: Bound<'py, PyAny>,
    pub right: Bound<'py, PyAny>,
}

impl<'py> Operands<'py> {
    /// The operand whose memory may take the result.
    fn spare(
        &self,
        op: Op,
        handles: impl Fn(usize) -> Option<usize>,
    ) -> PyResult<Option<&Bound<'py, PyAny>>> {
        let orders = [(&self.left, &self.right), (&self.right, &self.left)];
        for (index, (spare, other)) in orders.into_iter().enumerate() {
            if !constants::is_immutable(spare)
                && let Some(handles) = handles(index)
                && is_unshared(spare, other, handles)
                && may_take_result(op, spare, other)?
            {
                return Ok(Some(spare));
            }
        }
        Ok(None)
    }
}

/// `left op right`. `handles` says of an operand that nobody needs after this how many handles on
/// it the run itself has.
pub fn apply<'py>(
    op: Op,
    operands: &Operands<'py>,
    handles: impl Fn(usize) -> Option<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(name) = ufunc_name(op)
        && let Some(spare) = operands.spare(op, handles)?
    {
        let py = spare.py();
        let ufunc = py.import(intern!(py, "numpy"))?.getattr(name)?;
        let kwargs = PyDict::new(py);
        kwargs.set_item(intern!(py, "out"), spare)?;
        return parking::call(&ufunc, (&operands.left, &operands.right), Some(&kwargs));
    }
    operator(op, &operands.left, &operands.right)
}

/// The operators in the order of `lazy.operator.BINARY`.
fn operator<'py>(
    op: Op,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let function = match op.0 - Op::ADD.0 {
        0 => ffi::PyNumber_Add,
        1 => ffi::PyNumber_Subtract,
        2 => ffi::PyNumber_Multiply,
        3 => ffi::PyNumber_TrueDivide,
        4 => ffi::PyNumber_FloorDivide,
        5 => ffi::PyNumber_Remainder,
        6 => return parking::power(left, right),
        7 => ffi::PyNumber_Lshift,
        8 => ffi::PyNumber_Rshift,
        9 => ffi::PyNumber_And,
        10 => ffi::PyNumber_Or,
        11 => ffi::PyNumber_Xor,
        12 => ffi::PyNumber_MatrixMultiply,
        _ => ffi::PyNumber_Divmod,
    };
    parking::binary(function, left, right)
}

/// The ufunc that `ndarray`'s operator calls, where an in-place result is the same.
fn ufunc_name(op: Op) -> Option<&'static str> {
    match op.0 - Op::ADD.0 {
        0 => Some("add"),
        1 => Some("subtract"),
        2 => Some("multiply"),
        3 => Some("true_divide"),
        _ => None,
    }
}

/// Whether nobody but the run, which has so many handles on it, and the operands refer to `spare`.
fn is_unshared(spare: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>, handles: usize) -> bool {
    let operands = if spare.is(other) { 2 } else { 1 };
    // SAFETY: a live object; the count is read while attached.
    let references = unsafe { ffi::Py_REFCNT(spare.as_ptr()) };
    usize::try_from(references) == Ok(handles + operands)
}

/// Whether `spare op other` (either way round) may be written into `spare`.
fn may_take_result(op: Op, spare: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = spare.py();
    let Some(array) = ndarray(py) else {
        return Ok(false);
    };
    if !spare.get_type().is(array) || nbytes(spare)? < WORTHWHILE || !owns_plain_memory(spare)? {
        return Ok(false);
    }
    let kind = kind(spare)?;
    if !closed_under(op, kind) {
        return Ok(false);
    }
    if other.get_type().is(array) {
        return same_layout(spare, other);
    }
    // A Python number takes on the dtype of the array, if it is of the same or a lesser kind.
    Ok(other.is_exact_instance_of::<PyInt>()
        || (kind != 'i' && kind != 'u' && other.is_exact_instance_of::<PyFloat>()))
}

/// Whether the operator gives the dtype of its operands.
fn closed_under(op: Op, kind: char) -> bool {
    let divides = op.0 - Op::ADD.0 == 3;
    match kind {
        'f' | 'c' => true,
        'i' | 'u' => !divides,
        _ => false,
    }
}

fn nbytes(array: &Bound<'_, PyAny>) -> PyResult<usize> {
    array.getattr(intern!(array.py(), "nbytes"))?.extract()
}

/// Writable memory of its own, contiguous in C order and of native byte order.
fn owns_plain_memory(array: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = array.py();
    let flags = array.getattr(intern!(py, "flags"))?;
    for name in [
        intern!(py, "owndata"),
        intern!(py, "writeable"),
        intern!(py, "c_contiguous"),
        intern!(py, "aligned"),
    ] {
        if !flags.getattr(name)?.is_truthy()? {
            return Ok(false);
        }
    }
    let dtype = array.getattr(intern!(py, "dtype"))?;
    dtype.getattr(intern!(py, "isnative"))?.is_truthy()
}

fn kind(array: &Bound<'_, PyAny>) -> PyResult<char> {
    let dtype = array.getattr(intern!(array.py(), "dtype"))?;
    dtype.getattr(intern!(array.py(), "kind"))?.extract()
}

/// Same dtype and shape, and C order: the fresh result would be laid out like `spare`.
fn same_layout(spare: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = spare.py();
    for name in [intern!(py, "dtype"), intern!(py, "shape")] {
        if !spare.getattr(name)?.eq(other.getattr(name)?)? {
            return Ok(false);
        }
    }
    let flags = other.getattr(intern!(py, "flags"))?;
    flags.getattr(intern!(py, "c_contiguous"))?.is_truthy()
}
