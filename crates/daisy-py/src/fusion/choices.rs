//! Choices: which loop computes an operation, and the dtypes that it takes and gives.

use std::sync::Arc;

use daisy_kernel::{InnerLoop, select};
use pyo3::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::dtypes::DType;
use super::loops::{self, Loop, Operand, Weak};
use super::operations::{self, Elementwise};
use super::spacing::Spacing;

/// A loop that computes an operation.
pub struct Chosen {
    pub inner: InnerLoop,
    /// Keeps alive what the inner loop is called with.
    pub owner: Option<Arc<Loop>>,
    /// The dtypes that it takes its operands in.
    pub inputs: SmallVec<[DType; 3]>,
    pub outputs: SmallVec<[DType; 1]>,
    pub spacing: Spacing,
}

/// The loop for an operation, if kernels may have it. `power` says which ufunc `**` is, and how many of
/// its operands that takes.
pub fn choose<'py>(
    py: Python<'py>,
    elementwise: &Elementwise<'py>,
    operands: &[Operand],
    power: impl FnOnce() -> Option<(Bound<'py, PyAny>, usize)>,
) -> Option<Chosen> {
    match elementwise {
        Elementwise::Where => one_of_two(py, operands),
        // NumPy makes an array of a Python number there, which is weak no more.
        Elementwise::Clip(_) if matches!(operands[0], Operand::Weak(_)) => None,
        Elementwise::Clip(ufunc) => by_loop(ufunc, operands),
        Elementwise::Ufunc(ufunc) => by_loop(ufunc, operands).filter(|chosen| {
            // The loop refuses negative exponents.
            !(chosen.outputs[0].is_integer() && operations::is_ufunc(ufunc, "power"))
        }),
        Elementwise::Power => {
            let (ufunc, count) = power()?;
            by_loop(&ufunc, &operands[..count])
        }
        Elementwise::Unpack(_) => None,
    }
}

/// `np.where`: its dtype is what NumPy promotes the two values to.
fn one_of_two(py: Python<'_>, operands: &[Operand]) -> Option<Chosen> {
    if operands[0] != Operand::Strong(DType::BOOL) {
        return None;
    }
    let dtype = promoted(py, &operands[1..]).ok().flatten()?;
    Some(Chosen {
        inner: select(dtype.size())?,
        owner: None,
        inputs: SmallVec::from_slice(&[DType::BOOL, dtype, dtype]),
        outputs: smallvec![dtype],
        spacing: Spacing::Any,
    })
}

fn by_loop(ufunc: &Bound<'_, PyAny>, operands: &[Operand]) -> Option<Chosen> {
    let found = loops::find(ufunc, operands)?;
    Some(Chosen {
        inner: found.inner,
        inputs: found.inputs.clone(),
        outputs: found.outputs.clone(),
        spacing: found.spacing,
        owner: Some(found),
    })
}

#[expect(clippy::float_cmp, reason = "exactly these exponents are special")]
/// Which ufunc computes a number to a Python number's power.
pub fn exponent_ufunc(base: DType, weak: Weak, exponent: f64) -> Option<&'static str> {
    let square = exponent == 2.0;
    if base.is_float() && weak != Weak::Complex {
        return match exponent {
            _ if square => Some("square"),
            0.5 => Some("sqrt"),
            -1.0 => Some("reciprocal"),
            0.0 | 1.0 => None,
            _ => Some("power"),
        };
    }
    if base.is_integer() && weak == Weak::Int {
        return match exponent {
            _ if square => Some("square"),
            _ if exponent > 2.0 => Some("power"),
            _ => None,
        };
    }
    None
}

/// Whether an operand is an integer or a truth value.
pub fn is_integer(operand: Operand) -> bool {
    match operand {
        Operand::Strong(dtype) => dtype.is_integer() || dtype == DType::BOOL,
        Operand::Weak(weak) => weak == Weak::Int,
    }
}

/// The dtype that NumPy promotes operands to.
fn promoted(py: Python<'_>, operands: &[Operand]) -> PyResult<Option<DType>> {
    let described = operands
        .iter()
        .map(|operand| match operand {
            Operand::Strong(dtype) => dtype.object(py),
            Operand::Weak(Weak::Int) => Ok(0_i32.into_pyobject(py)?.into_any()),
            Operand::Weak(Weak::Float) => Ok(0.0_f64.into_pyobject(py)?.into_any()),
            Operand::Weak(Weak::Complex) => {
                Ok(pyo3::types::PyComplex::from_doubles(py, 0.0, 0.0).into_any())
            }
        })
        .collect::<PyResult<Vec<_>>>()?;
    let described = pyo3::types::PyTuple::new(py, described)?;
    let dtype = py
        .import("numpy")?
        .getattr("result_type")?
        .call1(described)?;
    Ok(DType::of(py, dtype.as_ptr()))
}
