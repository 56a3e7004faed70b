//! Kinds: what the inputs of a group are, as far as it decides which kernels can do its work.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt};
use smallvec::SmallVec;

use super::dtypes::DType;
use super::group::Role;
use super::loops::{Operand, Weak};
use super::operations::reducer;
use super::settings::Setting;
use crate::arrays::Array;
use crate::constants;

/// What a value is to a kernel.
#[derive(Clone, Copy)]
pub enum Kind<'a> {
    /// An array of one axis or more.
    Array(DType, Array<'a>),
    /// An array without axes, or a scalar of NumPy's.
    Scalar(DType),
    /// A Python number.
    Weak(Weak),
    /// Anything else, such as a function.
    Other,
}

/// What kernels for a group depend on, besides the group: kernels for one signature do for every
/// group of values that has it.
pub type Signature = SmallVec<[u64; 24]>;

impl<'a> Kind<'a> {
    /// What a value is. Runs no code of anybody's.
    pub fn of(value: &'a Bound<'_, PyAny>) -> Kind<'a> {
        let py = value.py();
        if let Some(array) = Array::held(value) {
            return match DType::of(py, array.descriptor()) {
                Some(dtype) if array.shape().is_empty() => Kind::Scalar(dtype),
                Some(dtype) => Kind::Array(dtype, array),
                None => Kind::Other,
            };
        }
        if let Some(weak) = weak(value) {
            return Kind::Weak(weak);
        }
        if value.is_exact_instance_of::<PyBool>() {
            return Kind::Scalar(DType::BOOL);
        }
        if constants::is_numpy_scalar(value)
            && let Ok(dtype) = value.getattr(pyo3::intern!(py, "dtype"))
            && let Some(dtype) = DType::of(py, dtype.as_ptr())
        {
            return Kind::Scalar(dtype);
        }
        Kind::Other
    }

    /// What it is to NumPy's promotion.
    pub fn operand(self) -> Option<Operand> {
        match self {
            Kind::Array(dtype, _) | Kind::Scalar(dtype) => Some(Operand::Strong(dtype)),
            Kind::Weak(weak) => Some(Operand::Weak(weak)),
            Kind::Other => None,
        }
    }

    pub fn is_array(self) -> bool {
        matches!(self, Kind::Array(..))
    }

    /// Adds what kernels depend on. `called` is the value itself, if a member calls it.
    fn sign(self, called: Option<&Bound<'_, PyAny>>, signature: &mut Signature) {
        let word = match self {
            Kind::Array(dtype, array) => {
                1 | (dtype.number() as u64) << 8 | (array.shape().len() as u64) << 16
            }
            Kind::Scalar(dtype) => 2 | (dtype.number() as u64) << 8,
            Kind::Weak(weak) => 3 | (weak as u64) << 8,
            // A function by its address. A plan that has a loop of it keeps it alive; for one that
            // has none, it does not matter which other one comes to lie there.
            Kind::Other => called.map_or(0, |function| function.as_ptr() as u64) << 8,
        };
        signature.push(word);
    }

    /// Whether it is laid out as the first one is, in C order, so that all can be gone through in
    /// one line.
    fn is_flat(self, first: Array<'_>) -> bool {
        match self {
            Kind::Array(_, array) => {
                array.is_c_contiguous() && array.is_aligned() && array.shape() == first.shape()
            }
            _ => true,
        }
    }
}

fn weak(value: &Bound<'_, PyAny>) -> Option<Weak> {
    if value.is_exact_instance_of::<PyInt>() {
        Some(Weak::Int)
    } else if value.is_exact_instance_of::<PyFloat>() {
        Some(Weak::Float)
    } else if value.is_exact_instance_of::<PyComplex>() {
        Some(Weak::Complex)
    } else {
        None
    }
}

/// Whether all arrays among some values are of one shape and in C order.
pub fn are_flat(kinds: &[Kind<'_>]) -> bool {
    let first = kinds.iter().find_map(|kind| match kind {
        Kind::Array(_, array) => Some(*array),
        _ => None,
    });
    first.is_some_and(|first| kinds.iter().all(|kind| kind.is_flat(first)))
}

/// Whether an input says what a member is to do.
fn is_setting(role: &Role, values: &[Bound<'_, PyAny>]) -> bool {
    let mut callees = role.second_of.iter();
    role.is_setting || callees.any(|&callee| reducer(&values[callee as usize]).is_some())
}

/// What kernels for these values depend on. `exponents`: whether they depend on the values of Python
/// numbers, which may be exponents. `roles`: by value, as far as there are any, what is done with it.
pub fn signature(
    values: &[Bound<'_, PyAny>],
    kinds: &[Kind<'_>],
    flat: bool,
    exponents: bool,
    roles: &[Role],
) -> Signature {
    let mut signature = Signature::new();
    signature.push(u64::from(flat));
    for (place, (kind, value)) in kinds.iter().zip(values).enumerate() {
        let role = roles.get(place);
        let is_called = role.is_some_and(|role| role.is_called);
        kind.sign(is_called.then_some(value), &mut signature);
        if role.is_some_and(|role| is_setting(role, values)) {
            Setting::of(value).sign(&mut signature);
        }
        match kind {
            Kind::Array(_, array) if !flat => {
                signature.push(u64::from(array.is_aligned()));
                let numbers = array.shape().iter().chain(array.strides());
                signature.extend(numbers.map(|number| number.cast_unsigned() as u64));
            }
            Kind::Weak(_) if exponents => {
                let number = value.extract::<f64>().unwrap_or(f64::NAN);
                signature.push(number.to_bits());
            }
            _ => {}
        }
    }
    signature
}
