//! Variants: what tells two operations of one code apart besides their inputs.
//!
//! That is the names of a call's keyword arguments, and the context that it runs in: the same
//! division can raise in one context and not in another. Most graphs have one context and few
//! keywords, so an operation costs a look at an address here.

use std::collections::HashMap;

use daisy_core::OpId;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::contexts::Contexts;
use crate::node::{Expr, Node};
use crate::op::Op;

/// The variants of the operations of one graph, by number; number 0 has no names and context 0.
#[derive(Default)]
pub struct Variants {
    /// Variant 1 is the first of these.
    known: Vec<Variant>,
    by_variant: HashMap<Variant, u32>,
    /// The distinct tuples of names.
    names: Vec<Py<PyTuple>>,
    contexts: Contexts,
}

/// The names of the last inputs, as a place in `names`, and the number of a context.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Variant {
    names: Option<usize>,
    context: u32,
}

impl Variants {
    /// The id of a node's operation.
    pub(super) fn op_id(&mut self, py: Python<'_>, node: &Node, expr: &Expr) -> PyResult<OpId> {
        let context = match &node.context {
            Some(context) if !expr.op.needs_no_context() => {
                self.contexts.number(context.bind(py))?
            }
            _ => 0,
        };
        let names = expr.kwnames().map(|names| self.names_id(py, names));
        let variant = Variant { names, context };
        if variant == Variant::default() {
            return Ok(expr.op.id());
        }
        let known = &mut self.known;
        let number = self.by_variant.entry(variant).or_insert_with(|| {
            known.push(variant);
            u32::try_from(known.len()).expect("fewer variants than nodes")
        });
        Ok(expr.op.variant_id(*number))
    }

    fn names_id(&mut self, py: Python<'_>, names: &Py<PyTuple>) -> usize {
        let known = self.names.iter().rposition(|other| {
            other.is(names) || other.bind(py).eq(names.bind(py)).unwrap_or(false)
        });
        known.unwrap_or_else(|| {
            self.names.push(names.clone_ref(py));
            self.names.len() - 1
        })
    }

    /// The names of the last inputs of an operation.
    pub fn kwnames(&self, op: OpId) -> Option<&Py<PyTuple>> {
        self.variant(op).names.map(|names| &self.names[names])
    }

    /// The number of the context that an operation runs in.
    pub fn context(&self, op: OpId) -> u32 {
        self.variant(op).context
    }

    fn variant(&self, op: OpId) -> Variant {
        match Op::variant_of(op) {
            0 => Variant::default(),
            number => self.known[number - 1],
        }
    }
}
