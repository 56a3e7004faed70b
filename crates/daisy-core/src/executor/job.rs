//! Job: a run, as far as the pool knows it.

use super::watch::{Advice, Moment, Watch};
use crate::sync::{Arc, AtomicBool, AtomicU64, Clock, Mutex, MutexGuard, Ordering, Weak, lock};

/// A run, as far as the pool knows it: something that helpers can be sent to.
///
/// It holds nothing of the run, so that a helper that is not attached never drops a value.
pub(super) struct Job {
    run: Weak<dyn Help>,
    /// How many helpers the run may have at a time.
    pub(super) helpers: usize,
    /// Whether helpers find out first whether they are of use.
    watched: bool,
    clock: Clock,
    /// How many steps are done: written under the lock of the run, and read without.
    done: AtomicU64,
    /// Whether the caller has left.
    over: AtomicBool,
    /// What `watch` says of that: read by those who do not lock it.
    long: AtomicBool,
    /// Locked for a moment by a helper that comes, goes, or has done a step.
    watch: Mutex<Watch>,
}

/// A run that can be helped.
pub(super) trait Help: Send + Sync {
    /// Works on the run until there is nothing to do for a further thread.
    fn help(self: Arc<Self>) -> Left;
}

/// Why a helper has left a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    /// There was nothing to do; whoever finds something calls again.
    Idle,
    /// It was of no use. It goes on watching, and nobody else is called meanwhile.
    Watching,
}

impl Job {
    /// A run that the caller has begun alone, at the zero of the clock.
    pub(super) fn new(
        run: Weak<dyn Help>,
        clock: Clock,
        done: usize,
        helpers: usize,
        watched: bool,
    ) -> Self {
        Self {
            run,
            helpers,
            watched,
            clock,
            done: AtomicU64::new(done as u64),
            over: AtomicBool::new(false),
            long: AtomicBool::new(false),
            watch: Mutex::new(Watch::new()),
        }
    }

    /// Whether the like of it may come at once: work so short that helpers need not find out first.
    pub(super) fn comes_in_loops(&self) -> bool {
        !self.watched
    }

    /// The time since the run began, in nanoseconds.
    pub(super) fn age(&self) -> u64 {
        self.clock.now()
    }

    /// Says how many steps are done.
    #[inline]
    pub(super) fn set_done(&self, done: u64) {
        if self.watched {
            self.done.store(done, Ordering::Relaxed);
        }
    }

    /// Says that the caller has left.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether the caller has left.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Whether steps have been found to take long.
    #[inline]
    pub(super) fn is_long(&self) -> bool {
        self.long.load(Ordering::Relaxed)
    }

    /// A helper comes, and has not looked at anything.
    pub(super) fn begin(&self) {
        if self.watched {
            let moment = self.moment();
            self.watch().begin(moment);
        }
    }

    /// What a helper is to do that is not in the run; nothing, if the run is over.
    pub(super) fn advice(&self) -> Option<Advice> {
        if self.is_over() {
            return None;
        }
        if !self.watched {
            return Some(Advice::Join);
        }
        let moment = self.moment();
        let mut watch = self.watch();
        let advice = watch.advice(moment);
        self.long.store(watch.is_long(), Ordering::Relaxed);
        Some(advice)
    }

    /// Works on the run. Not to be called attached.
    pub(super) fn help(&self) -> Left {
        self.run.upgrade().map_or(Left::Idle, Help::help)
    }

    /// A helper has come into the run.
    pub(super) fn join(&self) {
        if self.watched {
            let moment = self.moment();
            self.watch().join(moment);
        }
    }

    /// Whether a helper in the run stays, which has done a step.
    pub(super) fn stays(&self) -> bool {
        if !self.watched {
            return true;
        }
        let moment = self.moment();
        let mut watch = self.watch();
        let stays = watch.stays(moment);
        self.long.store(watch.is_long(), Ordering::Relaxed);
        stays
    }

    /// A helper leaves the run, since there is nothing to do.
    pub(super) fn leave(&self) {
        if self.watched {
            let moment = self.moment();
            let mut watch = self.watch();
            watch.leave(moment);
            self.long.store(watch.is_long(), Ordering::Relaxed);
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.clock.now(),
            done: self.done.load(Ordering::Relaxed),
        }
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        lock(&self.watch)
    }
}
