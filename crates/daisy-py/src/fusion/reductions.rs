//! Reductions: numbers of many elements of what a kernel computes, where they have NumPy's bits.
//!
//! To minima, to whole numbers and to truth values, order means nothing, so they are folded by NumPy's own
//! loops, block by block. Floats are added in the order in which NumPy adds them (`daisy_kernel`), and
//! multiplied from the first to the last. Products and extrema of complex numbers are left to NumPy; so is
//! every result that depends on more than the values: a NaN, whose payload is that of one element or
//! another, and a least or greatest zero, whose sign is. Of an extremum's place neither matters.

use std::sync::Arc;

use daisy_kernel::{Element, Extremum, InnerLoop, Reduced, Reduction};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::axes::Along;
use super::dtypes::DType;
use super::loops::{self, Loop, Operand};
use super::operations::{self, Reducer};
use crate::numpy_api::numpy_api;

/// How a reduction is done.
#[derive(Clone)]
pub struct Reducing {
    reducer: Reducer,
    how: How,
    /// The dtype of the elements as they are reduced.
    pub taken: DType,
    /// The dtype of what comes of it.
    pub given: DType,
    /// Nothing where it is one number of all elements.
    pub along: Option<Along>,
}

#[derive(Clone)]
enum How {
    /// The loop, and what keeps alive what it is called with.
    Fold(InnerLoop, Arc<Loop>),
    /// The dtype from which NumPy casts the elements first, in chunks, if it does.
    Sum(Element, Option<DType>),
    /// How the extremum is found, and what keeps alive what the loop is called with.
    Place(Extremum, Arc<Loop>),
}

/// Numbers below this are doubles, and so are all sums of them.
const EXACT: u64 = 1 << 53;

impl Reducing {
    /// How elements of a dtype are reduced; nothing where that is left to NumPy.
    pub fn new(py: Python<'_>, reducer: Reducer, own: DType, along: Option<Along>) -> Option<Self> {
        let is_place = matches!(reducer, Reducer::Argmin | Reducer::Argmax);
        let given = match reducer {
            Reducer::Any | Reducer::All => DType::BOOL,
            Reducer::Least | Reducer::Greatest => own,
            // NumPy adds small integers as larger ones, and takes the mean as a double.
            _ => given(py, reducer, own).ok()??,
        };
        let taken = if is_place { own } else { given };
        let is_added = matches!(reducer, Reducer::Sum | Reducer::Mean);
        let how = match taken.element()? {
            element @ (Element::F32 | Element::F64 | Element::C64 | Element::C128) if is_added => {
                How::Sum(element, (own != taken).then_some(own))
            }
            Element::C64 | Element::C128 => return None,
            element if is_place => {
                let (inner, owner) = folding(py, reducer, taken)?;
                let greatest = reducer == Reducer::Argmax;
                let extremum = Extremum {
                    inner,
                    element,
                    greatest,
                };
                How::Place(extremum, owner)
            }
            _ => {
                let (inner, owner) = folding(py, reducer, taken)?;
                How::Fold(inner, owner)
            }
        };
        Some(Reducing {
            reducer,
            how,
            taken,
            given,
            along,
        })
    }

    /// Whether what comes of it is divided, which NumPy does.
    pub fn is_divided(&self) -> bool {
        self.reducer == Reducer::Mean
    }

    /// Whether the elements have to come in C order.
    pub fn wants_c_order(&self) -> bool {
        self.along.is_some() || matches!(self.how, How::Place(..))
    }

    /// Whether it takes the elements one after the other, whoever computes them.
    pub fn is_in_order(&self) -> bool {
        self.along.is_some() || (self.reducer == Reducer::Product && self.taken.is_float())
    }

    /// What a kernel does for it, for `middle` elements a number and `inner` behind each; nothing where
    /// it is not known in which order NumPy would add.
    pub fn reduction(
        &self,
        py: Python<'_>,
        [middle, inner]: [usize; 2],
    ) -> PyResult<Option<Reduction>> {
        let (element, own) = match &self.how {
            How::Fold(inner, _) => return Ok(Some(Reduction::Fold(*inner))),
            How::Place(extremum, _) => return Ok(Some(Reduction::Place(*extremum))),
            How::Sum(element, None) => return Ok(Some(Reduction::Sum(*element, None))),
            How::Sum(element, Some(own)) => (*element, *own),
        };
        if self.along.is_some() {
            // How NumPy shares out rows to its buffers matters only where sums are rounded.
            let largest = 1_u64.checked_shl(8 * own.size() as u32);
            let most = largest.and_then(|largest| largest.checked_mul(middle as u64));
            let is_known = inner > 1 || most.is_some_and(|most| most <= EXACT);
            return Ok(is_known.then_some(Reduction::Sum(element, None)));
        }
        let numpy = py.import("numpy")?;
        let chunk: usize = numpy.call_method0(intern!(py, "getbufsize"))?.extract()?;
        let usual = chunk > 0 && chunk.is_multiple_of(16);
        Ok(usual.then_some(Reduction::Sum(element, Some(chunk))))
    }

    /// What keeps alive what its loop is called with.
    pub fn owner(&self) -> Option<Arc<Loop>> {
        match &self.how {
            How::Fold(_, owner) | How::Place(_, owner) => Some(Arc::clone(owner)),
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
        number.get_type().call1((number.div(items(py, count)?)?,))
    }

    /// Makes of an array of sums what NumPy gives, where each is of so many elements.
    ///
    /// # Errors
    /// What NumPy raises where a mean is too small.
    pub fn finish_array(
        &self,
        py: Python<'_>,
        array: &Bound<'_, PyAny>,
        count: usize,
    ) -> PyResult<()> {
        if self.reducer == Reducer::Mean {
            // As `_mean` has it, again.
            let settings = PyDict::new(py);
            settings.set_item("out", array)?;
            settings.set_item("casting", "unsafe")?;
            settings.set_item("subok", false)?;
            let divide = operations::ufunc(py, "true_divide")?;
            divide.call((array, items(py, count)?), Some(&settings))?;
        }
        Ok(())
    }

    /// Whether numbers depend on nothing but the values of the elements.
    pub fn are_sure(&self, numbers: &[u8]) -> bool {
        let mut numbers = numbers.chunks_exact(self.given.size());
        numbers.all(|number| self.is_sure(number))
    }

    fn is_sure(&self, bytes: &[u8]) -> bool {
        let single = |at: usize| f64::from(f32::from_ne_bytes(four(&bytes[at..])));
        let double = |at: usize| f64::from_ne_bytes(eight(&bytes[at..]));
        let floats = match self.given.element() {
            Some(Element::F32) => [single(0); 2],
            Some(Element::F64) => [double(0); 2],
            Some(Element::C64) => [single(0), single(4)],
            Some(Element::C128) => [double(0), double(8)],
            _ => return true,
        };
        floats.iter().all(|&float| match self.how {
            // What has overflowed on the way is not finite in the end.
            How::Sum(..) => float.is_finite(),
            // The zero that is the factor, or the sign of it, is no matter of order.
            How::Fold(..) if self.reducer == Reducer::Product => !float.is_nan(),
            How::Fold(..) => float != 0.0 && !float.is_nan(),
            How::Place(..) => true,
        })
    }

    fn scalar<'py>(&self, py: Python<'py>, reduced: &Reduced) -> PyResult<Bound<'py, PyAny>> {
        let dtype = self.given.object(py)?;
        let data = reduced.bytes().as_ptr().cast_mut().cast();
        // SAFETY: the bytes are a number of that dtype, which NumPy copies; what it gives is a new
        // reference, or null with an error set.
        unsafe {
            let scalar = (numpy_api(py)?.scalar)(data, dtype.as_ptr(), std::ptr::null_mut());
            Bound::from_owned_ptr_or_err(py, scalar)
        }
    }
}

/// How many elements there are, as NumPy divides by it.
fn items(py: Python<'_>, count: usize) -> PyResult<Bound<'_, PyAny>> {
    let numpy = py.import("numpy")?;
    numpy.call_method1(intern!(py, "intp"), (count,))
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
        Reducer::Argmin | Reducer::Argmax => "argmax",
        _ => "sum",
    };
    let dtype = one.call_method0(name)?.getattr("dtype")?;
    Ok(DType::of(py, dtype.as_ptr()))
}

/// The loop that folds elements of a dtype.
fn folding(py: Python<'_>, reducer: Reducer, dtype: DType) -> Option<(InnerLoop, Arc<Loop>)> {
    let name = match reducer {
        Reducer::Sum => "add",
        Reducer::Product => "multiply",
        Reducer::Least | Reducer::Argmin => "minimum",
        Reducer::Greatest | Reducer::Argmax => "maximum",
        Reducer::Any => "logical_or",
        Reducer::All => "logical_and",
        Reducer::Mean => return None,
    };
    let ufunc = operations::ufunc(py, name).ok()?;
    let found = loops::find(&ufunc, &[Operand::Strong(dtype); 2])?;
    let same = found.inputs.iter().chain(&found.outputs);
    let fits = same.into_iter().all(|&taken| taken == dtype);
    fits.then(|| (found.inner, found))
}
