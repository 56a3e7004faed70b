//! Gather: makes members a graph of their own.

use super::clusters::Clusters;
use super::table::Table;
use crate::{ConstId, Graph, Group, Input, NodeId, Purity};

/// Makes groups, one after the other.
pub(super) struct Gatherer<'a> {
    graph: &'a Graph,
    /// By node: what it was in the first graph; nothing if each is what it was.
    origins: Option<Vec<NodeId>>,
    /// By member of a group made: its place in it.
    places: Vec<NodeId>,
    /// By what is outside: the group that read it last (by number), as which of its inputs.
    readings: Table<(u32, ConstId)>,
    /// How many groups were made.
    made: u32,
    inputs: Vec<Input>,
}

/// A group, and how it hangs together with the rest of the graph it was taken from.
pub(super) struct Gathered {
    pub(super) group: Group,
    /// What the group's node gets.
    pub(super) inputs: Vec<Input>,
    /// By output of the group: the member that gives it.
    pub(super) wanted: Vec<NodeId>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(graph: &'a Graph, origins: Option<Vec<NodeId>>) -> Self {
        Self {
            graph,
            origins,
            places: vec![NodeId::new(0); graph.len()],
            readings: Table::new(),
            made: 0,
            inputs: Vec::new(),
        }
    }

    /// Makes the set of a root a group.
    pub(super) fn gather(&mut self, root: NodeId, clusters: &Clusters) -> Gathered {
        let size = clusters.members(root).count();
        let mut gathered = Gathered {
            group: Group {
                graph: Graph::with_capacity(size),
                members: Vec::with_capacity(size),
            },
            inputs: Vec::new(),
            wanted: Vec::new(),
        };
        for id in clusters.members(root) {
            self.add(id, root, clusters, &mut gathered);
        }
        self.made += 1;
        gathered
    }

    fn add(&mut self, id: NodeId, root: NodeId, clusters: &Clusters, to: &mut Gathered) {
        self.inputs.clear();
        for &input in self.graph.inputs(id) {
            let inner = match input.as_node() {
                Some(value) if clusters.root(value) == root => self.places[value.index()].into(),
                _ => self.read(input, &mut to.inputs).into(),
            };
            self.inputs.push(inner);
        }
        let op = self.graph.op(id);
        let place = to.group.graph.add(op, &self.inputs, Purity::Pure);
        self.places[id.index()] = place;
        to.group.members.push(self.origin(id));
        if clusters.is_wanted(id) {
            to.group.graph.push_output(place.into());
            to.wanted.push(id);
        }
    }

    /// The number of what a member reads from outside among the inputs of its group.
    fn read(&mut self, input: Input, inputs: &mut Vec<Input>) -> ConstId {
        let new = (self.made, ConstId::from_index(inputs.len()));
        let reading = self.readings.entry(input, 0, new);
        if reading.0 != self.made {
            *reading = new;
        }
        if *reading == new {
            inputs.push(input);
        }
        reading.1
    }

    fn origin(&self, id: NodeId) -> NodeId {
        self.origins
            .as_ref()
            .map_or(id, |origins| origins[id.index()])
    }
}
