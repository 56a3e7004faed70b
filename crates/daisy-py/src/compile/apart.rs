//! Apart: where folding is undone, because it can be told.
//!
//! Plain Python gives two objects where two were written, and one value in their place is the same
//! only as long as nobody changes it or asks which object it is.

use std::collections::{HashMap, HashSet};

use daisy_core::{Input, NodeId, OpId, Purity};
use pyo3::prelude::*;
use pyo3::types::{PySlice, PyTuple};

use super::{Claims, Compiler, Obstacle};
use crate::constants;
use crate::node::{Arg, Expr, Node, NodeRef, State};
use crate::op::Op;

/// An operation as it was written, before copies stand in for its inputs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Written {
    pub op: OpId,
    pub inputs: Vec<Input>,
    /// The places of the inputs that are copies, each with the first place of the same one.
    pub copies: Vec<(usize, usize)>,
    pub after: Option<NodeId>,
}

impl<C: Claims> Compiler<'_, '_, C> {
    /// Remembers which nodes folded with others. That is known only when all are in the graph,
    /// and what is done about it needs it before: hence the second round.
    pub(super) fn find_folded(&mut self) {
        for (id, twin) in self.out.twins() {
            self.folded.insert(NodeRef::as_ptr(twin));
            self.folded.insert(NodeRef::as_ptr(self.out.origin(id)));
        }
    }

    /// Adds an operation with the copies that it needs. Equal ones are one operation still, which
    /// the graph cannot see: copies are never equal.
    pub(super) fn put_apart(&mut self, written: &Written, purity: Purity) -> NodeId {
        if written.copies.is_empty() {
            return self.put(written, purity);
        }
        if let Some(&id) = self.apart.get(written)
            && purity == Purity::Pure
        {
            return id;
        }
        let mut own = written.clone();
        let mut made: HashMap<usize, Input> = HashMap::new();
        for &(index, first) in &written.copies {
            let Some(input) = written.inputs[index].as_node() else {
                continue;
            };
            let copy = made.entry(first);
            own.inputs[index] = *copy.or_insert_with(|| self.copy(input));
        }
        let id = self.put(&own, purity);
        self.apart.insert(written.clone(), id);
        id
    }

    /// Which inputs of an operation have to be objects of its own, because folding made one of
    /// several and that can be told: a container, which may be changed; the operands of `is`;
    /// whatever a function of the user's is called with, since it may change it or ask for its
    /// identity. Gives places, each with the first place of the same node: one copy does for both.
    pub(super) fn copies(
        &mut self,
        expr: &Expr,
        inputs: &[Input],
    ) -> Result<Vec<(usize, usize)>, Obstacle> {
        if !inputs.iter().any(|input| input.as_node().is_some()) {
            return Ok(Vec::new());
        }
        let compares = expr.op == Op::IS || expr.op == Op::IS_NOT;
        let touches = expr.op == Op::CALL && self.callee_touches(inputs[0])?;
        let mut owners: HashMap<NodeId, *const Node> = HashMap::new();
        // A part of an object and the object are two values, though of one owner.
        let mut places: HashMap<(*const Node, NodeId), usize> = HashMap::new();
        let mut copies = Vec::new();
        for (index, (arg, input)) in expr.args.iter().zip(inputs).enumerate() {
            let (Arg::Node(node), Some(id)) = (arg, input.as_node()) else {
                continue;
            };
            let op = Op::of_id(self.graph.op(id));
            // The callee itself, a method of an object say, is called and not given away.
            let given = touches && index > 0;
            let told = compares || given || op.makes_mutable();
            if !told {
                continue;
            }
            self.touches |= given;
            let own = owner(self.py, node);
            let folded = given && self.holds_folded(node)?;
            if folded || *owners.entry(id).or_insert(own) != own {
                copies.push((index, *places.entry((own, id)).or_insert(index)));
            }
        }
        Ok(copies)
    }
}

impl<C: Claims> Compiler<'_, '_, C> {
    /// Whether the value of a node is one that folded, or holds or views such a one.
    fn holds_folded(&self, node: &NodeRef) -> Result<bool, Obstacle> {
        if self.folded.is_empty() {
            return Ok(false);
        }
        let mut seen = HashSet::new();
        let mut stack = vec![node.clone()];
        while let Some(node) = stack.pop() {
            let address = NodeRef::as_ptr(&node);
            if self.folded.contains(&address) {
                return Ok(true);
            }
            if seen.insert(address)
                && let State::Pending(expr) = &*node.lock(self.py)
            {
                self.push_viewed(expr, &mut stack)?;
                if expr.op.is_display() {
                    stack.extend(expr.children().cloned());
                }
            }
        }
        Ok(false)
    }
}

/// What the value of a node is an object of: a part of a value (an attribute, an item) is the same
/// object however often it is read, so what counts is whose part it is.
pub(super) fn owner(py: Python<'_>, node: &NodeRef) -> *const Node {
    let mut node = node.clone();
    loop {
        let next = match &*node.lock(py) {
            State::Pending(expr) if reads_one_part(py, expr) => match &expr.args[0] {
                Arg::Node(owner) => Some(owner.clone()),
                // The address of a leaf tells as well as that of a node.
                Arg::Value(value) => return value.as_ptr().cast_const().cast(),
            },
            _ => None,
        };
        match next {
            Some(owner) => node = owner,
            None => return NodeRef::as_ptr(&node),
        }
    }
}

/// Whether an expression gives the same object, or memory of it, each time: an attribute does, and
/// an item under a number, a name or a slice; a mask or a list of places makes a new array.
fn reads_one_part(py: Python<'_>, expr: &Expr) -> bool {
    match (expr.op, expr.args.get(1)) {
        (Op::GETATTR, _) => true,
        (Op::GETITEM, Some(Arg::Value(index))) => is_plain_index(index.bind(py)),
        _ => false,
    }
}

fn is_plain_index(index: &Bound<'_, PyAny>) -> bool {
    match index.cast_exact::<PyTuple>() {
        Ok(items) => items.iter().all(|item| is_plain_index(&item)),
        Err(_) => constants::is_immutable(index) || index.is_exact_instance_of::<PySlice>(),
    }
}
