//! Reductions: one number of all elements of what a kernel computes, where that has NumPy's bits.
//!
//! To minima, to whole numbers and to truth values, order means nothing, so they are folded by NumPy's own
//! loops, block by block. Floats are added in the order in which NumPy adds them (`daisy_kernel`). Products
//! of floats, which go from the first to the last, and extrema of complex numbers are left to NumPy; so is
//! every result that depends on more than the values: a NaN, whose payload is that of one element or
//! another, and a least or greatest zero, whose sign is.

use std::sync::Arc;

use daisy_kernel::{Element, InnerLoop, Reduced, Reduction};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyTupleMethods};

use super::dtypes::DType;
use super::loops::{self, Loop, Operand};
use super::operations::{self, Reducer};
use super::settings::Setting;
use crate::numpy_api::numpy_api;

/// How a reduction is done.
#[derive(Clone)]
pub struct Reducing {
    reducer: Reducer,
    how: How,
    /// The dtype of the elements as they are reduced, and of what comes of it.
    pub dtype: DType,
}

#[derive(Clone)]
enum How {
    /// The loop, and what keeps alive what it is called with.
    Fold(InnerLoop, Arc<Loop>),
    /// Whether NumPy casts the elements first, which it does in chunks.
    Sum(Element, bool),
}

/// Whether a call asks for one number of all elements, given its arguments behind the array and the names
/// of the last ones.
pub fn is_of_all<'a>(
    mut arguments: impl ExactSizeIterator<Item = Setting<'a>>,
    names: Option<&Bound<'_, PyTuple>>,
) -> bool {
    let keywords = names.map_or(0, PyTupleMethods::len);
    // The first argument is the axis.
    let axis = match arguments.len() - keywords {
        0 => true,
        1 => arguments.next() == Some(Setting::Nothing),
        _ => false,
    };
    let mut by_name = names.into_iter().flatten().zip(arguments);
    axis && by_name.all(|(name, setting)| match setting {
        Setting::Nothing => name.to_string() == "axis",
        Setting::Truth(false) => name.to_string() == "keepdims",
        _ => false,
    })
}

impl Reducing {
    /// How elements of a dtype are reduced; nothing where that is left to NumPy.
    pub fn new(py: Python<'_>, reducer: Reducer, own: DType) -> Option<Self> {
        let whole = own.is_integer() || own == DType::BOOL;
        let dtype = match reducer {
            Reducer::Any | Reducer::All => DType::BOOL,
            Reducer::Least | Reducer::Greatest => own,
            // NumPy adds small integers as larger ones, and takes the mean as a double.
            Reducer::Sum | Reducer::Product | Reducer::Mean => given(py, reducer, own).ok()??,
        };
        let is_added = matches!(reducer, Reducer::Sum | Reducer::Mean);
        let how = match dtype.element()? {
            element @ (Element::F32 | Element::F64 | Element::C64 | Element::C128) if is_added => {
                How::Sum(element, own != dtype)
            }
            Element::C64 | Element::C128 => return None,
            _ if reducer == Reducer::Product && !whole => return None,
            _ => folding(py, reducer, dtype)?,
        };
        Some(Reducing {
            reducer,
            how,
            dtype,
        })
    }

    /// What a kernel does for it; nothing where NumPy's settings are unheard of.
    pub fn reduction(&self, py: Python<'_>) -> PyResult<Option<Reduction>> {
        let (element, is_cast) = match &self.how {
            How::Fold(inner, _) => return Ok(Some(Reduction::Fold(*inner))),
            How::Sum(element, is_cast) => (*element, *is_cast),
        };
        if !is_cast {
            return Ok(Some(Reduction::Sum(element, None)));
        }
        let numpy = py.import("numpy")?;
        let chunk: usize = numpy.call_method0(intern!(py, "getbufsize"))?.extract()?;
        let usual = chunk > 0 && chunk.is_multiple_of(16);
        Ok(usual.then_some(Reduction::Sum(element, Some(chunk))))
    }

    /// What keeps alive what its loop is called with.
    pub fn owner(&self) -> Option<Arc<Loop>> {
        match &self.how {
            How::Fold(_, owner) => Some(Arc::clone(owner)),
            How::Sum(..) => None,
        }
    }

    /// The result as NumPy gives it, of so many elements.
    ///
    /// # Errors
    /// What NumPy raises where a mean is too small.
    pub fn finish<'py>(
        &self,
        py: Python<'py>,
        reduced: &Reduced,
        count: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let number = self.scalar(py, reduced)?;
        if self.reducer != Reducer::Mean {
            return Ok(number);
        }
        // As `_mean` in `numpy/_core/_methods.py` has it.
        let numpy = py.import("numpy")?;
        let count = numpy.call_method1(intern!(py, "intp"), (count,))?;
        number.get_type().call1((number.div(count)?,))
    }

    /// Whether the result depends on nothing but the values of the elements.
    pub fn is_sure(&self, reduced: &Reduced) -> bool {
        let bytes = reduced.bytes();
        let single = |at: usize| f64::from(f32::from_ne_bytes(four(&bytes[at..])));
        let double = |at: usize| f64::from_ne_bytes(eight(&bytes[at..]));
        let floats = match self.dtype.element() {
            Some(Element::F32) => [single(0); 2],
            Some(Element::F64) => [double(0); 2],
            Some(Element::C64) => [single(0), single(4)],
            Some(Element::C128) => [double(0), double(8)],
            _ => return true,
        };
        floats.iter().all(|&float| match self.how {
            // What has overflowed on the way is not finite in the end.
            How::Sum(..) => float.is_finite(),
            How::Fold(..) => float != 0.0 && !float.is_nan(),
        })
    }

    fn scalar<'py>(&self, py: Python<'py>, reduced: &Reduced) -> PyResult<Bound<'py, PyAny>> {
        let dtype = self.dtype.object(py)?;
        let data = reduced.bytes().as_ptr().cast_mut().cast();
        // SAFETY: the bytes are a number of that dtype, which NumPy copies; what it gives is a new
        // reference, or null with an error set.
        unsafe {
            let scalar = (numpy_api(py)?.scalar)(data, dtype.as_ptr(), std::ptr::null_mut());
            Bound::from_owned_ptr_or_err(py, scalar)
        }
    }
}

fn four(bytes: &[u8]) -> [u8; 4] {
    std::array::from_fn(|at| bytes[at])
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    std::array::from_fn(|at| bytes[at])
}

/// The dtype of what NumPy gives for elements of a dtype.
fn given(py: Python<'_>, reducer: Reducer, own: DType) -> PyResult<Option<DType>> {
    let one = py
        .import("numpy")?
        .call_method1("ones", (1, own.object(py)?))?;
    let name = match reducer {
        Reducer::Product => "prod",
        Reducer::Mean => "mean",
        _ => "sum",
    };
    let dtype = one.call_method0(name)?.getattr("dtype")?;
    Ok(DType::of(py, dtype.as_ptr()))
}

/// The loop that folds elements of a dtype.
fn folding(py: Python<'_>, reducer: Reducer, dtype: DType) -> Option<How> {
    let name = match reducer {
        Reducer::Sum => "add",
        Reducer::Product => "multiply",
        Reducer::Least => "minimum",
        Reducer::Greatest => "maximum",
        Reducer::Any => "logical_or",
        Reducer::All => "logical_and",
        Reducer::Mean => return None,
    };
    let ufunc = operations::ufunc(py, name).ok()?;
    let found = loops::find(&ufunc, &[Operand::Strong(dtype); 2])?;
    let same = found.inputs.iter().chain(&found.outputs);
    let fits = same.into_iter().all(|&taken| taken == dtype);
    fits.then(|| How::Fold(found.inner, found))
}
