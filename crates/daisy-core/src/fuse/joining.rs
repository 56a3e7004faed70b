//! Joining: nodes join the sets of their inputs, in order, while few values have to wait for that.

use super::candidates::Candidates;
use super::levels::Levels;
use super::sets::Sets;
use super::waiting::Waiting;
use crate::bits::Bits;
use crate::{Graph, NodeId};

/// Connected sets, being made.
pub(super) struct Joining<'a> {
    graph: &'a Graph,
    candidates: &'a Candidates,
    levels: &'a Levels,
    sets: Sets,
    /// The nodes that a live node outside of their set needs.
    used: Bits,
    /// By root: the last node that could join its set.
    reach: Vec<NodeId>,
    /// What the node at hand needs from outside of its set.
    outside: Vec<NodeId>,
    waiting: Waiting,
}

/// The sets, and what else is known then.
pub(super) struct Joined {
    pub(super) sets: Sets,
    /// The nodes that a live node outside of their set needs.
    pub(super) used: Bits,
    pub(super) waiting: Waiting,
}

impl<'a> Joining<'a> {
    /// No sets yet; `stays` are the values that are there until the end in any case.
    pub(super) fn new(
        graph: &'a Graph,
        candidates: &'a Candidates,
        levels: &'a Levels,
        stays: &Bits,
    ) -> Self {
        let mut joining = Self {
            graph,
            candidates,
            levels,
            sets: Sets::new(graph.len()),
            used: Bits::new(graph.len()),
            reach: graph.ids().collect(),
            outside: Vec::new(),
            waiting: Waiting::new(graph, candidates, stays),
        };
        joining.find_reach();
        joining
    }

    /// Takes all nodes in order.
    pub(super) fn join_all(mut self) -> Joined {
        for id in self.live() {
            let root = self.join(id);
            self.use_outside(id, root);
            if self.reach[root.index()] <= id {
                self.waiting.close(root);
            }
            self.waiting.limit(&mut self.sets);
        }
        Joined {
            sets: self.sets,
            used: self.used,
            waiting: self.waiting,
        }
    }

    fn live(&self) -> impl Iterator<Item = NodeId> + use<'a> {
        let candidates = self.candidates;
        self.graph.ids().filter(|&id| candidates.is_live(id))
    }

    /// Whether an edge may make its two ends members of one group.
    #[inline]
    fn connects(&self, value: NodeId, user: NodeId) -> bool {
        self.candidates.are_akin(value, user) && self.levels.of(value) == self.levels.of(user)
    }

    fn find_reach(&mut self) {
        for id in self.live() {
            for value in self.graph.needs(id) {
                if self.connects(value, id) {
                    self.reach[value.index()] = id;
                }
            }
        }
    }

    /// Unites a node with the sets of its inputs that are not closed, and notes what else it needs.
    fn join(&mut self, id: NodeId) -> NodeId {
        let mut root = id;
        self.outside.clear();
        for value in self.graph.needs(id) {
            if self.connects(value, id) {
                let set = self.sets.root(value);
                if set == root {
                    continue;
                }
                if !self.waiting.is_closed(set) {
                    root = self.unite(set, root);
                    continue;
                }
            }
            self.outside.push(value);
        }
        root
    }

    /// Makes sets one that are open both.
    fn unite(&mut self, one: NodeId, other: NodeId) -> NodeId {
        let root = self.sets.unite(one, other);
        let reach = self.reach[one.index()].max(self.reach[other.index()]);
        self.reach[root.index()] = reach;
        self.waiting.unite(one, other, root);
        root
    }

    /// What a node needs from another set has to be there now, so that set is closed.
    fn use_outside(&mut self, id: NodeId, root: NodeId) {
        let reads = self.candidates.class(id).is_some();
        for &value in &self.outside {
            self.used.insert(value.index());
            if self.candidates.class(value).is_some() {
                self.waiting.close(self.sets.root(value));
            }
            if reads {
                self.waiting.read(value, id, root, &mut self.sets);
            } else {
                self.waiting.pass(value, id, &mut self.sets);
            }
        }
    }
}
