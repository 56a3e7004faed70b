//! Group: connected element-wise operations that run as one step.

use std::sync::{Arc, OnceLock};

use daisy_core::{Graph, Group, Input, NodeId, Source};
use pyo3::prelude::*;

use super::plans::Plans;
use crate::op::Op;

/// A group of one graph.
pub struct FusedGroup {
    /// Its members as a graph whose constants are the inputs of the group, by number.
    pub group: Group,
    /// By member: how many inputs and outputs of the group are its value.
    pub uses: Vec<u32>,
    /// By input: whether a member calls it.
    pub callees: Vec<bool>,
    plans: OnceLock<Arc<Plans>>,
}

impl FusedGroup {
    pub fn new(group: Group) -> Self {
        let graph = &group.graph;
        let mut uses = vec![0; graph.len()];
        let inputs = graph.ids().flat_map(|id| graph.inputs(id));
        for id in inputs
            .chain(graph.outputs())
            .filter_map(|input| input.as_node())
        {
            uses[id.index()] += 1;
        }
        let callees = callees(graph);
        FusedGroup {
            group,
            uses,
            callees,
            plans: OnceLock::new(),
        }
    }

    /// The plans of all groups of this structure.
    pub fn plans(&self, py: Python<'_>) -> &Plans {
        self.plans.get_or_init(|| Plans::of(py, &self.structure()))
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
    fn structure(&self) -> Vec<u32> {
        let graph = &self.group.graph;
        let mut words = Vec::with_capacity(graph.len() * 4);
        for id in graph.ids() {
            let inputs = graph.inputs(id);
            let code = u32::from(self.op(id).0);
            words.push(code | (inputs.len() as u32) << 8);
            words.extend(inputs.iter().map(|&input| word(input)));
        }
        words.extend(graph.outputs().iter().map(|&output| word(output)));
        words
    }
}

/// By constant of a group's own graph: whether a member calls it.
fn callees(graph: &Graph) -> Vec<bool> {
    let mut callees = Vec::new();
    for id in graph.ids() {
        for (place, input) in graph.inputs(id).iter().enumerate() {
            let Source::Const(constant) = input.unpack() else {
                continue;
            };
            if callees.len() <= constant.index() {
                callees.resize(constant.index() + 1, false);
            }
            let called = place == 0 && Op::of_id(graph.op(id)) == Op::CALL;
            callees[constant.index()] |= called;
        }
    }
    callees
}

fn word(input: Input) -> u32 {
    let (index, kind) = match input.unpack() {
        Source::Node(id) => (id.index(), 0),
        Source::Const(id) => (id.index(), 1),
    };
    (index as u32) << 1 | kind
}
