//! Crew: a host that several threads may ask at once.

use std::sync::Arc;

use crate::{Host, NodeId, OpId};

/// A host that several threads may ask at once.
///
/// Many hosts run under one lock (a GIL): a thread that holds it is *attached*. The caller of a
/// run is attached when it calls and whenever it asks the host for something.
pub trait Crew: Host<Value: Send, Error: Send> + Send + Sync + 'static {
    /// On a helper thread: attaches it, does `work`, drops `self`, and lets go again.
    ///
    /// Everything of the run that a helper drops, it drops during `work`; `self` is handed over
    /// because it may be the last handle on the host. When attaching is not possible any more,
    /// `work` may be left undone.
    fn attached(self: Arc<Self>, work: &mut dyn FnMut());

    /// On the calling thread, which has nothing to do: does `sleep` without the lock, and lets
    /// whatever wants to interrupt the thread have its say before and after. `sleep` returns as
    /// soon as there may be something to do, and after 50 ms at the latest.
    ///
    /// # Errors
    /// What interrupted the thread: it ends the run.
    fn wait(&self, sleep: &mut dyn FnMut()) -> Result<(), Self::Error>;

    /// Whether an operation may take long enough that another thread is woken at once to do other
    /// steps meanwhile. Called under the lock of the run, as [`Host::share`] is.
    fn may_be_long(&self, op: OpId, node: NodeId) -> bool;

    /// Whether there is one lock that a thread needs to run steps. Then helpers join a run only
    /// where that is found to help.
    fn exclusive(&self) -> bool;
}
