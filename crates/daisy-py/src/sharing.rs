//! Sharing: which values of a graph several written operations use.
//!
//! That matters for what can be used once only. An iterator that two operations go through gives
//! the second one nothing. The plain function has it so when it wrote one call and used it twice;
//! when it wrote two equal calls it has two iterators, where a graph has one.

use daisy_core::{Input, NodeId, Purity};

use crate::compile::Compiled;
use crate::node::NodeRef;
use crate::op::Op;

/// The uses of all values of one compiled graph.
pub struct Sharing<'a> {
    compiled: &'a Compiled,
    /// By node: how many inputs and outputs of the graph it is.
    uses: Vec<u32>,
    /// By node: whether operations without an order of their own are among the users.
    unordered: Vec<bool>,
    written: Vec<Written>,
}

impl<'a> Sharing<'a> {
    pub fn of(compiled: &'a Compiled) -> Self {
        let graph = &compiled.graph;
        let mut sharing = Sharing {
            compiled,
            uses: vec![0; graph.len()],
            unordered: vec![false; graph.len()],
            written: vec![Written::default(); graph.len()],
        };
        let origins = graph.ids().map(|id| (id, compiled.origin(id)));
        for (id, node) in origins.chain(compiled.twins()) {
            sharing.count_written(id, node);
        }
        for id in graph.ids() {
            // Operations on what can change are impure, and run in the order written.
            let ordered = graph.purity(id) == Purity::Impure && !is_copy(compiled, id);
            sharing.count(graph.inputs(id), ordered);
        }
        sharing.count(graph.outputs(), true);
        sharing
    }

    fn count(&mut self, inputs: &[Input], ordered: bool) {
        for id in inputs.iter().filter_map(|input| input.as_node()) {
            self.uses[id.index()] += 1;
            self.unordered[id.index()] |= !ordered;
        }
    }

    /// Whether a value that can be used once would be used otherwise than in the plain function.
    pub fn would_be_used_up(&self, id: NodeId) -> bool {
        let graph = &self.compiled.graph;
        if graph.purity(id) == Purity::Impure {
            return false;
        }
        let written = &self.written[id.index()];
        let several = self.uses[id.index()] > 1 || written.of_one > 1;
        several && (written.nodes > 1 || self.unordered[id.index()])
    }

    fn count_written(&mut self, id: NodeId, node: &NodeRef) {
        // A part of a value is one object, however often it is written.
        let is_part = Op::of_id(self.compiled.graph.op(id)).reads_part();
        let written = &mut self.written[id.index()];
        written.nodes += 1;
        written.of_one = if is_part {
            written.of_one + node.inputs()
        } else {
            written.of_one.max(node.inputs())
        };
    }
}

/// How a value was written.
#[derive(Clone, Default)]
struct Written {
    /// The operations that became this one.
    nodes: u32,
    /// The uses of the one that has most.
    of_one: u32,
}

fn is_copy(compiled: &Compiled, id: NodeId) -> bool {
    Op::of_id(compiled.graph.op(id)) == Op::COPY
}
