//! Draft: the graph in which groups are nodes, being made.

use super::candidates::Candidates;
use super::clusters::Clusters;
use super::gather::{Gathered, Gatherer};
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
    out: Rewritten,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        given: &Given<'a>,
        candidates: &'a Candidates,
        clusters: &'a Clusters,
    ) -> Self {
        Self {
            graph,
            facts: given.facts(),
            candidates,
            clusters,
            gatherer: Gatherer::new(graph, given.origins(graph)),
            out: Rewritten {
                graph: Graph::with_capacity(clusters.count()),
                moved: Moved::nowhere(graph.len()),
                groups: Vec::new(),
            },
        }
    }

    /// Adds everything that is live: every node in its place, and a group where its last member was.
    pub(super) fn finish(mut self) -> Rewritten {
        let (graph, candidates, clusters) = (self.graph, self.candidates, self.clusters);
        let next = |&id: &NodeId| candidates.is_live(id) && clusters.is_last(id);
        for id in graph.ids().filter(next) {
            self.add(clusters.root(id));
        }
        for &output in graph.outputs() {
            let output = self.follow(output);
            self.out.graph.push_output(output);
        }
        self.out
    }

    fn add(&mut self, root: NodeId) {
        let may_be_one = self.facts.groups_of_one() && self.candidates.class(root).is_some();
        if self.clusters.is_alone(root) && !may_be_one {
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
