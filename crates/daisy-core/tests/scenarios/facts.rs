//! What these tests know of operations and constants, by their numbers alone.

use std::ops::Range;

use daisy_core::{ConstId, Facts, Graph, NodeId, OpId};

/// Operations of one class.
pub const FIRST: Range<usize> = 0..10;
/// Operations of another one.
pub const SECOND: Range<usize> = 10..20;
/// Constants that are data.
pub const DATA: Range<usize> = 0..5;
/// The operation of the first group.
pub const GROUPS: usize = 1000;
/// The operation that takes the first value of several.
pub const PARTS: usize = 2000;

/// What is known, and which nodes are kept.
#[derive(Default)]
pub struct Known {
    pub kept: Vec<NodeId>,
}

fn class(op: OpId) -> Option<u32> {
    match op.index() {
        index if FIRST.contains(&index) => Some(1),
        index if SECOND.contains(&index) => Some(2),
        _ => None,
    }
}

impl Facts for Known {
    fn classes(&self, graph: &Graph) -> Option<Vec<Option<u32>>> {
        Some(graph.ids().map(|id| class(graph.op(id))).collect())
    }

    fn is_kept(&self, id: NodeId) -> bool {
        self.kept.contains(&id)
    }

    fn is_data(&self, constant: ConstId) -> bool {
        DATA.contains(&constant.index())
    }

    fn group_op(&self, group: usize) -> OpId {
        OpId::from_index(GROUPS + group)
    }

    fn part_op(&self, part: usize) -> OpId {
        OpId::from_index(PARTS + part)
    }
}
