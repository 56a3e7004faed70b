//! Run: does the steps of a plan, one after the other, on the thread that asks for it.

use crate::node::View;
use crate::slots::Slots;
use crate::{Args, ConstId, Graph, NodeId, OpId, Plan, Source};

/// What knows the operations and the constants behind the ids of a graph.
pub trait Host {
    /// What operations take and give.
    type Value;
    /// What a failing operation gives instead.
    type Error;

    /// Does one operation.
    ///
    /// # Errors
    /// Whatever the operation fails with: it ends the run and comes out of it unchanged.
    fn run(
        &self,
        node: NodeId,
        op: OpId,
        args: Args<'_, Self::Value>,
    ) -> Result<Self::Value, Self::Error>;

    /// Whether an error tells of something outside that wants the run to end at once, such as a
    /// signal. Others may have to wait for the steps before the one that failed.
    fn interrupts(&self, _error: &Self::Error) -> bool {
        false
    }

    /// The value of a constant that is an output.
    fn constant(&self, constant: ConstId) -> Self::Value;

    /// A second handle on a value, for one of several users of it that may run at the same time.
    ///
    /// Called under the lock of a run that several threads work on: it must be cheap, must take
    /// no lock and must not run code of others. Counting a reference up is what it is for.
    fn share(&self, value: &Self::Value) -> Self::Value;

    /// A second value for an output that stands in several places. The last place gets the value
    /// itself. If nothing else is said, it is another handle on the same value.
    ///
    /// # Errors
    /// As [`Host::run`]: it ends the run.
    fn clone_value(&self, value: &Self::Value) -> Result<Self::Value, Self::Error> {
        Ok(self.share(value))
    }
}

/// Runs a plan and gives the values of the graph's outputs, in order.
///
/// Each value is dropped as soon as its last use is over. Nothing here recurses, and beyond one
/// table of values and the outputs nothing is allocated.
///
/// # Errors
/// The first error that the host gives. No further step is run, and all values are dropped.
///
/// # Panics
/// When the plan is not one of this graph.
pub fn execute<H: Host>(graph: &Graph, plan: &Plan, host: &H) -> Result<Vec<H::Value>, H::Error> {
    assert!(plan.fits(graph), "the plan is of another graph");
    let mut run = Run::new(graph, plan);
    run.advance(0, host, |_, _, _, _| false)?;
    run.outputs(host)
}

/// The values that are there at one moment of a run.
pub(crate) struct Run<'g, V> {
    graph: &'g Graph,
    plan: &'g Plan,
    /// By node. A value is here from its step until its last use is over.
    slots: Vec<Option<V>>,
}

impl<'g, V> Run<'g, V> {
    pub(crate) fn new(graph: &'g Graph, plan: &'g Plan) -> Self {
        let mut slots = Vec::new();
        slots.resize_with(graph.len(), || None);
        Self { graph, plan, slots }
    }

    /// Runs the steps from a place of the plan on, until `leaves` says of one, by its place, that it
    /// is not to be run here. Gives that place; the number of steps, if there was none.
    ///
    /// For one worker the order of the plan is all that there is to decide. Each step keeps its value
    /// and lets go of what it was the last to use.
    #[inline]
    pub(crate) fn advance<H: Host<Value = V>>(
        &mut self,
        from: usize,
        host: &H,
        mut leaves: impl FnMut(usize, NodeId, OpId, Args<'_, V>) -> bool,
    ) -> Result<usize, H::Error> {
        let steps = self.plan.steps();
        for (place, &step) in steps.iter().enumerate().skip(from) {
            let node = self.graph.view(step);
            let args = Args::kept(node.inputs, &self.slots, self.plan, node.first);
            if leaves(place, step, node.op, args) {
                return Ok(place);
            }
            let value = host.run(step, node.op, args)?;
            if self.plan.uses(step) > 0 {
                self.slots[step.index()] = Some(value);
            }
            self.release_after(&node);
        }
        Ok(steps.len())
    }

    /// What several threads go on with, where one has done the first steps.
    pub(crate) fn into_slots(self, done: usize) -> Slots<V> {
        Slots::resume(self.graph, self.plan, self.slots, done)
    }

    #[inline]
    fn release_after(&mut self, node: &View<'_>) {
        for (offset, input) in node.inputs.iter().enumerate() {
            if let Some(id) = input.as_node()
                && self.plan.releases(node.first + offset)
            {
                self.slots[id.index()] = None;
            }
        }
    }

    pub(crate) fn outputs<H: Host<Value = V>>(mut self, host: &H) -> Result<Vec<V>, H::Error> {
        let outputs = self.graph.outputs().iter().enumerate();
        outputs
            .map(|(index, output)| self.output(index, output.unpack(), host))
            .collect()
    }

    fn output<H: Host<Value = V>>(
        &mut self,
        index: usize,
        source: Source,
        host: &H,
    ) -> Result<V, H::Error> {
        match source {
            Source::Const(id) => Ok(host.constant(id)),
            Source::Node(id) => {
                let slot = &mut self.slots[id.index()];
                let value = if self.plan.releases_output(index) {
                    slot.take()
                } else {
                    slot.as_ref()
                        .map(|value| host.clone_value(value))
                        .transpose()?
                };
                Ok(value.expect("an output stays until the end"))
            }
        }
    }
}
