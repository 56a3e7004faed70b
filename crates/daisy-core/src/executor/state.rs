//! State: what the threads of one run share, under one lock.

use std::any::Any;

use super::worker::Report;
use crate::slots::Slots;
use crate::{Event, Graph, Host, NodeId, Plan, Scheduler};

/// What the threads of one run share, under one lock.
pub(super) struct State<H: Host> {
    pub(super) scheduler: Scheduler,
    pub(super) slots: Slots<H::Value>,
    /// What ends the run before its end: the failure of the step that the scheduler names, or what
    /// stopped the scheduler.
    pub(super) failure: Option<Failure<H::Error>>,
    /// How many steps have given a value.
    pub(super) done: u64,
    pub(super) caller: Caller,
    /// How many helpers are in the run.
    pub(super) inside: usize,
    /// Whether a helper is on its way: there is one at a time.
    pub(super) coming: bool,
    /// Whether the pool has been told of the run.
    pub(super) known: bool,
}

/// Whether the caller has to be called when there is something for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Caller {
    /// It will come by itself.
    Awake,
    /// It sleeps until it is called.
    Asleep,
    /// It slept, and has been called.
    Called,
}

/// What ends a run before its end.
pub(super) enum Failure<E> {
    /// The host said so.
    Error(E),
    /// The host panicked on a helper's thread; the caller goes on with that.
    Panic(Box<dyn Any + Send>),
}

/// What is to be dropped once the lock is free.
pub(super) enum Leftover<H: Host> {
    Nothing,
    Value { _value: H::Value },
    Failure { _failure: Failure<H::Error> },
}

impl<H: Host> State<H> {
    /// The state of a run whose first steps the caller has done alone.
    pub(super) fn new(graph: &Graph, plan: &Plan, slots: Slots<H::Value>, done: usize) -> Self {
        Self {
            scheduler: Scheduler::resume(graph, plan, done),
            slots,
            failure: None,
            done: done as u64,
            caller: Caller::Awake,
            inside: 0,
            coming: false,
            known: false,
        }
    }

    /// Takes in what a worker has to say.
    #[inline]
    #[must_use]
    pub(super) fn take_in(&mut self, report: Report<H>, graph: &Graph, plan: &Plan) -> Leftover<H> {
        match report {
            Report::Nothing => Leftover::Nothing,
            Report::Joined => {
                self.coming = false;
                self.inside += 1;
                Leftover::Nothing
            }
            Report::Ran(step, Ok(value)) => self.keep(step, value, graph, plan),
            Report::Interrupted(error) => self.fail(Failure::Error(error)),
            Report::Ran(step, Err(error)) => {
                self.scheduler.report(Event::Failed(step), graph, plan);
                let counts = self.scheduler.failed() == Some(step);
                self.remember(Failure::Error(error), counts)
            }
        }
    }

    #[inline]
    fn keep(&mut self, step: NodeId, value: H::Value, graph: &Graph, plan: &Plan) -> Leftover<H> {
        if self.scheduler.is_stopped() {
            // The slots may be gone, with a caller that is.
            return Leftover::Value { _value: value };
        }
        self.scheduler.report(Event::Finished(step), graph, plan);
        self.done += 1;
        match self.slots.put(step, value) {
            Some(value) => Leftover::Value { _value: value },
            None => Leftover::Nothing,
        }
    }

    /// Ends the run at once, unless it has ended: a step that failed, and that others are waited
    /// for to fail before it, does not count any more.
    #[must_use]
    pub(super) fn fail(&mut self, failure: Failure<H::Error>) -> Leftover<H> {
        let counts = !self.scheduler.is_stopped();
        self.scheduler.stop();
        self.remember(failure, counts)
    }

    /// Keeps a failure if it counts, in place of one that does not any more.
    fn remember(&mut self, failure: Failure<H::Error>, counts: bool) -> Leftover<H> {
        let other = if counts {
            self.failure.replace(failure)
        } else {
            Some(failure)
        };
        other.map_or(Leftover::Nothing, |failure| Leftover::Failure {
            _failure: failure,
        })
    }

    /// Whether the caller sleeps and is to be called; from now on it is called.
    pub(super) fn call_caller(&mut self) -> bool {
        let asleep = self.caller == Caller::Asleep;
        if asleep {
            self.caller = Caller::Called;
        }
        asleep
    }
}
