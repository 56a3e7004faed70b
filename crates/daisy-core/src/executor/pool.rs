//! Pool: threads that stay, and help whichever run wants help.

use std::time::Duration;

use super::desk::{Desk, Seat};
use super::job::{Job, Left};
use super::shared::{self, Begun};
use super::watch::Advice;
use super::{Crew, Parts, alone, split};
use crate::run::Run;
use crate::sync::{
    Arc, AtomicBool, Clock, Condvar, Mutex, MutexGuard, Ordering, doze, linger, lock, spawn,
    thread, wait, wait_patiently,
};
use crate::{Graph, Plan};

/// How long whoever has nothing else to do waits at a time.
const LONG: Duration = Duration::from_secs(3600);

/// Threads that stay, and help whichever run wants help.
///
/// They are started when first wanted, for each run that goes on as many as it has workers besides
/// its caller, and live until [`Pool::stop`]. Any number of threads may call [`Pool::run`] at once,
/// and a step may call it: each run is worked off by its caller, with or without help, so none
/// waits for another.
#[derive(Default)]
pub struct Pool {
    staff: Arc<Staff>,
}

impl Pool {
    /// A pool without threads.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a plan with up to `workers` threads, of which the calling one is the first, and gives
    /// the values of the graph's outputs, in order. How many workers there may be is asked once,
    /// when a second one may be of use.
    ///
    /// With one worker the steps run in the order of the plan. With several, a step may run
    /// before an earlier one that is not ready.
    ///
    /// # Errors
    /// The first error that the host gives; where the plan is in sequence, the one that a single
    /// worker would have met. No step is begun after it that is not needed to know that; one that
    /// runs on another thread is finished there, and what it gives is dropped. And the error of
    /// `workers`.
    ///
    /// # Panics
    /// When the plan is not one of this graph, and when the host panics.
    pub fn run<H: Crew>(
        &self,
        graph: &Arc<Graph>,
        plan: &Arc<Plan>,
        host: &Arc<H>,
        workers: impl FnOnce() -> Result<usize, H::Error>,
    ) -> Result<Vec<H::Value>, H::Error> {
        assert!(plan.fits(graph), "the plan is of another graph");
        let mut run = Run::new(graph, plan);
        let clock = Clock::start();
        let done = alone::begin(&mut run, plan, &**host, &clock)?;
        let left = plan.steps().len() - done;
        let workers = if left > 1 { workers()?.min(left) } else { 1 };
        if workers > 1 {
            let slots = run.into_slots(done);
            let begun = Begun { slots, done, clock };
            return shared::run(&self.staff, graph, plan, host, begun, workers - 1);
        }
        run.advance(done, &**host, |_, _, _, _| false)?;
        run.outputs(&**host)
    }

    /// Does parts of one piece of work with up to `workers` threads, of which the calling one is the
    /// first, and comes back when all are done. Not to be called attached.
    ///
    /// # Panics
    /// When a part does.
    pub fn split<P: Parts>(&self, work: &Arc<P>, parts: usize, workers: usize) {
        split::run(&self.staff, work, parts, workers.saturating_sub(1));
    }

    /// Ends all threads and waits for them: each finishes the step that it is in. Runs that come
    /// later are done by their callers alone.
    ///
    /// Not to be called attached, since a thread may have to be attached to end.
    pub fn stop(&self) {
        self.end();
        while !self.has_ended(LONG) {}
    }

    /// Has all threads end, and waits for none.
    pub fn end(&self) {
        self.staff.end();
    }

    /// Waits for a time until all threads but this one have ended; says whether they have.
    ///
    /// Not to be called attached, as [`Pool::stop`].
    pub fn has_ended(&self, patience: Duration) -> bool {
        self.staff.has_ended(patience)
    }

    /// In the child after a fork, where the threads of the pool do not exist: lets go of all that
    /// they may have been in the midst of. Runs go on without help; new ones want a new pool.
    pub fn abandon(&self) {
        self.staff.abandoned.store(true, Ordering::Relaxed);
        self.staff.stopping.store(true, Ordering::Relaxed);
    }
}

impl Drop for Pool {
    /// Ends all threads, and waits for none: it is not known whether this one is attached.
    fn drop(&mut self) {
        self.end();
    }
}

/// The helpers and those who send for them.
#[derive(Default)]
pub(super) struct Staff {
    /// Locked by who is attached, to call a helper, and by helpers that are not, between two runs:
    /// whoever has it asks for no other lock.
    desk: Mutex<Desk>,
    /// Whether all helpers end: read between two steps, and before the desk is locked.
    stopping: AtomicBool,
    /// Whether this is the child of a fork, where the desk may be locked for ever.
    abandoned: AtomicBool,
    /// Rung by a helper that ends.
    left: Condvar,
}

/// Says that a helper ends, when it is dropped.
struct Leaving<'a>(&'a Staff);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if !self.0.abandoned.load(Ordering::Relaxed) {
            lock(&self.0.desk).serving -= 1;
            self.0.left.notify_all();
        }
    }
}

impl Staff {
    /// The desk, as long as helpers are wanted.
    fn desk(&self) -> Option<MutexGuard<'_, Desk>> {
        if self.is_stopping() {
            return None;
        }
        Some(lock(&self.desk)).filter(|desk| !desk.stopping)
    }

    /// Sends a helper to a run: one that is free, or else a new one, or else the next to be free.
    pub(super) fn call(self: &Arc<Self>, job: &Arc<Job>) {
        let Some(mut desk) = self.desk() else {
            return;
        };
        if let Some(seat) = desk.send(job) {
            // Whoever wakes up wants the lock.
            drop(desk);
            seat.bell.notify_one();
        } else if !(desk.has_room(job) && self.start(&mut desk, job)) {
            desk.queue(job);
        }
    }

    /// The run is over, and nobody is wanted there any more.
    pub(super) fn forget(&self, job: &Arc<Job>) {
        if let Some(mut desk) = self.desk() {
            desk.forget(job);
        }
    }

    /// Whether helpers are to leave the runs that they are in.
    #[inline]
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Starts a thread that goes to a run first. If the system has none to give, others do the work.
    fn start(self: &Arc<Self>, desk: &mut Desk, job: &Arc<Job>) -> bool {
        let (staff, job) = (Arc::clone(self), Arc::clone(job));
        let seat = Arc::new(Seat::new());
        desk.leave(&seat, &job);
        let own = Arc::clone(&seat);
        let thread = spawn(move || staff.serve(&own, job));
        let started = thread.is_ok();
        if !started {
            desk.come_back(&seat);
        }
        desk.serving += usize::from(started);
        desk.threads.extend(thread);
        started
    }

    /// Has all threads end.
    fn end(&self) {
        if self.abandoned.load(Ordering::Relaxed) {
            return;
        }
        let mut desk = lock(&self.desk);
        self.stopping.store(true, Ordering::Relaxed);
        desk.stop();
    }

    /// Whether all threads but this one have ended, now or soon.
    fn has_ended(&self, patience: Duration) -> bool {
        if self.abandoned.load(Ordering::Relaxed) {
            return true;
        }
        let own = thread::current().id();
        let mut desk = lock(&self.desk);
        // A step may be what stops the pool; its thread ends after it.
        let is_own = |thread: &thread::JoinHandle<()>| thread.thread().id() == own;
        let staying = usize::from(desk.threads.iter().any(is_own));
        if desk.serving > staying {
            desk = wait_patiently(&self.left, desk, patience);
        }
        if desk.serving > staying {
            return false;
        }
        // Its own handle stays, for whoever asks again.
        let (own, others): (Vec<_>, _) = desk.threads.drain(..).partition(is_own);
        desk.threads = own;
        drop(desk);
        for thread in others {
            // It has nothing more to do. One that panicked has ended, too.
            let _ = thread.join();
        }
        true
    }

    /// The life of a helper.
    fn serve(&self, seat: &Arc<Seat>, job: Arc<Job>) {
        let _leaving = Leaving(self);
        let mut order = Some(job);
        while let Some(job) = order {
            self.help(seat, &job);
            let lingers = job.comes_in_loops();
            drop(job);
            order = self.next(seat, lingers);
        }
    }

    fn help(&self, seat: &Arc<Seat>, job: &Arc<Job>) {
        job.begin();
        while self.watch(seat, job) && job.help() == Left::Watching {}
    }

    /// Watches a run until it is time to join it; says no when that time will not come.
    fn watch(&self, seat: &Arc<Seat>, job: &Arc<Job>) -> bool {
        loop {
            match job.advice() {
                None => return false,
                Some(Advice::Join) => return !self.is_stopping(),
                Some(Advice::Look(time)) => {
                    if !self.doze(seat, job, time) {
                        return false;
                    }
                }
            }
        }
    }

    /// Sleeps for a time; says whether the run is still to be watched.
    fn doze(&self, seat: &Arc<Seat>, job: &Arc<Job>, time: Duration) -> bool {
        let Some(mut desk) = self.desk() else {
            return false;
        };
        desk.doze(seat, job);
        desk = doze(&seat.bell, desk, time);
        desk.wake(seat) && !desk.stopping
    }

    /// Sleeps until there is a run to go to; nothing, when the thread is to end. Who lingers looks for
    /// one for a moment first, since to be woken takes as long as a short split.
    fn next(&self, seat: &Arc<Seat>, lingers: bool) -> Option<Arc<Job>> {
        let mut desk = self.desk()?;
        desk.come_back(seat);
        if lingers && !desk.stopping {
            if let Some(job) = desk.order(seat) {
                return Some(job);
            }
            drop(desk);
            linger(|| seat.is_sent() || self.is_stopping());
            desk = self.desk()?;
        }
        while !desk.stopping {
            if let Some(job) = desk.order(seat) {
                return Some(job);
            }
            desk = wait(&seat.bell, desk);
        }
        None
    }
}
