//! Desk: who of the pool is free, and who is wanted where, under one lock.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use super::job::Job;
use crate::sync::{Arc, Condvar, thread};

/// How many threads a pool has at most, unless one run wants more. Runs inside of runs may want
/// any number.
const MOST: usize = 256;

/// Who of the pool is free, and who is wanted where.
///
/// A helper is in one of these places: `parked`; `dozing`, on its way to a run; under `orders`,
/// and about to be awake; or in none, and awake.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) threads: Vec<thread::JoinHandle<()>>,
    /// How many of them have not come to their end.
    pub(super) serving: usize,
    /// Who has nothing to do; who came last has the warmest caches and goes first.
    parked: Vec<Arc<Seat>>,
    /// Who was sent to which run and has not come back.
    busy: Vec<(Arc<Seat>, Arc<Job>)>,
    /// Who watches which run and sleeps at the moment.
    dozing: Vec<(Arc<Seat>, Arc<Job>)>,
    /// Who is sent where and has not gone.
    orders: Vec<(Arc<Seat>, Arc<Job>)>,
    /// Runs for which nobody was free, the first of them first.
    wanting: VecDeque<Arc<Job>>,
    /// Whether the threads end, and none is started any more.
    pub(super) stopping: bool,
}

/// The place where one helper sleeps.
pub(super) struct Seat {
    /// Rung by whoever sends this helper somewhere.
    pub(super) bell: Condvar,
    /// Whether somebody has done so: written under the lock of the desk, and read without. It is a hint, on
    /// which nothing depends but time, so the model checker need not try its orders.
    sent: AtomicBool,
}

impl Seat {
    pub(super) fn new() -> Self {
        Self {
            bell: Condvar::new(),
            sent: AtomicBool::new(false),
        }
    }

    /// Whether somebody has sent this helper somewhere.
    pub(super) fn is_sent(&self) -> bool {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Desk {
    /// Sends a helper that is free to a run, and gives its seat, to be rung.
    pub(super) fn send(&mut self, job: &Arc<Job>) -> Option<Arc<Seat>> {
        let seat = self.parked.pop()?;
        seat.sent.store(true, Ordering::Relaxed);
        self.orders.push((Arc::clone(&seat), Arc::clone(job)));
        Some(seat)
    }

    /// Whether another thread may be started for a run. Helpers of other runs do not count: steps
    /// may wait for what other runs do, and then a run that got no helper would wait for ever. Who
    /// is in a run that is over comes back soon.
    pub(super) fn has_room(&self, job: &Arc<Job>) -> bool {
        let here_or_soon = |other: &Arc<Job>| Arc::ptr_eq(other, job) || other.is_over();
        let busy = self.busy.iter().map(|(_, job)| job);
        busy.filter(|&other| here_or_soon(other)).count() < job.helpers
            && self.threads.len() < job.helpers.max(MOST)
    }

    /// Notes that a helper goes to a run.
    pub(super) fn leave(&mut self, seat: &Arc<Seat>, job: &Arc<Job>) {
        self.busy.push((Arc::clone(seat), Arc::clone(job)));
    }

    /// Notes that a helper has come back.
    pub(super) fn come_back(&mut self, seat: &Arc<Seat>) {
        take(&mut self.busy, seat);
    }

    /// Notes that a run wants help when somebody is free.
    pub(super) fn queue(&mut self, job: &Arc<Job>) {
        self.wanting.push_back(Arc::clone(job));
    }

    /// Where a helper is to go; if nowhere, it is parked.
    pub(super) fn order(&mut self, seat: &Arc<Seat>) -> Option<Arc<Job>> {
        let ordered = take(&mut self.orders, seat);
        seat.sent.store(false, Ordering::Relaxed);
        let job = ordered.or_else(|| self.wanting.pop_front());
        // Who dozed for a run that ended was parked meanwhile, and may be wanted by another run.
        let is_own = |parked: &Arc<Seat>| Arc::ptr_eq(parked, seat);
        match (self.parked.iter().position(is_own), &job) {
            (None, None) => self.parked.push(Arc::clone(seat)),
            (Some(place), Some(_)) => drop(self.parked.remove(place)),
            _ => {}
        }
        if let Some(job) = &job {
            self.leave(seat, job);
        }
        job
    }

    /// Notes that a helper sleeps before it looks at a run again.
    pub(super) fn doze(&mut self, seat: &Arc<Seat>, job: &Arc<Job>) {
        self.dozing.push((Arc::clone(seat), Arc::clone(job)));
    }

    /// Whether a helper that has slept is still to look at a run.
    pub(super) fn wake(&mut self, seat: &Arc<Seat>) -> bool {
        take(&mut self.dozing, seat).is_some()
    }

    /// Forgets a run that is over. Who dozed for it is parked and need not be woken for that.
    pub(super) fn forget(&mut self, job: &Arc<Job>) {
        self.wanting.retain(|other| !Arc::ptr_eq(other, job));
        let is_here = |entry: &(Arc<Seat>, Arc<Job>)| Arc::ptr_eq(&entry.1, job);
        while let Some(place) = self.dozing.iter().position(is_here) {
            self.parked.push(self.dozing.swap_remove(place).0);
        }
    }

    /// Ends all threads: nothing is wanted any more, and who sleeps is woken.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
        self.wanting.clear();
        let sent = self.dozing.iter().chain(&self.orders);
        for seat in self.parked.iter().chain(sent.map(|(seat, _)| seat)) {
            seat.bell.notify_one();
        }
    }
}

/// Takes the entry of a helper out of a list.
fn take(list: &mut Vec<(Arc<Seat>, Arc<Job>)>, seat: &Arc<Seat>) -> Option<Arc<Job>> {
    let place = list.iter().position(|entry| Arc::ptr_eq(&entry.0, seat))?;
    Some(list.swap_remove(place).1)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::executor::job::{Help, Left};
    use crate::sync::{Clock, Weak};

    struct Nothing;

    impl Help for Nothing {
        fn help(self: Arc<Self>) -> Left {
            Left::Idle
        }
    }

    fn job() -> Arc<Job> {
        let run: Weak<Nothing> = Weak::new();
        Arc::new(Job::new(run, Clock::start(), 0, 1, true))
    }

    fn seat() -> Arc<Seat> {
        Arc::new(Seat::new())
    }

    /// Who dozes for a run that ends is sent to the one that has waited for somebody to be free.
    #[test]
    fn who_dozed_goes_where_it_is_wanted() {
        let (mut desk, seat) = (Desk::default(), seat());
        let (ended, waiting) = (job(), job());
        desk.doze(&seat, &ended);
        desk.queue(&waiting);
        desk.forget(&ended);
        assert!(!desk.wake(&seat));
        let order = desk.order(&seat);
        assert!(order.is_some_and(|job| Arc::ptr_eq(&job, &waiting)));
        assert!(desk.parked.is_empty());
        assert!(desk.order(&seat).is_none());
        assert_eq!(desk.parked.len(), 1);
    }
}
