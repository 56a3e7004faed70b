//! Draft: the graph in which groups are nodes, being made.

use super::candidates::Candidates;
use super::clusters::Clusters;
use super::gather::{Gathered, Gatherer};
use crate::bits::Bits;
use crate::facts::Given;
use crate::pass::Moved;
use crate::{Facts, Graph, Input, NodeId, Purity, Rewritten};

/// The graph in which groups are nodes, being made.
pub(super) struct Draft<'a> {
    graph: &'a Graph,
    facts: &'a dyn Facts,
    candidates: &'a Candidates,
    clusters: &'a Clusters,
    gatherer: Gatherer<'a>,
    /// The impure nodes, which stay in their order.
    impure: Vec<NodeId>,
    /// The roots of the sets that are in the new graph.
    done: Bits,
    /// Roots of sets that come next, the first on top.
    stack: Vec<NodeId>,
    out: Rewritten,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        given: &Given<'a>,
        candidates: &'a Candidates,
        clusters: &'a Clusters,
    ) -> Self {
        let live = |&id: &NodeId| candidates.is_live(id);
        let impure = |id: &NodeId| graph.purity(*id) == Purity::Impure;
        Self {
            graph,
            facts: given.facts(),
            candidates,
            clusters,
            gatherer: Gatherer::new(graph, given.origins(graph)),
            impure: graph.ids().filter(live).filter(impure).collect(),
            done: Bits::new(graph.len()),
            stack: Vec::new(),
            out: Rewritten {
                graph: Graph::with_capacity(clusters.count()),
                moved: Moved::nowhere(graph.len()),
                groups: Vec::new(),
            },
        }
    }

    /// Adds everything that is live. A node keeps its place as far as it can; a group comes where its last member
    /// was, or earlier, right before what uses it first.
    pub(super) fn finish(mut self) -> Rewritten {
        let (graph, candidates, clusters) = (self.graph, self.candidates, self.clusters);
        let next = |&id: &NodeId| candidates.is_live(id) && clusters.is_last(id);
        for id in graph.ids().filter(next) {
            self.add_with_needed(self.clusters.root(id));
        }
        for &output in self.graph.outputs() {
            let output = self.follow(output);
            self.out.graph.push_output(output);
        }
        self.out
    }

    /// Adds a set, and before it everything that it needs and that is not there yet.
    fn add_with_needed(&mut self, root: NodeId) {
        self.stack.push(root);
        while let Some(&top) = self.stack.last() {
            if !self.done.contains(top.index()) {
                let before = self.stack.len();
                self.push_needed(top);
                debug_assert!(self.stack.len() <= self.most(), "sets wait in a circle");
                if self.stack.len() > before {
                    self.stack[before..].reverse();
                    continue;
                }
                self.done.insert(top.index());
                self.add(top);
            }
            self.stack.pop();
        }
    }

    /// How long the stack may become: every set puts what it needs there once, unless there is a circle.
    fn most(&self) -> usize {
        1 + self.graph.stored_len() + self.impure.len()
    }

    /// Puts on the stack what a set needs and what is not there yet.
    fn push_needed(&mut self, root: NodeId) {
        for member in self.clusters.members(root) {
            for needed in self.graph.needs(member) {
                let needed = self.clusters.root(needed);
                if needed != root && !self.done.contains(needed.index()) {
                    self.stack.push(needed);
                }
            }
        }
        self.push_earlier(root);
    }

    /// Puts the impure node before an impure one on the stack, if it is not there yet.
    fn push_earlier(&mut self, id: NodeId) {
        if self.graph.purity(id) == Purity::Impure {
            let place = self.impure.partition_point(|&other| other < id);
            let earlier = place.checked_sub(1).map(|place| self.impure[place]);
            self.stack
                .extend(earlier.filter(|id| !self.done.contains(id.index())));
        }
    }

    fn add(&mut self, root: NodeId) {
        if self.clusters.is_alone(root) {
            self.add_node(root);
        } else {
            self.add_group(root);
        }
    }

    fn add_node(&mut self, id: NodeId) {
        let inputs: Vec<_> = self
            .graph
            .inputs(id)
            .iter()
            .map(|&it| self.follow(it))
            .collect();
        let after = self.graph.after(id).map(|after| self.place(after));
        let (op, purity) = (self.graph.op(id), self.graph.purity(id));
        let new = self.out.graph.add_after(op, &inputs, purity, after);
        self.out.moved.set(id, new);
    }

    fn add_group(&mut self, root: NodeId) {
        let Gathered {
            group,
            inputs,
            wanted,
        } = self.gatherer.gather(root, self.clusters);
        let inputs: Vec<_> = inputs.into_iter().map(|input| self.follow(input)).collect();
        let op = self.facts.group_op(self.out.groups.len());
        let node = self.out.graph.add(op, &inputs, Purity::Pure);
        if let &[only] = &wanted[..] {
            self.out.moved.set(only, node);
        } else {
            self.add_parts(node, &wanted);
        }
        self.out.groups.push(group);
    }

    /// Adds a node for each value that is wanted. The others wait for those that are only kept, which
    /// would not run if nothing needed them.
    fn add_parts(&mut self, group: NodeId, wanted: &[NodeId]) {
        let mut after = None;
        for needed in [false, true] {
            for (part, &member) in wanted.iter().enumerate() {
                if self.clusters.is_needed(member) == needed {
                    let op = self.facts.part_op(part);
                    let inputs = [group.into()];
                    let node = self.out.graph.add_after(op, &inputs, Purity::Pure, after);
                    self.out.moved.set(member, node);
                    after = if needed { after } else { Some(node) };
                }
            }
        }
    }

    fn follow(&self, input: Input) -> Input {
        input.as_node().map_or(input, |id| self.place(id).into())
    }

    fn place(&self, id: NodeId) -> NodeId {
        let place = self.out.moved.get(id);
        place.expect("what a set needs is there before it")
    }
}
