//! Native: which of NumPy's ufuncs the kernels have a form of their own for.

use daisy_kernel::{Native, Operation};
use pyo3::prelude::*;

use super::dtypes::DType;
use super::operations;

/// The ufuncs that are one operation of IEEE 754's, or one that wraps, on every element.
const NATIVE: [(&str, Operation); 8] = [
    ("add", Operation::Add),
    ("subtract", Operation::Subtract),
    ("multiply", Operation::Multiply),
    ("divide", Operation::Divide),
    ("negative", Operation::Negative),
    ("absolute", Operation::Absolute),
    ("square", Operation::Square),
    ("sqrt", Operation::SquareRoot),
];

/// The native form of a ufunc whose operands and result are of these dtypes. Those of two dtypes
/// have none.
pub fn native(ufunc: &Bound<'_, PyAny>, dtypes: &[DType]) -> Option<Native> {
    let (first, others) = dtypes.split_first()?;
    if others.iter().any(|other| other != first) {
        return None;
    }
    let own: String = ufunc.getattr("__name__").ok()?.extract().ok()?;
    let &(name, operation) = NATIVE.iter().find(|(name, _)| *name == own)?;
    if !operations::is_ufunc(ufunc, name) {
        return None;
    }
    let native = Native::new(operation, first.element()?);
    native.filter(|_| dtypes.len() == operation.operands() + 1)
}
