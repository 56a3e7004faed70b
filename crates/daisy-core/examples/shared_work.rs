//! A graph of Rust closures that share work: what was written, what is left, and who shares it.
//!
//! `cargo run --release --example shared_work`

#![allow(clippy::cast_precision_loss)] // The lengths here are far below 2^52.

use std::cell::Cell;
use std::collections::HashMap;
use std::convert::Infallible;

use daisy_core::{
    Arg, Args, ConstId, Graph, Host, Input, NodeId, OpId, Plan, Purity, Source, execute,
};

type Closure = Box<dyn Fn(&[&[f64]]) -> Vec<f64>>;

/// The tables behind the ids.
#[derive(Default)]
struct Tables {
    ops: Vec<(&'static str, Purity, Closure)>,
    constants: Vec<(&'static str, Vec<f64>)>,
    calls: Cell<usize>,
}

impl Host for Tables {
    type Value = Vec<f64>;
    type Error = Infallible;

    fn run(&self, _: NodeId, op: OpId, args: Args<'_, Vec<f64>>) -> Result<Vec<f64>, Infallible> {
        let constants = &self.constants;
        let args: Vec<&[f64]> = args
            .iter()
            .map(|arg| match arg {
                Arg::Value { value, .. } => value.as_slice(),
                Arg::Const(id) => constants[id.index()].1.as_slice(),
            })
            .collect();
        self.calls.set(self.calls.get() + 1);
        Ok((self.ops[op.index()].2)(&args))
    }

    fn constant(&self, id: ConstId) -> Vec<f64> {
        self.constants[id.index()].1.clone()
    }

    fn share(&self, value: &Vec<f64>) -> Vec<f64> {
        value.clone()
    }
}

/// What writes the graph, and remembers how often each node was written.
#[derive(Default)]
struct Writer {
    tables: Tables,
    graph: Graph,
    written: HashMap<NodeId, usize>,
}

impl Writer {
    fn op(
        &mut self,
        name: &'static str,
        purity: Purity,
        closure: impl Fn(&[&[f64]]) -> Vec<f64> + 'static,
    ) -> OpId {
        self.tables.ops.push((name, purity, Box::new(closure)));
        OpId::from_index(self.tables.ops.len() - 1)
    }

    fn constant(&mut self, name: &'static str, value: &[f64]) -> Input {
        self.tables.constants.push((name, value.to_vec()));
        Input::constant(ConstId::from_index(self.tables.constants.len() - 1))
    }

    fn call(&mut self, op: OpId, inputs: &[Input]) -> Input {
        let purity = self.tables.ops[op.index()].1;
        let id = self.graph.add(op, inputs, purity);
        *self.written.entry(id).or_default() += 1;
        Input::node(id)
    }

    /// One line of source for a node: `%2 = minus(x, %1)`.
    fn line(&self, id: NodeId) -> String {
        let name = self.tables.ops[self.graph.op(id).index()].0;
        let inputs = self
            .graph
            .inputs(id)
            .iter()
            .map(|input| match input.unpack() {
                Source::Node(id) => id.to_string(),
                Source::Const(id) => self.tables.constants[id.index()].0.to_owned(),
            });
        format!("{id} = {name}({})", inputs.collect::<Vec<_>>().join(", "))
    }

    fn users(&self, id: NodeId) -> Vec<NodeId> {
        let uses = |&user: &NodeId| self.graph.inputs(user).contains(&Input::node(id));
        self.graph.ids().filter(uses).collect()
    }

    fn report(&self) {
        let written: usize = self.written.values().sum();
        println!(
            "{written} operations were written, {} are left:\n",
            self.graph.len()
        );
        for id in self.graph.ids() {
            let (times, users) = (self.written[&id], self.users(id));
            let shared = match (times, users.len()) {
                (1, 0 | 1) => String::new(),
                (times, _) => format!("written {times} times, used by {users:?}"),
            };
            println!("{:<28}{shared}", self.line(id));
        }
    }
}

/// The operations of this program.
struct Ops {
    mean: OpId,
    minus: OpId,
    square: OpId,
    root: OpId,
    divide: OpId,
    noise: OpId,
}

impl Ops {
    fn new(to: &mut Writer) -> Self {
        let state = Cell::new(1.0);
        Self {
            mean: to.op("mean", Purity::Pure, |x| {
                vec![x[0].iter().sum::<f64>() / x[0].len() as f64]
            }),
            minus: to.op("minus", Purity::Pure, |x| {
                x[0].iter().map(|v| v - x[1][0]).collect()
            }),
            square: to.op("square", Purity::Pure, |x| {
                x[0].iter().map(|v| v * v).collect()
            }),
            root: to.op("root", Purity::Pure, |x| {
                x[0].iter().map(|v| v.sqrt()).collect()
            }),
            divide: to.op("divide", Purity::Pure, |x| {
                x[0].iter().map(|v| v / x[1][0]).collect()
            }),
            noise: to.op("noise", Purity::Impure, move |_| {
                state.set((state.get() * 75.0) % 65537.0);
                vec![state.get() / 65537.0]
            }),
        }
    }

    fn variance(&self, to: &mut Writer, x: Input) -> Input {
        let mean = to.call(self.mean, &[x]);
        let centred = to.call(self.minus, &[x, mean]);
        let squares = to.call(self.square, &[centred]);
        to.call(self.mean, &[squares])
    }

    fn deviation(&self, to: &mut Writer, x: Input) -> Input {
        let variance = self.variance(to, x);
        to.call(self.root, &[variance])
    }

    fn score(&self, to: &mut Writer, x: Input) -> Input {
        let mean = to.call(self.mean, &[x]);
        let centred = to.call(self.minus, &[x, mean]);
        let deviation = self.deviation(to, x);
        to.call(self.divide, &[centred, deviation])
    }
}

fn main() {
    let mut writer = Writer::default();
    let ops = Ops::new(&mut writer);
    let x = writer.constant("x", &[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);

    // Three functions that know nothing of each other, and two random numbers, which stay two.
    let names = ["variance", "deviation", "score", "noise", "noise"];
    let outputs = [
        ops.variance(&mut writer, x),
        ops.deviation(&mut writer, x),
        ops.score(&mut writer, x),
        writer.call(ops.noise, &[]),
        writer.call(ops.noise, &[]),
    ];
    for output in outputs {
        writer.graph.push_output(output);
    }
    writer.report();

    let plan = Plan::new(&writer.graph);
    let Ok(values) = execute(&writer.graph, &plan, &writer.tables);
    println!("\n{} closures were called:\n", writer.tables.calls.get());
    for (name, value) in names.iter().zip(values) {
        println!("{name:<10} {value:.3?}");
    }
}
