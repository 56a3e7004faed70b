//! Whatever passes are on, a run gives what plain evaluation gives.

use std::cell::Cell;

use daisy_core::{
    Arg, Args, ConstId, Graph, Host, Input, NodeId, OpId, PASSES, PassSet, Plan, Purity, execute,
};
use proptest::prelude::*;

/// A program as its author wrote it: nothing folded, nothing left out.
#[derive(Clone, Debug)]
struct Program {
    statements: Vec<Statement>,
    outputs: Vec<Operand>,
}

#[derive(Clone, Debug)]
struct Statement {
    op: u32,
    impure: bool,
    operands: Vec<Operand>,
    after: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Statement(usize),
    Constant(u32),
}

/// What an operation gives. An impure one also looks at how many ran before it. Some fail.
fn meaning(op: u32, impure_before: Option<u64>, args: &[u64]) -> Result<u64, String> {
    let salt = u64::from(op) * 31 + impure_before.map_or(0, |before| before + 1);
    let value = args
        .iter()
        .fold(salt + 7, |sum, arg| sum.wrapping_mul(6_364_136_223) ^ arg);
    if value % 29 == 0 {
        Err("failed".to_owned())
    } else {
        Ok(value)
    }
}

impl Program {
    /// Evaluates statement by statement what the outputs need.
    fn naive(&self) -> Result<Vec<u64>, String> {
        let live = self.live();
        let mut values = vec![0; self.statements.len()];
        let mut impure = 0;
        for (index, statement) in self.statements.iter().enumerate().filter(|(i, _)| live[*i]) {
            let before = statement.impure.then_some(impure);
            impure += u64::from(statement.impure);
            let args: Vec<_> = statement
                .operands
                .iter()
                .map(|&o| look_up(o, &values))
                .collect();
            values[index] = meaning(statement.op, before, &args)?;
        }
        Ok(self
            .outputs
            .iter()
            .map(|&output| look_up(output, &values))
            .collect())
    }

    fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.statements.len()];
        mark(&self.outputs, &mut live);
        for (index, statement) in self.statements.iter().enumerate().rev() {
            if live[index] {
                mark(&statement.operands, &mut live);
                statement
                    .after
                    .into_iter()
                    .for_each(|after| live[after] = true);
            }
        }
        live
    }

    fn graph(&self) -> Graph {
        let mut graph = Graph::default();
        let mut ids: Vec<NodeId> = Vec::new();
        for statement in &self.statements {
            let inputs: Vec<_> = statement.operands.iter().map(|&o| input(o, &ids)).collect();
            let purity = if statement.impure {
                Purity::Impure
            } else {
                Purity::Pure
            };
            let after = statement.after.map(|after| ids[after]);
            ids.push(graph.add_after(OpId::new(statement.op), &inputs, purity, after));
        }
        for &output in &self.outputs {
            graph.push_output(input(output, &ids));
        }
        graph
    }
}

fn mark(operands: &[Operand], live: &mut [bool]) {
    for operand in operands {
        if let Operand::Statement(index) = operand {
            live[*index] = true;
        }
    }
}

fn look_up(operand: Operand, values: &[u64]) -> u64 {
    match operand {
        Operand::Statement(index) => values[index],
        Operand::Constant(constant) => u64::from(constant),
    }
}

fn input(operand: Operand, ids: &[NodeId]) -> Input {
    match operand {
        Operand::Statement(index) => ids[index].into(),
        Operand::Constant(constant) => ConstId::new(constant).into(),
    }
}

/// Runs graphs by `meaning`, and spoils each argument that it may change in place.
struct Meaning<'g> {
    graph: &'g Graph,
    impure: Cell<u64>,
}

impl Host for Meaning<'_> {
    type Value = Cell<u64>;
    type Error = String;

    fn run(&self, node: NodeId, op: OpId, args: Args<'_, Cell<u64>>) -> Result<Cell<u64>, String> {
        let impure = self.graph.purity(node) == Purity::Impure;
        let before = impure.then_some(self.impure.get());
        self.impure.set(self.impure.get() + u64::from(impure));
        let values = args.iter().map(|arg| match arg {
            Arg::Value { value, last: true } => value.replace(u64::MAX),
            Arg::Value { value, last: false } => value.get(),
            Arg::Const(id) => id.index() as u64,
        });
        meaning(op.index() as u32, before, &values.collect::<Vec<_>>()).map(Cell::new)
    }

    fn constant(&self, constant: ConstId) -> Cell<u64> {
        Cell::new(constant.index() as u64)
    }

    fn share(&self, value: &Cell<u64>) -> Cell<u64> {
        value.clone()
    }
}

fn run(graph: &Graph) -> Result<Vec<u64>, String> {
    let host = Meaning {
        graph,
        impure: Cell::new(0),
    };
    let values = execute(graph, &Plan::new(graph), &host)?;
    Ok(values.into_iter().map(Cell::into_inner).collect())
}

/// The passes at the places where the bits of a number are set.
fn subset(bits: usize) -> PassSet {
    let mut set = PassSet::none();
    for (place, pass) in PASSES.iter().enumerate() {
        set.set(pass.name, bits >> place & 1 == 1)
            .expect("the name is in the table");
    }
    set
}

prop_compose! {
    /// Picks that `program` turns into a statement that names earlier ones only.
    fn picks()(
        op in 0..3_u32,
        impure in prop::bool::weighted(0.2),
        operands in prop::collection::vec(0..12_u32, 0..4),
        after in prop::option::weighted(0.2, 0..12_usize),
    ) -> (u32, bool, Vec<u32>, Option<usize>) {
        (op, impure, operands, after)
    }
}

/// An earlier statement, counted from the nearest, or a constant where there is none so far back.
fn operand(pick: u32, before: usize) -> Operand {
    match before.checked_sub(1 + pick as usize) {
        Some(index) => Operand::Statement(index),
        None => Operand::Constant(pick % 3),
    }
}

fn program() -> impl Strategy<Value = Program> {
    let statements = prop::collection::vec(picks(), 0..60);
    (statements, prop::collection::vec(0..20_u32, 0..5)).prop_map(|(picks, outputs)| {
        let statement =
            |(index, (op, impure, operands, after)): (usize, (_, _, Vec<u32>, Option<usize>))| {
                Statement {
                    op,
                    impure,
                    operands: operands
                        .into_iter()
                        .map(|pick| operand(pick, index))
                        .collect(),
                    after: after.and_then(|back| index.checked_sub(1 + back)),
                }
            };
        let statements: Vec<_> = picks.into_iter().enumerate().map(statement).collect();
        let outputs = outputs
            .into_iter()
            .map(|pick| operand(pick, statements.len()))
            .collect();
        Program {
            statements,
            outputs,
        }
    })
}

proptest! {
    /// With every subset of the passes a run gives the values of plain evaluation, or fails when
    /// that fails.
    #[test]
    fn any_subset_of_passes_gives_the_same(program in program()) {
        let expected = program.naive();
        let graph = program.graph();
        for bits in 0..1 << PASSES.len() {
            let rewritten = subset(bits).apply(&graph, &daisy_core::NoFacts);
            let graph = rewritten.as_ref().map_or(&graph, |rewritten| &rewritten.graph);
            prop_assert!(graph.verify().is_ok());
            prop_assert_eq!(&run(graph), &expected);
        }
    }

    /// Every graph that can be built is read from its own text.
    #[test]
    fn any_graph_is_read_from_its_text(program in program()) {
        let text = program.graph().to_string();
        let read: Graph = text.parse().expect("the text is a graph");
        prop_assert_eq!(read.to_string(), text);
    }
}

/// The table of passes has each name once, and says why each is there.
#[test]
fn passes_have_names_and_reasons() {
    for (place, pass) in PASSES.iter().enumerate() {
        assert!(!pass.why.is_empty());
        assert!(PASSES[..place].iter().all(|other| other.name != pass.name));
    }
}
