//! Input: where one argument of a node comes from.

use std::fmt;

use crate::{ConstId, NodeId};

/// Where one argument of a node comes from, in four bytes.
///
/// The top bit tells constants from nodes, the rest is the id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Input(u32);

/// An [`Input`], taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// The value of a node of the same graph.
    Node(NodeId),
    /// A constant of the host's table.
    Const(ConstId),
}

const CONSTANT: u32 = 1 << 31;

impl Input {
    /// The value of a node.
    #[inline]
    pub const fn node(id: NodeId) -> Self {
        Self(id.raw())
    }

    /// A constant.
    #[inline]
    pub const fn constant(id: ConstId) -> Self {
        Self(id.raw() | CONSTANT)
    }

    /// What this input is.
    #[inline]
    pub const fn unpack(self) -> Source {
        if self.0 & CONSTANT == 0 {
            Source::Node(NodeId::new(self.0))
        } else {
            Source::Const(ConstId::new(self.0 & !CONSTANT))
        }
    }

    /// The node, if this input is one.
    #[inline]
    pub const fn as_node(self) -> Option<NodeId> {
        match self.unpack() {
            Source::Node(id) => Some(id),
            Source::Const(_) => None,
        }
    }

    /// The four bytes, for hashing.
    #[inline]
    pub(crate) const fn raw(self) -> u32 {
        self.0
    }
}

impl From<NodeId> for Input {
    fn from(id: NodeId) -> Self {
        Self::node(id)
    }
}

impl From<ConstId> for Input {
    fn from(id: ConstId) -> Self {
        Self::constant(id)
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unpack() {
            Source::Node(id) => id.fmt(f),
            Source::Const(id) => id.fmt(f),
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
