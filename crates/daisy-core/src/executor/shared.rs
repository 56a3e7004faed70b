//! Shared: one run, as all threads that work on it see it.
//!
//! The caller and the helpers do the same: under the lock they report the last step, get the next
//! one and take its arguments; without the lock they drop what is over and run the step.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use super::Crew;
use super::job::{Help, Job, Left};
use super::pool::Staff;
use super::state::{Caller, Failure, Leftover, State};
use super::worker::{Call, Report, Turn, Worker};
use crate::slots::Slots;
use crate::sync::{Arc, Clock, Condvar, Mutex, MutexGuard, Weak, lock, wait_patiently};
use crate::{Args, Graph, Next, NodeId, Plan};

/// How long a caller sleeps before it looks whether something wants to interrupt it.
const PATIENCE: Duration = Duration::from_millis(50);

/// One run, as all threads that work on it see it.
pub(super) struct Shared<H: Crew> {
    graph: Arc<Graph>,
    plan: Arc<Plan>,
    host: Arc<H>,
    /// Whether a step needs a lock of the host's.
    exclusive: bool,
    job: Arc<Job>,
    staff: Arc<Staff>,
    /// Nothing is dropped under this lock, no code of others runs, and the host's lock is never
    /// asked for; those who hold the host's lock may ask for this one.
    state: Mutex<State<H>>,
    /// What the caller sleeps on, and nobody else.
    news: Condvar,
}

/// What the caller has done alone, and when it began.
pub(super) struct Begun<V> {
    pub(super) slots: Slots<V>,
    /// How many steps.
    pub(super) done: usize,
    pub(super) clock: Clock,
}

/// Goes on with a run on the calling thread, with helpers.
pub(super) fn run<H: Crew>(
    staff: &Arc<Staff>,
    graph: &Arc<Graph>,
    plan: &Arc<Plan>,
    host: &Arc<H>,
    begun: Begun<H::Value>,
    helpers: usize,
) -> Result<Vec<H::Value>, H::Error> {
    let shared = Shared::new(staff, graph, plan, host, begun, helpers);
    let closing = Closing(&shared);
    let interrupted = shared.work_as_caller();
    let (slots, failure) = shared.close();
    std::mem::forget(closing);
    interrupted?;
    match failure {
        None => slots.outputs(graph, &**host),
        Some(Failure::Error(error)) => Err(error),
        Some(Failure::Panic(payload)) => resume_unwind(payload),
    }
}

/// Closes a run when the caller leaves it by a panic.
struct Closing<'a, H: Crew>(&'a Shared<H>);

impl<H: Crew> Drop for Closing<'_, H> {
    fn drop(&mut self) {
        drop(self.0.close());
    }
}

impl<H: Crew> Shared<H> {
    fn new(
        staff: &Arc<Staff>,
        graph: &Arc<Graph>,
        plan: &Arc<Plan>,
        host: &Arc<H>,
        begun: Begun<H::Value>,
        helpers: usize,
    ) -> Arc<Self> {
        let Begun { slots, done, clock } = begun;
        let exclusive = host.exclusive();
        Arc::new_cyclic(|shared: &Weak<Self>| Self {
            graph: Arc::clone(graph),
            plan: Arc::clone(plan),
            host: Arc::clone(host),
            exclusive,
            job: Arc::new(Job::new(shared.clone(), clock, done, helpers, exclusive)),
            staff: Arc::clone(staff),
            state: Mutex::new(State::new(graph, plan, slots, done)),
            news: Condvar::new(),
        })
    }

    /// Works until the run is over; fails when something interrupts the caller.
    fn work_as_caller(&self) -> Result<(), H::Error> {
        let mut worker = Worker::caller(self.job.age());
        let mut report = Report::Nothing;
        loop {
            report = match self.visit(&mut worker, report) {
                Turn::Run(step) => self.step(step, &mut worker),
                Turn::Wait => {
                    self.host.wait(&mut || self.sleep())?;
                    Report::Nothing
                }
                Turn::Over => return Ok(()),
            }
        }
    }

    /// Works until there is nothing to do for a helper, or until it is of no use.
    fn work_as_helper(&self) -> Left {
        let mut worker = Worker::helper(self.job.age());
        let mut report = Report::Joined;
        self.job.join();
        while let Turn::Run(step) = self.visit(&mut worker, report) {
            report = self.step(step, &mut worker);
            if self.staff.is_stopping() || !self.job.stays() {
                return self.retire(report);
            }
        }
        self.job.leave();
        Left::Idle
    }

    /// Runs a step, and drops what it was the last to use.
    #[inline]
    fn step(&self, step: NodeId, worker: &mut Worker<H::Value>) -> Report<H> {
        let node = self.graph.view(step);
        let args = Args::taken(node.inputs, &worker.taken);
        let result = self.host.run(step, node.op, args);
        worker.taken.clear();
        match result {
            Err(error) if self.host.interrupts(&error) => Report::Interrupted(error),
            result => Report::Ran(step, result),
        }
    }

    /// One visit of a worker: what it has to say, and what it is to do.
    #[inline]
    fn visit(&self, worker: &mut Worker<H::Value>, report: Report<H>) -> Turn {
        let old = self.is_old(worker, &report);
        let mut state = lock(&self.state);
        let leftover = self.listen(&mut state, worker, report);
        let next = loop {
            match state.scheduler.next(&self.graph, &self.plan) {
                Next::Again => {
                    // Somebody else may have something to say meanwhile.
                    drop(state);
                    state = lock(&self.state);
                }
                next => break next,
            }
        };
        let (turn, call) = self.send(&mut state, worker, next, old);
        drop(state);
        self.call(call);
        drop(leftover);
        turn
    }

    #[inline]
    fn listen(
        &self,
        state: &mut State<H>,
        worker: &Worker<H::Value>,
        report: Report<H>,
    ) -> Leftover<H> {
        if worker.is_caller {
            state.caller = Caller::Awake;
        }
        let leftover = state.take_in(report, &self.graph, &self.plan);
        self.job.set_done(state.done);
        leftover
    }

    /// What a worker is to do, and whom it is to call.
    #[inline]
    fn send(
        &self,
        state: &mut State<H>,
        worker: &mut Worker<H::Value>,
        next: Next,
        old: bool,
    ) -> (Turn, Call) {
        if let Next::Run(step) = next {
            let inputs = self.graph.view(step).inputs;
            let taken = &mut worker.taken;
            state.slots.take(step, inputs, &*self.host, taken);
            return (Turn::Run(step), self.whom(state, worker, step, old));
        }
        let over = next == Next::Done;
        if !worker.is_caller {
            state.inside -= 1;
        } else if !over {
            state.caller = Caller::Asleep;
        }
        let turn = if over { Turn::Over } else { Turn::Wait };
        let call = if over && state.call_caller() {
            Call::Caller
        } else {
            Call::Nobody
        };
        (turn, call)
    }

    /// Whom a worker that has got a step calls: there may be another step, and somebody to do it.
    #[inline]
    fn whom(
        &self,
        state: &mut State<H>,
        worker: &Worker<H::Value>,
        step: NodeId,
        old: bool,
    ) -> Call {
        let room = !state.coming && state.inside < self.job.helpers;
        let wanted =
            state.caller == Caller::Asleep || (room && (old || self.is_worth_a_call(worker, step)));
        if !wanted || !state.scheduler.has_ready(&self.graph, &self.plan) {
            return Call::Nobody;
        }
        if state.call_caller() {
            return Call::Caller;
        }
        state.coming = true;
        state.known = true;
        Call::Helper
    }

    /// Whether a helper may be of use while a step runs. Under a lock of the host's, to wake one
    /// takes as long as many short steps.
    #[inline]
    fn is_worth_a_call(&self, worker: &Worker<H::Value>, step: NodeId) -> bool {
        if !self.exclusive || self.job.is_long() {
            return true;
        }
        let node = self.graph.view(step);
        let args = Args::taken(node.inputs, &worker.taken);
        self.host.may_be_long(step, node.op, args)
    }

    /// Whether a look at the clock tells that the run is old enough for a helper to watch it. What it
    /// says of such steps, the host is told.
    #[inline]
    fn is_old(&self, worker: &mut Worker<H::Value>, report: &Report<H>) -> bool {
        let &Report::Ran(step, _) = report else {
            return false;
        };
        if !self.exclusive || !worker.pace.count(|| self.job.age()) {
            return false;
        }
        if let Some(is_brief) = worker.pace.lesson() {
            self.host.learn(step, is_brief);
        }
        worker.pace.is_old()
    }

    #[inline]
    fn call(&self, call: Call) {
        match call {
            Call::Nobody => {}
            Call::Caller => self.news.notify_one(),
            Call::Helper => self.staff.call(&self.job),
        }
    }

    /// Sleeps until called, on the calling thread, which is not attached.
    fn sleep(&self) {
        let state = lock(&self.state);
        if state.caller == Caller::Asleep {
            drop(wait_patiently(&self.news, state, PATIENCE));
        }
    }

    /// A helper leaves although there may be something to do: the caller does it.
    fn retire(&self, report: Report<H>) -> Left {
        let mut state = lock(&self.state);
        let leftover = state.take_in(report, &self.graph, &self.plan);
        self.job.set_done(state.done);
        state.inside -= 1;
        let left = if state.coming {
            Left::Idle
        } else {
            state.coming = true;
            Left::Watching
        };
        self.let_go(state);
        drop(leftover);
        left
    }

    /// Ends the run.
    fn fail(&self, failure: Failure<H::Error>) {
        let mut state = lock(&self.state);
        let leftover = state.fail(failure);
        self.let_go(state);
        drop(leftover);
    }

    /// Lets go of the lock, and has the caller look.
    fn let_go(&self, mut state: MutexGuard<'_, State<H>>) {
        let asleep = state.call_caller();
        drop(state);
        if asleep {
            self.news.notify_one();
        }
    }

    /// The caller leaves: nothing is begun any more, and nobody is sent for.
    fn close(&self) -> (Slots<H::Value>, Option<Failure<H::Error>>) {
        let mut state = lock(&self.state);
        state.scheduler.stop();
        let slots = std::mem::replace(&mut state.slots, Slots::empty());
        let failure = state.failure.take();
        let known = state.known;
        drop(state);
        self.job.end();
        if known {
            self.staff.forget(&self.job);
        }
        (slots, failure)
    }
}

impl<H: Crew> Help for Shared<H> {
    fn help(self: Arc<Self>) -> Left {
        let host = Arc::clone(&self.host);
        let mut shared = Some(self);
        let mut left = Left::Idle;
        host.attached(&mut || {
            // This may be the last handle on the run, so it goes while the thread is attached.
            if let Some(shared) = shared.take() {
                left = shared.help_attached();
            }
        });
        left
    }
}

impl<H: Crew> Shared<H> {
    /// A panic of the host ends the run, not the thread.
    fn help_attached(&self) -> Left {
        let work = AssertUnwindSafe(|| self.work_as_helper());
        catch_unwind(work).unwrap_or_else(|payload| {
            self.fail(Failure::Panic(payload));
            Left::Idle
        })
    }
}
