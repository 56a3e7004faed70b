//! Graph: nodes that fold as they are added.

use crate::intern::{Found, Interner};
use crate::key::{Key, Scan};
use crate::node::{Node, Tag, View};
use crate::{Input, NodeId, OpId, Purity};

/// Operations over inputs, every distinct one once.
///
/// A graph only grows. A node can name only nodes that are there already, so the order of ids
/// is a topological order and everything that looks at a graph is a loop.
///
/// ```
/// use daisy_core::{ConstId, Graph, Input, OpId, Purity};
///
/// let (add, a, b) = (OpId::new(0), ConstId::new(0), ConstId::new(1));
/// let mut graph = Graph::default();
/// let first = graph.add(add, &[a.into(), b.into()], Purity::Pure);
/// let second = graph.add(add, &[a.into(), b.into()], Purity::Pure);
/// assert_eq!(first, second);
/// graph.push_output(Input::node(first));
/// assert_eq!(graph.to_string(), "%0 = op0(c0, c1)\nreturn %0\n");
/// ```
#[derive(Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    /// The inputs of all nodes, node after node; behind a node's inputs stands what it waits for,
    /// if it waits for something.
    inputs: Vec<Input>,
    outputs: Vec<Input>,
    /// Holds every node that folds, and no other.
    memo: Interner,
}

impl Graph {
    /// An empty graph with room for `nodes` nodes of two inputs each.
    pub fn with_capacity(nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            inputs: Vec::with_capacity(nodes * 2),
            outputs: Vec::new(),
            memo: Interner::with_capacity(nodes),
        }
    }

    /// Adds an operation on inputs, or finds the equal pure node that is there already.
    ///
    /// An impure node is always new.
    ///
    /// # Panics
    /// When an input is a node that is not in the graph, or when the graph is full: it takes
    /// 2³¹ nodes and 2³² inputs.
    #[inline]
    pub fn add(&mut self, op: OpId, inputs: &[Input], purity: Purity) -> NodeId {
        self.add_after(op, inputs, purity, None)
    }

    /// Like [`Graph::add`], for a node that runs after another one whose value it ignores.
    ///
    /// What a node waits for is part of it: nodes that wait for different ones are different.
    ///
    /// # Panics
    /// As [`Graph::add`] does.
    pub fn add_after(
        &mut self,
        op: OpId,
        inputs: &[Input],
        purity: Purity,
        after: Option<NodeId>,
    ) -> NodeId {
        let tag = Tag::new(op, purity, after.is_some());
        let after = after.map(Input::node);
        let scan = Scan::of(tag, inputs, after);
        assert!(
            scan.nodes as usize <= self.nodes.len(),
            "an input is not a node of this graph"
        );
        if !purity.folds() {
            return self.push(tag, inputs, after);
        }
        if self.memo.is_full() {
            self.grow_memo();
        }
        match self.memo.find(scan.key(), |id| {
            self.is_same(id as usize, tag, inputs, after)
        }) {
            Found::Node(id) => NodeId::new(id),
            Found::Free(slot) => {
                let id = self.push(tag, inputs, after);
                self.memo.fill(slot, id.raw());
                id
            }
        }
    }

    /// Makes an input one of the values that a run of this graph gives.
    ///
    /// # Panics
    /// When it is a node that is not in the graph.
    pub fn push_output(&mut self, output: Input) {
        if let Some(id) = output.as_node() {
            assert!(
                id.index() < self.nodes.len(),
                "an output is not a node of this graph"
            );
        }
        self.outputs.push(output);
    }

    /// What a run of this graph gives, in order.
    pub fn outputs(&self) -> &[Input] {
        &self.outputs
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The ids of all nodes, children before parents.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<> {
        (0..self.nodes.len()).map(NodeId::from_index)
    }

    /// The operation of a node.
    #[inline]
    pub fn op(&self, id: NodeId) -> OpId {
        self.nodes[id.index()].tag.op()
    }

    /// Whether a node is pure.
    #[inline]
    pub fn purity(&self, id: NodeId) -> Purity {
        self.nodes[id.index()].tag.purity()
    }

    /// The inputs of a node, without what it only waits for.
    #[inline]
    pub fn inputs(&self, id: NodeId) -> &[Input] {
        self.view(id).inputs
    }

    /// The node that must have run before this one although its value is ignored.
    #[inline]
    pub fn after(&self, id: NodeId) -> Option<NodeId> {
        self.view(id).after
    }

    /// Every node that must have run before this one.
    pub fn needs(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.needed(id).iter().filter_map(|input| input.as_node())
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + (self.inputs.capacity() + self.outputs.capacity()) * size_of::<Input>()
            + self.memo.bytes()
    }

    /// All of a node in one look-up.
    #[inline]
    pub(crate) fn view(&self, id: NodeId) -> View<'_> {
        let (node, stored) = self.stored(id.index());
        let (op, first) = (node.tag.op(), node.first as usize);
        match stored.split_last() {
            Some((after, inputs)) if node.tag.waits() => View {
                op,
                inputs,
                after: after.as_node(),
                first,
            },
            _ => View {
                op,
                inputs: stored,
                after: None,
                first,
            },
        }
    }

    /// The inputs of a node, with what it waits for behind them.
    #[inline]
    pub(crate) fn needed(&self, id: NodeId) -> &[Input] {
        self.stored(id.index()).1
    }

    /// How many inputs all nodes have together, what they wait for included.
    #[inline]
    pub(crate) fn stored_len(&self) -> usize {
        self.inputs.len()
    }

    /// The head of a node, and its inputs with what it waits for behind them.
    #[inline]
    fn stored(&self, index: usize) -> (Node, &[Input]) {
        let node = self.nodes[index];
        let next = self.nodes.get(index + 1);
        let end = next.map_or(self.inputs.len(), |next| next.first as usize);
        (node, &self.inputs[node.first as usize..end])
    }

    fn push(&mut self, tag: Tag, inputs: &[Input], after: Option<Input>) -> NodeId {
        let id = NodeId::from_index(self.nodes.len());
        let first = u32::try_from(self.inputs.len()).expect("a graph takes 2^32 inputs");
        self.nodes.push(Node { tag, first });
        for &input in inputs {
            self.inputs.push(input);
        }
        if let Some(after) = after {
            self.inputs.push(after);
        }
        id
    }

    #[inline]
    fn is_same(&self, index: usize, tag: Tag, inputs: &[Input], after: Option<Input>) -> bool {
        let (node, stored) = self.stored(index);
        if node.tag != tag {
            return false;
        }
        match after {
            None => stored == inputs,
            Some(after) => stored.split_last() == Some((&after, inputs)),
        }
    }

    fn key(&self, index: usize) -> Key {
        let (node, stored) = self.stored(index);
        Scan::of(node.tag, stored, None).key()
    }

    #[cold]
    #[inline(never)]
    fn grow_memo(&mut self) {
        debug_assert!(self.memo_is_whole());
        let mut memo = std::mem::take(&mut self.memo);
        let folding = self.ids().filter(|&id| self.purity(id).folds());
        memo.grow(folding.map(|id| (id.raw(), self.key(id.index()))));
        self.memo = memo;
    }

    /// The invariant of `memo`: it finds every node that folds, and holds nothing else.
    pub(crate) fn memo_is_whole(&self) -> bool {
        let folding = || self.ids().filter(|&id| self.purity(id).folds());
        folding().count() == self.memo.len() && folding().all(|id| self.memo_finds(id))
    }

    fn memo_finds(&self, id: NodeId) -> bool {
        let found = self
            .memo
            .find(self.key(id.index()), |other| other == id.raw());
        matches!(found, Found::Node(_))
    }

    /// Adds a node unseen, for the tests of what looks for faults.
    #[cfg(test)]
    pub(crate) fn push_unseen(&mut self, op: OpId, inputs: &[Input]) -> NodeId {
        self.push(Tag::new(op, Purity::Pure, false), inputs, None)
    }

    /// Adds an output unseen, for the tests of what looks for faults.
    #[cfg(test)]
    pub(crate) fn push_output_unseen(&mut self, output: Input) {
        self.outputs.push(output);
    }
}
