//! The lazy expression as Rust keeps it: nodes that share their children by reference count.
//!
//! A node is either still to be computed or done. Its children are let go of as soon as it is
//! done, so a value that is held does not hold what it was made from.
//!
//! Nodes are not seen by Python's cycle collector: a `tp_traverse` over nodes that several
//! thunks share would count their references more than once, which is unsound. An object that
//! holds a thunk which holds the object is therefore never freed.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyTuple;
use smallvec::SmallVec;
use triomphe::Arc;

use crate::op::Op;
use crate::template::{Call, Template};

/// A shared node.
pub type NodeRef = Arc<Node>;

/// One input of a node. Values stand in their parent: a node of their own would cost more than
/// the operation that uses them.
pub enum Arg {
    Node(NodeRef),
    Value(Py<PyAny>),
}

impl Arg {
    pub fn is_node(&self) -> bool {
        matches!(self, Arg::Node(_))
    }

    pub fn clone_ref(&self, py: Python<'_>) -> Arg {
        match self {
            Arg::Node(node) => Arg::Node(node.clone()),
            Arg::Value(value) => Arg::Value(value.clone_ref(py)),
        }
    }
}

/// The inputs of a node; two fit in place.
pub type Args = SmallVec<[Arg; 2]>;

/// What few nodes have, out of the way of the many.
#[derive(Default)]
pub struct Extra {
    /// The names of the last inputs of a call.
    pub kwnames: Option<Py<PyTuple>>,
    /// A node that must have run before, whose value is ignored.
    pub after: Option<NodeRef>,
    /// What the node was opened from, kept until the node goes: letting go of it may run code of the
    /// user's, and nodes are opened where none may run.
    pub opened: Option<Arc<Template>>,
}

/// An operation that has not been computed.
pub struct Expr {
    pub op: Op,
    /// Never folded with an equal one.
    pub impure: bool,
    pub args: Args,
    /// Where the user wrote it: any object with a `note()` method.
    pub site: Option<Py<PyAny>>,
    pub extra: Option<Box<Extra>>,
}

impl Expr {
    pub fn new(op: Op, args: Args) -> Self {
        Expr {
            op,
            impure: false,
            args,
            site: None,
            extra: None,
        }
    }

    pub fn after(&self) -> Option<&NodeRef> {
        self.extra.as_ref()?.after.as_ref()
    }

    pub fn kwnames(&self) -> Option<&Py<PyTuple>> {
        self.extra.as_ref()?.kwnames.as_ref()
    }

    /// Every node that must have run before this one, in the order of the inputs.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = &NodeRef> {
        let inputs = self.args.iter().filter_map(|arg| match arg {
            Arg::Node(node) => Some(node),
            Arg::Value(_) => None,
        });
        inputs.chain(self.after())
    }
}

/// Computed or not.
pub enum State {
    Pending(Expr),
    Done(Py<PyAny>),
}

/// What a node keeps.
enum Kept {
    State(State),
    /// A call that a template stands for, of which no nodes have been made. Whoever asks for the
    /// state finds it opened.
    Call(Call),
}

/// A lazy expression.
pub struct Node {
    kept: Mutex<Kept>,
    /// The `contextvars` context of the call that made it.
    pub context: Option<Py<PyAny>>,
    /// The last run that took this node into its graph, and the id it has there.
    /// Written only under the compile lock of `run`.
    claim: AtomicU64,
    slot: AtomicU32,
    /// How many inputs of that run's graph are this node. Every further reference is somebody
    /// else's: a thunk that the user holds, or a node that such a thunk will need later.
    inner: AtomicU32,
}

impl Node {
    #[inline]
    pub fn pending(expr: Expr, context: Option<Py<PyAny>>) -> NodeRef {
        Self::keeping(Kept::State(State::Pending(expr)), context)
    }

    pub fn call(call: Call, context: Py<PyAny>) -> NodeRef {
        Self::keeping(Kept::Call(call), Some(context))
    }

    pub fn done(value: Py<PyAny>, context: Option<Py<PyAny>>) -> NodeRef {
        Self::keeping(Kept::State(State::Done(value)), context)
    }

    #[inline]
    fn keeping(kept: Kept, context: Option<Py<PyAny>>) -> NodeRef {
        Arc::new(Node {
            kept: Mutex::new(kept),
            context,
            claim: AtomicU64::new(0),
            slot: AtomicU32::new(0),
            inner: AtomicU32::new(0),
        })
    }

    /// The state, locked. Waiting for the lock lets the GIL go: its holder may need it.
    pub fn lock<'a>(&'a self, py: Python<'_>) -> MappedMutexGuard<'a, State> {
        MutexGuard::map(self.peek(py), |kept| {
            if let Kept::Call(call) = kept {
                let expr = call.open(py, self.context.as_ref());
                *kept = Kept::State(State::Pending(expr));
            }
            match kept {
                Kept::State(state) => state,
                Kept::Call(_) => unreachable!("it was just opened"),
            }
        })
    }

    fn peek<'a>(&'a self, py: Python<'_>) -> MutexGuard<'a, Kept> {
        self.kept.lock_py_attached(py)
    }

    /// The call that it is, if no nodes have been made of it.
    pub fn as_call(&self, py: Python<'_>) -> Option<Call> {
        match &*self.peek(py) {
            Kept::Call(call) => Some(call.clone_ref(py)),
            Kept::State(_) => None,
        }
    }

    /// The value, if it is there.
    pub fn value(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &*self.peek(py) {
            Kept::State(State::Done(value)) => Some(value.clone_ref(py)),
            _ => None,
        }
    }

    /// Keeps a value that was computed, and gives the one that is kept: the first one stays.
    pub fn publish(&self, py: Python<'_>, value: Py<PyAny>) -> Py<PyAny> {
        let (kept, old) = {
            let mut kept = self.peek(py);
            if let Kept::State(State::Done(first)) = &*kept {
                (first.clone_ref(py), Kept::State(State::Done(value)))
            } else {
                let new = Kept::State(State::Done(value.clone_ref(py)));
                (value, std::mem::replace(&mut *kept, new))
            }
        };
        // Dropping the children may run Python code: only after the lock is let go.
        drop(old);
        kept
    }

    /// Keeps the value of a call that was computed without nodes, and gives the one that is kept. Nothing
    /// where nodes have been made meanwhile: a run may have claimed them, and what that gives is then the
    /// one value.
    pub fn publish_call(&self, py: Python<'_>, value: Py<PyAny>) -> Option<Py<PyAny>> {
        let call = {
            let mut kept = self.peek(py);
            match &*kept {
                Kept::State(State::Done(first)) => return Some(first.clone_ref(py)),
                Kept::State(State::Pending(_)) => return None,
                Kept::Call(_) => {
                    let new = Kept::State(State::Done(value.clone_ref(py)));
                    std::mem::replace(&mut *kept, new)
                }
            }
        };
        // Dropping what it was given may run Python code: only after the lock is let go.
        drop(call);
        Some(value)
    }

    /// Whether a never-folded operation gives this value. None of a template's is such a one.
    pub fn impure(&self, py: Python<'_>) -> bool {
        matches!(&*self.peek(py), Kept::State(State::Pending(expr)) if expr.impure)
    }

    /// Whether it is still to be computed, by an operation that may be folded.
    pub fn is_pure_and_pending(&self, py: Python<'_>) -> bool {
        match &*self.peek(py) {
            Kept::State(State::Pending(expr)) => !expr.impure,
            Kept::State(State::Done(_)) => false,
            Kept::Call(_) => true,
        }
    }

    /// Where the user wrote it, as long as it is to be computed.
    pub fn site(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &*self.lock(py) {
            State::Pending(expr) => expr.site.as_ref().map(|site| site.clone_ref(py)),
            State::Done(_) => None,
        }
    }

    pub fn claim(&self) -> (u64, u32) {
        (
            self.claim.load(Ordering::Relaxed),
            self.slot.load(Ordering::Relaxed),
        )
    }

    /// Takes the node into a run.
    pub fn set_claim(&self, run: u64, slot: u32) {
        self.slot.store(slot, Ordering::Relaxed);
        self.claim.store(run, Ordering::Relaxed);
    }

    /// Sets its number in the graph of the run that took it.
    pub fn set_slot(&self, slot: u32) {
        self.slot.store(slot, Ordering::Relaxed);
    }

    /// Begins to count the inputs that are this node.
    pub fn reset_inputs(&self) {
        self.inner.store(0, Ordering::Relaxed);
    }

    /// Says that another input of the run's graph is this node.
    pub fn count_input(&self) {
        // The compile lock is held: nobody else counts, so one that others wait for is not needed.
        let count = self.inner.load(Ordering::Relaxed);
        self.inner.store(count + 1, Ordering::Relaxed);
    }

    /// How many inputs of the run's graph were said to be this node.
    pub fn inputs(&self) -> u32 {
        self.inner.load(Ordering::Relaxed)
    }
}

/// Whether anybody outside the run that keeps `node` in one list refers to it, so that its value
/// has to be kept.
pub fn is_held(node: &NodeRef) -> bool {
    NodeRef::count(node) > node.inputs() as usize + 1
}

thread_local! {
    /// The nodes whose last reference went away while another node was being dropped on this
    /// thread; `None` when none is. It turns the recursion of a deep drop into a loop.
    static DYING: RefCell<Option<Vec<NodeRef>>> = const { RefCell::new(None) };
}

impl Drop for Node {
    fn drop(&mut self) {
        let children = match self.kept.get_mut() {
            // Most nodes at the rim have values only.
            Kept::State(State::Pending(expr)) if expr.children().next().is_some() => {
                take_children(expr)
            }
            Kept::Call(call) if call.leaves.iter().any(Arg::is_node) => {
                take_nodes(&mut call.leaves).collect()
            }
            _ => return,
        };
        if enqueue(children) {
            while let Some(node) = next_dying() {
                drop(node);
            }
        }
    }
}

/// Takes the child nodes out of an expression, leaving its values to be dropped with it: that
/// may run Python code and so must not happen while the queue is borrowed.
fn take_children(expr: &mut Expr) -> SmallVec<[NodeRef; 3]> {
    let after = expr.extra.as_mut().and_then(|extra| extra.after.take());
    after
        .into_iter()
        .chain(take_nodes(&mut expr.args))
        .collect()
}

/// Takes the nodes out of inputs.
fn take_nodes(args: &mut Args) -> impl Iterator<Item = NodeRef> {
    let (nodes, values): (Args, Args) = args.drain(..).partition(Arg::is_node);
    *args = values;
    nodes.into_iter().filter_map(|arg| match arg {
        Arg::Node(node) => Some(node),
        Arg::Value(_) => None,
    })
}

/// Collects children to be freed; true for the outermost drop on this thread, which frees them.
fn enqueue(children: SmallVec<[NodeRef; 3]>) -> bool {
    DYING.with_borrow_mut(|dying| {
        if let Some(queue) = dying {
            queue.extend(children);
            false
        } else {
            *dying = Some(children.into_vec());
            true
        }
    })
}

fn next_dying() -> Option<NodeRef> {
    DYING.with_borrow_mut(|dying| {
        let next = dying.as_mut().and_then(Vec::pop);
        if next.is_none() {
            *dying = None;
        }
        next
    })
}
