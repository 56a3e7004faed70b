//! Scheduler: decides what runs next.
//!
//! It holds no thread and no value. Whoever runs steps asks it for one, runs it and reports how
//! that went; everything that a scheduler knows comes to it that way.
//!
//! ```text
//!            the cursor comes by, and a need is not done
//!   ahead ------------------------------------------------> waiting for that need
//!     |                                                        |        ^
//!     | the cursor comes by,          that need is done,       |        | that one is done,
//!     | and all needs are done        and all others are       |        | another is not
//!     v                                                        v        |
//!   running <------------------------ ready <------------------+--------+
//!     |           it is the first
//!     +--- report(Finished) ---> done
//!     +--- report(Failed) -----> nothing is handed out any more
//! ```
//!
//! Where the plan is in sequence, a step with an effect is also held back until all steps before it
//! are done (`sequence.rs`), and after a failure the steps before the one that failed go on: one
//! of them may fail, too, and then that is the failure of the run.
//!
//! The order of the plan is the order of priority. A *cursor* walks it, and gives the steps it
//! comes to. For a worker that is alone every step is ready by then, so it follows the plan, and
//! [`execute`](crate::execute) needs no scheduler. With several, a step that is not ready is passed
//! over and waits for one of its needs, the first that is not done; when that is done, it waits for
//! one behind that or becomes ready, so that each need is looked at once. Ready steps are before
//! the cursor, so the first of them comes before whatever the cursor finds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::bits::Bits;
use crate::sequence::Sequence;
use crate::waiters::{Waiter, Waiters};
use crate::{Graph, NodeId, Plan};

/// How many steps one question passes over at most, so that it is answered soon: it is asked under
/// a lock.
const PASSED_AT_ONCE: usize = 256;

/// Hands out the steps of a plan, as soon as what they need is done.
///
/// Graph and plan are given with every question, since a scheduler is kept beside them. They have
/// to be the same ones each time.
pub struct Scheduler {
    /// How many steps of the plan have been handed out or passed over.
    cursor: usize,
    /// The steps that have been handed out and not been reported: no more than there are workers.
    running: Vec<NodeId>,
    stopped: bool,
    /// The step that failed; where runs are in sequence, the first of those that did.
    failed: Option<NodeId>,
    done: Bits,
    /// What matters where runs are in sequence.
    sequence: Sequence,
    /// Steps that have been passed over and may run now.
    ready: BinaryHeap<Reverse<NodeId>>,
    /// Steps that have been passed over and may not run yet.
    waiters: Waiters,
}

/// What is to be done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Run this step, and report how it went.
    Run(NodeId),
    /// Ask again once a step that runs has been reported: until then nothing is ready.
    Wait,
    /// Ask again: there was much to look at, and it has been looked at in part.
    Again,
    /// Nothing: all steps are done, or one has failed.
    Done,
}

/// How a step went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// It gave a value.
    Finished(NodeId),
    /// It failed. Nothing more is to run, but where runs are in sequence what stands before it.
    Failed(NodeId),
}

impl Scheduler {
    /// A scheduler at the beginning of a plan of this graph.
    pub fn new(graph: &Graph) -> Self {
        Self::with_done(Bits::new(graph.len()), 0)
    }

    /// A scheduler of a plan whose first steps are done.
    pub(crate) fn resume(graph: &Graph, plan: &Plan, done: usize) -> Self {
        let mut bits = Bits::new(graph.len());
        for step in &plan.steps()[..done] {
            bits.insert(step.index());
        }
        Self::with_done(bits, done)
    }

    fn with_done(done: Bits, cursor: usize) -> Self {
        Self {
            cursor,
            running: Vec::new(),
            stopped: false,
            failed: None,
            done,
            sequence: Sequence::after(cursor),
            ready: BinaryHeap::new(),
            waiters: Waiters::default(),
        }
    }

    /// What to do now.
    #[inline]
    pub fn next(&mut self, graph: &Graph, plan: &Plan) -> Next {
        if self.stopped {
            return Next::Done;
        }
        let ready = self.ready.pop().map(|Reverse(step)| step);
        let Some(step) = ready.or_else(|| self.advance(graph, plan)) else {
            return self.pause(plan);
        };
        self.running.push(step);
        Next::Run(step)
    }

    /// Takes in how a step went that is running.
    ///
    /// # Panics
    /// When the step is not running, as far as that is known.
    #[inline]
    pub fn report(&mut self, event: Event, graph: &Graph, plan: &Plan) {
        let (Event::Finished(step) | Event::Failed(step)) = event;
        let place = self.running.iter().position(|&running| running == step);
        self.running
            .swap_remove(place.expect("only a running step can be reported"));
        match event {
            Event::Failed(step) => self.fail(step, plan),
            Event::Finished(step) => self.finish(step, graph, plan),
        }
    }

    /// The step whose failure is that of the run.
    #[inline]
    pub fn failed(&self) -> Option<NodeId> {
        self.failed
    }

    fn fail(&mut self, step: NodeId, plan: &Plan) {
        if self
            .failed
            .is_some_and(|first| !plan.is_in_sequence() || first < step)
        {
            return;
        }
        self.failed = Some(step);
        self.ready.retain(|&Reverse(ready)| ready < step);
        self.stopped |= !plan.is_in_sequence();
    }

    /// Whether a step would not have run, had one worker done the steps before it.
    #[inline]
    fn is_behind_failure(&self, step: NodeId) -> bool {
        self.failed.is_some_and(|failed| failed <= step)
    }

    /// Hands out nothing any more.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether nothing is handed out any more, because of a failure or a stop.
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether a further worker would get a step now, or where that takes long to see, may get one:
    /// it comes for nothing then, at most once for as many steps as are passed over at once.
    pub fn has_ready(&mut self, graph: &Graph, plan: &Plan) -> bool {
        if self.ready.is_empty()
            && let Some(step) = self.advance(graph, plan)
        {
            self.ready.push(Reverse(step));
        }
        !self.stopped && (self.is_unseen(plan) || !self.ready.is_empty())
    }

    /// Whether the cursor has not come to all steps that matter.
    #[inline]
    fn is_unseen(&self, plan: &Plan) -> bool {
        let next = plan.steps().get(self.cursor);
        next.is_some_and(|&step| !self.is_behind_failure(step))
    }

    /// Why there is nothing to run.
    fn pause(&self, plan: &Plan) -> Next {
        let matters = |&step: &NodeId| !self.is_behind_failure(step);
        if self.is_unseen(plan) {
            Next::Again
        } else if self.running.iter().any(matters) {
            Next::Wait
        } else {
            Next::Done
        }
    }

    /// Moves the cursor behind the next step that is ready, if there is one not too far away.
    #[inline]
    fn advance(&mut self, graph: &Graph, plan: &Plan) -> Option<NodeId> {
        let ahead = &plan.steps()[self.cursor..];
        for &step in ahead.iter().take(PASSED_AT_ONCE) {
            if self.is_behind_failure(step) {
                return None;
            }
            self.cursor += 1;
            if self.is_ready(step, 0, graph) && !self.sequence.holds_back(step, plan) {
                return Some(step);
            }
        }
        None
    }

    /// Whether a step may run, all its needs before a place being done; otherwise it waits for one
    /// from now on.
    #[inline]
    fn is_ready(&mut self, step: NodeId, place: usize, graph: &Graph) -> bool {
        let needed = &graph.needed(step)[place..];
        let missing = needed.iter().enumerate().find_map(|(offset, input)| {
            let need = input.as_node()?;
            (!self.done.contains(need.index())).then_some((need, place + offset))
        });
        let Some((need, place)) = missing else {
            return true;
        };
        let wait = Waiter { step, place };
        self.waiters.push(need, wait, graph.len());
        false
    }

    #[inline]
    fn finish(&mut self, step: NodeId, graph: &Graph, plan: &Plan) {
        self.done.insert(step.index());
        let mut waiter = self.waiters.take(step);
        while let Some(Waiter { step, place }) = waiter {
            waiter = self.waiters.after(step);
            if self.is_ready(step, place + 1, graph) && !self.sequence.holds_back(step, plan) {
                self.make_ready(step);
            }
        }
        if let Some(step) = self.sequence.advance(&self.done, plan) {
            self.make_ready(step);
        }
    }

    #[inline]
    fn make_ready(&mut self, step: NodeId) {
        if !self.is_behind_failure(step) {
            self.ready.push(Reverse(step));
        }
    }
}
