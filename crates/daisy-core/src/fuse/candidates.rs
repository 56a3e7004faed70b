//! Candidates: the nodes that may be members of groups.

use crate::bits::Bits;
use crate::cull::live;
use crate::{Facts, Graph, NodeId, Purity};

/// The nodes that may be members of groups, each with its class.
pub(super) struct Candidates {
    /// By node: its class if it is a candidate.
    classes: Vec<Option<u32>>,
    /// The nodes that an output needs.
    live: Bits,
    /// The candidates that end their group.
    ends: Bits,
}

impl Candidates {
    /// The pure and live nodes among those that have a class which wait for nothing; nothing if
    /// there are none.
    pub(super) fn new(
        graph: &Graph,
        facts: &dyn Facts,
        mut classes: Vec<Option<u32>>,
    ) -> Option<Self> {
        assert_eq!(classes.len(), graph.len(), "every node has a class or none");
        let live = live(graph);
        let mut ends = Bits::new(graph.len());
        let mut any = false;
        for (id, class) in graph.ids().zip(&mut classes) {
            let fits = class.is_some() && live.contains(id.index()) && is_free(graph, id);
            *class = class.filter(|_| fits);
            any |= fits;
            if fits && facts.ends_group(graph, id) {
                ends.insert(id.index());
            }
        }
        any.then_some(Self {
            classes,
            live,
            ends,
        })
    }

    /// Whether an output needs a node.
    #[inline]
    pub(super) fn is_live(&self, id: NodeId) -> bool {
        self.live.contains(id.index())
    }

    /// The class of a node, if it may be a member.
    #[inline]
    pub(super) fn class(&self, id: NodeId) -> Option<u32> {
        self.classes[id.index()]
    }

    /// Whether two nodes may be members of one group.
    #[inline]
    pub(super) fn are_akin(&self, one: NodeId, other: NodeId) -> bool {
        self.class(one).is_some() && self.class(one) == self.class(other)
    }

    /// Whether a value leaves its group for sure when a node uses it.
    #[inline]
    pub(super) fn leaves(&self, value: NodeId, user: NodeId) -> bool {
        let ends = self.ends.contains(value.index());
        self.class(value).is_some() && (ends || self.class(value) != self.class(user))
    }
}

/// Whether nothing but its inputs says when a node runs, and how often.
fn is_free(graph: &Graph, id: NodeId) -> bool {
    graph.purity(id) == Purity::Pure && graph.after(id).is_none()
}
