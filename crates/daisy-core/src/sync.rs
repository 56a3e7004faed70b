//! Sync: the one door through which locks, condition variables, atomics, threads and the clock come.
//!
//! So that the model checker can take their places: with `--cfg loom`, every order in which the
//! threads of the executor can come to their locks is tried (`src/executor/models.rs`).

pub(crate) use std::sync::{Arc, Weak};

#[cfg(not(loom))]
pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

#[cfg(loom)]
pub(crate) use loom::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use std::sync::PoisonError;
use std::time::Duration;

/// Locks. A thread that panicked under the lock has said so where that matters: see `Shared::help`.
#[inline]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until notified.
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Waits until notified, and for a time at most, where nothing depends on that time: the model
/// checker waits without end.
#[cfg(not(loom))]
pub(crate) fn wait_patiently<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    patience: Duration,
) -> MutexGuard<'a, T> {
    let waited = condvar.wait_timeout(guard, patience);
    waited.unwrap_or_else(PoisonError::into_inner).0
}

#[cfg(loom)]
pub(crate) fn wait_patiently<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    _patience: Duration,
) -> MutexGuard<'a, T> {
    wait(condvar, guard)
}

/// Waits for a time, or less. In the model checker the time is always over at once.
#[cfg(not(loom))]
pub(crate) fn doze<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    time: Duration,
) -> MutexGuard<'a, T> {
    wait_patiently(condvar, guard, time)
}

#[cfg(loom)]
pub(crate) fn doze<'a, T>(
    _condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    _time: Duration,
) -> MutexGuard<'a, T> {
    guard
}

/// Starts a thread of the pool, if the system has one to give.
pub(crate) fn spawn(
    work: impl FnOnce() + Send + 'static,
) -> std::io::Result<thread::JoinHandle<()>> {
    // As much as the threads of Python get: what runs on the one has to run on the other.
    const STACK: usize = 8 << 20;
    let builder = thread::Builder::new().name("daisy".to_owned());
    #[cfg(not(loom))]
    let builder = builder.stack_size(STACK);
    #[cfg(loom)]
    let _ = STACK;
    builder.spawn(work)
}

/// The time since a run began, in nanoseconds.
#[cfg(not(loom))]
pub(crate) struct Clock(std::time::Instant);

#[cfg(not(loom))]
impl Clock {
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }
}

/// A clock that goes on by 60 µs whenever it is read.
#[cfg(loom)]
pub(crate) struct Clock(std::sync::atomic::AtomicU64);

#[cfg(loom)]
impl Clock {
    pub(crate) fn start() -> Self {
        Self(std::sync::atomic::AtomicU64::new(0))
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.fetch_add(60_000, Ordering::Relaxed)
    }
}

/// Looks for a moment, some tens of microseconds, whether something has come true; says whether it has.
#[cfg(not(loom))]
pub(crate) fn spin(has_come: impl Fn() -> bool) -> bool {
    const LOOKS: u32 = 5_000;
    (0..LOOKS).any(|_| {
        std::hint::spin_loop();
        has_come()
    })
}

/// Looks for as long as it takes about to wake a thread whether something has come true.
#[cfg(not(loom))]
pub(crate) fn linger(has_come: impl Fn() -> bool) {
    const TIME: Duration = Duration::from_micros(50);
    const LOOKS: u32 = 20;
    let start = std::time::Instant::now();
    let looks = || {
        (0..LOOKS).any(|_| {
            std::hint::spin_loop();
            has_come()
        })
    };
    while !looks() && start.elapsed() < TIME {}
}

#[cfg(loom)]
pub(crate) fn linger(has_come: impl Fn() -> bool) {
    has_come();
}

/// The model checker tries all orders, so one look is as good as many.
#[cfg(loom)]
pub(crate) fn spin(has_come: impl Fn() -> bool) -> bool {
    has_come()
}
