//! What a node costs in small and in large graphs: to add, to plan, to cull, to fuse, to run, in bytes.
//!
//! `cargo bench -p daisy-core --bench growth` prints a table; `-- run` behind it, its lines with
//! `run`. The last column is what should stay below 1.5.

#![allow(clippy::cast_precision_loss)] // Times and sizes are far below 2^52.

use std::any::Any;
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

use daisy_core::{
    Arg, Args, ConstId, Facts, Graph, Host, Input, NoFacts, NodeId, OpId, PassSet, Plan, Purity,
    execute,
};

const SMALL: usize = 10_000;
const LARGE: usize = 1_000_000;

/// A way to build a graph of about so many nodes.
type Shape = (&'static str, fn(usize) -> Graph);

const SHAPES: &[Shape] = &[
    ("chain", chain),
    ("chain, new constants", chain_of_constants),
    ("independent", independent),
    ("three stages", stages),
    ("tree by levels", tree),
    ("tree depth first", deep_tree),
    ("fan-out over constants", fan_out_constants),
    ("fan-out over operations", fan_out_operations),
    ("fan-out over older nodes", fan_out_older),
    ("random older input", random_older),
    ("fan-in", fan_in),
];

fn main() {
    println!("{:<34}{SMALL:>9}{LARGE:>9}{:>8}", "ns a node", "ratio");
    row("24 bytes of fresh memory", |n| {
        Box::new(move || Box::new(vec![[1_u64; 3]; n]))
    });
    for (name, build) in SHAPES {
        row(&format!("add: {name}"), |n| {
            Box::new(move || Box::new(build(n)))
        });
    }
    for (name, build) in SHAPES {
        row(&format!("add again: {name}"), |n| add_again(build(n)));
    }
    for (name, build) in [SHAPES[0], SHAPES[5], SHAPES[10]] {
        row(&format!("plan: {name}"), |n| on(build(n), Plan::new));
        row(&format!("cull, nothing dead: {name}"), |n| {
            on(build(n), cull)
        });
        row(&format!("cull, half dead: {name}"), |n| {
            on(half_dead(&build(n)), cull)
        });
        row(&format!("run: {name}"), |n| run(build(n), Sum));
        row(&format!("run, boxes: {name}"), |n| run(build(n), Boxes));
    }
    for (name, build) in SHAPES {
        row(&format!("fuse: {name}"), |n| on(build(n), fuse));
    }
    row("fuse: all outputs, one array", |n| on(outputs(n), fuse));
    row("fuse: pairs", |n| on(pairs(n), fuse));
    println!("\n{:<34}{LARGE:>9}", "bytes a node");
    for (name, build) in SHAPES {
        let graph = build(LARGE);
        println!(
            "{name:<34}{:>9.1}",
            graph.bytes() as f64 / graph.len() as f64
        );
    }
}

/// Something to time; what it gives is dropped once the time is taken.
type Work = Box<dyn FnMut() -> Box<dyn Any>>;

/// Prints the best times of both sizes, which take turns, so that both see the same machine.
fn row(name: &str, prepare: impl Fn(usize) -> Work) {
    const ROUNDS: usize = 12;
    if !std::env::args()
        .skip(1)
        .all(|word| word.starts_with('-') || name.contains(&word))
    {
        return;
    }
    let (mut small, mut large) = (prepare(SMALL), prepare(LARGE));
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        for _ in 0..LARGE / SMALL {
            best[0] = best[0].min(time(SMALL, &mut small));
        }
        best[1] = best[1].min(time(LARGE, &mut large));
    }
    println!(
        "{name:<34}{:>9.1}{:>9.1}{:>8.2}",
        best[0],
        best[1],
        best[1] / best[0]
    );
}

/// Nanoseconds a node.
fn time(nodes: usize, work: &mut Work) -> f64 {
    let start = Instant::now();
    let result = work();
    let spent = start.elapsed();
    drop(result);
    spent.as_nanos() as f64 / nodes as f64
}

fn on<T: 'static>(graph: Graph, work: impl Fn(&Graph) -> T + 'static) -> Work {
    Box::new(move || Box::new(work(black_box(&graph))))
}

fn cull(graph: &Graph) -> impl Sized + use<> {
    PassSet::all().apply(graph, &NoFacts)
}

fn fuse(graph: &Graph) -> impl Sized + use<> {
    PassSet::all().apply(graph, &ElementWise)
}

/// Adds all that is there already.
fn add_again(mut graph: Graph) -> Work {
    let ids: Vec<_> = graph.ids().collect();
    let mut inputs = Vec::new();
    Box::new(move || {
        for &id in &ids {
            inputs.clear();
            inputs.extend_from_slice(graph.inputs(id));
            let op = graph.op(id);
            assert_eq!(graph.add(op, &inputs, Purity::Pure), id);
        }
        Box::new(())
    })
}

fn run<H: Host<Error = Infallible, Value: 'static> + 'static>(graph: Graph, host: H) -> Work {
    let plan = Plan::new(&graph);
    Box::new(move || Box::new(execute(&graph, &plan, &host)))
}

/// A graph of the same nodes whose output needs the older half at most.
fn half_dead(graph: &Graph) -> Graph {
    let mut dead = Graph::default();
    for id in graph.ids() {
        dead.add(graph.op(id), graph.inputs(id), graph.purity(id));
    }
    dead.push_output(Input::node(NodeId::from_index(graph.len() / 2)));
    dead
}

/// Says of every operation but the second that it is element-wise, and of constants that they are data.
struct ElementWise;

impl Facts for ElementWise {
    fn classes(&self, graph: &Graph) -> Option<Vec<Option<u32>>> {
        let class = |id| (graph.op(id).index() != 1).then_some(0);
        Some(graph.ids().map(class).collect())
    }

    fn is_kept(&self, _: NodeId) -> bool {
        false
    }

    fn is_data(&self, _: ConstId) -> bool {
        true
    }

    fn group_op(&self, group: usize) -> OpId {
        OpId::from_index(group)
    }

    fn part_op(&self, part: usize) -> OpId {
        OpId::from_index(part)
    }
}

/// Adds up numbers; a constant is its own id.
struct Sum;

impl Host for Sum {
    type Value = u64;
    type Error = Infallible;

    fn run(&self, _: NodeId, _: OpId, args: Args<'_, u64>) -> Result<u64, Infallible> {
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

/// Gives values that are allocated, and must be dropped.
struct Boxes;

impl Host for Boxes {
    type Value = Box<u64>;
    type Error = Infallible;

    fn run(&self, _: NodeId, _: OpId, args: Args<'_, Box<u64>>) -> Result<Box<u64>, Infallible> {
        Ok(Box::new(args.len() as u64))
    }

    fn constant(&self, id: ConstId) -> Box<u64> {
        Box::new(id.index() as u64)
    }

    fn share(&self, value: &Box<u64>) -> Box<u64> {
        value.clone()
    }
}

fn constant(index: usize) -> Input {
    Input::constant(ConstId::from_index(index))
}

fn pure(graph: &mut Graph, op: usize, inputs: &[Input]) -> Input {
    Input::node(graph.add(OpId::from_index(op), inputs, Purity::Pure))
}

fn finished(mut graph: Graph, output: Input) -> Graph {
    graph.push_output(output);
    graph
}

fn chain(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut last = constant(0);
    for _ in 0..nodes {
        last = pure(&mut graph, 0, &[last, constant(1)]);
    }
    finished(graph, last)
}

fn chain_of_constants(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut last = constant(0);
    for index in 0..nodes {
        last = pure(&mut graph, 0, &[last, constant(index)]);
    }
    finished(graph, last)
}

fn independent(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let all: Vec<_> = (0..nodes)
        .map(|i| pure(&mut graph, 0, &[constant(2 * i), constant(2 * i + 1)]))
        .collect();
    finished(graph, all[0])
}

fn stages(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut all: Vec<_> = (0..nodes / 3)
        .map(|i| pure(&mut graph, 0, &[constant(i), constant(0)]))
        .collect();
    for op in 1..3 {
        for value in &mut all {
            *value = pure(&mut graph, op, &[*value, constant(0)]);
        }
    }
    finished(graph, all[0])
}

fn tree(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut level: Vec<_> = (0..nodes / 2)
        .map(|i| pure(&mut graph, 0, &[constant(i), constant(i + 1)]))
        .collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| pure(&mut graph, 1, pair))
            .collect();
    }
    finished(graph, level[0])
}

fn deep_tree(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut stack: Vec<(u32, Input)> = Vec::new();
    for index in 0..nodes / 2 {
        let mut top = (
            0,
            pure(&mut graph, 0, &[constant(index), constant(index + 1)]),
        );
        while stack.last().is_some_and(|left| left.0 == top.0) {
            let left = stack.pop().expect("there is one");
            top = (top.0 + 1, pure(&mut graph, 1, &[left.1, top.1]));
        }
        stack.push(top);
    }
    let rest: Vec<_> = stack.iter().map(|entry| entry.1).collect();
    let root = pure(&mut graph, 2, &rest);
    finished(graph, root)
}

fn fan_out_constants(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let child = pure(&mut graph, 0, &[constant(0)]);
    let all: Vec<_> = (0..nodes)
        .map(|i| pure(&mut graph, 1, &[child, constant(i)]))
        .collect();
    finished(graph, all[0])
}

fn fan_out_operations(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let child = pure(&mut graph, 0, &[constant(0)]);
    let all: Vec<_> = (1..nodes)
        .map(|i| pure(&mut graph, i, &[child, constant(0)]))
        .collect();
    finished(graph, all[0])
}

fn fan_out_older(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let older: Vec<_> = (0..nodes / 2)
        .map(|i| pure(&mut graph, 0, &[constant(i), constant(0)]))
        .collect();
    let child = pure(&mut graph, 1, &[constant(0)]);
    for value in older {
        pure(&mut graph, 0, &[value, child]);
    }
    finished(graph, child)
}

fn random_older(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut last = pure(&mut graph, 0, &[]);
    let mut state = 1_u64;
    for _ in 0..nodes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let older = (state >> 33) as usize % graph.len();
        last = pure(
            &mut graph,
            1,
            &[last, Input::node(NodeId::from_index(older))],
        );
    }
    finished(graph, last)
}

fn fan_in(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let all: Vec<_> = (1..nodes)
        .map(|i| pure(&mut graph, 0, &[constant(i)]))
        .collect();
    let sum = pure(&mut graph, 1, &all);
    finished(graph, sum)
}

/// A fan of which every node is an output.
fn outputs(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    for index in 0..nodes {
        let output = pure(&mut graph, 0, &[constant(0), constant(index + 1)]);
        graph.push_output(output);
    }
    graph
}

/// A chain in which two nodes of three are element-wise.
fn pairs(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut last = constant(0);
    for index in 0..nodes {
        last = pure(&mut graph, index % 3, &[last, constant(1)]);
    }
    finished(graph, last)
}
