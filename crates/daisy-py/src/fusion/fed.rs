//! Fed: what a kernel reads, and the run of it.

use std::sync::Arc;

use daisy_kernel::{Failed, Launch, Partials, Raised, Source};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use super::dtypes::DType;
use super::layout::{Axes, Layout, Order};
use super::numbers::Numbers;
use super::parts;
use super::pieces::Kernel;
use super::scalars::Number;
use super::telling::may_tell;
use crate::arrays::Array;
use crate::memory;

/// Whether an array can be read as one of a shape; as it lies, where it has to be flat.
pub fn fits(array: Array<'_>, shape: &[isize], flat: bool) -> bool {
    if flat {
        return array.shape() == shape && array.is_c_contiguous() && array.is_aligned();
    }
    let Some(missing) = shape.len().checked_sub(array.shape().len()) else {
        return false;
    };
    let mut lengths = array.shape().iter().zip(&shape[missing..]);
    lengths.all(|(&length, &wanted)| length == wanted || length == 1)
}

/// An array as the elements that a kernel reads, in the order of the result's axes.
pub fn source(array: Array<'_>, dtype: DType, order: Option<(&[isize], &[usize])>) -> Source {
    let size = dtype.size();
    let Some((shape, order)) = order else {
        return Source::line(array.data(), size, array.stride(size));
    };
    let layout = Layout {
        shape: array.shape().into(),
        strides: array.strides().into(),
    };
    let strides = layout.stretched(shape);
    let axes = order
        .iter()
        .map(|&axis| (shape[axis].cast_unsigned(), strides[axis]));
    Source::new(array.data(), size, axes, array.is_aligned())
}

/// What a kernel reads.
#[derive(Default)]
pub struct Fed {
    /// By input of the program; nothing for the numbers, which are read where they lie in the end.
    pub sources: SmallVec<[Option<Source>; 8]>,
    pub numbers: SmallVec<[Number; 4]>,
    /// Keeps the arrays alive.
    pub held: SmallVec<[Py<PyAny>; 8]>,
    pub shape: Axes,
}

impl Fed {
    /// The results, first the arrays and then the numbers; nothing if NumPy would have to tell of
    /// something. How many threads may help is asked where that matters.
    pub fn run(
        mut self,
        py: Python<'_>,
        kernel: &Kernel,
        workers: impl FnOnce() -> PyResult<usize>,
        is_told: impl FnOnce(Raised) -> PyResult<bool>,
    ) -> PyResult<Option<Vec<Py<PyAny>>>> {
        let results = self.results(py, kernel)?;
        let shape = std::mem::take(&mut self.shape);
        let Some(mut reduced) = Numbers::new(py, kernel, &shape)? else {
            return Ok(None);
        };
        let mut targets: SmallVec<[*mut u8; 4]> = targets(&results).collect();
        targets.resize(kernel.program.outputs(), std::ptr::null_mut());
        let mut numbers = self.numbers.iter();
        let number = |source: Option<Source>| {
            source.unwrap_or_else(|| {
                let number = numbers.next().expect("there is a number for each");
                Source::single(number.data(), 1)
            })
        };
        let sources = std::mem::take(&mut self.sources).into_iter().map(number);
        let length = shape.iter().product::<isize>().cast_unsigned();
        let program = Arc::clone(&kernel.program);
        // SAFETY: the arrays that are read and the numbers are held until the end of this function,
        // and so are those that are written, which were just made for so many elements of these
        // dtypes; when it is over, no part is begun any more.
        let launch = unsafe {
            let mut launch = Launch::new(program, sources, targets, length);
            reduced.attach(&mut launch);
            launch
        };
        let launched = || parts::run(py, launch, kernel, workers);
        let Some(partials) = run(py, kernel, launched, is_told)? else {
            return Ok(None);
        };
        let mut results: Vec<_> = results.into_iter().map(Bound::unbind).collect();
        let Some(numbers) = reduced.finish(py, &partials)? else {
            return Ok(None);
        };
        results.extend(numbers);
        Ok(Some(results))
    }

    /// Fresh arrays for the results.
    fn results<'py>(&self, py: Python<'py>, kernel: &Kernel) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let results = kernel.results.iter();
        let results = results.map(|outcome| match &kernel.layout {
            Some(layout) => empty(py, outcome.dtype, layout),
            None => memory::empty(py, &outcome.dtype.object(py)?, &self.shape, false),
        });
        results.collect()
    }
}

/// Where the data of fresh arrays lie.
pub fn targets<'a>(results: &'a [Bound<'_, PyAny>]) -> impl Iterator<Item = *mut u8> + use<'a> {
    let arrays = results.iter().filter_map(Array::held);
    arrays.map(Array::data)
}

/// Runs a kernel, and gives what it has reduced; nothing if its results do not count, since NumPy would
/// have to tell of something.
pub fn run(
    py: Python<'_>,
    kernel: &Kernel,
    launch: impl FnOnce() -> PyResult<Result<(Raised, Partials), Failed>>,
    is_told: impl FnOnce(Raised) -> PyResult<bool>,
) -> PyResult<Option<Partials>> {
    if kernel.foreign && may_tell(py)? {
        return Ok(None);
    }
    let done = launch()?;
    // A loop that raises does so in its own words when it is called as a ufunc.
    if kernel.foreign && PyErr::take(py).is_some() {
        return Ok(None);
    }
    let Ok((raised, partials)) = done else {
        return Ok(None);
    };
    let counts = raised.is_empty() || !is_told(raised)?;
    Ok(counts.then_some(partials))
}

/// Where there is no array for a result, the operation that wants it is to say so: there is no memory,
/// or the array would be too big. And where NumPy is of another ABI than ours, it makes its arrays
/// itself.
pub fn without_array<T>(py: Python<'_>, error: PyErr) -> PyResult<Option<T>> {
    let is_usual = error.is_instance_of::<PyException>(py);
    if is_usual { Ok(None) } else { Err(error) }
}

/// A fresh array that lies in memory in a certain way.
fn empty<'py>(py: Python<'py>, dtype: DType, layout: &Layout) -> PyResult<Bound<'py, PyAny>> {
    let object = dtype.object(py)?;
    let shape = &layout.shape;
    if layout.is_contiguous(Order::C) {
        return memory::empty(py, &object, shape, false);
    }
    if layout.is_contiguous(Order::Fortran) {
        return memory::empty(py, &object, shape, true);
    }
    let size = dtype.size().cast_signed();
    let strides = layout.strides.iter().map(|stride| stride * size);
    let (shape, strides) = (
        PyTuple::new(py, shape)?,
        PyTuple::new(py, strides.collect::<Axes>())?,
    );
    let numpy = py.import("numpy")?;
    numpy.call_method1(
        intern!(py, "ndarray"),
        (shape, object, py.None(), 0, strides),
    )
}
