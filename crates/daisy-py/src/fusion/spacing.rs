//! Spacing: which loops give other bits where elements lie in another way, and where kernels may have
//! them all the same.
//!
//! NumPy has several functions for one operation, and takes one by the strides: those of vectors for
//! sines and logarithms want to go forwards, and a power of one exponent for all is a product. A kernel
//! gathers what does not lie in a line, and NumPy does so here and there, by rules that are nobody
//! else's business. So such a loop gets arrays only where both ways are the same.

use pyo3::prelude::*;

use super::dtypes::DType;
use super::layout::Layout;
use super::loops::Maker;

/// What the bits of a loop depend on, besides the elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spacing {
    /// On nothing.
    Any,
    /// On whether the elements of an operand are gone through forwards.
    Forwards,
    /// Besides, on whether one element stands for many.
    Dense,
}

/// The ufuncs of which each result is the one right answer, so that it does not matter how it is found:
/// what is exact, or rounded once, or picked or told of an operand. For complex numbers that is not so.
const EXACT: &[&str] = &[
    "absolute",
    "add",
    "ceil",
    "clip",
    "copysign",
    "degrees",
    "deg2rad",
    "divide",
    "divmod",
    "equal",
    "fabs",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frexp",
    "greater",
    "greater_equal",
    "heaviside",
    "isfinite",
    "isinf",
    "isnan",
    "ldexp",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "modf",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "rad2deg",
    "radians",
    "reciprocal",
    "remainder",
    "rint",
    "sign",
    "signbit",
    "spacing",
    "sqrt",
    "square",
    "subtract",
    "trunc",
];

/// Of these NumPy does one exponent for all in a way of its own.
const POWERS: &[&str] = &["power", "float_power"];

impl Spacing {
    /// Of the loop of a ufunc that takes and gives these dtypes.
    pub fn of(ufunc: &Bound<'_, PyAny>, maker: Maker, dtypes: &[DType]) -> Self {
        let is_whole = |dtype: &DType| dtype.is_integer() || *dtype == DType::BOOL;
        let own = ufunc.getattr("__name__");
        let own: String = own.and_then(|name| name.extract()).unwrap_or_default();
        let named = |names: &[&str]| names.contains(&own.as_str());
        match maker {
            // One element after the other.
            Maker::SciPy => Self::Any,
            Maker::Other => Self::Dense,
            Maker::NumPy if dtypes.iter().all(is_whole) => Self::Any,
            Maker::NumPy if dtypes.iter().any(|dtype| dtype.is_complex()) => Self::Dense,
            Maker::NumPy if named(EXACT) => Self::Any,
            Maker::NumPy if named(POWERS) => Self::Dense,
            Maker::NumPy => Self::Forwards,
        }
    }

    /// Whether a kernel may have it for arrays that lie so, of a result that lies so.
    pub fn allows(self, operands: &[&Layout], result: &Layout) -> bool {
        let mut operands = operands.iter();
        match self {
            Self::Any => true,
            Self::Forwards => operands.all(|operand| operand.goes_forwards(0)),
            // NumPy may go through single elements with no stride at all.
            Self::Dense => {
                let many = result.shape.iter().any(|&length| length != 1);
                many && operands.all(|it| it.shape == result.shape && it.goes_forwards(1))
            }
        }
    }
}
