//! Split: one piece of work in parts that need nothing of each other, on several threads.
//!
//! The caller takes parts from the front and helpers from the back, until they meet: so in a loop over the
//! same arrays each thread meets mostly the parts that it had before, which its caches still have. Where a
//! part waits for those before it, everybody takes the next one from the front. Helpers that come late find
//! less to do or nothing. The caller comes back when all parts are done, and helpers that come after that
//! find the work gone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::job::{Help, Job, Left};
use super::pool::Staff;
use crate::sync::{Arc, AtomicU64, Clock, Condvar, Mutex, Ordering, Weak, lock, spin, wait};

/// Work in parts.
pub trait Parts: Send + Sync + 'static {
    /// Does one part, on whichever thread; each is done once.
    fn part(&self, number: usize);

    /// Whether a part may wait for those before it: then they are begun in their order.
    fn in_order(&self) -> bool {
        false
    }
}

/// Which end of the parts that nobody has taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Front,
    Back,
}

/// Parts that nobody has taken, a stretch of which both ends can be taken from.
struct Stretch {
    parts: u32,
    /// How often somebody asked for a part at the front, in the lower half, and at the back, in the upper:
    /// in one number, so that the ends cannot pass each other unseen.
    asked: AtomicU64,
}

impl Stretch {
    const BACK: u32 = u32::BITS;

    /// # Panics
    /// When there are more parts than anybody could make.
    fn new(parts: usize) -> Self {
        Self {
            parts: u32::try_from(parts).expect("parts are no shorter than a block"),
            asked: AtomicU64::new(0),
        }
    }

    /// The next part at an end, as long as there is one.
    fn take(&self, end: End) -> Option<usize> {
        let one = match end {
            End::Front => 1,
            End::Back => 1 << Self::BACK,
        };
        let asked = self.asked.fetch_add(one, Ordering::Relaxed);
        let (front, back) = (asked as u32, (asked >> Self::BACK) as u32);
        let left = self.parts.checked_sub(front)?.checked_sub(back)?;
        let last = left.checked_sub(1)?;
        Some(match end {
            End::Front => front,
            End::Back => front + last,
        } as usize)
    }
}

/// Work that goes on.
struct Split<P: Parts> {
    work: Arc<P>,
    parts: usize,
    left: Stretch,
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
        left: Stretch::new(parts),
        done: AtomicU64::new(0),
        panic: Mutex::new(None),
        bell: Condvar::new(),
    });
    let weak: Weak<Split<P>> = Arc::downgrade(&split);
    let job = Arc::new(Job::new(weak, Clock::start(), 0, helpers, false));
    for _ in 0..helpers.min(parts.saturating_sub(1)) {
        staff.call(&job);
    }
    split.take_parts(End::Front);
    split.wait();
    job.end();
    staff.forget(&job);
    // Not under the lock, which the last helper may be about to ask for.
    let panic = lock(&split.panic).take();
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

impl<P: Parts> Split<P> {
    /// Does parts until all are taken.
    fn take_parts(&self, end: End) {
        while let Some(number) = self.left.take(end) {
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
        self.take_parts(if self.work.in_order() {
            End::Front
        } else {
            End::Back
        });
        Left::Idle
    }
}
