//! Programs of any kind, for properties of all graphs: statements, what they give, and their graph.

use daisy_core::{ConstId, Graph, Input, NodeId, OpId, Purity};
use proptest::prelude::*;

use crate::facts::{GROUPS, PARTS};

/// How many operations there are.
const OPS: u32 = 4;

/// A program as its author wrote it: nothing folded, nothing left out.
#[derive(Clone, Debug)]
pub struct Program {
    statements: Vec<Statement>,
    outputs: Vec<Operand>,
    /// By operation.
    classes: Vec<Option<u32>>,
}

#[derive(Clone, Debug)]
struct Statement {
    op: u32,
    impure: bool,
    operands: Vec<Operand>,
    after: Option<usize>,
    kept: bool,
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Statement(usize),
    Constant(u32),
}

/// What an operation gives. An impure one also looks at how many ran before it. Some fail.
pub fn meaning(op: u32, impure_before: Option<u64>, args: &[u64]) -> Result<u64, String> {
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
    /// Evaluates statement by statement what the outputs need; gives the values of all statements.
    pub fn values(&self) -> Result<Vec<u64>, String> {
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
        Ok(values)
    }

    /// The values of the outputs, given those of all statements.
    pub fn results(&self, values: &[u64]) -> Vec<u64> {
        let outputs = self.outputs.iter();
        outputs.map(|&output| look_up(output, values)).collect()
    }

    pub fn live(&self) -> Vec<bool> {
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

    /// The graph, and by statement its node.
    pub fn graph(&self) -> (Graph, Vec<NodeId>) {
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
        (graph, ids)
    }

    /// What is known of its graph.
    pub fn facts(&self, ids: &[NodeId]) -> Facts<'_> {
        let kept = self.statements.iter().zip(ids).filter(|(it, _)| it.kept);
        Facts {
            classes: &self.classes,
            kept: kept.map(|(_, &id)| id).collect(),
        }
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

/// What is known of a program's graph. Even constants are data.
pub struct Facts<'p> {
    pub classes: &'p [Option<u32>],
    pub kept: Vec<NodeId>,
}

impl Facts<'_> {
    pub fn class(&self, op: OpId) -> Option<u32> {
        self.classes[op.index()]
    }
}

impl daisy_core::Facts for Facts<'_> {
    fn classes(&self, graph: &Graph) -> Option<Vec<Option<u32>>> {
        Some(graph.ids().map(|id| self.class(graph.op(id))).collect())
    }

    /// Some operations end their groups.
    fn ends_group(&self, graph: &Graph, id: NodeId) -> bool {
        graph.op(id).index() % 5 == 3
    }

    fn is_kept(&self, id: NodeId) -> bool {
        self.kept.contains(&id)
    }

    fn is_data(&self, constant: ConstId) -> bool {
        constant.index().is_multiple_of(2)
    }

    fn group_op(&self, group: usize) -> OpId {
        OpId::from_index(GROUPS + group)
    }

    fn part_op(&self, part: usize) -> OpId {
        OpId::from_index(PARTS + part)
    }
}

/// What a statement is made of: an operation, whether it is impure, operands and what it waits for by
/// how far back they are, whether its value is kept.
type Pick = (u32, bool, Vec<u32>, Option<usize>, bool);

prop_compose! {
    /// Picks that `program` turns into a statement that names earlier ones only.
    fn picks()(
        op in 0..OPS,
        impure in prop::bool::weighted(0.1),
        operands in prop::collection::vec(0..12_u32, 0..4),
        after in prop::option::weighted(0.1, 0..12_usize),
        kept in prop::bool::weighted(0.1),
    ) -> Pick {
        (op, impure, operands, after, kept)
    }
}

/// An earlier statement, counted from the nearest, or a constant where there is none so far back.
fn operand(pick: u32, before: usize) -> Operand {
    match before.checked_sub(1 + pick as usize) {
        Some(index) => Operand::Statement(index),
        None => Operand::Constant(pick % 3),
    }
}

/// Classes by operation: mostly the same one.
fn classes() -> impl Strategy<Value = Vec<Option<u32>>> {
    let class = prop_oneof![3 => Just(Some(0)), 1 => Just(Some(1)), 1 => Just(None)];
    prop::collection::vec(class, OPS as usize)
}

/// A statement that names those before it.
fn statement(index: usize, (op, impure, operands, after, kept): Pick) -> Statement {
    let operands = operands.into_iter().map(|pick| operand(pick, index));
    Statement {
        op,
        impure,
        operands: operands.collect(),
        after: after.and_then(|back| index.checked_sub(1 + back)),
        kept,
    }
}

/// Programs of all kinds.
pub fn program() -> impl Strategy<Value = Program> {
    let statements = prop::collection::vec(picks(), 0..60);
    let outputs = prop::collection::vec(0..20_u32, 0..5);
    (statements, outputs, classes()).prop_map(|(picks, outputs, classes)| {
        let outputs = outputs.into_iter().map(|pick| operand(pick, picks.len()));
        let outputs = outputs.collect();
        let picks = picks.into_iter().enumerate();
        Program {
            statements: picks.map(|(index, pick)| statement(index, pick)).collect(),
            outputs,
            classes,
        }
    })
}
