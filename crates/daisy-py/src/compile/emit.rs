//! Emit: adds the nodes to a graph, in which equal ones become one.

use daisy_core::{Graph, Input, NodeId, Purity};

use super::apart::Written;
use super::results::Places;
use super::{Claims, Compiler, Obstacle, slot};
use crate::node::{Arg, Expr, Node, NodeRef, State};

impl<C: Claims> Compiler<'_, '_, C> {
    /// Adds all nodes, whose inputs have not been counted, to a new graph. What was found out about
    /// constants stays.
    pub(super) fn emit_all(&mut self) -> Result<(), Obstacle> {
        // Taken out while the compiler is changed.
        let nodes = std::mem::take(&mut self.out.nodes);
        self.graph = Graph::with_capacity(nodes.len());
        self.out.constants.reserve(nodes.len());
        self.out.origins.clear();
        self.out.origins.reserve_exact(nodes.len());
        self.out.twins.clear();
        self.places = Places::default();
        self.apart.clear();
        for (place, node) in (0..).zip(&nodes) {
            self.emit(place, node)?;
        }
        self.out.nodes = nodes;
        Ok(())
    }

    /// Adds all nodes once more, to a graph of their own.
    pub(super) fn emit_again(&mut self) -> Result<(), Obstacle> {
        for node in &self.out.nodes {
            node.reset_inputs();
        }
        self.emit_all()
    }

    fn emit(&mut self, place: u32, node: &NodeRef) -> Result<(), Obstacle> {
        let id = {
            let state = node.lock(self.py);
            // It was pending when it was entered, and the compile lock is held since.
            let State::Pending(expr) = &*state else {
                return Ok(());
            };
            let in_result = self.result_displays.contains(&NodeRef::as_ptr(node));
            self.add(node, expr, in_result)?
        };
        node.set_slot(slot(id));
        if id.index() < self.out.origins.len() {
            self.out.twins.push((id, place));
        } else {
            self.out.origins.push(place);
        }
        Ok(())
    }

    fn add(&mut self, node: &Node, expr: &Expr, in_result: bool) -> Result<NodeId, Obstacle> {
        let mut inputs = std::mem::take(&mut self.inputs);
        inputs.clear();
        for arg in &expr.args {
            let input = self.arg(arg);
            inputs.push(match arg {
                Arg::Node(node) if in_result => self.place(input, node)?,
                _ => input,
            });
        }
        let after = expr.after().map(|node| self.input_of(node));
        let after = after.and_then(Input::as_node);
        let (purity, copies) = if in_result {
            (Purity::Impure, Vec::new())
        } else {
            (self.purity(expr, &inputs)?, self.copies(expr, &inputs)?)
        };
        let call = Written {
            op: self.out.variants.op_id(self.py, node, expr)?,
            inputs,
            copies,
            after,
        };
        let id = self.put_apart(&call, purity);
        self.inputs = call.inputs;
        Ok(id)
    }

    pub(super) fn put(&mut self, written: &Written, purity: Purity) -> NodeId {
        let Written {
            op, inputs, after, ..
        } = written;
        self.graph.add_after(*op, inputs, purity, *after)
    }

    fn arg(&mut self, arg: &Arg) -> Input {
        match arg {
            Arg::Node(node) => self.input_of(node),
            Arg::Value(value) => Input::constant(self.out.constants.intern(value.bind(self.py))),
        }
    }

    /// What stands for a node that was visited: its value, if it is there, else its number.
    pub(super) fn input_of(&mut self, node: &NodeRef) -> Input {
        if let State::Done(value) = &*node.lock(self.py) {
            return Input::constant(self.out.constants.intern(value.bind(self.py)));
        }
        node.count_input();
        Input::node(NodeId::new(node.claim().1))
    }
}
