//! Specialise: kernels for a group whose inputs are of known kinds.
//!
//! Each operation is looked at once, in order: which of NumPy's loops computes it for the dtypes that
//! its operands have, and which shape and layout the result has. Those of one shape become one kernel;
//! a kernel computes each element at its own shape and no more often. What no loop can do is left out,
//! and so is what depends on it, since nothing is known of that.

use std::sync::Arc;

use daisy_core::{Input, NodeId, Source};
use daisy_kernel::{InnerLoop, cast, select};
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::dtypes::DType;
use super::group::FusedGroup;
use super::kinds::Kind;
use super::layout::Layout;
use super::loops::{self, Loop, Operand, Weak};
use super::operations::{self, Elementwise};
use super::pieces;
use crate::op::Op;

/// What to do with a group whose inputs are of certain kinds.
pub struct Plan {
    /// In an order in which each has what it reads.
    pub kernels: Vec<pieces::Kernel>,
    /// By member: whether all its operands were known, and yet no kernel can compute it.
    pub hopeless: Vec<bool>,
}

/// An operation that a kernel can do.
pub struct Step {
    pub member: NodeId,
    pub inner: InnerLoop,
    /// Keeps alive what the inner loop is called with.
    pub owner: Option<Arc<Loop>>,
    /// Where the operands are, and the dtype that the loop takes them in.
    pub operands: SmallVec<[(Input, DType); 3]>,
    pub dtype: DType,
}

/// What is known of a value before it is there.
#[derive(Clone)]
pub enum State {
    /// An array.
    Array(DType, Layout),
    /// A single number.
    Number(Operand),
    /// Nothing.
    Unknown,
}

/// What a group has at hand: the inputs, and the members that have been computed already.
pub struct Given<'a, 'py> {
    pub inputs: &'a [Bound<'py, PyAny>],
    pub kinds: &'a [Kind<'a>],
    /// By member, the kind of its value where that is there.
    pub computed: &'a [Option<Kind<'a>>],
    /// By member: whether it has been computed, be it that nobody needs it any more.
    pub done: &'a [bool],
    /// Whether all arrays are of one shape and in C order, so that neither matters.
    pub flat: bool,
}

/// Makes the plan for a group.
pub fn specialise(py: Python<'_>, group: &FusedGroup, given: &Given<'_, '_>) -> Plan {
    let mut specialiser = Specialiser {
        py,
        group,
        given,
        inputs: given
            .kinds
            .iter()
            .map(|&kind| state(kind, given.flat))
            .collect(),
        members: Vec::with_capacity(group.uses.len()),
        steps: Vec::new(),
    };
    for member in group.group.graph.ids() {
        let state = match given.computed[member.index()] {
            Some(kind) => state(kind, given.flat),
            None if given.done[member.index()] => State::Unknown,
            None => specialiser.add(member).unwrap_or(State::Unknown),
        };
        specialiser.members.push(state);
    }
    specialiser.finish()
}

fn state(kind: Kind<'_>, flat: bool) -> State {
    match kind {
        Kind::Array(dtype, _) if flat => State::Array(dtype, Layout::default()),
        Kind::Array(dtype, array) => State::Array(dtype, Layout::of_array(array, dtype.size())),
        kind => kind.operand().map_or(State::Unknown, State::Number),
    }
}

struct Specialiser<'a, 'py> {
    py: Python<'py>,
    group: &'a FusedGroup,
    given: &'a Given<'a, 'py>,
    inputs: Vec<State>,
    members: Vec<State>,
    steps: Vec<Step>,
}

impl<'py> Specialiser<'_, 'py> {
    /// Adds the step that computes a member, and gives what its value will be.
    fn add(&mut self, member: NodeId) -> Option<State> {
        let all = self.group.group.graph.inputs(member);
        let (elementwise, operands) = self.operation(member, all)?;
        let known = operands
            .iter()
            .map(|&input| self.operand(input))
            .collect::<Option<SmallVec<[Operand; 3]>>>()?;
        let layout = self.layout(operands)?;
        let (inner, owner, wanted, dtype) = match elementwise {
            Elementwise::Where => self.choose(&known)?,
            // NumPy makes an array of a Python number there, which is weak no more.
            Elementwise::Clip(_) if matches!(known[0], Operand::Weak(_)) => return None,
            Elementwise::Clip(ufunc) => by_loop(&ufunc, &known)?,
            Elementwise::Ufunc(ufunc) => by_loop(&ufunc, &known).filter(|chosen| {
                !(chosen.3.is_integer() && operations::is_ufunc(&ufunc, "power"))
            })?,
            Elementwise::Power => {
                let (ufunc, count) = self.power(operands, &known)?;
                by_loop(&ufunc, &known[..count])?
            }
        };
        let operands: SmallVec<[(Input, DType); 3]> =
            operands.iter().copied().zip(wanted).collect();
        if !operands
            .iter()
            .all(|&(input, dtype)| self.can_cast(input, dtype))
        {
            return None;
        }
        self.steps.push(Step {
            member,
            inner,
            owner,
            operands,
            dtype,
        });
        Some(State::Array(dtype, layout))
    }

    /// Whether an operand can be had in a dtype.
    fn can_cast(&self, input: Input, wanted: DType) -> bool {
        match self.state(input) {
            State::Array(own, _) if *own != wanted => {
                let casts = own.element().zip(wanted.element());
                casts.is_some_and(|(own, wanted)| cast(own, wanted).is_some())
            }
            _ => true,
        }
    }

    /// What a member does, and with which of its inputs.
    fn operation<'a>(
        &self,
        member: NodeId,
        inputs: &'a [Input],
    ) -> Option<(Elementwise<'py>, &'a [Input])> {
        let op = self.group.op(member);
        if op != Op::CALL {
            return Some((operations::operator(self.py, op)?, inputs));
        }
        let Source::Const(function) = inputs[0].unpack() else {
            return None;
        };
        let function = &self.given.inputs[function.index()];
        let elementwise = operations::callee(function, inputs.len() - 1)?;
        Some((elementwise, &inputs[1..]))
    }

    fn state(&self, input: Input) -> &State {
        match input.unpack() {
            Source::Const(id) => &self.inputs[id.index()],
            Source::Node(id) => &self.members[id.index()],
        }
    }

    fn operand(&self, input: Input) -> Option<Operand> {
        match self.state(input) {
            State::Array(dtype, _) => Some(Operand::Strong(*dtype)),
            State::Number(operand) => Some(*operand),
            State::Unknown => None,
        }
    }

    /// The layout of the result; nothing where no operand is an array, since that gives a scalar.
    fn layout(&self, operands: &[Input]) -> Option<Layout> {
        let layouts: SmallVec<[&Layout; 3]> = operands
            .iter()
            .filter_map(|&input| match self.state(input) {
                State::Array(_, layout) => Some(layout),
                _ => None,
            })
            .collect();
        let first = *layouts.first()?;
        if self.given.flat {
            return Some(first.clone());
        }
        Layout::of_result(&layouts)
    }

    /// `np.where`: its dtype is what NumPy promotes the two values to.
    fn choose(&self, operands: &[Operand]) -> Option<Chosen> {
        if operands[0] != Operand::Strong(DType::BOOL) {
            return None;
        }
        let dtype = promoted(self.py, &operands[1..]).ok().flatten()?;
        let inner = select(dtype.size())?;
        let wanted = SmallVec::from_slice(&[DType::BOOL, dtype, dtype]);
        Some((inner, None, wanted, dtype))
    }

    /// The ufunc that `x ** y` is, and how many of the two operands it takes. `ndarray` computes
    /// `x ** 2` as a square, and likewise for some other exponents (`fast_scalar_power` in `number.c`
    /// of NumPy); those that are not known here are left to it.
    fn power(&self, operands: &[Input], known: &[Operand]) -> Option<(Bound<'py, PyAny>, usize)> {
        let Operand::Weak(weak) = known[1] else {
            // An array without axes, or a scalar, may be such an exponent, too; and integers may be
            // negative exponents, of which the loop itself tells.
            let arrays = matches!(self.state(operands[1]), State::Array(..));
            let integers = known.iter().all(|&operand| is_integer(operand));
            let wanted = arrays && !integers;
            return wanted.then(|| operations::ufunc(self.py, "power").ok().zip(Some(2)))?;
        };
        let Source::Const(exponent) = operands[1].unpack() else {
            return None;
        };
        let Operand::Strong(base) = known[0] else {
            return None;
        };
        let exponent: f64 = self.given.inputs[exponent.index()].extract().ok()?;
        let name = exponent_ufunc(base, weak, exponent)?;
        let count = if name == "power" { 2 } else { 1 };
        Some((operations::ufunc(self.py, name).ok()?, count))
    }

    fn finish(self) -> Plan {
        let hopeless = self.hopeless();
        let kernels = pieces::kernels(
            self.group,
            self.steps,
            &self.members,
            &self.inputs,
            self.given,
        );
        match kernels {
            Some(kernels) => Plan { kernels, hopeless },
            None => Plan {
                kernels: Vec::new(),
                hopeless: vec![true; hopeless.len()],
            },
        }
    }

    /// By member: whether no kernel can compute it although something is known of all its operands.
    fn hopeless(&self) -> Vec<bool> {
        let graph = &self.group.group.graph;
        let mut hopeless = vec![true; graph.len()];
        for step in &self.steps {
            hopeless[step.member.index()] = false;
        }
        for id in graph.ids().filter(|id| !self.given.done[id.index()]) {
            let mut nodes = graph.inputs(id).iter().filter_map(|input| input.as_node());
            let is_to_come = |node: NodeId| {
                let unknown = matches!(self.members[node.index()], State::Unknown);
                unknown && !self.given.done[node.index()]
            };
            if nodes.any(is_to_come) {
                hopeless[id.index()] = false;
            }
        }
        hopeless
    }
}

/// An inner loop, who owns it, the dtypes of its operands, and that of its result.
type Chosen = (InnerLoop, Option<Arc<Loop>>, SmallVec<[DType; 3]>, DType);

fn by_loop(ufunc: &Bound<'_, PyAny>, operands: &[Operand]) -> Option<Chosen> {
    let found = loops::find(ufunc, operands)?;
    let [dtype] = found.outputs[..] else {
        return None;
    };
    let inner = found.inner;
    let wanted = found.inputs.clone();
    Some((inner, Some(found), wanted, dtype))
}

#[expect(clippy::float_cmp, reason = "exactly these exponents are special")]
/// Which ufunc computes a number to a Python number's power.
fn exponent_ufunc(base: DType, weak: Weak, exponent: f64) -> Option<&'static str> {
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
fn is_integer(operand: Operand) -> bool {
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
