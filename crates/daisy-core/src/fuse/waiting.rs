//! Waiting: which values would be gone by now if no group waited to run, and for which groups.

use super::candidates::Candidates;
use super::sets::Sets;
use crate::bits::Bits;
use crate::{Graph, NodeId};

/// How many values may wait for groups at any time, all groups together. A value may be as large as
/// memory allows, so there are few; a group that reads so many is hardly better if it reads more.
pub(super) const MOST_WAITING: u32 = 8;

const NONE: u32 = u32::MAX;

/// The values that wait, while nodes are taken in order.
pub(super) struct Waiting {
    /// By node: the last live node that has it as an input; its own id if it never goes, or at once.
    last_uses: Vec<NodeId>,
    /// By node: the last candidate that has read it and was not charged with it.
    readers: Vec<u32>,
    /// By root: how many values wait for its set.
    charges: Vec<u32>,
    /// How many values wait for sets that are not closed.
    total: u32,
    /// Nodes of all sets that values wait for, perhaps more than one of a set.
    awaited: Vec<NodeId>,
    /// The roots of sets that get no more members. They run where their last member stands.
    closed: Bits,
}

impl Waiting {
    /// Nothing waits yet; `stays` are the values that are there until the end in any case.
    pub(super) fn new(graph: &Graph, candidates: &Candidates, stays: &Bits) -> Self {
        Self {
            last_uses: last_uses(graph, candidates, stays),
            readers: vec![NONE; graph.len()],
            charges: vec![0; graph.len()],
            total: 0,
            awaited: Vec::new(),
            closed: Bits::new(graph.len()),
        }
    }

    /// The node after which a value goes; nothing if it stays until the end.
    #[inline]
    pub(super) fn last_use(&self, value: NodeId) -> Option<NodeId> {
        let last = self.last_uses[value.index()];
        (last != value).then_some(last)
    }

    #[inline]
    pub(super) fn is_closed(&self, root: NodeId) -> bool {
        self.closed.contains(root.index())
    }

    /// Nothing joins a set any more: nothing waits for it from its last member on.
    #[inline]
    pub(super) fn close(&mut self, root: NodeId) {
        if !self.is_closed(root) {
            self.closed.insert(root.index());
            self.total -= self.charges[root.index()];
        }
    }

    /// Two sets that are not closed have become one.
    #[inline]
    pub(super) fn unite(&mut self, one: NodeId, other: NodeId, root: NodeId) {
        self.charges[root.index()] = self.charges[one.index()] + self.charges[other.index()];
    }

    /// Notes that a member of the set of a root reads a value from outside.
    pub(super) fn read(&mut self, value: NodeId, reader: NodeId, root: NodeId, sets: &mut Sets) {
        let Some(last) = self.last_use(value) else {
            return;
        };
        let former = std::mem::replace(&mut self.readers[value.index()], reader.raw());
        if former == reader.raw() {
            return;
        }
        if former != NONE {
            // Only one reader is remembered, so the set of a former one is charged before its time.
            let former = sets.root(NodeId::new(former));
            if former != root {
                self.charge(former);
            }
        }
        if last == reader {
            self.charge(root);
        }
    }

    /// Notes that a node which is no candidate uses a value.
    #[inline]
    pub(super) fn pass(&mut self, value: NodeId, user: NodeId, sets: &mut Sets) {
        let reader = self.readers[value.index()];
        if reader != NONE && self.last_use(value) == Some(user) {
            self.readers[value.index()] = NONE;
            self.charge(sets.root(NodeId::new(reader)));
        }
    }

    fn charge(&mut self, root: NodeId) {
        if !self.is_closed(root) {
            if self.total == 0 {
                self.awaited.clear();
            }
            self.charges[root.index()] += 1;
            self.total += 1;
            self.awaited.push(root);
        }
    }

    /// Closes all sets that values wait for if too many wait. To close the largest only would keep
    /// more together; but then it would have to be found.
    #[inline]
    pub(super) fn limit(&mut self, sets: &mut Sets) {
        if self.total > MOST_WAITING {
            for awaited in std::mem::take(&mut self.awaited) {
                self.close(sets.root(awaited));
            }
            debug_assert_eq!(self.total, 0, "values wait for a set that is not known");
        }
    }
}

/// By node: the last live node that has it as an input; its own id if it never goes, or at once.
fn last_uses(graph: &Graph, candidates: &Candidates, stays: &Bits) -> Vec<NodeId> {
    let mut last: Vec<_> = graph.ids().collect();
    for id in graph.ids().filter(|&id| candidates.is_live(id)) {
        for value in graph.inputs(id).iter().filter_map(|it| it.as_node()) {
            if !stays.contains(value.index()) {
                last[value.index()] = id;
            }
        }
    }
    last
}
