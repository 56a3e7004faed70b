//! The functions of `daisy._core` on thunks.

use std::num::NonZeroU64;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};

use crate::capture;
use crate::compile::Fuse;
use crate::containers;
use crate::context;
use crate::export;
use crate::node::{Arg, Node, NodeRef, State};
use crate::op::Op;
use crate::run;
use crate::thunk::{self, Thunk};

/// Whether `value` is a thunk. Never forces.
#[pyfunction]
pub fn is_thunk(value: &Bound<'_, PyAny>) -> bool {
    thunk::is_thunk(value)
}

/// The value of a thunk, computed at most once; anything else as it is.
#[pyfunction]
pub fn force<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match thunk::cast(value) {
        Some(thunk) => thunk::value(thunk),
        None => Ok(value.clone()),
    }
}

/// The values of many thunks, computed in one run.
#[pyfunction]
pub fn force_all(thunks: &Bound<'_, PyList>) -> PyResult<Vec<Py<PyAny>>> {
    let py = thunks.py();
    let (nodes, autodask) = nodes_of(thunks)?;
    run::force_all(py, &nodes, autodask)
}

fn nodes_of(thunks: &Bound<'_, PyList>) -> PyResult<(Vec<NodeRef>, bool)> {
    let mut nodes = Vec::with_capacity(thunks.len());
    let mut autodask = false;
    for item in thunks.iter() {
        let thunk = expect_thunk(&item)?;
        autodask |= thunk::is_autodask(item.py(), thunk.get_type_ptr());
        nodes.push(thunk.get().node.clone());
    }
    Ok((nodes, autodask))
}

fn expect_thunk<'a, 'py>(value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, Thunk>> {
    thunk::cast(value).ok_or_else(|| {
        let kind = value.get_type();
        let name = kind
            .name()
            .map_or_else(|_| "?".into(), |name| name.to_string());
        PyTypeError::new_err(format!("a thunk is wanted here, not {name}"))
    })
}

/// `(value,)` if the value is there, else `(func, args, kwargs)`, with thunks among them.
#[pyfunction]
pub fn get_children<'py>(thunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let py = thunk.py();
    let thunk = expect_thunk(thunk)?;
    let node = thunk.get().node.clone();
    let state = node.lock(py);
    let expr = match &*state {
        State::Done(value) => return PyTuple::new(py, [value.bind(py)]),
        State::Pending(expr) => expr,
    };
    let child = |arg: &Arg| match arg {
        Arg::Value(value) => Ok(value.bind(py).clone()),
        Arg::Node(node) => thunk::wrap(py, thunk.get_type_ptr(), node.clone()),
    };
    let mut args = expr.args.iter();
    let func = match (expr.op == Op::CALL).then(|| args.next()).flatten() {
        Some(func) => child(func)?,
        None => expr.op.function(py)?,
    };
    let mut args: Vec<_> = args.map(child).collect::<PyResult<_>>()?;
    let kwargs = PyDict::new(py);
    if let Some(names) = expr.kwnames() {
        let names = names.bind(py);
        let values = args.split_off(args.len() - names.len());
        for (name, value) in names.iter().zip(values) {
            kwargs.set_item(name, value)?;
        }
    }
    let args = PyTuple::new(py, args)?;
    (func, args, kwargs).into_pyobject(py)
}

/// A number that two thunks of one node share.
#[pyfunction]
pub fn node_id(thunk: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(NodeRef::as_ptr(&expect_thunk(thunk)?.get().node) as usize)
}

/// The number that this object has for life: `fresh`, unless it was given one before.
#[pyfunction]
pub fn thunk_number(thunk: &Bound<'_, PyAny>, fresh: NonZeroU64) -> PyResult<u64> {
    Ok(expect_thunk(thunk)?.get().number(fresh))
}

/// The value of a thunk if it is there, without computing; anything else as it is.
#[pyfunction]
pub fn known<'py>(value: &Bound<'py, PyAny>, default: Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    let py = value.py();
    match thunk::cast(value) {
        Some(thunk) => thunk
            .get()
            .node
            .value(py)
            .map_or(default, |found| found.into_bound(py)),
        None => value.clone(),
    }
}

/// Whether `value` is a thunk or a container, nested or not, that holds one.
#[pyfunction]
pub fn mentions_thunk(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    containers::mentions_thunk(value)
}

/// The types of the items of a container (of a dict: of keys and values), each once.
#[pyfunction]
pub fn classes<'py>(items: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyType>>> {
    containers::classes(items)
}

/// Bit 0: made by an impure operation.
#[pyfunction]
pub fn flags(thunk: &Bound<'_, PyAny>) -> PyResult<u8> {
    let py = thunk.py();
    Ok(u8::from(expect_thunk(thunk)?.get().node.impure(py)))
}

/// Says that the operation of a thunk must not be folded with an equal one after all: something
/// changes what it gives. Nothing is done where the value is there already.
#[pyfunction]
pub fn keep_apart(thunk: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = thunk.py();
    if let State::Pending(expr) = &mut *expect_thunk(thunk)?.get().node.lock(py) {
        expr.impure = true;
    }
    Ok(())
}

/// One new node: `func(*args, **kwargs)`, to be computed later.
#[pyfunction]
#[pyo3(signature = (func, args, kwargs=None, site=None, impure=false, after=None))]
pub fn defer<'py>(
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    site: Option<Bound<'py, PyAny>>,
    impure: bool,
    after: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = func.py();
    let after = match after {
        Some(after) => Some(expect_thunk(&after)?.get().node.clone()),
        None => None,
    };
    let mut expr = thunk::call_expr(func, args, kwargs, after)?;
    expr.site = site.map(Bound::unbind);
    expr.impure = impure;
    let node = Node::pending(expr, Some(context::capture(py)?));
    thunk::autodask(py, node)
}

/// A value or a real container with thunks in it as an `autodaskthunk`.
#[pyfunction]
pub fn lift<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    let node = match capture::lift(value)? {
        Arg::Node(node) => node,
        Arg::Value(value) => Node::done(value, Some(context::capture(py)?)),
    };
    thunk::autodask(py, node)
}

/// The graph of what the thunks need: compiled and folded, not run. `fuse`: with connected
/// element-wise work as one, as it runs.
#[pyfunction]
#[pyo3(signature = (thunks, fuse=false))]
pub fn graph<'py>(thunks: &Bound<'py, PyList>, fuse: bool) -> PyResult<Bound<'py, export::Graph>> {
    let py = thunks.py();
    let (nodes, _) = nodes_of(thunks)?;
    let fuse = if fuse { Fuse::Connected } else { Fuse::Nothing };
    let compiled = run::compile_only(py, &nodes, fuse)?;
    export::graph(py, &compiled)
}
