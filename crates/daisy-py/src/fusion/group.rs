//! Group: connected element-wise operations that run as one step.

use std::sync::{Arc, OnceLock};

use daisy_core::{Graph, Group, Input, NodeId, OpId, Source};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use super::plans::Plans;
use crate::op::Op;

/// A group of one graph.
pub struct FusedGroup {
    /// Its members as a graph whose constants are the inputs of the group, by number.
    pub group: Group,
    /// By member: how many inputs and outputs of the group are its value.
    pub uses: Vec<u32>,
    /// By input: what members do with it.
    pub roles: Vec<Role>,
    /// By member: the names of its last inputs, of a call with keywords.
    names: Vec<Option<Py<PyTuple>>>,
    plans: OnceLock<Arc<Plans>>,
}

/// What the members of a group do with an input, besides computing with it.
#[derive(Clone, Default)]
pub struct Role {
    /// One calls it.
    pub is_called: bool,
    /// It says what one is to do: the name of an attribute, a place, an argument of a method or a
    /// keyword.
    pub is_setting: bool,
    /// The inputs that are called with it as the second argument, which is a setting to a reduction.
    pub second_of: SmallVec<[u32; 1]>,
}

impl FusedGroup {
    /// `names` are those of the last inputs of an operation.
    pub fn new(py: Python<'_>, group: Group, names: impl Fn(OpId) -> Option<Py<PyTuple>>) -> Self {
        let graph = &group.graph;
        let mut uses = vec![0; graph.len()];
        let inputs = graph.ids().flat_map(|id| graph.inputs(id));
        for id in inputs
            .chain(graph.outputs())
            .filter_map(|input| input.as_node())
        {
            uses[id.index()] += 1;
        }
        let names: Vec<_> = graph.ids().map(|id| names(graph.op(id))).collect();
        let roles = roles(py, graph, &names);
        FusedGroup {
            group,
            uses,
            roles,
            names,
            plans: OnceLock::new(),
        }
    }

    /// The plans of all groups of this structure.
    pub fn plans(&self, py: Python<'_>) -> &Plans {
        self.plans
            .get_or_init(|| Plans::of(py, &self.structure(py)))
    }

    /// The names of the last inputs of a member.
    pub fn names<'py>(&self, py: Python<'py>, member: NodeId) -> Option<&Bound<'py, PyTuple>> {
        let names = self.names[member.index()].as_ref();
        names.map(|names| names.bind(py))
    }

    /// What a member does.
    pub fn op(&self, member: NodeId) -> Op {
        Op::of_id(self.group.graph.op(member))
    }

    /// Whether a number may be an exponent, on whose value it depends what is computed.
    pub fn has_powers(&self) -> bool {
        self.group.graph.ids().any(|id| self.op(id) == Op::POWER)
    }

    /// The operations and where their operands come from, in numbers that do not depend on the graph
    /// that the group is of.
    fn structure(&self, py: Python<'_>) -> Vec<u32> {
        let graph = &self.group.graph;
        let mut words = Vec::with_capacity(graph.len() * 4);
        for id in graph.ids() {
            let inputs = graph.inputs(id);
            let code = u32::from(self.op(id).0);
            let names = self.names(py, id);
            words.push(code | u32::from(names.is_some()) << 8);
            words.push(inputs.len() as u32);
            words.extend(inputs.iter().map(|&input| word(input)));
            if let Some(names) = names {
                spell(names, &mut words);
            }
        }
        words.extend(graph.outputs().iter().map(|&output| word(output)));
        words
    }
}

/// By constant of a group's own graph: what members do with it.
fn roles(py: Python<'_>, graph: &Graph, names: &[Option<Py<PyTuple>>]) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for id in graph.ids() {
        let (op, inputs) = (Op::of_id(graph.op(id)), graph.inputs(id));
        let names = names[id.index()].as_ref();
        let keywords = names.map_or(0, |names| names.bind(py).len());
        let first = first_setting(op, inputs, keywords);
        for (place, input) in inputs.iter().enumerate() {
            let Source::Const(constant) = input.unpack() else {
                continue;
            };
            if roles.len() <= constant.index() {
                roles.resize(constant.index() + 1, Role::default());
            }
            let role = &mut roles[constant.index()];
            role.is_called |= place == 0 && op == Op::CALL;
            role.is_setting |= place >= first;
            if let (2, Op::CALL, Source::Const(callee)) = (place, op, inputs[0].unpack()) {
                role.second_of.push(callee.index() as u32);
            }
        }
    }
    roles
}

/// The place of the first input of an operation that is no operand.
fn first_setting(op: Op, inputs: &[Input], keywords: usize) -> usize {
    if op.reads_part() {
        return 1;
    }
    let is_method = op == Op::CALL && inputs[0].as_node().is_some();
    if is_method {
        1
    } else {
        inputs.len() - keywords
    }
}

/// The names of keyword arguments, in numbers.
fn spell(names: &Bound<'_, PyTuple>, words: &mut Vec<u32>) {
    words.push(names.len() as u32);
    for name in names {
        let name = name.to_string();
        words.push(name.len() as u32);
        words.extend(name.bytes().map(u32::from));
    }
}

fn word(input: Input) -> u32 {
    let (index, kind) = match input.unpack() {
        Source::Node(id) => (id.index(), 0),
        Source::Const(id) => (id.index(), 1),
    };
    (index as u32) << 1 | kind
}
