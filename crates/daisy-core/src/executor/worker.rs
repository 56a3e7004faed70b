//! Worker: one thread in a run, and what it carries.

use super::pace::Pace;
use crate::slots::Taken;
use crate::{Host, NodeId};

/// One thread in a run, and what it carries.
pub(super) struct Worker<V> {
    /// Whether it is the caller; otherwise it is a helper.
    pub(super) is_caller: bool,
    /// How long its steps take.
    pub(super) pace: Pace,
    /// The arguments of its step.
    pub(super) taken: Vec<Option<Taken<V>>>,
}

/// What a worker has to say when it comes.
pub(super) enum Report<H: Host> {
    Nothing,
    /// It is a helper that has just come.
    Joined,
    /// It has run a step.
    Ran(NodeId, Result<H::Value, H::Error>),
    /// Something wanted the thread to leave its step, and the run.
    Interrupted(H::Error),
}

/// What a worker is told to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// Run a step, whose arguments it has got.
    Run(NodeId),
    /// There is nothing to do now. The caller sleeps, a helper leaves.
    Wait,
    /// There will be nothing to do any more.
    Over,
}

/// Whom a worker calls, once it has let go of the lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    Nobody,
    Caller,
    Helper,
}

impl<V> Worker<V> {
    /// The caller, which begins when the clock of the run says this.
    pub(super) fn caller(now: u64) -> Self {
        Self {
            is_caller: true,
            pace: Pace::from(now),
            taken: Vec::new(),
        }
    }

    /// A helper, which begins when the clock of the run says this.
    pub(super) fn helper(now: u64) -> Self {
        Self {
            is_caller: false,
            ..Self::caller(now)
        }
    }
}
