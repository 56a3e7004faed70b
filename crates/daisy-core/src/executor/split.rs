//! Split: one piece of work in parts that need nothing of each other, on several threads.
//!
//! Whoever comes takes the next part, so helpers that come late find less to do or nothing. The caller
//! comes back when all parts are done, and helpers that come after that find the work gone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::job::{Help, Job, Left};
use super::pool::Staff;
use crate::sync::{Arc, AtomicU64, Clock, Condvar, Mutex, Ordering, Weak, lock, spin, wait};

/// Work in parts.
pub trait Parts: Send + Sync + 'static {
    /// Does one part, on whichever thread; each is done once.
    fn part(&self, number: usize);
}

/// Work that goes on.
struct Split<P: Parts> {
    work: Arc<P>,
    parts: usize,
    /// The next part that nobody has taken.
    next: AtomicU64,
    /// How many parts are done: read without the lock by a caller that waits for the last.
    done: AtomicU64,
    /// What a part panicked with, the first of them.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Rung when all parts are done.
    bell: Condvar,
}

/// Does all parts with up to `helpers` further threads, and comes back when they are done.
///
/// # Panics
/// When a part does.
pub(super) fn run<P: Parts>(staff: &Arc<Staff>, work: &Arc<P>, parts: usize, helpers: usize) {
    let split = Arc::new(Split {
        work: Arc::clone(work),
        parts,
        next: AtomicU64::new(0),
        done: AtomicU64::new(0),
        panic: Mutex::new(None),
        bell: Condvar::new(),
    });
    let weak: Weak<Split<P>> = Arc::downgrade(&split);
    let job = Arc::new(Job::new(weak, Clock::start(), 0, helpers, false));
    for _ in 0..helpers.min(parts.saturating_sub(1)) {
        staff.call(&job);
    }
    split.take_parts();
    split.wait();
    job.end();
    staff.forget(&job);
    if let Some(payload) = lock(&split.panic).take() {
        resume_unwind(payload);
    }
}

impl<P: Parts> Split<P> {
    /// Does parts until all are taken.
    fn take_parts(&self) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed) as usize;
            if number >= self.parts {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| self.work.part(number)));
            self.finish(outcome.err());
        }
    }

    fn finish(&self, panic: Option<Box<dyn Any + Send>>) {
        if let Some(payload) = panic {
            lock(&self.panic).get_or_insert(payload);
        }
        // Whoever sees that all are done sees what they did.
        let done = self.done.fetch_add(1, Ordering::AcqRel) + 1;
        if done as usize == self.parts {
            // Under the lock, so that a caller about to sleep has either seen it or hears the bell.
            let _panic = lock(&self.panic);
            self.bell.notify_one();
        }
    }

    fn all_done(&self) -> bool {
        self.done.load(Ordering::Acquire) as usize == self.parts
    }

    /// Waits for parts that others do. Parts are equal, so it is not long: to sleep would take longer.
    fn wait(&self) {
        if spin(|| self.all_done()) {
            return;
        }
        let mut panic = lock(&self.panic);
        while !self.all_done() {
            panic = wait(&self.bell, panic);
        }
    }
}

impl<P: Parts> Help for Split<P> {
    fn help(self: Arc<Self>) -> Left {
        self.take_parts();
        Left::Idle
    }
}
