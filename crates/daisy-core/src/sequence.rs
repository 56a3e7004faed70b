//! Sequence: what keeps a run on several threads from looking like one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::bits::Bits;
use crate::{NodeId, Plan};

/// The steps with effects that have all that they need, and wait for the steps before them.
///
/// Where the plan is not in sequence there are none.
pub(crate) struct Sequence {
    /// How many steps at the beginning of the plan are known to be done.
    floor: usize,
    held: BinaryHeap<Reverse<NodeId>>,
}

impl Sequence {
    /// The sequence of a run whose first steps are done.
    pub(crate) fn after(done: usize) -> Self {
        Self {
            floor: done,
            held: BinaryHeap::new(),
        }
    }

    /// Whether a step that is ready has to wait all the same. It is kept here then.
    #[inline]
    pub(crate) fn holds_back(&mut self, step: NodeId, plan: &Plan) -> bool {
        let holds = plan.has_effect(step) && plan.steps()[self.floor] != step;
        if holds {
            self.held.push(Reverse(step));
        }
        holds
    }

    /// Looks again at what is done; gives the step that need not wait any longer.
    #[inline]
    pub(crate) fn advance(&mut self, done: &Bits, plan: &Plan) -> Option<NodeId> {
        if !plan.is_in_sequence() {
            return None;
        }
        let steps = &plan.steps()[self.floor..];
        self.floor += steps
            .iter()
            .take_while(|step| done.contains(step.index()))
            .count();
        let first = *plan.steps().get(self.floor)?;
        let &Reverse(held) = self.held.peek()?;
        if held != first {
            return None;
        }
        self.held.pop();
        Some(held)
    }
}
