//! Node: the head of a node, as a graph stores it.

use std::ops::Range;

use crate::{Input, NodeId, OpId, Purity};

/// The head of a node; its inputs end where those of the next node begin.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    /// The operation, and in its two top bits whether the node is impure and whether it waits.
    pub(crate) tag: Tag,
    /// Where its inputs begin.
    pub(crate) first: u32,
}

/// All of a node.
#[derive(Clone, Copy)]
pub(crate) struct View<'g> {
    pub(crate) op: OpId,
    pub(crate) inputs: &'g [Input],
    pub(crate) after: Option<NodeId>,
    /// The place of the first of `inputs` among the inputs of all nodes.
    pub(crate) first: usize,
}

impl View<'_> {
    /// The places of the inputs among those of all nodes.
    #[inline]
    pub(crate) fn places(&self) -> Range<usize> {
        self.first..self.first + self.inputs.len()
    }
}

/// An operation with the two bits that make a node of it different.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(u32);

const IMPURE: u32 = 1 << 31;
const WAITS: u32 = 1 << 30;

impl Tag {
    #[inline]
    pub(crate) fn new(op: OpId, purity: Purity, waits: bool) -> Self {
        let impure = if purity == Purity::Impure { IMPURE } else { 0 };
        let waits = if waits { WAITS } else { 0 };
        Self(op.raw() | impure | waits)
    }

    #[inline]
    pub(crate) fn op(self) -> OpId {
        OpId::new(self.0 & !(IMPURE | WAITS))
    }

    #[inline]
    pub(crate) fn purity(self) -> Purity {
        if self.0 & IMPURE == 0 {
            Purity::Pure
        } else {
            Purity::Impure
        }
    }

    #[inline]
    pub(crate) fn waits(self) -> bool {
        self.0 & WAITS != 0
    }

    /// The four bytes, for hashing.
    #[inline]
    pub(crate) fn raw(self) -> u32 {
        self.0
    }
}
