//! Slots: the values of a run on several threads, each with the uses that it has left.

use crate::{Graph, Host, Input, NodeId, Plan, Source};

/// The values that are there at one moment, by node.
///
/// Steps take what they use with them, so that a step can run while others come and go. In
/// whatever order they do, the last one gets the value itself and the others a share of it.
pub(crate) struct Slots<V>(Vec<Slot<V>>);

struct Slot<V> {
    /// There from when its step has run until its last use has taken it.
    value: Option<V>,
    /// How many uses have not taken it.
    left: u32,
    /// The step that took a share last, as its id plus one.
    shared_by: u32,
}

/// A value that a step has taken.
pub(crate) struct Taken<V> {
    pub(crate) value: V,
    /// Whether nothing uses it after the step or in another argument of the step.
    pub(crate) last: bool,
    /// Whether this was the last use that had not taken it.
    pub(crate) released: bool,
}

impl<V> Slots<V> {
    pub(crate) fn new(graph: &Graph, plan: &Plan) -> Self {
        let slot = |id| Slot {
            value: None,
            left: plan.uses(id),
            shared_by: 0,
        };
        Self(graph.ids().map(slot).collect())
    }

    /// The slots of a run whose first steps one thread has done: these left values, by node.
    pub(crate) fn resume(graph: &Graph, plan: &Plan, values: Vec<Option<V>>, done: usize) -> Self {
        if done == 0 {
            return Self::new(graph, plan);
        }
        let slots = values.into_iter().map(|value| Slot {
            value,
            left: 0,
            shared_by: 0,
        });
        let mut slots: Vec<_> = slots.collect();
        let steps = plan.steps()[done..].iter();
        let ahead = steps
            .flat_map(|&step| graph.inputs(step))
            .chain(graph.outputs());
        for id in ahead.filter_map(|input| input.as_node()) {
            slots[id.index()].left += 1;
        }
        Self(slots)
    }

    /// No slots, where all values have gone.
    pub(crate) const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Keeps the value of a step; gives it back if nothing uses it.
    #[inline]
    #[must_use]
    pub(crate) fn put(&mut self, step: NodeId, value: V) -> Option<V> {
        let slot = &mut self.0[step.index()];
        debug_assert!(slot.value.is_none(), "a step gives one value");
        if slot.left == 0 {
            return Some(value);
        }
        slot.value = Some(value);
        None
    }

    /// Takes what a step uses; a constant stands as `None`.
    #[inline]
    pub(crate) fn take<H: Host<Value = V>>(
        &mut self,
        step: NodeId,
        inputs: &[Input],
        host: &H,
        taken: &mut Vec<Option<Taken<V>>>,
    ) {
        debug_assert!(taken.is_empty());
        taken.extend(inputs.iter().map(|input| {
            let id = input.as_node()?;
            Some(self.0[id.index()].take(step, host))
        }));
    }

    /// The values of the outputs, once all steps have run.
    pub(crate) fn outputs<H: Host<Value = V>>(
        mut self,
        graph: &Graph,
        host: &H,
    ) -> Result<Vec<V>, H::Error> {
        let outputs = graph.outputs().iter().map(|output| match output.unpack() {
            Source::Const(id) => Ok(host.constant(id)),
            Source::Node(id) => self.0[id.index()].give(host),
        });
        outputs.collect()
    }
}

const THERE: &str = "a value stays until its last use";

impl<V> Slot<V> {
    #[inline]
    fn take<H: Host<Value = V>>(&mut self, step: NodeId, host: &H) -> Taken<V> {
        self.left -= 1;
        if self.left > 0 {
            self.shared_by = step.raw() + 1;
            return Taken {
                value: host.share(self.value.as_ref().expect(THERE)),
                last: false,
                released: false,
            };
        }
        Taken {
            value: self.value.take().expect(THERE),
            last: self.shared_by != step.raw() + 1,
            released: true,
        }
    }

    /// The value for one place among the outputs: a copy, or in the last place itself.
    fn give<H: Host<Value = V>>(&mut self, host: &H) -> Result<V, H::Error> {
        self.left -= 1;
        if self.left > 0 {
            return host.clone_value(self.value.as_ref().expect(THERE));
        }
        Ok(self.value.take().expect(THERE))
    }
}
