//! The host of these tests: closures, with or without a lock that is needed to call them.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use daisy_core::{Arg, Args, ConstId, Crew, Graph, Host, Input, NodeId, OpId, Plan, Pool, Purity};

/// What an operation does with its arguments; a constant is its own number.
pub type Closure = Box<dyn Fn(&Closures, &[u64]) -> Result<u64, String> + Send + Sync>;

/// A value that counts how many there are.
#[derive(Debug)]
pub struct Counted {
    pub number: u64,
    alive: Arc<AtomicUsize>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert!(may_touch_values(), "values are dropped by attached threads");
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A lock that is needed to run steps, that is handed on like a ticket, and that a thread lets go
/// of while it sleeps.
pub struct Gil {
    /// The next ticket, and the one that is served.
    tickets: Mutex<(u64, u64)>,
    served: Condvar,
}

static GIL: Gil = Gil {
    tickets: Mutex::new((0, 0)),
    served: Condvar::new(),
};

thread_local! {
    /// Whether this thread holds the lock.
    static ATTACHED: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread is one that needs the lock.
    static NEEDS_LOCK: Cell<bool> = const { Cell::new(false) };
}

fn may_touch_values() -> bool {
    ATTACHED.get() || !NEEDS_LOCK.get()
}

impl Gil {
    fn lock(&self) -> MutexGuard<'_, (u64, u64)> {
        self.tickets.lock().expect("nobody panics under this lock")
    }

    fn acquire(&self) -> Attached {
        let mut tickets = self.lock();
        let own = tickets.0;
        tickets.0 += 1;
        let served = self.served.wait_while(tickets, |tickets| tickets.1 != own);
        drop(served.expect("nobody panics under this lock"));
        ATTACHED.set(true);
        Attached
    }

    fn release(&self) {
        ATTACHED.set(false);
        self.lock().1 += 1;
        self.served.notify_all();
    }
}

/// The lock, let go of when this is dropped: a test that fails must not stop the others.
struct Attached;

impl Drop for Attached {
    fn drop(&mut self) {
        GIL.release();
    }
}

/// Does something without the lock, if this thread holds it.
pub fn detached<T>(work: impl FnOnce() -> T) -> T {
    if !ATTACHED.get() {
        return work();
    }
    GIL.release();
    let result = work();
    std::mem::forget(GIL.acquire());
    result
}

/// Does something with the lock.
pub fn attached<T>(work: impl FnOnce() -> T) -> T {
    NEEDS_LOCK.set(true);
    let attached = GIL.acquire();
    let result = work();
    drop(attached);
    NEEDS_LOCK.set(false);
    result
}

/// Closures by operation, and what happened to them.
pub struct Closures {
    pub ops: Vec<Closure>,
    pub exclusive: bool,
    /// How often each node has run.
    pub runs: Vec<AtomicUsize>,
    pub alive: Arc<AtomicUsize>,
    /// Fails the next wait of the caller.
    pub interrupt: Mutex<Option<Instant>>,
    pub on_helpers: AtomicUsize,
    caller: std::thread::ThreadId,
}

impl Closures {
    pub fn new(graph: &Graph, exclusive: bool, ops: Vec<Closure>) -> Self {
        Self {
            ops,
            exclusive,
            runs: graph.ids().map(|_| AtomicUsize::new(0)).collect(),
            alive: Arc::default(),
            interrupt: Mutex::default(),
            on_helpers: AtomicUsize::new(0),
            caller: std::thread::current().id(),
        }
    }

    fn counted(&self, number: u64) -> Counted {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Counted {
            number,
            alive: Arc::clone(&self.alive),
        }
    }

    /// How many values there are, once helpers that were inside a step are done.
    pub fn alive_in_the_end(&self) -> usize {
        for _ in 0..2000 {
            if self.alive.load(Ordering::Relaxed) == 0 {
                return 0;
            }
            detached(|| std::thread::sleep(Duration::from_millis(1)));
        }
        self.alive.load(Ordering::Relaxed)
    }
}

impl Host for Closures {
    type Value = Counted;
    type Error = String;

    fn run(&self, node: NodeId, op: OpId, args: Args<'_, Counted>) -> Result<Counted, String> {
        assert!(!self.exclusive || ATTACHED.get(), "steps need the lock");
        self.runs[node.index()].fetch_add(1, Ordering::Relaxed);
        if std::thread::current().id() != self.caller {
            self.on_helpers.fetch_add(1, Ordering::Relaxed);
        }
        let numbers: Vec<_> = args
            .iter()
            .map(|arg| match arg {
                Arg::Value { value, .. } => value.number,
                Arg::Const(id) => id.index() as u64,
            })
            .collect();
        let number = self.ops[op.index()](self, &numbers)?;
        Ok(self.counted(number))
    }

    fn interrupts(&self, error: &String) -> bool {
        error == "interrupted"
    }

    fn constant(&self, constant: ConstId) -> Counted {
        self.counted(constant.index() as u64)
    }

    fn share(&self, value: &Counted) -> Counted {
        assert!(may_touch_values());
        self.counted(value.number)
    }

    fn clone_value(&self, value: &Counted) -> Result<Counted, String> {
        Ok(self.counted(value.number))
    }
}

impl Crew for Closures {
    fn attached(self: Arc<Self>, work: &mut dyn FnMut()) {
        if !self.exclusive {
            work();
            return;
        }
        attached(|| {
            work();
            drop(self);
        });
    }

    fn wait(&self, sleep: &mut dyn FnMut()) -> Result<(), String> {
        detached(sleep);
        match *self.interrupt.lock().expect("nobody panics here") {
            Some(when) if Instant::now() >= when => Err("interrupted".to_owned()),
            _ => Ok(()),
        }
    }

    fn may_be_long(&self, _: NodeId, op: OpId, _: Args<'_, Counted>) -> bool {
        op.index() > 0
    }

    fn learn(&self, _: NodeId, _: bool) {}

    fn exclusive(&self) -> bool {
        self.exclusive
    }
}

/// Adds up the arguments and one.
pub fn sum() -> Closure {
    Box::new(|_, numbers| Ok(1 + numbers.iter().sum::<u64>()))
}

/// Lets go of the lock for a time, and then adds up.
pub fn sleep(time: Duration) -> Closure {
    Box::new(move |_, numbers| {
        detached(|| std::thread::sleep(time));
        Ok(1 + numbers.iter().sum::<u64>())
    })
}

/// Runs a graph with real threads; whoever needs the lock has it.
pub fn run(
    pool: &Pool,
    graph: &Arc<Graph>,
    host: &Arc<Closures>,
    workers: usize,
) -> Result<Vec<u64>, String> {
    run_plan(pool, graph, Plan::new(graph), host, workers)
}

/// The same for a run that has to look as if one worker did it.
pub fn run_in_sequence(
    pool: &Pool,
    graph: &Arc<Graph>,
    host: &Arc<Closures>,
    workers: usize,
) -> Result<Vec<u64>, String> {
    let plan = Plan::in_sequence(graph, |id| graph.op(id) == EFFECT);
    run_plan(pool, graph, plan, host, workers)
}

/// The operation of which it can be told when it runs.
pub const EFFECT: OpId = OpId::new(9);

fn run_plan(
    pool: &Pool,
    graph: &Arc<Graph>,
    plan: Plan,
    host: &Arc<Closures>,
    workers: usize,
) -> Result<Vec<u64>, String> {
    let plan = Arc::new(plan);
    let work = || {
        let values = pool.run(graph, &plan, host, || Ok(workers))?;
        Ok(values.iter().map(|value| value.number).collect())
    };
    if host.exclusive && !ATTACHED.get() {
        attached(work)
    } else {
        work()
    }
}

fn node(graph: &mut Graph, op: u32, inputs: &[Input]) -> Input {
    graph
        .add_after(OpId::new(op), inputs, Purity::Impure, None)
        .into()
}

fn finished(mut graph: Graph, outputs: &[Input]) -> Arc<Graph> {
    for &output in outputs {
        graph.push_output(output);
    }
    Arc::new(graph)
}

const ZERO: Input = Input::constant(ConstId::new(0));

pub fn chain(length: usize, op: u32) -> Arc<Graph> {
    let mut graph = Graph::default();
    let mut last = ZERO;
    for _ in 0..length {
        last = node(&mut graph, op, &[last]);
    }
    finished(graph, &[last])
}

/// So many steps with one value, and one step with all theirs.
pub fn fan(width: usize, op: u32) -> Arc<Graph> {
    let mut graph = Graph::default();
    let first = node(&mut graph, 0, &[ZERO]);
    let all: Vec<_> = (0..width).map(|_| node(&mut graph, op, &[first])).collect();
    let last = node(&mut graph, 0, &all);
    finished(graph, &[last])
}

/// A tree over so many leaves, level by level.
pub fn tree(leaves: usize, op: u32) -> Arc<Graph> {
    let mut graph = Graph::default();
    let mut level: Vec<_> = (0..leaves).map(|_| node(&mut graph, op, &[ZERO])).collect();
    while level.len() > 1 {
        let pairs = level.chunks(2);
        level = pairs.map(|pair| node(&mut graph, op, pair)).collect();
    }
    finished(graph, &level)
}

/// Random numbers that are the same each time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// A graph in which steps use up to three earlier ones each, with operations below `ops`.
pub fn random(random: &mut Random, nodes: usize, ops: usize) -> Arc<Graph> {
    let mut graph = Graph::default();
    let mut all: Vec<Input> = Vec::new();
    for _ in 0..nodes {
        let inputs: Vec<_> = (0..random.below(4).min(all.len()))
            .map(|_| all[all.len() - 1 - random.below(all.len().min(20))])
            .collect();
        let op = random.below(ops) as u32;
        all.push(node(&mut graph, op, &inputs));
    }
    let outputs: Vec<_> = (0..5).map(|_| all[random.below(all.len())]).collect();
    finished(graph, &outputs)
}
