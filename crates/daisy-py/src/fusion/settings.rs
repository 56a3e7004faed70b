//! Settings: the constants that say what an operation is to do, such as the dtype of `astype`, and are
//! no operands of it.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

use super::dtypes::DType;
use super::kinds::Signature;

/// A constant, as far as a kernel can depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting<'a> {
    Nothing,
    Truth(bool),
    Int(i64),
    Text(&'a str),
    /// A dtype, or a class that stands for one.
    DType(DType),
    /// Anything else: no kernel has it.
    Other,
}

impl<'a> Setting<'a> {
    /// What a constant is. Runs no code of anybody's.
    pub fn of(value: &'a Bound<'_, PyAny>) -> Setting<'a> {
        if value.is_none() {
            return Setting::Nothing;
        }
        if value.is_exact_instance_of::<PyBool>() {
            return value.is_truthy().map_or(Setting::Other, Setting::Truth);
        }
        if value.is_exact_instance_of::<PyInt>() {
            return value.extract().map_or(Setting::Other, Setting::Int);
        }
        if let Ok(text) = value.cast_exact::<PyString>() {
            return text.to_str().map_or(Setting::Other, Setting::Text);
        }
        let py = value.py();
        let dtype = DType::of(py, value.as_ptr()).or_else(|| DType::of_class(value));
        dtype.map_or(Setting::Other, Setting::DType)
    }

    /// Adds it to what kernels depend on.
    pub fn sign(self, signature: &mut Signature) {
        match self {
            Setting::Nothing => signature.push(1),
            Setting::Truth(truth) => signature.push(2 | u64::from(truth) << 8),
            Setting::Int(number) => signature.extend([3, number.cast_unsigned()]),
            Setting::DType(dtype) => signature.push(4 | (dtype.number() as u64) << 8),
            Setting::Other => signature.push(5),
            Setting::Text(text) => {
                signature.push(6 | (text.len() as u64) << 8);
                signature.extend(text.bytes().map(u64::from));
            }
        }
    }

    /// The dtype that NumPy takes it for, if it is one that kernels know.
    pub fn dtype(self, py: Python<'_>) -> Option<DType> {
        match self {
            Setting::DType(dtype) => Some(dtype),
            Setting::Text(name) => named(py, name).ok()?,
            _ => None,
        }
    }
}

/// The dtype of a name. NumPy is asked for what is a code of its own only: of other names it may warn.
fn named(py: Python<'_>, name: &str) -> PyResult<Option<DType>> {
    let numpy = py.import("numpy")?;
    if is_code(name) {
        let dtype = numpy.getattr("dtype")?.call1((name,))?;
        return Ok(DType::of(py, dtype.as_ptr()));
    }
    let class = numpy.getattr("sctypeDict")?.get_item(name)?;
    Ok(DType::of_class(&class))
}

/// Whether a name is the character of a dtype, or its kind and size, be it behind an order of bytes.
fn is_code(name: &str) -> bool {
    let code = name.strip_prefix(['<', '>', '=', '|']).unwrap_or(name);
    let size = code.strip_prefix(['b', 'i', 'u', 'f', 'c']);
    let is_size = |size: &str| !size.is_empty() && size.bytes().all(|it| it.is_ascii_digit());
    DType::is_character(code) || size.is_some_and(is_size)
}
