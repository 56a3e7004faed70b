//! The arithmetic operators, and the reuse of arrays that nobody needs any more.
//!
//! A fresh result of some megabytes costs more in page faults than the operation itself. Where an
//! operand is a NumPy array that dies with this step, the result is written into it, if that
//! gives the same bits: same dtype, shape and layout, and an operator whose result has the dtype
//! of its operands. An output that is exactly an input does not change what a ufunc computes.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFloat, PyInt};

use crate::constants;
use crate::hooks;
use crate::op::Op;
use crate::parking;

/// Below this size a fresh array costs less than finding out.
const WORTHWHILE: usize = 1 << 16;

/// The operands of a step.
pub struct Operands<'py> {
    pub left: Bound<'py, PyAny>,
    pub right: Bound<'py, PyAny>,
    /// Which of them nobody needs after this step.
    pub dies: [bool; 2],
}

impl<'py> Operands<'py> {
    /// The operand whose memory may take the result.
    fn spare(&self, op: Op) -> PyResult<Option<&Bound<'py, PyAny>>> {
        if self.dies[0] && may_take_result(op, &self.left, &self.right)? {
            return Ok(Some(&self.left));
        }
        if self.dies[1] && may_take_result(op, &self.right, &self.left)? {
            return Ok(Some(&self.right));
        }
        Ok(None)
    }
}

/// `left op right`.
pub fn apply<'py>(op: Op, operands: &Operands<'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(spare) = operands.spare(op)?
        && let Some(name) = ufunc_name(op)
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

/// Whether `spare op other` (either way round) may be written into `spare`.
fn may_take_result(op: Op, spare: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    // One reference is the slot's, the others are the operands'.
    let ours = if spare.is(other) { 3 } else { 2 };
    if ufunc_name(op).is_none() || constants::is_immutable(spare) {
        return Ok(false);
    }
    // SAFETY: a live object; the count is read while attached.
    let references = unsafe { ffi::Py_REFCNT(spare.as_ptr()) };
    if references != ours {
        return Ok(false);
    }
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

fn ndarray(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    static NDARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    // Before NumPy has been imported no operand is an array.
    hooks::numpy_generic(py)?;
    let found = NDARRAY.get_or_try_init(py, || {
        py.import("numpy")?.getattr("ndarray").map(Bound::unbind)
    });
    found.ok().map(|array| array.bind(py))
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
