//! Sharing: which values of a graph several written operations use, and in which order.
//!
//! That matters for what changes with its use. An iterator that two operations go through gives
//! the second one nothing, and a random generator gives it the next numbers. The plain function
//! has it so in the order written; a graph has that order only where the operations wait for each
//! other, and where none of them folded.

use std::collections::{BTreeMap, HashSet};
use std::ops::Deref;

use daisy_core::{ConstId, Input, NodeId, Source};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyFunction};
use smallvec::SmallVec;

use crate::compile::Compiled;
use crate::containers::changes_with_use;
use crate::errors;
use crate::node::NodeRef;
use crate::op::Op;

/// The uses of all values of one compiled graph.
pub struct Sharing<C> {
    compiled: C,
    /// By node: the operations that it is an input of, in the order of their ids.
    users: Vec<SmallVec<[NodeId; 2]>>,
    /// By node: how many inputs and outputs of the graph it is, and how many wait for it.
    uses: Vec<u32>,
    written: Vec<Written>,
}

/// An operation that uses a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    by: NodeId,
    /// Whether it only looks at it.
    reads: bool,
}

/// How many operations are looked at to find out whether one waits for another. Where it would be
/// more, the order counts as unknown.
const PATIENCE: usize = 10_000;

impl<C: Deref<Target = Compiled> + Clone> Sharing<C> {
    pub fn of(compiled: C) -> Self {
        let graph = &compiled.graph;
        let mut sharing = Sharing {
            compiled: compiled.clone(),
            users: vec![SmallVec::new(); graph.len()],
            uses: vec![0; graph.len()],
            written: vec![Written::default(); graph.len()],
        };
        let origins = graph.ids().map(|id| (id, compiled.origin(id)));
        for (id, node) in origins.chain(compiled.twins()) {
            sharing.count_written(id, node);
        }
        for user in graph.ids() {
            if let Some(id) = graph.after(user) {
                sharing.uses[id.index()] += 1;
            }
            for id in graph
                .inputs(user)
                .iter()
                .filter_map(|input| input.as_node())
            {
                sharing.uses[id.index()] += 1;
                let users = &mut sharing.users[id.index()];
                if users.last() != Some(&user) {
                    users.push(user);
                }
            }
        }
        for id in graph.outputs().iter().filter_map(|output| output.as_node()) {
            sharing.uses[id.index()] += 1;
        }
        sharing
    }

    /// Whether a value that changes with its use would be used otherwise than in the plain
    /// function: operations on it folded, or have no order.
    pub fn would_be_used_up(&self, py: Python<'_>, id: NodeId) -> bool {
        let (uses, written) = (self.uses[id.index()], &self.written[id.index()]);
        let folded = if written.nodes > 1 {
            uses > 1 || written.of_one > 1
        } else {
            written.of_one > uses
        };
        folded || !self.is_in_order(&self.uses_of(py, id))
    }

    /// Refuses values that are there already and change with their use, such as an iterator that a
    /// branch has computed, where operations without an order use them.
    pub fn check_constants(&self, py: Python<'_>) -> PyResult<()> {
        let constants = &self.compiled.constants;
        // In the order of the constants, so that the same one is named each time.
        let mut users: BTreeMap<ConstId, Vec<NodeId>> = BTreeMap::new();
        for user in self.compiled.graph.ids() {
            for input in self.compiled.graph.inputs(user) {
                if let Source::Const(id) = input.unpack() {
                    users.entry(id).or_default().push(user);
                }
            }
        }
        for (id, users) in users {
            let value = constants.get(id).value.bind(py);
            if users.len() > 1 && changes_with_use(value) {
                self.check_order(value, &self.sorted_uses(py, &users))?;
            }
        }
        Ok(())
    }

    fn check_order(&self, value: &Bound<'_, PyAny>, uses: &[Use]) -> PyResult<()> {
        if self.is_in_order(uses) {
            return Ok(());
        }
        let error = errors::shared_iterator(value);
        let last = uses.last().map(|last| self.compiled.origin(last.by));
        Err(match last {
            Some(origin) => errors::blame(value.py(), origin, error),
            None => error,
        })
    }

    fn sorted_uses(&self, py: Python<'_>, users: &[NodeId]) -> Vec<Use> {
        let mut found = Vec::new();
        self.push_uses(py, users, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn count_written(&mut self, id: NodeId, node: &NodeRef) {
        // A part of a value is one object, however often it is written.
        let is_part = self.op(id).reads_part();
        let written = &mut self.written[id.index()];
        written.nodes += 1;
        written.of_one = if is_part {
            written.of_one + node.inputs()
        } else {
            written.of_one.max(node.inputs())
        };
    }

    /// Whether each use of a value waits for the one before. Two that only look at it need not.
    fn is_in_order(&self, uses: &[Use]) -> bool {
        let mut last: Option<NodeId> = None;
        let mut reads: Vec<NodeId> = Vec::new();
        for one in uses {
            let in_order = if one.reads {
                last.is_none_or(|last| self.waits(one.by, last))
            } else {
                let mut before = reads.drain(..).chain(last);
                before.all(|before| self.waits(one.by, before))
            };
            if !in_order {
                return false;
            }
            if one.reads {
                reads.push(one.by);
            } else {
                last = Some(one.by);
            }
        }
        true
    }

    /// Whether an operation cannot run before another one has.
    fn waits(&self, late: NodeId, early: NodeId) -> bool {
        let graph = &self.compiled.graph;
        let mut seen = HashSet::new();
        let mut stack = vec![late];
        while let Some(id) = stack.pop() {
            if id == early {
                return true;
            }
            if seen.len() > PATIENCE {
                return false;
            }
            // What an operation needs has a smaller id.
            let needs = graph.needs(id).filter(|&id| id >= early);
            stack.extend(needs.filter(|&id| seen.insert(id)));
        }
        false
    }

    /// The operations that use a value, by whatever part of another value it was reached.
    fn uses_of(&self, py: Python<'_>, id: NodeId) -> Vec<Use> {
        let (owner, path) = self.path(id);
        let mut uses = Vec::new();
        let mut values = vec![owner];
        for (op, index) in path.into_iter().rev() {
            let mut parts = Vec::new();
            for &user in values.iter().flat_map(|id| &self.users[id.index()]) {
                let inputs = self.compiled.graph.inputs(user);
                if self.op(user) == op && inputs[1] == index {
                    parts.push(user);
                } else if self.calls_function(py, user) {
                    uses.push(Use {
                        by: user,
                        reads: false,
                    });
                }
            }
            values = parts;
        }
        for value in values {
            self.push_uses(py, &self.users[value.index()], &mut uses);
        }
        uses.sort_unstable();
        uses.dedup();
        uses
    }

    /// The value that a value is a part of, and how the part is reached from it, last step first.
    fn path(&self, id: NodeId) -> (NodeId, Vec<(Op, Input)>) {
        let (mut id, mut path) = (id, Vec::new());
        while self.op(id).reads_part()
            && let [owner, index] = self.compiled.graph.inputs(id)
            && let Some(owner) = owner.as_node()
        {
            path.push((self.op(id), *index));
            id = owner;
        }
        (id, path)
    }

    /// Adds the uses that the operations come to which a value is an input of.
    fn push_uses(&self, py: Python<'_>, users: &[NodeId], found: &mut Vec<Use>) {
        let mut stack = users.to_vec();
        while let Some(by) = stack.pop() {
            match self.op(by) {
                Op::IS | Op::IS_NOT => {}
                // A container does nothing with it, but who gets the container may.
                op if op.is_display() => stack.extend(&self.users[by.index()]),
                Op::GETATTR => self.push_uses_of_attribute(by, found),
                Op::CALL if self.asks_for_type(py, by) => {}
                _ => found.push(Use { by, reads: false }),
            }
        }
    }

    /// A method counts where it is called; any other attribute where it is read.
    fn push_uses_of_attribute(&self, attribute: NodeId, found: &mut Vec<Use>) {
        let users = &self.users[attribute.index()];
        let calls = users.iter().filter(|&&user| self.op(user) == Op::CALL);
        found.extend(calls.clone().map(|&by| Use { by, reads: false }));
        if calls.count() < users.len() || users.is_empty() {
            found.push(Use {
                by: attribute,
                reads: true,
            });
        }
    }

    /// Whether an operation calls a function of the user's, which may use whatever it is given.
    fn calls_function(&self, py: Python<'_>, id: NodeId) -> bool {
        let is_function = |callee: &Bound<'_, PyAny>| callee.is_exact_instance_of::<PyFunction>();
        self.callee(py, id)
            .is_some_and(|callee| is_function(&callee))
    }

    /// Whether an operation asks for nothing but the type of what it is given, or its address.
    fn asks_for_type(&self, py: Python<'_>, id: NodeId) -> bool {
        let Some(callee) = self.callee(py, id) else {
            return false;
        };
        let builtins = callee.is_exact_instance_of::<PyCFunction>();
        let names = ["isinstance", "callable", "id"];
        let is_named = |name: Bound<'_, PyAny>| {
            names
                .iter()
                .any(|known| name.eq(known).is_ok_and(|same| same))
        };
        builtins && callee.getattr("__name__").is_ok_and(is_named)
    }

    fn callee<'py>(&self, py: Python<'py>, id: NodeId) -> Option<Bound<'py, PyAny>> {
        if self.op(id) != Op::CALL {
            return None;
        }
        match self.compiled.graph.inputs(id)[0].unpack() {
            Source::Const(callee) => {
                Some(self.compiled.constants.get(callee).value.bind(py).clone())
            }
            Source::Node(_) => None,
        }
    }

    fn op(&self, id: NodeId) -> Op {
        Op::of_id(self.compiled.graph.op(id))
    }
}

/// How a value was written.
#[derive(Clone, Default)]
struct Written {
    /// The operations that became this one.
    nodes: u32,
    /// The uses of the one that has most.
    of_one: u32,
}
