//! Models: the protocol of the executor under every order of its threads.
//!
//! `make models` runs these: with `--cfg loom` the threads, locks and conditions of `sync.rs` are
//! those of a model checker, which tries the orders in which threads can come to them, and says
//! when all threads sleep. Time never passes there, so whatever ends, ends because somebody was
//! told. Preemptions, places where a thread is stopped although it could go on, are bounded: faults
//! of such protocols need one or two, and these models take two to six.

use loom::sync::atomic::{AtomicUsize, Ordering};

use super::{Crew, Pool};
use crate::sync::{Arc, thread};
use crate::{Arg, Args, ConstId, Graph, Host, NodeId, OpId, Plan};

/// Adds up an operation's number and its arguments, and counts values and calls.
struct Adder {
    exclusive: bool,
    calls: Vec<std::sync::atomic::AtomicUsize>,
    alive: Arc<std::sync::atomic::AtomicUsize>,
    /// A lock that is needed to run steps, if this host needs one.
    gil: loom::sync::Mutex<bool>,
    free: loom::sync::Condvar,
    /// How graphs are planned.
    plan: fn(&Graph) -> Plan,
    /// What operation 7 runs.
    inner: Option<(Arc<Pool>, &'static str)>,
}

/// The operation that a caller does alone, as long as it is alone.
const SHORT: OpId = OpId::new(1);
/// The operation that fails.
const FAILS: OpId = OpId::new(9);
/// The operation that fails otherwise.
const FAILS_TOO: OpId = OpId::new(10);
/// The operation that panics.
const PANICS: OpId = OpId::new(8);
/// The operation that runs a graph.
const NESTS: OpId = OpId::new(7);

struct Number {
    value: usize,
    alive: Arc<std::sync::atomic::AtomicUsize>,
}

impl Drop for Number {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Adder {
    fn new(graph: &Graph, exclusive: bool) -> Self {
        Self {
            exclusive,
            calls: graph.ids().map(|_| 0.into()).collect(),
            alive: Arc::default(),
            gil: loom::sync::Mutex::new(false),
            free: loom::sync::Condvar::new(),
            plan: Plan::new,
            inner: None,
        }
    }

    fn number(&self, value: usize) -> Number {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Number {
            value,
            alive: Arc::clone(&self.alive),
        }
    }

    fn attach(&self) {
        if self.exclusive {
            let mut held = self.gil.lock().unwrap();
            while *held {
                held = self.free.wait(held).unwrap();
            }
            *held = true;
        }
    }

    fn detach(&self) {
        if self.exclusive {
            *self.gil.lock().unwrap() = false;
            self.free.notify_one();
        }
    }
}

impl Host for Adder {
    type Value = Number;
    type Error = &'static str;

    fn run(&self, node: NodeId, op: OpId, args: Args<'_, Number>) -> Result<Number, &'static str> {
        self.calls[node.index()].fetch_add(1, Ordering::Relaxed);
        // A step is a time in which others can come and go.
        self.detach();
        thread::yield_now();
        self.attach();
        match op {
            FAILS => return Err("failed"),
            FAILS_TOO => return Err("failed, too"),
            PANICS => std::panic::panic_any("panicked"),
            NESTS => {
                let (pool, text) = self.inner.as_ref().expect("there is one");
                return Ok(self.number(run(pool, text, false, 2)?));
            }
            _ => {}
        }
        let numbers = args.iter().map(|arg| match arg {
            Arg::Value { value, .. } => value.value,
            Arg::Const(id) => id.index(),
        });
        Ok(self.number(op.index() + numbers.sum::<usize>()))
    }

    fn constant(&self, constant: ConstId) -> Number {
        self.number(constant.index())
    }

    fn share(&self, value: &Number) -> Number {
        self.number(value.value)
    }
}

impl Crew for Adder {
    fn attached(self: Arc<Self>, work: &mut dyn FnMut()) {
        self.attach();
        work();
        self.detach();
    }

    fn wait(&self, sleep: &mut dyn FnMut()) -> Result<(), &'static str> {
        self.detach();
        sleep();
        self.attach();
        Ok(())
    }

    fn may_be_long(&self, _: NodeId, op: OpId, _: Args<'_, Number>) -> bool {
        op != SHORT
    }

    fn learn(&self, _: NodeId, _: bool) {}

    fn exclusive(&self) -> bool {
        self.exclusive
    }
}

/// Runs a graph; every step runs once at most, or exactly once if nothing fails, and its first
/// output is given.
fn run(
    pool: &Arc<Pool>,
    text: &str,
    exclusive: bool,
    workers: usize,
) -> Result<usize, &'static str> {
    let graph: Graph = text.parse().expect("the text is a graph");
    let mut host = Adder::new(&graph, exclusive);
    host.inner = Some((
        Arc::clone(pool),
        "%0 = op1(c1)\n%1 = op1(c2)\nreturn %1, %0",
    ));
    run_on(pool, graph, &Arc::new(host), workers)
}

fn run_on(
    pool: &Pool,
    graph: Graph,
    host: &Arc<Adder>,
    workers: usize,
) -> Result<usize, &'static str> {
    let (graph, plan) = (Arc::new(graph.clone()), Arc::new((host.plan)(&graph)));
    host.attach();
    let result = pool.run(&graph, &plan, host, || Ok(workers));
    host.detach();
    let most = host.calls.iter().map(|calls| calls.load(Ordering::Relaxed));
    assert!(most.clone().all(|calls| calls <= 1));
    assert!(result.is_err() || most.sum::<usize>() == graph.len());
    result.map(|values| values[0].value)
}

/// Tries the orders of a model; bounded by preemptions, since the number of all is astronomical.
pub(super) fn model(preemptions: usize, work: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 20_000;
    let orders = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = Arc::clone(&orders);
    builder.check(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        work();
    });
    let orders = orders.load(Ordering::Relaxed);
    println!("{orders} orders");
    assert!(
        orders > 20,
        "the model has hardly any threads: {orders} orders"
    );
}

/// Runs a graph with so many workers in every order, and stops the pool.
fn check(
    text: &'static str,
    exclusive: bool,
    workers: usize,
    preemptions: usize,
    expected: Result<usize, &'static str>,
) {
    check_plan(text, exclusive, Plan::new, preemptions, move |run| {
        assert_eq!(run(workers), expected);
    });
}

/// The same for any plan, and for whatever is to be seen of the run with so many workers.
fn check_plan(
    text: &'static str,
    exclusive: bool,
    plan: fn(&Graph) -> Plan,
    preemptions: usize,
    look: impl Fn(&dyn Fn(usize) -> Result<usize, &'static str>) + Send + Sync + 'static,
) {
    model(preemptions, move || {
        let pool = Arc::new(Pool::new());
        let graph: Graph = text.parse().expect("the text is a graph");
        let mut host = Adder::new(&graph, exclusive);
        host.plan = plan;
        let host = Arc::new(host);
        look(&|workers| run_on(&pool, graph.clone(), &host, workers));
        pool.stop();
        assert_eq!(host.alive.load(Ordering::Relaxed), 0, "values are left");
        assert_eq!(Arc::strong_count(&host), 1, "somebody holds the run");
    });
}

const PAIR: &str = "%0 = op2(c1)\n%1 = op3(c2)\n%2 = op4(%0, %1)\nreturn %2";
const DIAMOND: &str = "%0 = op1(c1)\n%1 = op2(%0)\n%2 = op3(%0)\n%3 = op4(%1, %2)\nreturn %3";
const THREE: &str = "%0 = op1(c1)\n%1 = op2(c1)\n%2 = op3(c1)\n%3 = op4(%0, %1, %2)\nreturn %3";
const FAILING: &str = "%0 = op9(c1)\n%1 = op2(c2)\n%2 = op3(%0, %1)\nreturn %2";

/// The caller and a helper: whoever comes first to what, the sum is right and nothing is left.
#[test]
fn a_helper_joins() {
    check(PAIR, false, 2, 6, Ok(12));
    check(DIAMOND, false, 2, 6, Ok(13));
}

/// Two helpers, the second of which is called by whoever sees that there is work.
#[test]
fn two_helpers_join() {
    check(THREE, false, 3, 4, Ok(13));
}

/// A helper has to get a lock that the caller lets go of in its steps.
#[test]
fn a_helper_joins_under_a_lock() {
    check(PAIR, true, 2, 5, Ok(12));
}

/// A helper joins a run whose first steps the caller has done alone.
#[test]
fn a_run_is_handed_over() {
    check(DIAMOND, true, 2, 4, Ok(13));
}

/// A step fails on either thread while the other is anywhere.
#[test]
fn a_step_fails() {
    check(FAILING, false, 2, 6, Err("failed"));
    check(FAILING, true, 2, 5, Err("failed"));
}

/// Where the plan is in sequence, the first step that fails counts, whoever runs it and when.
#[test]
fn the_first_failure_counts() {
    let text = "%0 = op9(c1)\n%1 = op10(c2)\n%2 = op3(%0, %1)\nreturn %2";
    let plan = |graph: &Graph| Plan::in_sequence(graph, |_| false);
    check_plan(text, false, plan, 5, |run| {
        assert_eq!(run(2), Err("failed"));
    });
}

/// Where the plan is in sequence, a step with an effect waits for the steps before it.
#[test]
fn an_effect_waits() {
    let plan = |graph: &Graph| Plan::in_sequence(graph, |id| id.index() == 1);
    check_plan(THREE, false, plan, 4, |run| assert_eq!(run(2), Ok(13)));
}

/// A step panics on either thread: the caller goes on with that, and the helper's thread lives.
#[test]
fn a_step_panics() {
    let text = "%0 = op8(c1)\n%1 = op2(c2)\nreturn %0, %1";
    check_plan(text, false, Plan::new, 5, |run| {
        let work = std::panic::AssertUnwindSafe(|| run(2));
        assert!(std::panic::catch_unwind(work).is_err());
    });
}

/// A step runs a graph on the pool that may be helping it.
#[test]
fn runs_nest() {
    model(3, || {
        let pool = Arc::new(Pool::new());
        let outer = "%0 = op7(c1)\n%1 = op2(c2)\n%2 = op3(%0, %1)\nreturn %2";
        assert_eq!(run(&pool, outer, false, 2), Ok(10));
        pool.stop();
    });
}

/// The pool is stopped while a run goes on: its caller does what is left.
#[test]
fn a_working_pool_is_stopped() {
    model(5, || {
        let pool = Arc::new(Pool::new());
        let stopper = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.stop())
        };
        assert_eq!(run(&pool, PAIR, false, 2), Ok(12));
        stopper.join().unwrap();
        pool.stop();
    });
}

/// A helper is used by one run after the other.
#[test]
fn a_helper_stays() {
    model(5, || {
        let pool = Arc::new(Pool::new());
        let two = "%0 = op1(c1)\n%1 = op2(c2)\nreturn %1, %0";
        assert_eq!(run(&pool, two, false, 2), Ok(4));
        assert_eq!(run(&pool, two, false, 2), Ok(4));
        pool.stop();
    });
}

/// Two callers share a helper.
#[test]
fn two_callers_share_a_helper() {
    model(2, || {
        let pool = Arc::new(Pool::new());
        let done = Arc::new(AtomicUsize::new(0));
        let two = "%0 = op1(c1)\n%1 = op2(c2)\nreturn %1, %0";
        let other = {
            let (pool, done) = (Arc::clone(&pool), Arc::clone(&done));
            thread::spawn(move || {
                assert_eq!(run(&pool, two, false, 2), Ok(4));
                done.fetch_add(1, Ordering::Relaxed);
            })
        };
        assert_eq!(run(&pool, two, false, 2), Ok(4));
        other.join().unwrap();
        assert_eq!(done.load(Ordering::Relaxed), 1);
        pool.stop();
    });
}
