//! What a step costs that several threads may work on, and what a second thread gives.
//!
//! `cargo bench -p daisy-core --bench threads` prints a table: nanoseconds a step for steps that do
//! next to nothing, and how much faster steps are that sleep. Words behind `--` choose lines.

#![allow(clippy::cast_precision_loss)] // Times and sizes are far below 2^52.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use daisy_core::{Arg, Args, ConstId, Crew, Graph, Host, Input, NodeId, OpId, Plan, Pool, Purity};

const SMALL: usize = 10_000;
const LARGE: usize = 1_000_000;

/// A way to build a graph of about so many nodes.
type Shape = (&'static str, fn(usize) -> Graph);

const SHAPES: &[Shape] = &[("chain", chain), ("fan-out", fan_out), ("tree", tree)];

fn main() {
    println!("{:<44}{SMALL:>9}{LARGE:>9}{:>8}", "ns a step", "ratio");
    for (shape, build) in SHAPES {
        for (host, exclusive, long) in HOSTS {
            for workers in [1, 2] {
                let name = format!("{shape}, {host}, workers={workers}");
                row(&name, *build, *exclusive, *long, workers);
            }
        }
    }
    println!("\n{:<44}{:>9}{:>9}{:>8}", "ms", "1 worker", "2", "faster");
    for (host, exclusive, _) in HOSTS {
        sleeps(host, *exclusive);
    }
}

/// Whether the command line asks for all lines, or for this one.
fn is_wanted(name: &str) -> bool {
    let mut words = std::env::args().skip(1);
    words.all(|word| word.starts_with('-') || name.contains(&word))
}

/// Name, whether one lock is needed, whether steps may be long.
const HOSTS: &[(&str, bool, bool)] = &[
    ("one lock, short", true, false),
    ("one lock, unknown", true, true),
    ("no lock", false, false),
];

/// Prints the best times of both sizes, which take turns.
fn row(name: &str, build: fn(usize) -> Graph, exclusive: bool, long: bool, workers: usize) {
    const ROUNDS: usize = 5;
    if !is_wanted(name) {
        return;
    }
    let host = Arc::new(Sum::new(exclusive, long, None));
    let pool = Pool::new();
    let prepare = |nodes| {
        let graph = Arc::new(build(nodes));
        let plan = Arc::new(Plan::new(&graph));
        (graph, plan)
    };
    let (small, large) = (prepare(SMALL), prepare(LARGE));
    let mut best = [f64::INFINITY; 2];
    let time = |best: &mut f64, (graph, plan): &(Arc<Graph>, Arc<Plan>)| {
        let spent = host.time(&pool, graph, plan, workers);
        *best = best.min(spent.as_nanos() as f64 / graph.len() as f64);
    };
    for _ in 0..ROUNDS {
        for _ in 0..LARGE / SMALL {
            time(&mut best[0], &small);
        }
        time(&mut best[1], &large);
    }
    pool.stop();
    let ratio = best[1] / best[0];
    println!("{name:<44}{:>9.1}{:>9.1}{ratio:>8.2}", best[0], best[1]);
}

/// Prints what a second thread gives to a thousand steps of a millisecond.
fn sleeps(name: &str, exclusive: bool) {
    if !is_wanted("sleep") {
        return;
    }
    let graph = Arc::new(fan_out(1000));
    let plan = Arc::new(Plan::new(&graph));
    let host = Arc::new(Sum::new(exclusive, true, Some(Duration::from_millis(1))));
    let pool = Pool::new();
    let [one, two] = [1, 2].map(|workers| host.time(&pool, &graph, &plan, workers));
    pool.stop();
    let faster = one.as_secs_f64() / two.as_secs_f64();
    let [one, two] = [one, two].map(|time| time.as_secs_f64() * 1e3);
    println!("sleep, {name:<37}{one:>9.1}{two:>9.1}{faster:>8.2}");
}

/// Adds up numbers, if need be under one lock, which it lets go of while it sleeps.
struct Sum {
    exclusive: bool,
    long: bool,
    sleep: Option<Duration>,
    lock: Gil,
}

/// A lock that need not be let go of by a guard.
#[derive(Default)]
struct Gil {
    held: std::sync::Mutex<bool>,
    free: std::sync::Condvar,
}

impl Gil {
    fn acquire(&self) {
        let held = self.held.lock().expect("nobody panics here");
        let free = self.free.wait_while(held, |held| *held);
        *free.expect("nobody panics here") = true;
    }

    fn release(&self) {
        *self.held.lock().expect("nobody panics here") = false;
        self.free.notify_one();
    }
}

impl Sum {
    fn new(exclusive: bool, long: bool, sleep: Option<Duration>) -> Self {
        Self {
            exclusive,
            long,
            sleep,
            lock: Gil::default(),
        }
    }

    fn time(
        self: &Arc<Self>,
        pool: &Pool,
        graph: &Arc<Graph>,
        plan: &Arc<Plan>,
        workers: usize,
    ) -> Duration {
        self.acquire();
        let start = Instant::now();
        let values = pool.run(graph, plan, self, || Ok(workers));
        let spent = start.elapsed();
        self.release();
        let Ok(values) = values;
        assert_eq!(values.len(), graph.outputs().len());
        spent
    }

    fn acquire(&self) {
        if self.exclusive {
            self.lock.acquire();
        }
    }

    fn release(&self) {
        if self.exclusive {
            self.lock.release();
        }
    }
}

impl Host for Sum {
    type Value = u64;
    type Error = Infallible;

    fn run(&self, _: NodeId, _: OpId, args: Args<'_, u64>) -> Result<u64, Infallible> {
        if let Some(time) = self.sleep {
            self.release();
            std::thread::sleep(time);
            self.acquire();
        }
        let numbers = args.iter().map(|arg| match arg {
            Arg::Value { value, .. } => *value,
            Arg::Const(id) => id.index() as u64,
        });
        Ok(numbers.sum())
    }

    fn constant(&self, id: ConstId) -> u64 {
        id.index() as u64
    }

    fn share(&self, value: &u64) -> u64 {
        *value
    }
}

impl Crew for Sum {
    fn attached(self: Arc<Self>, work: &mut dyn FnMut()) {
        self.acquire();
        work();
        self.release();
    }

    fn wait(&self, sleep: &mut dyn FnMut()) -> Result<(), Infallible> {
        self.release();
        sleep();
        self.acquire();
        Ok(())
    }

    fn may_be_long(&self, _: NodeId, _: OpId, _: Args<'_, u64>) -> bool {
        self.long
    }

    fn learn(&self, _: NodeId, _: bool) {}

    fn exclusive(&self) -> bool {
        self.exclusive
    }
}

fn constant(index: usize) -> Input {
    Input::constant(ConstId::from_index(index))
}

fn pure(graph: &mut Graph, op: usize, inputs: &[Input]) -> Input {
    Input::node(graph.add(OpId::from_index(op), inputs, Purity::Pure))
}

fn chain(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut last = constant(0);
    for _ in 0..nodes {
        last = pure(&mut graph, 0, &[last, constant(1)]);
    }
    graph.push_output(last);
    graph
}

fn fan_out(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let child = pure(&mut graph, 0, &[constant(0)]);
    for index in 1..nodes {
        let output = pure(&mut graph, 1, &[child, constant(index)]);
        graph.push_output(output);
    }
    graph
}

fn tree(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut level: Vec<_> = (0..nodes / 2)
        .map(|index| pure(&mut graph, 0, &[constant(index)]))
        .collect();
    while level.len() > 1 {
        let pairs = level.chunks(2);
        level = pairs.map(|pair| pure(&mut graph, 1, pair)).collect();
    }
    graph.push_output(level[0]);
    graph
}
