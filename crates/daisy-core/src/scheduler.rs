//! Scheduler: decides what runs next.
//!
//! It holds no thread and no value. Whoever runs steps asks it for one, runs it and reports how
//! that went; everything that a scheduler knows comes to it that way.
//!
//! ```text
//!            next() = Some(step)
//!   Waiting ---------------------> Running
//!      ^                              |
//!      +--- report(Finished) ---------+--- report(Failed) ---> Stopped
//! ```
//!
//! `next()` gives `None` while a step runs, after the last one, and once one has failed.

use crate::{NodeId, Plan};

/// Hands out the steps of a plan, one at a time and in its order.
pub struct Scheduler<'p> {
    waiting: std::slice::Iter<'p, NodeId>,
    state: State,
}

/// How a step went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// It gave a value.
    Finished(NodeId),
    /// It failed, and nothing more is to run.
    Failed(NodeId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Waiting,
    Running(NodeId),
    Stopped,
}

impl<'p> Scheduler<'p> {
    /// A scheduler at the beginning of a plan.
    pub fn new(plan: &'p Plan) -> Self {
        Self {
            waiting: plan.steps().iter(),
            state: State::Waiting,
        }
    }

    /// The step to run now, if there is one.
    #[inline]
    #[allow(clippy::should_implement_trait)] // A step is only next once the one before is reported.
    pub fn next(&mut self) -> Option<NodeId> {
        if self.state != State::Waiting {
            return None;
        }
        let step = *self.waiting.next()?;
        self.state = State::Running(step);
        Some(step)
    }

    /// Takes in how the step that is running went.
    ///
    /// # Panics
    /// When the step is not the one that is running.
    #[inline]
    pub fn report(&mut self, event: Event) {
        let (step, state) = match event {
            Event::Finished(step) => (step, State::Waiting),
            Event::Failed(step) => (step, State::Stopped),
        };
        assert_eq!(
            self.state,
            State::Running(step),
            "only the running step can be reported"
        );
        self.state = state;
    }

    /// How many steps have not been handed out.
    pub fn remaining(&self) -> usize {
        self.waiting.len()
    }
}
