//! Crew: a host that several threads may ask at once.

use std::sync::Arc;

use crate::{Args, Host, NodeId, OpId};

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

    /// Whether a step may take long enough that another thread is woken at once to do other steps
    /// meanwhile. May be called under the lock of the run, as [`Host::share`] is.
    fn may_be_long(&self, node: NodeId, op: OpId, args: Args<'_, Self::Value>) -> bool;

    /// Takes in what a step of a run turned out to be: so short, like the steps around it, that
    /// nobody need be woken for it; or not so. Called under no lock.
    fn learn(&self, node: NodeId, is_brief: bool);

    /// Whether there is one lock that a thread needs to run steps. Then helpers join a run only
    /// where that is found to help.
    fn exclusive(&self) -> bool;
}
