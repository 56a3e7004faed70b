//! Launch: a group's work, with kernels where they can do it and operation by operation elsewhere.

use std::sync::Arc;

use daisy_core::{Input, NodeId, Source as From};
use daisy_kernel::{Launch, Raised, Source};
use pyo3::exceptions::PyMemoryError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::SmallVec;

use super::dtypes::DType;
use super::group::FusedGroup;
use super::kinds::{self, Kind};
use super::layout::Axes;
use super::parts;
use super::pieces::{Feed, Kernel};
use super::scalars::Number;
use super::specialise::{Given, Plan, specialise};
use crate::arrays::Array;
use crate::memory;

/// Computes a member as plain Python does, from the values of the members that it needs.
pub trait Members {
    /// How many threads may work on one kernel.
    fn workers(&self) -> usize;

    /// # Errors
    /// What the operation raises.
    fn compute(&self, member: NodeId, values: &[Option<Py<PyAny>>]) -> PyResult<Py<PyAny>>;
}

/// A group with its inputs, at one moment of its work.
pub struct Stage<'a, 'py, M> {
    py: Python<'py>,
    group: &'a FusedGroup,
    inputs: &'a [Bound<'py, PyAny>],
    members: &'a M,
    /// By member.
    values: Vec<Option<Py<PyAny>>>,
    /// By member: whether it has been computed, be it in the midst of a kernel.
    done: Vec<bool>,
    /// By member: how many uses of its value are still to come.
    left: Vec<u32>,
}

impl<'a, 'py, M: Members> Stage<'a, 'py, M> {
    pub fn new(
        py: Python<'py>,
        group: &'a FusedGroup,
        inputs: &'a [Bound<'py, PyAny>],
        members: &'a M,
    ) -> Self {
        let count = group.uses.len();
        Stage {
            py,
            group,
            inputs,
            members,
            values: std::iter::repeat_with(|| None).take(count).collect(),
            done: vec![false; count],
            left: group.uses.clone(),
        }
    }

    /// The values of the group's outputs, in order.
    pub fn run(mut self) -> PyResult<Vec<Py<PyAny>>> {
        while !self.done.iter().all(|&done| done) {
            let plan = self.plan();
            for kernel in &plan.kernels {
                self.launch(kernel)?;
            }
            self.compute_others(&plan)?;
        }
        let outputs = self.group.group.graph.outputs().iter();
        let values = outputs.filter_map(|output| {
            let value = self.values[output.as_node()?.index()].as_ref();
            Some(value.expect(KEPT).clone_ref(self.py))
        });
        Ok(values.collect())
    }

    /// The plan for what is still to be done.
    fn plan(&self) -> Arc<Plan> {
        let computed: Vec<Option<Bound<'py, PyAny>>> = self
            .values
            .iter()
            .map(|value| value.as_ref().map(|value| value.bind(self.py).clone()))
            .collect();
        let mut values = self.inputs.to_vec();
        values.extend(computed.iter().flatten().cloned());
        let kinds: Vec<Kind<'_>> = values.iter().map(Kind::of).collect();
        let flat = kinds::are_flat(&kinds);
        let mut signature = kinds::signature(&values, &kinds, flat, self.group.has_powers());
        signature.extend(
            self.done
                .iter()
                .enumerate()
                .filter(|(_, done)| **done)
                .map(|(at, _)| at as u64),
        );
        let known = computed
            .iter()
            .map(|value| value.as_ref().map(Kind::of))
            .collect::<Vec<_>>();
        self.group.plans(self.py).find(self.py, signature, || {
            let given = Given {
                inputs: self.inputs,
                kinds: &kinds[..self.inputs.len()],
                computed: &known,
                done: &self.done,
                flat,
            };
            specialise(self.py, self.group, &given)
        })
    }

    /// Computes what no kernel could, as far as nothing that a kernel may do better then has to
    /// come before.
    fn compute_others(&mut self, plan: &Plan) -> PyResult<()> {
        for member in self.group.group.graph.ids() {
            if !self.done[member.index()] && self.is_ready(member, plan) {
                self.compute(member)?;
            }
        }
        Ok(())
    }

    /// Whether the operands of a member are there, and it was looked at with all of them known, or
    /// has no array among them.
    fn is_ready(&self, member: NodeId, plan: &Plan) -> bool {
        let inputs = self.group.group.graph.inputs(member);
        let there = |input: &Input| input.as_node().is_none_or(|id| self.done[id.index()]);
        inputs.iter().all(there)
            && (plan.hopeless[member.index()] || !inputs.iter().any(|&input| self.is_array(input)))
    }

    fn is_array(&self, input: Input) -> bool {
        self.value(input)
            .is_some_and(|value| Kind::of(value.bind(self.py)).is_array())
    }

    fn value(&self, input: Input) -> Option<&Py<PyAny>> {
        match input.unpack() {
            From::Const(id) => Some(self.inputs[id.index()].as_unbound()),
            From::Node(id) => self.values[id.index()].as_ref(),
        }
    }

    fn compute(&mut self, member: NodeId) -> PyResult<()> {
        let value = self.members.compute(member, &self.values)?;
        self.values[member.index()] = Some(value);
        self.finish(member);
        Ok(())
    }

    /// Lets go of what only this member still needed.
    fn finish(&mut self, member: NodeId) {
        self.done[member.index()] = true;
        let inputs = self.group.group.graph.inputs(member);
        for id in inputs.iter().filter_map(|input| input.as_node()) {
            self.left[id.index()] -= 1;
            if self.left[id.index()] == 0 {
                self.values[id.index()] = None;
            }
        }
    }

    /// Runs a kernel. What NumPy would tell of, and what it might refuse, is left to NumPy.
    fn launch(&mut self, kernel: &Kernel) -> PyResult<()> {
        let results = match self.feed(kernel) {
            Some(fed) => fed
                .run(self.py, kernel, self.members.workers())
                .or_else(|error| self.without_memory(error))?,
            None => None,
        };
        let Some(results) = results else {
            return kernel
                .members
                .iter()
                .try_for_each(|&member| self.compute(member));
        };
        for (&(member, _), value) in kernel.results.iter().zip(results) {
            self.values[member.index()] = Some(value);
        }
        kernel
            .members
            .iter()
            .for_each(|&member| self.finish(member));
        Ok(())
    }

    /// Where there is no memory for a result, the operation that wants it is to say so.
    fn without_memory<T>(&self, error: PyErr) -> PyResult<Option<T>> {
        let is_it = error.is_instance_of::<PyMemoryError>(self.py);
        if is_it { Ok(None) } else { Err(error) }
    }

    /// What a kernel reads, and the shape of what it gives.
    fn feed(&self, kernel: &Kernel) -> Option<Fed> {
        let order = kernel
            .layout
            .as_ref()
            .map(|layout| (&layout.shape, layout.order()));
        let mut fed = Fed::default();
        for feed in &kernel.feeds {
            match *feed {
                Feed::Number(input, dtype) => {
                    fed.numbers
                        .push(Number::new(self.value(input)?.bind(self.py), dtype)?);
                    fed.sources.push(None);
                }
                Feed::Array(input) => {
                    let value = self.value(input)?.clone_ref(self.py);
                    let array = Array::held(value.bind(self.py))?;
                    let dtype = DType::of(self.py, array.descriptor())?;
                    let order = order
                        .as_ref()
                        .map(|(shape, order)| (shape.as_slice(), order.as_slice()));
                    fed.sources.push(Some(source(array, dtype, order)));
                    if order.is_none() && fed.shape.is_empty() {
                        fed.shape = array.shape().into();
                    }
                    fed.held.push(value);
                }
            }
        }
        if let Some((shape, _)) = order {
            fed.shape.clone_from(shape);
        }
        Some(fed)
    }
}

const KEPT: &str = "an output is kept";

/// An array as the elements that a kernel reads, in the order of the result's axes.
fn source(array: Array<'_>, dtype: DType, order: Option<(&[isize], &[usize])>) -> Source {
    let size = dtype.size();
    let Some((shape, order)) = order else {
        let length = array.len().cast_unsigned();
        return Source::new(array.data(), size, [(length, size.cast_signed())], true);
    };
    let layout = super::layout::Layout {
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
struct Fed {
    /// By input of the program; nothing for the numbers, which are read where they lie in the end.
    sources: SmallVec<[Option<Source>; 8]>,
    numbers: SmallVec<[Number; 4]>,
    /// Keeps the arrays alive.
    held: SmallVec<[Py<PyAny>; 8]>,
    shape: Axes,
}

impl Fed {
    /// The results; nothing if NumPy would have to tell of something.
    fn run(
        mut self,
        py: Python<'_>,
        kernel: &Kernel,
        workers: usize,
    ) -> PyResult<Option<Vec<Py<PyAny>>>> {
        let results = self.results(py, kernel)?;
        let targets: SmallVec<[*mut u8; 4]> = results
            .iter()
            .filter_map(|result| Some(Array::held(result)?.data()))
            .collect();
        let mut numbers = self.numbers.iter();
        let number = |source: Option<Source>| {
            source.unwrap_or_else(|| {
                let number = numbers.next().expect("there is a number for each");
                Source::new(number.data(), 1, [], true)
            })
        };
        let sources: SmallVec<[Source; 8]> = std::mem::take(&mut self.sources)
            .into_iter()
            .map(number)
            .collect();
        let length = self.shape.iter().product::<isize>().cast_unsigned();
        let program = Arc::clone(&kernel.program);
        // SAFETY: the arrays that are read and the numbers are held until the end of this function,
        // and so are those that are written, which were just made for so many elements of these
        // dtypes; when it is over, no part is begun any more.
        let launch = unsafe { Launch::new(program, sources, targets, length) };
        if kernel.foreign && length > launch.at_once() && may_tell(py)? {
            return Ok(None);
        }
        let done = parts::run(py, launch, kernel, workers)?;
        // A loop that raises does so in its own words when it is called as a ufunc.
        if PyErr::take(py).is_some() {
            return Ok(None);
        }
        match done {
            Ok(raised) if raised.is_empty() || !is_told(py, raised)? => {
                Ok(Some(results.into_iter().map(Bound::unbind).collect()))
            }
            _ => Ok(None),
        }
    }

    /// Fresh arrays for the results.
    fn results<'py>(&self, py: Python<'py>, kernel: &Kernel) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let fortran = kernel.layout.as_ref().map(super::layout::Layout::order);
        let results = kernel.results.iter();
        let results = results.map(|&(_, dtype)| empty(py, dtype, &self.shape, fortran.as_deref()));
        results.collect()
    }
}

/// A fresh array whose axes lie in memory in this order, the first one slowest.
fn empty<'py>(
    py: Python<'py>,
    dtype: DType,
    shape: &[isize],
    order: Option<&[usize]>,
) -> PyResult<Bound<'py, PyAny>> {
    let object = dtype.object(py)?;
    let order = order.unwrap_or_default();
    let fortran = shape.len() > 1 && order.iter().rev().is_sorted() && !order.is_empty();
    if fortran || order.is_sorted() {
        return memory::empty(py, &object, shape, fortran);
    }
    let mut strides = Axes::from_elem(0, shape.len());
    let mut distance = dtype.size().cast_signed();
    for &axis in order.iter().rev() {
        strides[axis] = distance;
        distance *= shape[axis];
    }
    let (shape, strides) = (PyTuple::new(py, shape)?, PyTuple::new(py, &strides)?);
    let numpy = py.import("numpy")?;
    numpy.call_method1(
        intern!(py, "ndarray"),
        (shape, object, py.None(), 0, strides),
    )
}

/// Whether the functions of `scipy.special` are told to warn or to raise: they would do so once for
/// each block.
fn may_tell(py: Python<'_>) -> PyResult<bool> {
    let modules = py.import("sys")?.getattr(intern!(py, "modules"))?;
    let Ok(special) = modules.get_item("scipy.special") else {
        return Ok(false);
    };
    let settings = special.call_method0(intern!(py, "geterr"))?;
    let settings = settings.call_method0(intern!(py, "values"))?;
    for setting in settings.try_iter()? {
        if setting?.extract::<String>()? != "ignore" {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether NumPy would tell of what the floating-point unit has noticed, as `np.errstate` says here.
fn is_told(py: Python<'_>, raised: Raised) -> PyResult<bool> {
    let settings = py.import("numpy")?.call_method0(intern!(py, "geterr"))?;
    let settings = settings.cast_into::<PyDict>()?;
    let kinds = [
        ("divide", raised.divided_by_zero()),
        ("over", raised.overflowed()),
        ("under", raised.underflowed()),
        ("invalid", raised.was_invalid()),
    ];
    for (name, happened) in kinds {
        if happened && settings.as_any().get_item(name)?.extract::<&str>()? != "ignore" {
            return Ok(true);
        }
    }
    Ok(false)
}
