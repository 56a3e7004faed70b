//! Desk: who of the pool is free, and who is wanted where, under one lock.

use std::collections::VecDeque;

use super::job::Job;
use crate::sync::{Arc, Condvar, thread};

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
}

impl Desk {
    /// Sends a helper that is free to a run, and gives its seat, to be rung.
    pub(super) fn send(&mut self, job: &Arc<Job>) -> Option<Arc<Seat>> {
        let seat = self.parked.pop()?;
        self.orders.push((Arc::clone(&seat), Arc::clone(job)));
        Some(seat)
    }

    /// Whether another thread may be started for a run.
    pub(super) fn has_room(&self, job: &Job) -> bool {
        self.threads.len() < job.helpers
    }

    /// Notes that a run wants help when somebody is free.
    pub(super) fn queue(&mut self, job: &Arc<Job>) {
        self.wanting.push_back(Arc::clone(job));
    }

    /// Where a helper is to go; if nowhere, it is parked.
    pub(super) fn order(&mut self, seat: &Arc<Seat>) -> Option<Arc<Job>> {
        if let Some(job) = take(&mut self.orders, seat) {
            return Some(job);
        }
        if self.parked.iter().any(|parked| Arc::ptr_eq(parked, seat)) {
            return None;
        }
        let job = self.wanting.pop_front();
        if job.is_none() {
            self.parked.push(Arc::clone(seat));
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
