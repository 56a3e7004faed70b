//! Clusters: which nodes become one, and which of their values are wanted outside.

use super::candidates::Candidates;
use super::joining::{Joined, Joining};
use super::levels::Levels;
use super::sets::Sets;
use super::sharing::Sharing;
use crate::bits::Bits;
use crate::facts::Given;
use crate::{Graph, NodeId};

/// The groups to be: sets of nodes, most of them perhaps of a single one.
pub(super) struct Clusters {
    /// By node: the one that stands for its set.
    roots: Vec<NodeId>,
    /// By root: the first node of its set.
    first: Vec<NodeId>,
    /// By node: the next one of its set; itself if it is the last.
    next: Vec<NodeId>,
    /// How many sets there are.
    count: usize,
    /// The nodes that are needed outside of their set: by a node or as an output.
    needed: Bits,
    /// The nodes whose values somebody keeps.
    kept: Bits,
}

impl Clusters {
    /// The clusters of a graph; nothing if there is no group.
    pub(super) fn new(
        graph: &Graph,
        given: &Given<'_>,
        candidates: &Candidates,
        levels: &Levels,
    ) -> Option<Self> {
        let outputs = outputs(graph);
        let kept = given.kept(graph);
        let mut stays = outputs.clone();
        stays.insert_all(&kept);
        let joined = Joining::new(graph, candidates, levels, &stays).join_all();
        let Joined {
            mut sets,
            mut used,
            waiting,
        } = joined;
        let sharing = Sharing {
            graph,
            given,
            candidates,
            levels,
            used: &used,
            stays: &stays,
        };
        sharing.unite(&mut sets, &waiting);
        used.insert_all(&outputs);
        let any = sets.count() < graph.len() || given.facts().groups_of_one();
        any.then(|| Self::of(graph, sets, used, kept))
    }

    /// The clusters that sets make.
    fn of(graph: &Graph, mut sets: Sets, needed: Bits, kept: Bits) -> Self {
        let ids = || graph.ids();
        let roots: Vec<_> = ids().map(|id| sets.root(id)).collect();
        let mut next: Vec<_> = ids().collect();
        let mut first: Vec<_> = ids().collect();
        let mut begun = Bits::new(roots.len());
        for id in ids().rev() {
            let root = roots[id.index()].index();
            if begun.contains(root) {
                next[id.index()] = first[root];
            }
            begun.insert(root);
            first[root] = id;
        }
        let count = sets.count();
        Self {
            roots,
            first,
            next,
            count,
            needed,
            kept,
        }
    }

    /// The node that stands for the set of a node.
    #[inline]
    pub(super) fn root(&self, id: NodeId) -> NodeId {
        self.roots[id.index()]
    }

    /// Whether a root is all of its set.
    #[inline]
    pub(super) fn is_alone(&self, root: NodeId) -> bool {
        self.first[root.index()] == root && self.is_last(root)
    }

    /// Whether a node is the last one of its set.
    #[inline]
    pub(super) fn is_last(&self, id: NodeId) -> bool {
        self.next[id.index()] == id
    }

    /// The nodes of the set of a root, in the order of their ids.
    pub(super) fn members(&self, root: NodeId) -> impl Iterator<Item = NodeId> {
        let following = |&id: &NodeId| (!self.is_last(id)).then(|| self.next[id.index()]);
        std::iter::successors(Some(self.first[root.index()]), following)
    }

    /// Whether a node is needed outside of its set: by a node or as an output.
    pub(super) fn is_needed(&self, id: NodeId) -> bool {
        self.needed.contains(id.index())
    }

    /// Whether the value of a node is wanted outside of its set, if only to be kept.
    pub(super) fn is_wanted(&self, id: NodeId) -> bool {
        self.is_needed(id) || self.kept.contains(id.index())
    }

    /// How many sets there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

fn outputs(graph: &Graph) -> Bits {
    let mut outputs = Bits::new(graph.len());
    for id in graph.outputs().iter().filter_map(|it| it.as_node()) {
        outputs.insert(id.index());
    }
    outputs
}
