//! Whole: a group that is all the work of a call, run on its arrays without a graph.
//!
//! What a kernel depends on is the same for every call of one template, but for the arrays. So the
//! kernel for the dtypes met last is kept at hand, and a run is: look at the arrays, make room for the
//! results, launch. Whatever is not as usual is left to the engine, which knows all cases: arrays of
//! several shapes or other layouts, work that no kernel does, what NumPy would tell of.

use std::sync::Arc;

use daisy_core::{Input, NodeId, Source as From};
use daisy_kernel::{Launch, Raised, Source};
use parking_lot::Mutex;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::fed::{self, targets};
use super::group::FusedGroup;
use super::launch::Stage;
use super::numbers::Numbers;
use super::parts;
use super::pieces::{Feed, Kernel};
use super::scalars::Number;
use super::specialise::Plan;
use crate::arrays::Array;
use crate::memory;
use crate::op::Op;

/// Fewer elements, or fewer operations on elements, are done at once: to see how it is done best would
/// take longer.
const FEW: usize = 64;
const LITTLE: usize = 1024;

/// Where an input of the group comes from.
pub enum Origin {
    /// The call gives it, under this number.
    Leaf(usize),
    /// It is the same for all calls.
    Value(Py<PyAny>),
}

/// A group, and where it has its inputs from.
pub struct Whole {
    group: FusedGroup,
    inputs: Vec<Origin>,
    last: Mutex<Option<Arc<Ready>>>,
}

/// What arrays of certain dtypes and of one rank need.
struct Ready {
    /// By leaf: the addresses of the dtypes' objects, which live for ever.
    dtypes: SmallVec<[usize; 4]>,
    rank: usize,
    /// Nothing where it takes more than one kernel on arrays of one shape in C order.
    kernel: Option<ReadyKernel>,
}

struct ReadyKernel {
    /// Has the kernel.
    plan: Arc<Plan>,
    /// By input of the kernel.
    feeds: SmallVec<[ReadyFeed; 8]>,
    numbers: Box<[Number]>,
    /// By output of the group: its number among the results of the kernel, the arrays first.
    outputs: SmallVec<[usize; 2]>,
}

enum ReadyFeed {
    /// The leaf of a number, with elements of so many bytes.
    Leaf(usize, usize),
    /// The number in this place.
    Number(usize),
}

/// The arrays that a call gives, all of one shape and in C order.
struct Flat<'a> {
    arrays: SmallVec<[Array<'a>; 4]>,
    shape: &'a [isize],
}

/// The values of the group's outputs, in order.
pub type Values = SmallVec<[Py<PyAny>; 2]>;

impl Whole {
    pub fn new(group: FusedGroup, inputs: Vec<Origin>) -> Self {
        Whole {
            group,
            inputs,
            last: Mutex::new(None),
        }
    }

    /// The values of the group's outputs; nothing where it is not as simple as that. `is_told` says
    /// whether NumPy would tell of what happened, `is_here` whether its settings are those of the call.
    pub fn run(
        &self,
        py: Python<'_>,
        leaves: &[&Bound<'_, PyAny>],
        workers: impl FnOnce() -> PyResult<usize>,
        is_told: impl FnOnce(Raised) -> PyResult<bool>,
        is_here: impl FnOnce() -> PyResult<bool>,
    ) -> PyResult<Option<Values>> {
        let Some(flat) = Flat::new(leaves) else {
            return Ok(None);
        };
        let ready = self.ready(py, leaves, &flat);
        let Some(ready) = &ready.kernel else {
            return Ok(None);
        };
        if ready.kernel().calls_numpy() && !is_here()? {
            return Ok(None);
        }
        let results = match ready.results(py, flat.shape) {
            Ok(results) => results,
            Err(error) => return fed::without_array(py, error),
        };
        let Some(mut numbers) = Numbers::new(py, ready.kernel(), flat.shape)? else {
            return Ok(None);
        };
        let mut outputs: SmallVec<[*mut u8; 2]> = targets(&results).collect();
        outputs.resize(ready.kernel().program.outputs(), std::ptr::null_mut());
        let length = flat.shape.iter().product::<isize>().cast_unsigned();
        let reduced = if ready.is_little(length) {
            let inputs: SmallVec<[(*mut u8, isize); 8]> = ready.places(&flat).collect();
            let program = &ready.kernel().program;
            // SAFETY: the leaves and the numbers are held until the end of this function, and so are
            // the results, which were just made for so many elements. The leaves are aligned and have
            // the dtypes that the kernel is for.
            let mut few =
                || unsafe { program.run_few(&inputs, &outputs, length, numbers.reductions()) };
            fed::run(py, ready.kernel(), || Ok(few()), is_told)?
        } else {
            // SAFETY: as above; when this function is over, no part is begun any more.
            let launch = unsafe {
                let program = Arc::clone(&ready.kernel().program);
                let mut launch = Launch::new(program, ready.sources(&flat), outputs, length);
                numbers.attach(&mut launch);
                launch
            };
            fed::run(
                py,
                ready.kernel(),
                || parts::run(py, launch, ready.kernel(), workers),
                is_told,
            )?
        };
        let Some(partials) = reduced else {
            return Ok(None);
        };
        let Some(numbers) = numbers.finish(py, &partials)? else {
            return Ok(None);
        };
        let values = ready.outputs.iter().map(|&at| match results.get(at) {
            Some(array) => array.clone().unbind(),
            None => numbers[at - results.len()].clone_ref(py),
        });
        Ok(Some(values.collect()))
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.inputs.iter().try_for_each(|input| match input {
            Origin::Leaf(_) => Ok(()),
            Origin::Value(value) => visit.call(value),
        })
    }

    /// What such arrays need.
    fn ready(&self, py: Python<'_>, leaves: &[&Bound<'_, PyAny>], flat: &Flat<'_>) -> Arc<Ready> {
        let last = self.last.lock_py_attached(py).clone();
        if let Some(last) = last.filter(|last| last.is_for(flat)) {
            return last;
        }
        let made = Arc::new(Ready {
            dtypes: flat.dtypes().collect(),
            rank: flat.shape.len(),
            kernel: self.kernel(py, leaves),
        });
        let old = self.last.lock_py_attached(py).replace(Arc::clone(&made));
        // Its plan may be the last to have a ufunc of the user's.
        drop(old);
        made
    }

    fn kernel(&self, py: Python<'_>, leaves: &[&Bound<'_, PyAny>]) -> Option<ReadyKernel> {
        let inputs: Vec<Bound<'_, PyAny>> = self
            .inputs
            .iter()
            .map(|input| match input {
                Origin::Leaf(leaf) => leaves[*leaf].clone(),
                Origin::Value(value) => value.bind(py).clone(),
            })
            .collect();
        let plan = Stage::new(py, &self.group, &inputs, &()).plan();
        let kernel = only_kernel(&plan, &self.group)?;
        let mut numbers = Vec::new();
        let feeds = kernel.feeds.iter().map(|&feed| match feed {
            Feed::Array(input, dtype) => match &self.inputs[constant(input)?] {
                Origin::Leaf(leaf) => Some(ReadyFeed::Leaf(*leaf, dtype.size())),
                Origin::Value(_) => None,
            },
            Feed::Number(input, dtype) => {
                numbers.push(Number::new(&inputs[constant(input)?], dtype)?);
                Some(ReadyFeed::Number(numbers.len() - 1))
            }
        });
        let feeds = feeds.collect::<Option<_>>()?;
        let outputs = self.group.group.graph.outputs().iter().map(|output| {
            let member = output.as_node()?;
            let mut arrays = kernel.results.iter();
            let mut numbers = kernel.reductions.iter();
            let array = arrays.position(|outcome| outcome.members.contains(&member));
            array.or_else(|| {
                let number = numbers.position(|reduced| reduced.member == member)?;
                Some(kernel.results.len() + number)
            })
        });
        let outputs = outputs.collect::<Option<_>>()?;
        Some(ReadyKernel {
            plan,
            feeds,
            numbers: numbers.into(),
            outputs,
        })
    }
}

impl Ready {
    fn is_for(&self, flat: &Flat<'_>) -> bool {
        self.rank == flat.shape.len() && self.dtypes.iter().copied().eq(flat.dtypes())
    }
}

impl ReadyKernel {
    fn kernel(&self) -> &Kernel {
        &self.plan.kernels[0]
    }

    /// Fresh arrays for the results of the kernel.
    fn results<'py>(
        &self,
        py: Python<'py>,
        shape: &[isize],
    ) -> PyResult<SmallVec<[Bound<'py, PyAny>; 2]>> {
        let mut results = SmallVec::new();
        for outcome in &self.kernel().results {
            let dtype = outcome.dtype.object(py)?;
            results.push(memory::empty(py, &dtype, shape, false)?);
        }
        Ok(results)
    }

    fn is_little(&self, length: usize) -> bool {
        length < FEW || length * self.kernel().program.steps() < LITTLE
    }

    /// Where the inputs of the kernel are, and how many bytes it is from one element to the next.
    fn places(&self, flat: &Flat<'_>) -> impl Iterator<Item = (*mut u8, isize)> {
        self.feeds.iter().map(move |feed| match *feed {
            ReadyFeed::Leaf(leaf, size) => {
                let array = flat.arrays[leaf];
                (array.data(), array.stride(size))
            }
            ReadyFeed::Number(number) => (self.numbers[number].data(), 0),
        })
    }

    fn sources(&self, flat: &Flat<'_>) -> impl Iterator<Item = Source> {
        self.feeds.iter().map(move |feed| match *feed {
            ReadyFeed::Leaf(leaf, size) => {
                let array = flat.arrays[leaf];
                Source::line(array.data(), size, array.stride(size))
            }
            ReadyFeed::Number(number) => Source::single(self.numbers[number].data(), 1),
        })
    }
}

impl<'a> Flat<'a> {
    fn new(leaves: &[&'a Bound<'_, PyAny>]) -> Option<Self> {
        let arrays = leaves.iter().map(|leaf| Array::held(leaf));
        let arrays = arrays.collect::<Option<SmallVec<[Array<'a>; 4]>>>()?;
        let shape = arrays.first()?.shape();
        let is_flat = |array: &Array<'_>| {
            array.is_c_contiguous() && array.is_aligned() && array.shape() == shape
        };
        (!shape.is_empty() && arrays.iter().all(is_flat)).then_some(Flat { arrays, shape })
    }

    fn dtypes(&self) -> impl Iterator<Item = usize> {
        self.arrays.iter().map(|array| array.descriptor().addr())
    }
}

/// The kernel of a plan that is nothing but one, on arrays of one shape in C order.
fn only_kernel<'a>(plan: &'a Plan, group: &FusedGroup) -> Option<&'a Kernel> {
    let [kernel] = &plan.kernels[..] else {
        return None;
    };
    (kernel.layout.is_none() && is_all(kernel, group)).then_some(kernel)
}

/// Whether a kernel does all that a group does: of its members there are besides only the methods that the
/// kernel does the calls of, which nobody else needs.
fn is_all(kernel: &Kernel, group: &FusedGroup) -> bool {
    let graph = &group.group.graph;
    let does: FxHashSet<NodeId> = kernel.members.iter().copied().collect();
    let needs =
        |user: NodeId, method: NodeId| graph.inputs(user)[1..].contains(&Input::node(method));
    graph.ids().filter(|id| !does.contains(id)).all(|id| {
        let is_output = graph.outputs().contains(&Input::node(id));
        let mut users = graph
            .ids()
            .filter(|&user| graph.inputs(user).contains(&Input::node(id)));
        group.op(id) == Op::GETATTR
            && !is_output
            && users.all(|user| does.contains(&user) && !needs(user, id))
    })
}

fn constant(input: Input) -> Option<usize> {
    match input.unpack() {
        From::Const(id) => Some(id.index()),
        From::Node(_) => None,
    }
}
