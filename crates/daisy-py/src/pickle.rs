//! Pickling a thunk: its nodes in topological order as flat lists, so that nothing recurses.
//!
//! Sites and contexts stay behind: a loaded thunk belongs to the call that loads it.

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use crate::context;
use crate::node::{Arg, Args, Expr, Extra, Node, NodeRef, State};
use crate::op::Op;
use crate::thunk::{self, Thunk};

/// Bits of a node's flag byte.
const IMPURE: u8 = 1;
const AFTER: u8 = 2;

/// A thunk's nodes, children first.
struct Flat<'py> {
    ops: Vec<u8>,
    flags: Vec<u8>,
    counts: Vec<u32>,
    /// Inputs: a node as its number, a value as the complement of its place in `values`.
    inputs: Vec<i64>,
    values: Bound<'py, PyList>,
    /// The keyword names of each node that has some, as `(node, names)`.
    names: Bound<'py, PyList>,
}

/// `(rebuild, (class, ...))`.
pub fn reduce<'py>(slf: &Bound<'py, Thunk>) -> PyResult<Bound<'py, PyTuple>> {
    let py = slf.py();
    let flat = flatten(py, &slf.get().node)?;
    let rebuild = py.import("daisy._core")?.getattr("rebuild")?;
    let state = (
        slf.get_type(),
        PyBytes::new(py, &flat.ops),
        PyBytes::new(py, &flat.flags),
        PyBytes::new(py, &bytes_of(&flat.counts, u32::to_le_bytes)),
        PyBytes::new(py, &bytes_of(&flat.inputs, i64::to_le_bytes)),
        flat.values,
        flat.names,
    );
    (rebuild, state).into_pyobject(py)
}

fn bytes_of<T: Copy, const N: usize>(numbers: &[T], encode: fn(T) -> [u8; N]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| encode(number)).collect()
}

fn flatten<'py>(py: Python<'py>, root: &NodeRef) -> PyResult<Flat<'py>> {
    let mut flat = Flat {
        ops: Vec::new(),
        flags: Vec::new(),
        counts: Vec::new(),
        inputs: Vec::new(),
        values: PyList::empty(py),
        names: PyList::empty(py),
    };
    let mut ids: HashMap<*const Node, i64> = HashMap::new();
    let mut stack = vec![(root.clone(), false)];
    while let Some((node, entered)) = stack.pop() {
        let address = NodeRef::as_ptr(&node);
        if ids.contains_key(&address) {
            continue;
        }
        if entered {
            flat.push(py, &node, &ids)?;
            ids.insert(address, i64::try_from(flat.ops.len())? - 1);
        } else {
            stack.push((node.clone(), true));
            if let State::Pending(expr) = &*node.lock(py) {
                stack.extend(expr.children().rev().map(|child| (child.clone(), false)));
            }
        }
    }
    Ok(flat)
}

impl Flat<'_> {
    fn push(
        &mut self,
        py: Python<'_>,
        node: &NodeRef,
        ids: &HashMap<*const Node, i64>,
    ) -> PyResult<()> {
        let start = self.inputs.len();
        let mut flags = 0;
        let op = match &*node.lock(py) {
            // A value that is there is a node of no operation.
            State::Done(value) => {
                self.push_value(value.bind(py))?;
                u8::MAX
            }
            State::Pending(expr) => {
                self.push_inputs(py, expr, ids)?;
                flags |= if expr.impure { IMPURE } else { 0 };
                flags |= if expr.after().is_some() { AFTER } else { 0 };
                if let Some(names) = expr.kwnames() {
                    self.names.append((self.ops.len(), names.bind(py)))?;
                }
                expr.op.0
            }
        };
        self.ops.push(op);
        self.flags.push(flags);
        self.counts.push(u32::try_from(self.inputs.len() - start)?);
        Ok(())
    }

    fn push_inputs(
        &mut self,
        py: Python<'_>,
        expr: &Expr,
        ids: &HashMap<*const Node, i64>,
    ) -> PyResult<()> {
        for arg in &expr.args {
            match arg {
                Arg::Node(node) => self.inputs.push(ids[&NodeRef::as_ptr(node)]),
                Arg::Value(value) => self.push_value(value.bind(py))?,
            }
        }
        let after = expr.after().map(|node| ids[&NodeRef::as_ptr(node)]);
        self.inputs.extend(after);
        Ok(())
    }

    fn push_value(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inputs.push(!i64::try_from(self.values.len())?);
        self.values.append(value)
    }
}

/// Makes the thunk that `reduce` took apart.
#[pyfunction]
pub fn rebuild<'py>(
    class: &Bound<'py, PyAny>,
    ops: &[u8],
    flags: &[u8],
    counts: &[u8],
    inputs: &[u8],
    values: &Bound<'py, PyList>,
    names: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let context = context::capture(py)?;
    let mut names: Vec<(usize, Py<PyTuple>)> = names.extract()?;
    names.reverse();
    let mut inputs = inputs
        .chunks_exact(8)
        .map(|bytes| i64::from_le_bytes(array(bytes)));
    let mut nodes: Vec<NodeRef> = Vec::with_capacity(ops.len());
    for (index, (&op, &flags)) in ops.iter().zip(flags).enumerate() {
        let count = counts.get(4 * index..4 * index + 4).ok_or_else(damaged)?;
        let count = u32::from_le_bytes(array(count)) as usize;
        let mut args = Args::with_capacity(count);
        for input in inputs.by_ref().take(count) {
            args.push(arg(input, &nodes, values)?);
        }
        let kwnames = names
            .pop_if(|(owner, _)| *owner == index)
            .map(|(_, names)| names);
        nodes.push(node(op, flags, args, kwnames, context.clone_ref(py))?);
    }
    let root = nodes.pop().ok_or_else(damaged)?;
    let class = class.cast::<pyo3::types::PyType>()?;
    thunk::wrap(py, class.as_type_ptr(), root)
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the chunks have this length")
}

fn arg(input: i64, nodes: &[NodeRef], values: &Bound<'_, PyList>) -> PyResult<Arg> {
    match usize::try_from(input) {
        Ok(node) => Ok(Arg::Node(nodes.get(node).ok_or_else(damaged)?.clone())),
        Err(_) => Ok(Arg::Value(
            values.get_item(usize::try_from(!input)?)?.unbind(),
        )),
    }
}

fn node(
    op: u8,
    flags: u8,
    mut args: Args,
    kwnames: Option<Py<PyTuple>>,
    context: Py<PyAny>,
) -> PyResult<NodeRef> {
    if op == u8::MAX {
        return match args.pop() {
            Some(Arg::Value(value)) => Ok(Node::done(value, Some(context))),
            _ => Err(damaged()),
        };
    }
    let after = match (flags & AFTER != 0).then(|| args.pop()).flatten() {
        Some(Arg::Node(node)) => Some(node),
        Some(Arg::Value(_)) => return Err(damaged()),
        None => None,
    };
    let mut expr = Expr::new(Op(op), args);
    expr.impure = flags & IMPURE != 0;
    expr.extra = (kwnames.is_some() || after.is_some()).then(|| {
        Box::new(Extra {
            kwnames,
            after,
            ..Extra::default()
        })
    });
    Ok(Node::pending(expr, Some(context)))
}

fn damaged() -> PyErr {
    PyValueError::new_err("the pickled thunk is damaged, or of another version of daisy")
}
