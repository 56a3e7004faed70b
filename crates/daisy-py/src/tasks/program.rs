//! Program: a task graph as a graph of the core, with the Python objects in tables beside it.

use daisy_core::{ConstId, Graph, Input, OpId, Purity};
use pyo3::prelude::*;

use super::action::Action;
use super::entry::{Code, Entries, EntryId, State};

/// A graph and what its ids stand for.
pub struct Program {
    pub graph: Graph,
    pub tables: Tables,
}

/// The Python objects of a graph.
#[derive(Default)]
pub struct Tables {
    /// By node.
    pub actions: Vec<Action>,
    /// By constant: the values of data nodes.
    pub constants: Vec<Py<PyAny>>,
    /// By node: the entry it was made of, where somebody will ask which task has failed.
    pub entries: Vec<EntryId>,
    /// By entry, where somebody will ask.
    pub keys: Vec<Py<PyAny>>,
}

impl Program {
    /// The program that runs entries in a given order and gives the values of the roots. It knows
    /// the keys of its nodes if they are wanted.
    pub fn new(entries: Entries, order: &[EntryId], roots: &[EntryId], keys: bool) -> Self {
        let mut builder = Builder::new(entries, keys);
        for &entry in order {
            builder.add(entry);
        }
        for &root in roots {
            let output = builder.values[root as usize];
            builder.graph.push_output(output);
        }
        if keys {
            builder.tables.keys = builder.entries.keys;
        }
        Self {
            graph: builder.graph,
            tables: builder.tables,
        }
    }
}

struct Builder {
    entries: Entries,
    /// Whether the entries of the nodes are wanted, and the one at hand.
    keys: bool,
    entry: EntryId,
    graph: Graph,
    tables: Tables,
    /// By entry, once it was added.
    values: Vec<Input>,
    stack: Vec<Input>,
}

/// What actions do stands in their table, so that all nodes have one operation.
const ACT: OpId = OpId::new(0);

impl Builder {
    fn new(entries: Entries, keys: bool) -> Self {
        let unknown = Input::constant(ConstId::new(0));
        Self {
            values: vec![unknown; entries.len()],
            entries,
            keys,
            entry: 0,
            graph: Graph::default(),
            tables: Tables::default(),
            stack: Vec::new(),
        }
    }

    fn add(&mut self, entry: EntryId) {
        let state = &mut self.entries.states[entry as usize];
        let State::Read(action) = std::mem::replace(state, State::Moved) else {
            unreachable!("only entries that were read are in an order, and once");
        };
        self.entry = entry;
        for place in self.entries.span(entry) {
            match self.entries.codes[place] {
                Code::Take(need) => self.stack.push(self.values[need as usize]),
                Code::Make(part) => self.make(part as usize),
            }
        }
        self.values[entry as usize] = self.step(action, self.stack.len());
    }

    fn make(&mut self, part: usize) {
        let part = &mut self.entries.parts[part];
        let action = std::mem::replace(&mut part.action, Action::Alias);
        let inputs = part.inputs;
        let value = self.step(action, inputs);
        self.stack.push(value);
    }

    /// Adds what an action does with the inputs on top of the stack, which it takes from there.
    fn step(&mut self, action: Action, inputs: usize) -> Input {
        let first = self.stack.len() - inputs;
        let value = match action {
            Action::Alias => self.stack[first],
            Action::Data(value) => self.constant(value),
            action => {
                self.tables.actions.push(action);
                if self.keys {
                    self.tables.entries.push(self.entry);
                }
                // Tasks may do anything: no two of them are one, equal or not.
                let node = self.graph.add(ACT, &self.stack[first..], Purity::Impure);
                Input::node(node)
            }
        };
        self.stack.truncate(first);
        value
    }

    fn constant(&mut self, value: Py<PyAny>) -> Input {
        let id = ConstId::from_index(self.tables.constants.len());
        self.tables.constants.push(value);
        Input::constant(id)
    }
}
