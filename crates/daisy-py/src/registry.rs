//! Registry: what the threads of this process have to know of each other's runs.
//!
//! A child of a fork has one thread, and the runs of all others would never end there, nor would
//! what they wait for come. A lock may be held by one of them as well: a thread that sleeps or
//! wakes up here does so without the GIL. So a child begins with a registry of its own, in which
//! there is what its one thread is inside of.
//!
//! Left over is the lock of a single node, which another thread may be adding to a graph while it
//! asks Python whether calls of a function fold.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, ReentrantMutex, ReentrantMutexGuard};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use smallvec::SmallVec;

use crate::errors;
use crate::nesting::Place;
use crate::run::Run;
use crate::waiting::{Target, Wait};

/// The registry that the process begins with.
static FIRST: Registry = Registry::new();
static CURRENT: AtomicPtr<Registry> = AtomicPtr::new((&raw const FIRST).cast_mut());

/// The registry of this process. To be taken while attached, when no fork can happen.
#[inline]
pub fn current() -> &'static Registry {
    // SAFETY: this is `FIRST` or what `renew` leaked; both live as long as the process.
    unsafe { &*CURRENT.load(Ordering::Acquire) }
}

/// Begins a new registry, in a child of a fork. The old one is left as it is: any of its locks may
/// be held for ever.
pub fn renew(active: Vec<Active>) {
    let registry = Registry {
        active: Mutex::new(active),
        ..Registry::new()
    };
    CURRENT.store(Box::into_raw(Box::new(registry)), Ordering::Release);
}

/// The runs that go on, and who waits for them.
pub struct Registry {
    /// Held while a run is compiled and registered, by a thread that runs no code of the user's
    /// meanwhile.
    compiling: ReentrantMutex<()>,
    /// The runs that go on now. A list, not one current run: they nest, and threads have their own.
    active: Mutex<Vec<Active>>,
    /// Signalled whenever a run ends, and a step that somebody may wait for.
    ended: Condvar,
    /// The threads that wait now.
    pub waiting: Mutex<Vec<Arc<Wait>>>,
}

/// A run that goes on.
pub struct Active {
    pub run: Arc<Run>,
    /// The steps that the threads in this run compute now, as far as that is known. Here and not in
    /// the run itself, so that the lock of a child is not that of its parent.
    pub workers: SmallVec<[Arc<AtomicU32>; 2]>,
}

impl Registry {
    const fn new() -> Self {
        Registry {
            compiling: ReentrantMutex::new(()),
            active: Mutex::new(Vec::new()),
            ended: Condvar::new(),
            waiting: Mutex::new(Vec::new()),
        }
    }

    /// Waits until no other thread compiles, and keeps all others waiting while the result lives.
    pub fn compile<'a>(&'a self, py: Python<'_>) -> PyResult<ReentrantMutexGuard<'a, ()>> {
        // Python runs what it likes while our own functions are asked: finalizers, signal handlers.
        if self.compiling.is_owned_by_current_thread() {
            return Err(errors::forced_while_compiling());
        }
        Ok(self.compiling.lock_py_attached(py))
    }

    /// The runs that go on now.
    pub fn runs(&self) -> Vec<Arc<Run>> {
        let active = self.active.lock();
        active.iter().map(|one| Arc::clone(&one.run)).collect()
    }

    /// A run begins.
    pub fn add(&self, run: &Arc<Run>) {
        self.active.lock().push(Active {
            run: Arc::clone(run),
            workers: SmallVec::new(),
        });
    }

    /// A run ends.
    pub fn remove(&self, run: &Run) {
        self.active.lock().retain(|one| one.run.id != run.id);
        self.ended.notify_all();
    }

    /// A thread comes to a run, and says in `step` what it computes. Gives the number of threads
    /// that are there now.
    pub fn add_worker(&self, run: &Run, step: &Arc<AtomicU32>) -> usize {
        let mut active = self.active.lock();
        let Some(one) = active.iter_mut().find(|one| one.run.id == run.id) else {
            return 0;
        };
        one.workers.push(Arc::clone(step));
        one.workers.len()
    }

    /// A thread goes.
    pub fn remove_worker(&self, run: &Run, step: &Arc<AtomicU32>) {
        let mut active = self.active.lock();
        if let Some(one) = active.iter_mut().find(|one| one.run.id == run.id) {
            one.workers.retain(|other| !Arc::ptr_eq(other, step));
        }
    }

    /// Tells those who may wait for a step that one is over.
    pub fn tell_of_step(&self) {
        // Under the lock, so that nobody has looked and does not sleep yet.
        drop(self.active.lock());
        self.ended.notify_all();
    }

    /// Whether nobody has to be waited for until a target is reached.
    pub fn is_reached(&self, target: Target) -> bool {
        is_reached(target, &self.active.lock())
    }

    /// Sleeps until a target is reached, for so long at most; says whether it is. Not to be called
    /// attached.
    pub fn sleep_until(&self, target: Target, patience: Duration) -> bool {
        let mut active = self.active.lock();
        if !is_reached(target, &active) {
            self.ended.wait_for(&mut active, patience);
        }
        is_reached(target, &active)
    }
}

fn is_reached(target: Target, active: &[Active]) -> bool {
    let find = |id| active.iter().find(|one| one.run.id == id);
    match target {
        Target::Run(id) => find(id).is_none(),
        Target::Step(Place { run, step }) => !find(run).is_some_and(|one| one.computes(step)),
    }
}

impl Active {
    fn computes(&self, step: u32) -> bool {
        self.workers
            .iter()
            .any(|worker| worker.load(Ordering::SeqCst) == step)
    }
}
