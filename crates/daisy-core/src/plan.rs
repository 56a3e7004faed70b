//! Plan: what will run, in which order, and when each value can go.

use std::ops::Range;

use crate::bits::Bits;
use crate::marks::Marks;
use crate::{Graph, Input, NodeId};

/// The steps of one run of a graph.
///
/// The steps are the nodes that an output needs, in the order of their ids. For each value the
/// plan knows how often it is used and which use is the last, so that whoever runs it can let go
/// of the value at once.
///
/// A plan may say more than what is needed for the values: that a run has to look as if one worker
/// did it, whoever does. See [`Plan::in_sequence`].
///
/// A plan belongs to the graph it was made from, as that graph was then.
#[derive(Clone)]
pub struct Plan {
    steps: Vec<NodeId>,
    /// The nodes whose steps can be seen to run, where a run has to look as if one worker did it.
    effects: Option<Bits>,
    /// By node: how many inputs and outputs are this value.
    uses: Vec<u32>,
    /// By place among all inputs, and then among the outputs: whether this is the value's last use.
    /// A value that is an output has its last use there.
    marks: Marks,
    /// How many inputs stand before the outputs.
    inputs: usize,
}

impl Plan {
    /// The plan that runs what the outputs of a graph need.
    pub fn new(graph: &Graph) -> Self {
        let mut draft = Draft::new(graph);
        draft.use_outputs();
        for id in graph.ids().rev() {
            draft.use_inputs(id);
        }
        draft.finish()
    }

    /// The plan of [`Plan::new`], for runs that look as if one worker did them: a step with an
    /// effect runs when all steps before it are done, and the error of a run is the one that a
    /// single worker would have met.
    pub fn in_sequence(graph: &Graph, has_effect: impl Fn(NodeId) -> bool) -> Self {
        let mut plan = Self::new(graph);
        let mut effects = Bits::new(graph.len());
        for &step in plan.steps.iter().filter(|&&step| has_effect(step)) {
            effects.insert(step.index());
        }
        plan.effects = Some(effects);
        plan
    }

    /// Whether runs have to look as if one worker did them.
    #[inline]
    pub fn is_in_sequence(&self) -> bool {
        self.effects.is_some()
    }

    /// Whether a step runs when all steps before it are done, and no earlier.
    #[inline]
    pub(crate) fn has_effect(&self, step: NodeId) -> bool {
        let effects = self.effects.as_ref();
        effects.is_some_and(|effects| effects.contains(step.index()))
    }

    /// What runs, in an order in which everything that a step needs has run before it.
    pub fn steps(&self) -> &[NodeId] {
        &self.steps
    }

    /// How many inputs of steps and outputs are the value of this node.
    #[inline]
    pub fn uses(&self, id: NodeId) -> u32 {
        self.uses[id.index()]
    }

    /// The values that nobody needs any more once a step has run: those of its inputs that are
    /// used here for the last time, and its own if nothing uses it.
    pub fn released_by<'a>(
        &'a self,
        graph: &'a Graph,
        step: NodeId,
    ) -> impl Iterator<Item = NodeId> + 'a {
        let node = graph.view(step);
        let inputs = node.inputs.iter().zip(node.places());
        let last = inputs.filter(|&(_, place)| self.releases(place));
        let own = (self.uses(step) == 0).then_some(step);
        last.filter_map(|(input, _)| input.as_node()).chain(own)
    }

    /// Whether the use at a place among all inputs is the last of its value.
    #[inline]
    pub(crate) fn releases(&self, place: usize) -> bool {
        self.marks.releases(place)
    }

    /// Whether, besides, the step there has the value in one input only.
    #[inline]
    pub(crate) fn is_reusable(&self, place: usize) -> bool {
        self.marks.is_sole(place)
    }

    /// Whether an output is the last place where its value is wanted.
    pub(crate) fn releases_output(&self, output: usize) -> bool {
        self.releases(self.inputs + output)
    }

    /// Whether this may be the plan of a graph.
    pub(crate) fn fits(&self, graph: &Graph) -> bool {
        self.uses.len() == graph.len() && self.inputs == graph.stored_len()
    }
}

/// A plan being made, from the last use to the first.
struct Draft<'g> {
    graph: &'g Graph,
    plan: Plan,
    /// By node: the place of its last use, once one has been seen.
    last: Vec<u32>,
    /// What an output needs.
    live: Bits,
}

const UNUSED: u32 = u32::MAX;

impl<'g> Draft<'g> {
    fn new(graph: &'g Graph) -> Self {
        let inputs = graph.stored_len();
        let places = inputs + graph.outputs().len();
        assert!(
            places < UNUSED as usize,
            "a plan takes 2^32 inputs and outputs"
        );
        let plan = Plan {
            steps: Vec::new(),
            effects: None,
            uses: vec![0; graph.len()],
            marks: Marks::new(places),
            inputs,
        };
        Self {
            graph,
            plan,
            last: vec![UNUSED; graph.len()],
            live: Bits::new(graph.len()),
        }
    }

    fn use_outputs(&mut self) {
        let first = self.plan.inputs;
        self.use_all(
            self.graph.outputs(),
            first..first + self.graph.outputs().len(),
        );
    }

    /// Notes what a node uses, if it is a step; all uses of its own value have been noted.
    fn use_inputs(&mut self, id: NodeId) {
        if !self.live.contains(id.index()) {
            return;
        }
        let node = self.graph.view(id);
        if let Some(after) = node.after {
            self.live.insert(after.index());
        }
        self.use_all(node.inputs, node.places());
    }

    /// Notes the inputs of one step, or the outputs, and the places where they stand.
    #[inline]
    fn use_all(&mut self, inputs: &[Input], places: Range<usize>) {
        for (offset, input) in inputs.iter().enumerate().rev() {
            if let Some(id) = input.as_node() {
                self.use_value(id, places.start + offset, &places);
            }
        }
    }

    /// Notes one use, which is at one of the places of its step.
    #[inline]
    fn use_value(&mut self, id: NodeId, place: usize, step: &Range<usize>) {
        let last = &mut self.last[id.index()];
        self.plan.uses[id.index()] += 1;
        if *last == UNUSED {
            *last = place as u32;
            self.live.insert(id.index());
            self.plan.marks.mark(place);
        } else if step.contains(&(*last as usize)) {
            self.plan.marks.share(*last as usize);
        }
    }

    fn finish(mut self) -> Plan {
        self.plan.steps.reserve_exact(self.live.count());
        let live = |id: &NodeId| self.live.contains(id.index());
        self.plan.steps.extend(self.graph.ids().filter(live));
        self.plan
    }
}
