//! Lone: a graph that is one group and nothing else, but for the container of its results.

use daisy_core::{Graph, NodeId, Source};
use pyo3::prelude::*;

use super::Compiled;
use crate::fusion::FusedGroup;
use crate::op::Op;

/// All that such a graph is.
pub struct Lone {
    pub group: FusedGroup,
    /// The inputs of the group.
    pub inputs: Vec<Py<PyAny>>,
    pub results: Results,
}

/// What becomes of the values of the group.
pub enum Results {
    /// There is one, which is the result.
    One,
    /// The result is a tuple, or else a list, of those of these numbers.
    Container { is_tuple: bool, values: Vec<usize> },
}

impl Compiled {
    /// What the graph is, if it is one group with one result.
    pub fn into_lone(mut self, py: Python<'_>) -> Option<Lone> {
        let graph = &*self.graph;
        let [result] = graph.outputs() else {
            return None;
        };
        let (group, results) = results(graph, result.as_node()?)?;
        let inputs = graph.inputs(group).iter().map(|input| {
            let Source::Const(constant) = input.unpack() else {
                return None;
            };
            Some(self.constants.get(constant).value.clone_ref(py))
        });
        let inputs = inputs.collect::<Option<Vec<_>>>()?;
        let number = Op::variant_of(graph.op(group));
        let fused = self.groups.swap_remove(number);
        Some(Lone {
            group: fused.group,
            inputs,
            results,
        })
    }
}

/// The one group of a graph, and what becomes of its values.
fn results(graph: &Graph, result: NodeId) -> Option<(NodeId, Results)> {
    let op = |id: NodeId| Op::of_id(graph.op(id));
    if op(result) == Op::GROUP {
        return (graph.len() == 1).then_some((result, Results::One));
    }
    if !matches!(op(result), Op::TUPLE | Op::LIST) {
        return None;
    }
    let parts = graph.inputs(result);
    let mut groups = Vec::with_capacity(parts.len());
    let mut values = Vec::with_capacity(parts.len());
    for part in parts {
        let part = part.as_node().filter(|&part| op(part) == Op::PART)?;
        groups.push(graph.inputs(part)[0].as_node()?);
        values.push(Op::variant_of(graph.op(part)));
    }
    let group = *groups.first()?;
    // The group, its parts and the container, and nothing that would have to run besides.
    let is_all = graph.len() == parts.len() + 2 && groups.iter().all(|&other| other == group);
    let is_tuple = op(result) == Op::TUPLE;
    is_all.then_some((group, Results::Container { is_tuple, values }))
}
