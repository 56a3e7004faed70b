//! From thunks to a graph: every node that the roots need, each distinct piece of work once.
//!
//! Nothing recurses: a chain of a million nodes is a loop over a stack of its own.

mod apart;
mod contexts;
mod emit;
mod lone;
mod purity;
mod results;
mod sort;
mod variants;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use daisy_core::{Facts, Graph, Group, Input, NoFacts, NodeId, OpId, Purity, Rewritten};
use pyo3::prelude::*;

use self::apart::Written;
use self::results::Places;
use self::variants::Variants;
use crate::arrays;
use crate::constants::Constants;
use crate::fusion::FusedGroup;
use crate::fusion::facts::Fusible;
use crate::node::{Node, NodeRef};
use crate::op::Op;
use crate::passes;
use crate::sharing::Sharing;
use crate::waiting::Target;

pub use self::lone::Results;

/// A graph and the Python objects that its ids stand for.
pub struct Compiled {
    pub graph: Arc<Graph>,
    pub constants: Constants,
    /// The keyword names and the contexts of the operations.
    pub variants: Variants,
    /// The nodes that the graph was made from, children first.
    nodes: Vec<NodeRef>,
    /// By graph node: the place in `nodes` of the one it was made from (the first, where several
    /// folded).
    origins: Vec<u32>,
    /// The graph nodes that others folded into, with the places of these in `nodes`.
    twins: Vec<(NodeId, u32)>,
    /// What runs as one, by the number of the group.
    groups: Vec<Fused>,
}

/// A group of the graph.
pub struct Fused {
    pub group: FusedGroup,
    /// By member: the place in `nodes` of the one it was made from.
    origins: Vec<u32>,
    /// By member: its number as the claim keeps it. Those that are nodes of the graph still have
    /// that; the others have numbers beyond all nodes.
    slots: Vec<u32>,
}

impl Compiled {
    /// The node that a graph node was made from: the first one, where several folded.
    pub fn origin(&self, id: NodeId) -> &NodeRef {
        &self.nodes[self.origins[id.index()] as usize]
    }

    /// The further nodes that folded into one, each with the graph node it became.
    pub fn twins(&self) -> impl ExactSizeIterator<Item = (NodeId, &NodeRef)> {
        let twins = self.twins.iter();
        twins.map(|&(id, place)| (id, &self.nodes[place as usize]))
    }

    /// Whether anything runs as one.
    pub fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The group that an operation stands for.
    pub fn fused(&self, op: OpId) -> &Fused {
        &self.groups[Op::variant_of(op)]
    }

    /// The node that a member of a group was made from, and its number as the claim keeps it.
    pub fn member(&self, fused: &Fused, member: NodeId) -> (&NodeRef, NodeId) {
        let node = &self.nodes[fused.origins[member.index()] as usize];
        (node, NodeId::new(fused.slots[member.index()]))
    }

    /// The number of the context that a node runs in; none where the context cannot matter. All
    /// members of a group are of one.
    pub fn context_number(&self, id: NodeId) -> Option<u32> {
        let op = self.graph.op(id);
        if Op::of_id(op) == Op::GROUP {
            let members = &self.fused(op).group.group.graph;
            return members
                .ids()
                .next()
                .map(|member| self.variants.context(members.op(member)));
        }
        (!Op::of_id(op).needs_no_context()).then(|| self.variants.context(op))
    }

    /// How many operations there are, those in groups counted one by one.
    pub fn operations(&self) -> usize {
        let of_fusion = |id: &NodeId| Op::of_id(self.graph.op(*id)).is_of_fusion();
        let members = self
            .groups
            .iter()
            .map(|fused| fused.group.group.graph.len());
        members.sum::<usize>() + self.graph.ids().filter(|id| !of_fusion(id)).count()
    }
}

impl Compiled {
    /// Puts another graph in the place of the one that was compiled, and tells the nodes.
    fn move_to(&mut self, py: Python<'_>, rewritten: Rewritten) {
        let Rewritten {
            graph,
            moved,
            groups,
        } = rewritten;
        let mut origins = vec![None; graph.len()];
        for (id, &place) in (0..).zip(&self.origins) {
            if let Some(new) = moved.get(NodeId::new(id)) {
                origins[new.index()].get_or_insert(place);
            }
        }
        for id in graph
            .ids()
            .filter(|&id| Op::of_id(graph.op(id)) == Op::GROUP)
        {
            let first = groups[Op::variant_of(graph.op(id))].members[0];
            origins[id.index()].get_or_insert(self.origins[first.index()]);
        }
        let mut beyond = slot_beyond(&graph)..;
        for group in groups {
            let place_of = |member: NodeId| moved.get(member).map(slot).or_else(|| beyond.next());
            let fused = self.fused_group(py, group, place_of);
            self.groups.push(fused);
        }
        let twins = self.twins.iter();
        self.twins = twins
            .filter_map(|&(id, place)| Some((moved.get(id)?, place)))
            .collect();
        let known = "every node of the new graph is an old one, or stands for some";
        self.origins = origins
            .into_iter()
            .map(|place| place.expect(known))
            .collect();
        self.graph = Arc::new(graph);
        self.tell_slots();
    }

    fn fused_group(
        &self,
        py: Python<'_>,
        group: Group,
        mut slot_of: impl FnMut(NodeId) -> Option<u32>,
    ) -> Fused {
        let names = |op| {
            let names = self.variants.kwnames(op);
            names.map(|names| names.clone_ref(py))
        };
        let members = group.members.iter();
        let slots = members
            .clone()
            .filter_map(|&member| slot_of(member))
            .collect();
        Fused {
            origins: members.map(|member| self.origins[member.index()]).collect(),
            slots,
            group: FusedGroup::new(py, group, names),
        }
    }

    /// Tells the nodes their numbers in the new graph.
    fn tell_slots(&self) {
        for fused in &self.groups {
            for (&place, &slot) in fused.origins.iter().zip(&fused.slots) {
                self.nodes[place as usize].set_slot(slot);
            }
        }
        let is_node = |id: &NodeId| Op::of_id(self.graph.op(*id)) != Op::GROUP;
        let nodes = self
            .graph
            .ids()
            .filter(is_node)
            .map(|id| (id, self.origin(id)));
        for (id, node) in nodes.chain(self.twins()) {
            node.set_slot(slot(id));
        }
    }
}

/// The first number that is none of a graph's.
fn slot_beyond(graph: &Graph) -> u32 {
    u32::try_from(graph.len()).expect("a graph has under 2^32 nodes")
}

/// Why a graph could not be made.
pub enum Obstacle {
    /// A node belongs to a run that another thread is in the middle of. What there is to wait for.
    Claimed(Target),
    /// A node waits for itself.
    Cycle,
    Python(PyErr),
}

impl From<PyErr> for Obstacle {
    fn from(error: PyErr) -> Self {
        Obstacle::Python(error)
    }
}

/// Says of a node that another run has claimed whether it may be taken.
pub trait Claims {
    /// # Errors
    /// When the node has to be left alone.
    fn may_take(&self, run: u64, slot: u32) -> Result<(), Obstacle>;
}

/// Which operations become groups.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fuse {
    /// None: whoever runs the graph knows no groups.
    Nothing,
    /// Those that are connected.
    Connected,
    /// All that can be, even if there is only one.
    All,
}

/// Compiles what `roots` need. `run` is the number of this run, which marks the visited nodes.
pub fn compile(
    py: Python<'_>,
    roots: &[NodeRef],
    run: u64,
    fuse: Fuse,
    claims: &impl Claims,
) -> Result<Compiled, Obstacle> {
    // Looked up now, so that constants can be asked whether they are arrays.
    let _ = arrays::ndarray(py);
    let mut compiler = Compiler {
        py,
        run,
        claims,
        graph: Graph::default(),
        out: Compiled {
            graph: Arc::default(),
            constants: Constants::default(),
            variants: Variants::default(),
            nodes: Vec::new(),
            origins: Vec::new(),
            twins: Vec::new(),
            groups: Vec::new(),
        },
        pure_callees: Vec::new(),
        touching_callees: Vec::new(),
        touches: false,
        folded: HashSet::new(),
        apart: HashMap::new(),
        inputs: Vec::new(),
        result_displays: HashSet::new(),
        places: Places::default(),
    };
    for root in roots {
        compiler.find_result_displays(root);
    }
    for root in roots {
        compiler.sort(root)?;
    }
    compiler.emit_all()?;
    if compiler.touches && !compiler.out.twins.is_empty() {
        compiler.find_folded();
        compiler.emit_again()?;
    }
    for root in roots {
        // Counted as an input like any other, though a root's value is kept in any case.
        let input = compiler.input_of(root);
        let input = compiler.place(input, root)?;
        compiler.graph.push_output(input);
    }
    let out = compiler.finish(fuse)?;
    if out.constants.has_changing() {
        Sharing::of(&out).check_constants(py)?;
    }
    Ok(out)
}

struct Compiler<'a, 'py, C> {
    py: Python<'py>,
    run: u64,
    claims: &'a C,
    graph: Graph,
    /// What belongs to the graph, which is put in at the end.
    out: Compiled,
    /// By constant: whether calls of it fold, once that was asked.
    pure_callees: Vec<Option<bool>>,
    /// By constant: whether it may change or compare what it is called with, once that was asked.
    touching_callees: Vec<Option<bool>>,
    /// Whether such a callee is given a computed value anywhere.
    touches: bool,
    /// The nodes that folded with others, in the second round.
    folded: HashSet<*const Node>,
    /// The operations that have copies among their inputs.
    apart: HashMap<Written, NodeId>,
    /// The inputs of the node at hand, kept to save an allocation for each.
    inputs: Vec<Input>,
    /// The containers of which the results consist, by address.
    result_displays: HashSet<*const Node>,
    /// What stands in the results so far.
    places: Places,
}

impl<C: Claims> Compiler<'_, '_, C> {
    /// Runs the passes and takes along what they moved.
    fn finish(self, fuse: Fuse) -> PyResult<Compiled> {
        let passes = passes::current(self.py)?;
        let mut out = self.out;
        let fusible = Fusible::new(self.py, &out, fuse == Fuse::All);
        let facts: &dyn Facts = match fuse {
            Fuse::Nothing => &NoFacts,
            Fuse::Connected | Fuse::All => &fusible,
        };
        let rewritten = passes.apply(&self.graph, facts);
        drop(fusible);
        match rewritten {
            None => out.graph = Arc::new(self.graph),
            Some(rewritten) => out.move_to(self.py, rewritten),
        }
        Ok(out)
    }

    /// Adds a copy of a value, which belongs to the same line of the user's.
    fn copy(&mut self, id: NodeId) -> Input {
        let copy = self
            .graph
            .add(Op::COPY.id(), &[Input::node(id)], Purity::Impure);
        self.out.origins.push(self.out.origins[id.index()]);
        debug_assert_eq!(self.out.origins.len(), copy.index() + 1);
        Input::node(copy)
    }
}

/// A node's number as the claim keeps it.
pub fn slot(id: NodeId) -> u32 {
    u32::try_from(id.index()).expect("a graph has under 2^32 nodes")
}
