//! Specialise: kernels for a group whose inputs are of known kinds.
//!
//! Each operation is looked at once, in order: which of NumPy's loops computes it for the dtypes that
//! its operands have, and which shape and layout the result has. Those of one shape become one kernel;
//! a kernel computes each element at its own shape and no more often. What no loop can do is left out,
//! and so is what depends on it, since nothing is known of that.

use std::cell::OnceCell;
use std::sync::Arc;

use daisy_core::{Input, NodeId, Source};
use daisy_kernel::{InnerLoop, cast, convert};
use pyo3::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::choices::{choose, exponent_ufunc, is_integer};
use super::conversion;
use super::dtypes::DType;
use super::group::FusedGroup;
use super::kinds::Kind;
use super::layout::Layout;
use super::loops::{Loop, Operand};
use super::operations::{self, Elementwise, Method};
use super::pieces;
use super::reductions::Reducing;
use super::settings::Setting;
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
    pub work: Work,
    /// Where the operands are, and the dtype that the loop takes them in.
    pub operands: SmallVec<[(Input, DType); 3]>,
    pub outputs: SmallVec<[DType; 1]>,
}

/// What a step does.
pub enum Work {
    /// An inner loop, and what keeps alive what it is called with.
    Loop(InnerLoop, Option<Arc<Loop>>),
    /// A reduction of what a member gives.
    Reduce(Reducing),
    /// Nothing: it is an item of the tuple that a member gives.
    Item(NodeId, usize),
    /// Nothing: it is the tuple that a member gives.
    Unpack(NodeId),
}

/// What is known of a value before it is there.
#[derive(Clone)]
pub enum State {
    /// An array.
    Array(DType, Layout),
    /// A single number.
    Number(Operand),
    /// A method of an array.
    Method(Input, Method),
    /// A tuple of arrays of one layout.
    Several(SmallVec<[DType; 1]>, Layout),
    /// What an array of that layout is reduced to, which is there when the kernel is done.
    Reduced(Layout),
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
        users: OnceCell::new(),
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

pub(super) struct Specialiser<'a, 'py> {
    pub(super) py: Python<'py>,
    pub(super) group: &'a FusedGroup,
    pub(super) given: &'a Given<'a, 'py>,
    inputs: Vec<State>,
    pub(super) members: Vec<State>,
    pub(super) steps: Vec<Step>,
    /// By member: those that use it, once that was asked.
    pub(super) users: OnceCell<Vec<SmallVec<[NodeId; 2]>>>,
}

impl<'a, 'py> Specialiser<'a, 'py> {
    /// Adds the step that computes a member, and gives what its value will be.
    fn add(&mut self, member: NodeId) -> Option<State> {
        let group = self.group;
        let inputs = group.group.graph.inputs(member);
        match group.op(member) {
            Op::GETATTR => return self.method(inputs),
            Op::GETITEM => return self.item(member, inputs),
            Op::CALL => {}
            op => {
                let operator = operations::operator(self.py, op)?;
                return self.elementwise(member, &operator, inputs);
            }
        }
        let operands = &inputs[1..];
        match inputs[0].unpack() {
            Source::Node(_) => self.method_call(member, inputs),
            Source::Const(function) => {
                let function = &self.given.inputs[function.index()];
                if let Some(reducer) = operations::reducer(function) {
                    return self.reduction(member, reducer, operands[0], &operands[1..]);
                }
                match operations::callee(function, operands.len())? {
                    Elementwise::Unpack(count) => self.unpacked(member, operands[0], count),
                    elementwise => self.elementwise(member, &elementwise, operands),
                }
            }
        }
    }

    fn elementwise(
        &mut self,
        member: NodeId,
        elementwise: &Elementwise<'py>,
        operands: &[Input],
    ) -> Option<State> {
        let known = operands
            .iter()
            .map(|&input| self.operand(input))
            .collect::<Option<SmallVec<[Operand; 3]>>>()?;
        let layout = self.layout(operands)?;
        let power = || self.power(operands, &known);
        let chosen = choose(self.py, elementwise, &known, power)?;
        if !self.given.flat && !chosen.spacing.allows(&self.layouts(operands), &layout) {
            return None;
        }
        if chosen.outputs.len() > 1 && !self.is_taken_apart(member, chosen.outputs.len()) {
            return None;
        }
        let operands: SmallVec<[(Input, DType); 3]> =
            operands.iter().copied().zip(chosen.inputs).collect();
        if !operands
            .iter()
            .all(|&(input, dtype)| self.can_cast(input, dtype))
        {
            return None;
        }
        let state = match chosen.outputs[..] {
            [dtype] => State::Array(dtype, layout),
            _ => State::Several(chosen.outputs.clone(), layout),
        };
        self.steps.push(Step {
            member,
            work: Work::Loop(chosen.inner, chosen.owner),
            operands,
            outputs: chosen.outputs,
        });
        Some(state)
    }

    /// A method of an array is nothing that is computed: its call is.
    fn method(&self, inputs: &[Input]) -> Option<State> {
        let Setting::Text(name) = self.setting(inputs[1]) else {
            return None;
        };
        let method = operations::method(name)?;
        let is_array = matches!(self.state(inputs[0]), State::Array(..));
        is_array.then_some(State::Method(inputs[0], method))
    }

    fn method_call(&mut self, member: NodeId, inputs: &[Input]) -> Option<State> {
        match *self.state(inputs[0]) {
            State::Method(owner, Method::AsType) => self.conversion(member, owner, &inputs[1..]),
            State::Method(owner, Method::Reduce(reducer)) => {
                self.reduction(member, reducer, owner, &inputs[1..])
            }
            _ => None,
        }
    }

    /// The call of `astype`.
    fn conversion(&mut self, member: NodeId, owner: Input, settings: &[Input]) -> Option<State> {
        let State::Array(from, layout) = self.state(owner) else {
            return None;
        };
        let settings: SmallVec<[Setting<'_>; 5]> =
            settings.iter().map(|&it| self.setting(it)).collect();
        let names = self.group.names(self.py, member);
        let wanted = conversion::dtype(self.py, &settings, names, *from)?;
        if !self.given.flat && !layout.has_one_order() {
            return None;
        }
        let inner = convert(from.element()?, wanted.element()?)?;
        let (from, layout) = (*from, self.layout(&[owner])?);
        self.steps.push(Step {
            member,
            work: Work::Loop(inner, None),
            operands: smallvec![(owner, from)],
            outputs: smallvec![wanted],
        });
        Some(State::Array(wanted, layout))
    }

    /// What a constant says about an operation.
    pub(super) fn setting(&self, input: Input) -> Setting<'a> {
        let given = self.given;
        match input.unpack() {
            Source::Const(id) => Setting::of(&given.inputs[id.index()]),
            Source::Node(_) => Setting::Other,
        }
    }

    /// Whether an operand can be had in a dtype.
    pub(super) fn can_cast(&self, input: Input, wanted: DType) -> bool {
        match self.state(input) {
            State::Array(own, _) if *own != wanted => {
                let casts = own.element().zip(wanted.element());
                casts.is_some_and(|(own, wanted)| cast(own, wanted).is_some())
            }
            _ => true,
        }
    }

    pub(super) fn state(&self, input: Input) -> &State {
        match input.unpack() {
            Source::Const(id) => &self.inputs[id.index()],
            Source::Node(id) => &self.members[id.index()],
        }
    }

    fn operand(&self, input: Input) -> Option<Operand> {
        match self.state(input) {
            State::Array(dtype, _) => Some(Operand::Strong(*dtype)),
            State::Number(operand) => Some(*operand),
            _ => None,
        }
    }

    /// The layout of the result; nothing where no operand is an array, since that gives a scalar.
    fn layout(&self, operands: &[Input]) -> Option<Layout> {
        let layouts = self.layouts(operands);
        let first = *layouts.first()?;
        if self.given.flat {
            return Some(first.clone());
        }
        Layout::of_result(&layouts)
    }

    /// The layouts of the arrays among some operands.
    fn layouts(&self, operands: &[Input]) -> SmallVec<[&Layout; 3]> {
        let layouts = operands
            .iter()
            .filter_map(|&input| match self.state(input) {
                State::Array(_, layout) => Some(layout),
                _ => None,
            });
        layouts.collect()
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
