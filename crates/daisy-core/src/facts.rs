//! Facts: what a host knows about a graph, and passes ask.

use crate::bits::Bits;
use crate::{ConstId, Graph, Moved, NodeId, OpId};

/// What a host knows about the operations of a graph that the core does not.
pub trait Facts {
    /// By node: its class if the operation is element-wise; only nodes of one class are merged.
    /// `None` altogether: nothing in this graph is, so that nothing is paid.
    fn classes(&self, graph: &Graph) -> Option<Vec<Option<u32>>>;

    /// Whether a node that has a class ends its group: those that use it are in other groups, since
    /// its value is there only when all of the group's work is done.
    fn ends_group(&self, _graph: &Graph, _id: NodeId) -> bool {
        false
    }

    /// Whether somebody outside wants the value of a node besides the outputs. The id is one of the
    /// graph that the passes were given, before any pass.
    fn is_kept(&self, id: NodeId) -> bool;

    /// Whether a constant is data that is worth reading only once (an array), so that nodes that
    /// share it may be merged.
    fn is_data(&self, constant: ConstId) -> bool;

    /// Whether a node that is merged with no other one is a group all the same.
    fn groups_of_one(&self) -> bool {
        false
    }

    /// The operation that stands for a group, by its number among the groups.
    fn group_op(&self, group: usize) -> OpId;

    /// The operation that takes one value out of those that a group gives.
    fn part_op(&self, part: usize) -> OpId;
}

/// For graphs of which nothing is known.
pub struct NoFacts;

const UNASKED: &str = "where nothing is element-wise, nothing else is asked";

impl Facts for NoFacts {
    fn classes(&self, _: &Graph) -> Option<Vec<Option<u32>>> {
        None
    }

    fn is_kept(&self, _: NodeId) -> bool {
        unreachable!("{UNASKED}")
    }

    fn is_data(&self, _: ConstId) -> bool {
        unreachable!("{UNASKED}")
    }

    fn group_op(&self, _: usize) -> OpId {
        unreachable!("{UNASKED}")
    }

    fn part_op(&self, _: usize) -> OpId {
        unreachable!("{UNASKED}")
    }
}

/// What a pass is given besides the graph at hand.
pub struct Given<'a> {
    facts: &'a dyn Facts,
    /// Where the nodes of the first graph are in the one at hand; nothing if they are the same.
    moved: Option<&'a Moved>,
}

impl<'a> Given<'a> {
    pub(crate) fn new(facts: &'a dyn Facts, moved: Option<&'a Moved>) -> Self {
        Self { facts, moved }
    }

    /// What the host knows.
    pub fn facts(&self) -> &'a dyn Facts {
        self.facts
    }

    /// By node of the graph at hand: the node that it was in the graph that the passes were given
    /// (the first, where several became one). Nothing if each is what it was.
    pub(crate) fn origins(&self, graph: &Graph) -> Option<Vec<NodeId>> {
        let moved = self.moved?;
        let mut origins = vec![NodeId::new(0); graph.len()];
        for (old, new) in moved.pairs().rev() {
            origins[new.index()] = old;
        }
        Some(origins)
    }

    /// The nodes of the graph at hand that somebody outside wants besides the outputs.
    pub(crate) fn kept(&self, graph: &Graph) -> Bits {
        let mut kept = Bits::new(graph.len());
        let mut keep = |old, new: NodeId| {
            if self.facts.is_kept(old) {
                kept.insert(new.index());
            }
        };
        match self.moved {
            None => graph.ids().for_each(|id| keep(id, id)),
            Some(moved) => moved.pairs().for_each(|(old, new)| keep(old, new)),
        }
        kept
    }
}
