//! What the tests of fuse know of operations and constants, by their numbers alone: op0 to op9 are of one
//! class, of which op9 ends its group, op10 to op19 of another one and op20 on of none; c0 to c4 are data; op1000 is a group and op2000
//! a part of one.

use std::ops::Range;

use daisy_core::{ConstId, Facts, Graph, NodeId, OpId, PassSet};
use expect_test::Expect;

/// Operations of one class.
pub const FIRST: Range<usize> = 0..10;
/// Operations of another one.
pub const SECOND: Range<usize> = 10..20;
/// The operation that ends its group.
pub const ENDS: usize = 9;
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
    /// Whether a node by itself is a group.
    pub alone: bool,
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

    fn ends_group(&self, graph: &Graph, id: NodeId) -> bool {
        graph.op(id).index() == ENDS
    }

    fn is_kept(&self, id: NodeId) -> bool {
        self.kept.contains(&id)
    }

    fn is_data(&self, constant: ConstId) -> bool {
        DATA.contains(&constant.index())
    }

    fn groups_of_one(&self) -> bool {
        self.alone
    }

    fn group_op(&self, group: usize) -> OpId {
        OpId::from_index(GROUPS + group)
    }

    fn part_op(&self, part: usize) -> OpId {
        OpId::from_index(PARTS + part)
    }
}

/// Fuses a graph of which nothing is kept, and compares it and its groups.
pub fn check(text: &str, expected: &Expect) {
    check_kept(text, &[], expected);
}

/// Fuses a graph of which some nodes are kept.
pub fn check_kept(text: &str, kept: &[u32], expected: &Expect) {
    check_passes(&PassSet::all(), text, kept, expected);
}

/// Runs some passes, and compares the graph and its groups.
pub fn check_passes(passes: &PassSet, text: &str, kept: &[u32], expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    let known = Known {
        kept: kept.iter().map(|&id| NodeId::new(id)).collect(),
        ..Known::default()
    };
    compare(passes, &graph, &known, expected);
}

/// Fuses a graph, even what is merged with nothing.
pub fn check_alone(text: &str, expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    let known = Known {
        alone: true,
        ..Known::default()
    };
    compare(&PassSet::all(), &graph, &known, expected);
}

fn compare(passes: &PassSet, graph: &Graph, known: &Known, expected: &Expect) {
    match passes.apply(graph, known) {
        Some(fused) => expected.assert_eq(&fused.to_string()),
        None => expected.assert_eq("nothing is fused\n"),
    }
}
