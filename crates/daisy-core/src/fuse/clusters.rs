//! Clusters: which nodes become one, and which of their values are wanted outside.

use super::candidates::Candidates;
use super::levels::Levels;
use super::sets::Sets;
use super::table::Table;
use crate::bits::Bits;
use crate::facts::Given;
use crate::{Graph, Input, NodeId, Source};

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

/// What decides which sets become one.
struct Uniting<'a> {
    graph: &'a Graph,
    given: &'a Given<'a>,
    candidates: &'a Candidates,
    levels: &'a Levels,
    sets: Sets,
    /// The nodes that a live node outside of their set needs.
    used: Bits,
    outputs: Bits,
    kept: Bits,
}

impl Clusters {
    /// The clusters of a graph; nothing if every node stays alone.
    pub(super) fn new(
        graph: &Graph,
        given: &Given<'_>,
        candidates: &Candidates,
        levels: &Levels,
    ) -> Option<Self> {
        let mut uniting = Uniting {
            graph,
            given,
            candidates,
            levels,
            sets: Sets::new(graph.len()),
            used: Bits::new(graph.len()),
            outputs: outputs(graph),
            kept: given.kept(graph),
        };
        uniting.unite_connected();
        uniting.unite_sharing();
        (uniting.sets.count() < graph.len()).then(|| uniting.finish())
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

impl Uniting<'_> {
    fn finish(mut self) -> Clusters {
        let ids = || self.graph.ids();
        let roots: Vec<_> = ids().map(|id| self.sets.root(id)).collect();
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
        let mut needed = self.used;
        needed.insert_all(&self.outputs);
        let count = self.sets.count();
        Clusters {
            roots,
            first,
            next,
            count,
            needed,
            kept: self.kept,
        }
    }

    /// Whether a value stays until the end in any case.
    fn stays(&self, id: NodeId) -> bool {
        self.outputs.contains(id.index()) || self.kept.contains(id.index())
    }

    /// Whether an edge makes its two ends members of one group.
    #[inline]
    fn connects(&self, value: NodeId, user: NodeId) -> bool {
        self.candidates.are_akin(value, user) && self.levels.of(value) == self.levels.of(user)
    }

    fn unite_connected(&mut self) {
        let live = |&id: &NodeId| self.candidates.is_live(id);
        for id in self.graph.ids().filter(live) {
            for needed in self.graph.needs(id) {
                if self.connects(needed, id) {
                    self.sets.unite(needed, id);
                } else {
                    self.used.insert(needed.index());
                }
            }
        }
    }

    /// Unites sets that read the same, if whatever both give stays until the end in any case: then
    /// no value is there for longer than it would be otherwise.
    fn unite_sharing(&mut self) {
        let (busy, idle) = self.busy();
        if idle < 2 {
            return;
        }
        // By what is read, under level and class of who reads it: who did so first.
        let mut readers = Table::new();
        for id in self.graph.ids() {
            let Some(class) = self.candidates.class(id) else {
                continue;
            };
            // A root of what was united here is the root of an idle set.
            if busy.contains(self.sets.root(id).index()) {
                continue;
            }
            let heading = u64::from(self.levels.of(id)) << 32 | u64::from(class);
            for &input in self.graph.inputs(id) {
                if self.is_worth_sharing(input, id) {
                    let first = *readers.entry(input, heading, id);
                    self.sets.unite(first, id);
                }
            }
        }
    }

    fn is_worth_sharing(&self, input: Input, user: NodeId) -> bool {
        match input.unpack() {
            Source::Node(value) => !self.connects(value, user),
            Source::Const(constant) => self.given.facts().is_data(constant),
        }
    }

    /// The roots of sets that give a value which would go before the end, and how many sets of
    /// candidates there are besides.
    fn busy(&mut self) -> (Bits, usize) {
        let mut busy = Bits::new(self.graph.len());
        let mut idle = 0;
        for id in self
            .graph
            .ids()
            .filter(|id| self.candidates.class(*id).is_some())
        {
            let root = self.sets.root(id);
            idle += usize::from(root == id);
            let goes = self.used.contains(id.index()) && !self.stays(id);
            if goes && !busy.contains(root.index()) {
                busy.insert(root.index());
            }
        }
        let count = busy.count();
        (busy, idle - count)
    }
}

fn outputs(graph: &Graph) -> Bits {
    let mut outputs = Bits::new(graph.len());
    for id in graph.outputs().iter().filter_map(|it| it.as_node()) {
        outputs.insert(id.index());
    }
    outputs
}
