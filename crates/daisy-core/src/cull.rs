//! Cull: leaves out what no output needs.

use crate::bits::Bits;
use crate::facts::Given;
use crate::pass::Moved;
use crate::{Graph, Input, NodeId, Rewritten};

/// The graph without dead nodes; nothing if there are none.
pub(crate) fn cull(graph: &Graph, _: &Given<'_>) -> Option<Rewritten> {
    let live = live(graph);
    let count = live.count();
    (count < graph.len()).then(|| keep(graph, &live, count))
}

/// The nodes that an output needs, be it only for the order.
pub(crate) fn live(graph: &Graph) -> Bits {
    let mut live = Bits::new(graph.len());
    for id in graph.outputs().iter().filter_map(|output| output.as_node()) {
        live.insert(id.index());
    }
    for id in graph.ids().rev() {
        if live.contains(id.index()) {
            graph
                .needs(id)
                .for_each(|needed| live.insert(needed.index()));
        }
    }
    live
}

fn keep(graph: &Graph, live: &Bits, count: usize) -> Rewritten {
    let mut kept = Graph::with_capacity(count);
    let mut moved = Moved::nowhere(graph.len());
    let mut inputs = Vec::new();
    for id in graph.ids().filter(|id| live.contains(id.index())) {
        inputs.clear();
        inputs.extend(graph.inputs(id).iter().map(|&input| follow(&moved, input)));
        let after = graph.after(id).and_then(|after| moved.get(after));
        let new: NodeId = kept.add_after(graph.op(id), &inputs, graph.purity(id), after);
        moved.set(id, new);
    }
    for &output in graph.outputs() {
        kept.push_output(follow(&moved, output));
    }
    Rewritten {
        graph: kept,
        moved,
        groups: Vec::new(),
    }
}

fn follow(moved: &Moved, input: Input) -> Input {
    moved.input(input).expect("what a live node needs is live")
}
