//! The nodes of a template: taken from the thunk that a trace gave, and made again for each call.

use std::collections::{HashMap, HashSet};

use pyo3::PyTraverseError;
use pyo3::ffi;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use crate::node::{Arg, Args, Expr, Extra, Node, NodeRef, State};
use crate::op::Op;

/// A trace of more operations is not kept: it would be as large as what it makes.
const MOST: usize = 1 << 14;

/// An input of a step.
enum Input {
    Leaf(usize),
    Step(usize),
    Value(Py<PyAny>),
}

/// One operation.
struct Step {
    op: Op,
    inputs: SmallVec<[Input; 2]>,
    names: Option<Py<PyTuple>>,
    site: Option<Py<PyAny>>,
    /// Whether it belongs to the context of the call, as all do but containers.
    has_context: bool,
}

/// All operations, children first, and which of them is the result.
pub(super) struct Steps {
    steps: Vec<Step>,
    result: Input,
}

/// A trace on its way into steps.
struct Reader<'a, 'py> {
    /// By the address of a node.
    known: HashMap<*const Node, Place>,
    steps: Vec<Step>,
    /// The values that were found to be constant, by address: the nodes keep them alive.
    constants: HashSet<*mut ffi::PyObject>,
    /// `is_constant(value) -> bool`.
    is_constant: &'a Bound<'py, PyAny>,
}

#[derive(Clone, Copy)]
enum Place {
    Leaf(usize),
    Step(usize),
}

impl From<Place> for Input {
    fn from(place: Place) -> Self {
        match place {
            Place::Leaf(leaf) => Input::Leaf(leaf),
            Place::Step(step) => Input::Step(step),
        }
    }
}

impl Steps {
    /// Takes apart what a trace gave for these leaves. Nothing where there is something in it of
    /// which every call needs its own: an operation that must not be folded or has an order, or a
    /// value that `is_constant` says no to.
    pub(super) fn read(
        result: &NodeRef,
        leaves: &[NodeRef],
        is_constant: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Self>> {
        let addresses = leaves.iter().map(NodeRef::as_ptr);
        let mut reader = Reader {
            known: addresses.zip((0..).map(Place::Leaf)).collect(),
            steps: Vec::new(),
            constants: HashSet::new(),
            is_constant,
        };
        let result = reader.read(result)?;
        Ok(result.map(|result| Steps {
            steps: reader.steps,
            result,
        }))
    }

    /// The result for these leaves, where it takes no operation.
    pub(super) fn ready(&self, py: Python<'_>, leaves: &Args) -> Option<Arg> {
        match &self.result {
            Input::Step(_) => None,
            Input::Leaf(leaf) => Some(leaves[*leaf].clone_ref(py)),
            Input::Value(value) => Some(Arg::Value(value.clone_ref(py))),
        }
    }

    /// Makes the nodes for these leaves, in a context, and gives the operation of the result.
    ///
    /// # Panics
    /// When the result takes no operation.
    pub(super) fn open(&self, py: Python<'_>, context: Option<&Py<PyAny>>, leaves: Args) -> Expr {
        let copy = || context.map(|context| context.clone_ref(py));
        let leaves: SmallVec<[NodeRef; 4]> = leaves
            .into_iter()
            .map(|leaf| match leaf {
                Arg::Node(node) => node,
                Arg::Value(value) => Node::done(value, copy()),
            })
            .collect();
        // Children stand first, so the result is last.
        let (last, others) = self.steps.split_last().expect("there is an operation");
        let mut nodes: SmallVec<[NodeRef; 8]> = SmallVec::with_capacity(others.len());
        for step in others {
            let expr = step.expr(py, &leaves, &nodes);
            let context = if step.has_context { copy() } else { None };
            nodes.push(Node::pending(expr, context));
        }
        last.expr(py, &leaves, &nodes)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let inputs = self.steps.iter().flat_map(|step| &step.inputs);
        for input in inputs.chain([&self.result]) {
            if let Input::Value(value) = input {
                visit.call(value)?;
            }
        }
        for step in &self.steps {
            visit.call(&step.names)?;
            visit.call(&step.site)?;
        }
        Ok(())
    }
}

impl Step {
    fn expr(&self, py: Python<'_>, leaves: &[NodeRef], nodes: &[NodeRef]) -> Expr {
        let args: Args = self
            .inputs
            .iter()
            .map(|input| match input {
                Input::Leaf(leaf) => Arg::Node(leaves[*leaf].clone()),
                Input::Step(step) => Arg::Node(nodes[*step].clone()),
                Input::Value(value) => Arg::Value(value.clone_ref(py)),
            })
            .collect();
        let extra = self.names.as_ref().map(|names| {
            Box::new(Extra {
                kwnames: Some(names.clone_ref(py)),
                ..Extra::default()
            })
        });
        Expr {
            op: self.op,
            impure: false,
            args,
            site: self.site.as_ref().map(|site| site.clone_ref(py)),
            extra,
        }
    }
}

impl Reader<'_, '_> {
    fn read(&mut self, root: &NodeRef) -> PyResult<Option<Input>> {
        if let State::Done(value) = &*root.lock(self.is_constant.py())
            && !self.known.contains_key(&NodeRef::as_ptr(root))
        {
            return self.constant(value);
        }
        let mut stack = vec![(root.clone(), false)];
        while let Some((node, entered)) = stack.pop() {
            if self.known.contains_key(&NodeRef::as_ptr(&node)) {
                continue;
            }
            if entered {
                if self.steps.len() == MOST || !self.list(&node)? {
                    return Ok(None);
                }
                continue;
            }
            stack.push((node.clone(), true));
            if let State::Pending(expr) = &*node.lock(self.is_constant.py()) {
                stack.extend(expr.children().rev().map(|child| (child.clone(), false)));
            }
        }
        Ok(Some(self.known[&NodeRef::as_ptr(root)].into()))
    }

    /// Adds a node whose children are there; false where it cannot be made again.
    fn list(&mut self, node: &NodeRef) -> PyResult<bool> {
        let py = self.is_constant.py();
        let state = node.lock(py);
        let State::Pending(expr) = &*state else {
            return Ok(false);
        };
        if expr.impure || expr.after().is_some() {
            return Ok(false);
        }
        let mut inputs = SmallVec::with_capacity(expr.args.len());
        for arg in &expr.args {
            let input = match arg {
                Arg::Node(child) => Some(self.known[&NodeRef::as_ptr(child)].into()),
                Arg::Value(value) => self.constant(value)?,
            };
            let Some(input) = input else {
                return Ok(false);
            };
            inputs.push(input);
        }
        self.steps.push(Step {
            op: expr.op,
            inputs,
            names: expr.kwnames().map(|names| names.clone_ref(py)),
            site: expr.site.as_ref().map(|site| site.clone_ref(py)),
            has_context: node.context.is_some(),
        });
        let place = Place::Step(self.steps.len() - 1);
        self.known.insert(NodeRef::as_ptr(node), place);
        Ok(true)
    }

    fn constant(&mut self, value: &Py<PyAny>) -> PyResult<Option<Input>> {
        let value = value.bind(self.is_constant.py());
        if !self.constants.contains(&value.as_ptr()) {
            if !self.is_constant.call1((value,))?.is_truthy()? {
                return Ok(None);
            }
            self.constants.insert(value.as_ptr());
        }
        Ok(Some(Input::Value(value.clone().unbind())))
    }
}
