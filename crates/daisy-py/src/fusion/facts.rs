//! Facts: which operations of a graph are element-wise work on arrays, as far as that can be said
//! before it runs.
//!
//! What is a leaf is there; what NumPy makes of arrays will mostly be an array. A wrong guess costs
//! time and nothing else: a group looks at its inputs when they are there.

use std::collections::HashSet;

use daisy_core::{ConstId, Facts, Graph, Input, NodeId, OpId, Purity, Source};
use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use super::axes::Asked;
use super::kinds::Kind;
use super::operations::{self, Elementwise, Method, Reducer};
use super::settings::Setting;
use crate::compile::Compiled;
use crate::node::is_held;
use crate::op::Op;

/// What a value may turn out to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guess {
    /// An array, or what NumPy makes of one.
    Array,
    Number,
    /// A method of an array that kernels know.
    Method,
    /// A tuple of arrays, which a ufunc of several outputs gives.
    Several,
    /// Anything: what a function gives of which nothing is known.
    Anything,
    /// Something on which operators do not mean what they mean on arrays.
    Other,
}

/// What the core wants to know of a graph before it fuses.
pub struct Fusible<'a, 'py> {
    py: Python<'py>,
    compiled: &'a Compiled,
    /// The nodes that others folded into which the user holds.
    twins: HashSet<NodeId>,
    /// Whether an operation by itself is worth a kernel.
    alone: bool,
}

impl<'a, 'py> Fusible<'a, 'py> {
    pub fn new(py: Python<'py>, compiled: &'a Compiled, alone: bool) -> Self {
        let twins = compiled.twins();
        let held = twins.filter(|(_, node)| is_held(node)).map(|(id, _)| id);
        Fusible {
            py,
            compiled,
            twins: held.collect(),
            alone,
        }
    }

    fn constant(&self, id: ConstId) -> Guess {
        let value = self.compiled.constants.get(id).value.bind(self.py);
        match Kind::of(value) {
            Kind::Array(..) => Guess::Array,
            Kind::Scalar(_) | Kind::Weak(_) => Guess::Number,
            Kind::Other => Guess::Other,
        }
    }

    fn input(&self, input: Input, guesses: &[Guess]) -> Guess {
        match input.unpack() {
            Source::Const(id) => self.constant(id),
            Source::Node(id) => guesses[id.index()],
        }
    }

    /// What a node gives, and whether it is element-wise work on arrays.
    fn guess(
        &self,
        graph: &Graph,
        id: NodeId,
        guesses: &[Guess],
        classes: &[Option<u32>],
    ) -> (Guess, bool) {
        let (op, inputs) = (Op::of_id(graph.op(id)), graph.inputs(id));
        let of = |input: Input| self.input(input, guesses);
        if op == Op::CALL {
            return match self.reducer(graph, id) {
                Some((_, owner)) => self.reduction(graph, id, owner, classes, of(owner)),
                None => self.call(graph, id, of),
            };
        }
        if op.is_display() || inputs.is_empty() {
            return (Guess::Other, false);
        }
        if op.reads_part() {
            return self.part(op, inputs, of(inputs[0]), classes);
        }
        if op == Op::COPY {
            return (of(inputs[0]), false);
        }
        if !operations::is_operator(self.py, op) {
            return (Guess::Anything, false);
        }
        let guess = joined(inputs.iter().map(|&input| of(input)));
        let member = guess == Guess::Array;
        let several = member && op == Op::DIVMOD;
        (if several { Guess::Several } else { guess }, member)
    }

    /// An attribute or an item of a value.
    fn part(
        &self,
        op: Op,
        inputs: &[Input],
        owner: Guess,
        classes: &[Option<u32>],
    ) -> (Guess, bool) {
        let Source::Const(which) = inputs[1].unpack() else {
            return (
                if owner == Guess::Several {
                    Guess::Array
                } else {
                    owner
                },
                false,
            );
        };
        let which = self.compiled.constants.get(which).value.bind(self.py);
        match (op, owner, Setting::of(which)) {
            (Op::GETATTR, Guess::Array, Setting::Text(name)) => match operations::method(name) {
                Some(Method::AsType) => (Guess::Method, true),
                Some(Method::Reduce(_)) if is_member(inputs[0], classes) => (Guess::Method, true),
                _ => (Guess::Array, false),
            },
            (Op::GETITEM, Guess::Several, Setting::Int(_)) => (Guess::Array, true),
            (_, Guess::Several, _) => (Guess::Anything, false),
            _ => (owner, false),
        }
    }

    /// What is reduced by a call, if it is that of a reduction or of such a method.
    fn reducer(&self, graph: &Graph, id: NodeId) -> Option<(Reducer, Input)> {
        let inputs = graph.inputs(id);
        match inputs[0].unpack() {
            Source::Const(function) => {
                let function = self.compiled.constants.get(function).value.bind(self.py);
                let &owner = inputs.get(1)?;
                operations::reducer(function).map(|reducer| (reducer, owner))
            }
            Source::Node(method) if Op::of_id(graph.op(method)) == Op::GETATTR => {
                let parts = graph.inputs(method);
                match self.setting(parts[1]) {
                    Setting::Text(name) => match operations::method(name)? {
                        Method::Reduce(reducer) => Some((reducer, parts[0])),
                        Method::AsType => None,
                    },
                    _ => None,
                }
            }
            Source::Node(_) => None,
        }
    }

    /// A reduction is done where the array is made. It is one number, if it is of all elements, and else an
    /// array; of an array of one axis it is a number, too.
    fn reduction(
        &self,
        graph: &Graph,
        id: NodeId,
        owner: Input,
        classes: &[Option<u32>],
        guess: Guess,
    ) -> (Guess, bool) {
        let inputs = graph.inputs(id);
        let is_function = inputs[0].as_node().is_none();
        let others = &inputs[1 + usize::from(is_function)..];
        let names = self.compiled.variants.kwnames(graph.op(id));
        let names = names.map(|names| names.bind(self.py));
        let settings = others.iter().map(|&input| self.setting(input));
        let asked = Asked::of(settings, names).filter(|_| guess == Guess::Array);
        match asked {
            Some(asked) if asked.is_number() => (Guess::Number, is_member(owner, classes)),
            Some(_) => (Guess::Array, is_member(owner, classes)),
            None if is_function || guess == Guess::Array => (Guess::Array, false),
            None => (Guess::Anything, false),
        }
    }

    /// What a constant says about an operation.
    fn setting(&self, input: Input) -> Setting<'_> {
        match input.unpack() {
            Source::Const(id) => Setting::of(self.compiled.constants.get(id).value.bind(self.py)),
            Source::Node(_) => Setting::Other,
        }
    }

    fn call(&self, graph: &Graph, id: NodeId, of: impl Fn(Input) -> Guess) -> (Guess, bool) {
        let (op, inputs) = (graph.op(id), graph.inputs(id));
        let (callee, operands) = (inputs[0], &inputs[1..]);
        let Source::Const(function) = callee.unpack() else {
            // What an array's methods give is as good as an array.
            return match of(callee) {
                Guess::Method => (
                    Guess::Array,
                    operands.iter().all(|it| it.as_node().is_none()),
                ),
                Guess::Array => (Guess::Array, false),
                _ => (Guess::Anything, false),
            };
        };
        let function = self.compiled.constants.get(function).value.bind(self.py);
        let plain = self.compiled.variants.kwnames(op).is_none();
        let known = operations::callee(function, operands.len()).filter(|_| plain);
        if let Some(Elementwise::Unpack(_)) = known {
            let several = of(operands[0]) == Guess::Several;
            return (
                if several {
                    Guess::Several
                } else {
                    Guess::Anything
                },
                several,
            );
        }
        if let Some(known) = known {
            let guess = joined(operands.iter().map(|&input| of(input)));
            // A ufunc speaks for arrays, whatever it is given.
            let member = matches!(guess, Guess::Array | Guess::Anything);
            return match known {
                Elementwise::Ufunc(ufunc) if member && operations::outputs(&ufunc) > 1 => {
                    (Guess::Several, true)
                }
                _ => (if member { Guess::Array } else { guess }, member),
            };
        }
        let of_numpy = operations::is_numpy_function(function);
        (
            if of_numpy {
                Guess::Array
            } else {
                Guess::Anything
            },
            false,
        )
    }
}

fn is_member(input: Input, classes: &[Option<u32>]) -> bool {
    let node = input.as_node();
    node.is_some_and(|node| classes[node.index()].is_some())
}

/// A method whose call no kernel does is no business of a kernel's either.
fn forget_method(graph: &Graph, id: NodeId, guesses: &[Guess], classes: &mut [Option<u32>]) {
    if Op::of_id(graph.op(id)) == Op::CALL
        && let Some(callee) = graph.inputs(id)[0].as_node()
        && guesses[callee.index()] == Guess::Method
    {
        classes[callee.index()] = None;
    }
}

/// Whether nothing is to be moved from one side of an operation to the other: it has an effect, or
/// nothing is known of the function, which may change what it is given although it should not.
fn is_barrier(graph: &Graph, id: NodeId, guess: Guess) -> bool {
    let op = Op::of_id(graph.op(id));
    let has_effect = graph.purity(id) == Purity::Impure && op != Op::COPY && !op.is_display();
    has_effect || (op == Op::CALL && guess == Guess::Anything)
}

/// What an operator gives of operands of these kinds.
fn joined(operands: impl Iterator<Item = Guess>) -> Guess {
    let mut joined = Guess::Number;
    for operand in operands {
        joined = match (joined, operand) {
            (_, Guess::Other | Guess::Method | Guess::Several) => Guess::Other,
            (already @ (Guess::Other | Guess::Method | Guess::Several), _) => already,
            (Guess::Array, _) | (_, Guess::Array) => Guess::Array,
            (Guess::Anything, _) | (_, Guess::Anything) => Guess::Anything,
            (Guess::Number, Guess::Number) => Guess::Number,
        };
    }
    joined
}

impl Facts for Fusible<'_, '_> {
    fn classes(&self, graph: &Graph) -> Option<Vec<Option<u32>>> {
        if !operations::prepare(self.py) || !self.compiled.constants.has_arrays() {
            return None;
        }
        let mut guesses = Vec::with_capacity(graph.len());
        let mut classes = Vec::with_capacity(graph.len());
        let mut known: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        let mut barriers = 0;
        for id in graph.ids() {
            let (guess, member) = self.guess(graph, id, &guesses, &classes);
            if !member {
                forget_method(graph, id, &guesses, &mut classes);
            }
            guesses.push(guess);
            barriers += u32::from(is_barrier(graph, id, guess));
            classes.push(member.then(|| {
                let context = self.compiled.variants.context(graph.op(id));
                let next = known.len() as u32;
                *known.entry((context, barriers)).or_insert(next)
            }));
        }
        classes.iter().any(Option::is_some).then_some(classes)
    }

    fn ends_group(&self, graph: &Graph, id: NodeId) -> bool {
        Op::of_id(graph.op(id)) == Op::CALL && self.reducer(graph, id).is_some()
    }

    fn is_kept(&self, id: NodeId) -> bool {
        is_held(self.compiled.origin(id)) || self.twins.contains(&id)
    }

    fn is_data(&self, constant: ConstId) -> bool {
        self.constant(constant) == Guess::Array
    }

    fn groups_of_one(&self) -> bool {
        self.alone
    }

    fn group_op(&self, group: usize) -> OpId {
        Op::GROUP.variant_id(u32::try_from(group).expect("fewer groups than nodes"))
    }

    fn part_op(&self, part: usize) -> OpId {
        Op::PART.variant_id(u32::try_from(part).expect("fewer parts than nodes"))
    }
}
