//! A compiled graph as Python objects, for dask and for looking at.

use daisy_core::{Input, NodeId, Purity, Source};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::compile::Compiled;
use crate::containers::Copier;
use crate::foreign::Contexts;
use crate::fusion::CarriedGroup;
use crate::hooks;
use crate::node::is_held;
use crate::op::Op;
use crate::sharing::Sharing;

/// The value of another node of the same graph.
#[pyclass(frozen, module = "daisy._core")]
pub struct Ref {
    #[pyo3(get)]
    index: usize,
}

impl Task {
    /// Whether the user held a thunk of it when the graph was made.
    pub fn is_held(&self) -> bool {
        self.held
    }
}

impl Graph {
    pub fn tasks<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        self.nodes.bind(py).clone()
    }
}

#[pymethods]
impl Ref {
    fn __repr__(&self) -> String {
        format!("Ref({})", self.index)
    }
}

/// One operation: `func(*args, **kwargs)`, where arguments are values or `Ref`s.
#[pyclass(frozen, get_all, module = "daisy._core")]
pub struct Task {
    func: Py<PyAny>,
    args: Py<PyTuple>,
    kwargs: Py<PyDict>,
    /// The index of a node that must have run before, or `None`.
    after: Option<usize>,
    /// Where the user wrote it, or `None`.
    site: Option<Py<PyAny>>,
    /// Whether the user holds a thunk of it, which will keep the value.
    held: bool,
    /// Whether its value must not be one that changes with its use: several operations use it.
    shared: bool,
    /// The context that it runs in, where that is not the one of the graph.
    context: Option<Py<PyAny>>,
    /// Whether it gives the same however often it runs.
    pure: bool,
}

/// A graph in which every distinct piece of work is there once; a node's inputs come before it.
#[pyclass(frozen, get_all, module = "daisy._core")]
pub struct Graph {
    nodes: Py<PyList>,
    /// A value or a `Ref` for each thunk that was asked for.
    outputs: Py<PyList>,
    /// How many operations were written, before equal ones were folded.
    written: usize,
    /// Whether the context of the graph is the one in which it was made.
    here: bool,
}

/// Turns a compiled graph into Python objects.
pub fn graph<'py>(py: Python<'py>, compiled: &Compiled) -> PyResult<Bound<'py, Graph>> {
    let nodes = PyList::empty(py);
    let sharing = Sharing::of(compiled);
    let mut contexts = Contexts::of(compiled);
    let here = contexts.are_here(py)?;
    for id in compiled.graph.ids() {
        let mut task = task(py, compiled, &sharing, id)?;
        task.context = contexts.of_node(py, id)?;
        nodes.append(Bound::new(py, task)?)?;
    }
    let outputs = PyList::empty(py);
    for output in compiled.graph.outputs() {
        outputs.append(value(py, compiled, *output)?)?;
    }
    Bound::new(
        py,
        Graph {
            nodes: nodes.unbind(),
            outputs: outputs.unbind(),
            written: compiled.operations() + compiled.twins().len(),
            here,
        },
    )
}

fn task(
    py: Python<'_>,
    compiled: &Compiled,
    sharing: &Sharing<&Compiled>,
    id: NodeId,
) -> PyResult<Task> {
    let graph = &compiled.graph;
    let mut inputs = graph.inputs(id).to_vec();
    let op = Op::of_id(graph.op(id));
    let func = match op {
        Op::CALL => value(py, compiled, inputs.remove(0))?,
        Op::GROUP => return group(py, compiled, id),
        Op::PART => return part(py, compiled, id),
        op => op.function(py)?,
    };
    let names = compiled.variants.kwnames(graph.op(id));
    let names = names.map(|names| names.bind(py));
    let keywords = inputs.split_off(inputs.len() - names.map_or(0, PyTupleMethods::len));
    let kwargs = PyDict::new(py);
    for (name, input) in names.into_iter().flatten().zip(keywords) {
        kwargs.set_item(name, value(py, compiled, input)?)?;
    }
    let args = inputs.into_iter().map(|input| value(py, compiled, input));
    let origin = compiled.origin(id);
    Ok(Task {
        func: func.unbind(),
        args: PyTuple::new(py, args.collect::<PyResult<Vec<_>>>()?)?.unbind(),
        kwargs: kwargs.unbind(),
        after: graph.after(id).map(NodeId::index),
        site: origin.site(py),
        held: is_held(origin) && op != Op::COPY,
        shared: may_change_with_use(py, compiled, id)? && sharing.would_be_used_up(py, id),
        context: None,
        pure: op == Op::COPY || op.is_display() || graph.purity(id) == Purity::Pure,
    })
}

/// Operations that run as one: what they are, and where each was written, is the function.
fn group(py: Python<'_>, compiled: &Compiled, id: NodeId) -> PyResult<Task> {
    let inputs = compiled.graph.inputs(id);
    let fused = compiled.fused(compiled.graph.op(id));
    let members = fused.group.group.graph.ids();
    let sites = members.map(|member| compiled.member(fused, member).0.site(py));
    let carried = CarriedGroup::of(py, &fused.group, inputs.len(), sites)?;
    let is_value = fused.group.group.graph.outputs().len() == 1;
    let args = inputs.iter().map(|&input| value(py, compiled, input));
    Ok(Task {
        func: Bound::new(py, carried)?.into_any().unbind(),
        args: PyTuple::new(py, args.collect::<PyResult<Vec<_>>>()?)?.unbind(),
        kwargs: PyDict::new(py).unbind(),
        after: None,
        site: None,
        // Several values are nobody's as they come: the user holds parts of them.
        held: is_value && is_held(compiled.origin(id)),
        shared: false,
        context: None,
        pure: true,
    })
}

/// One of the values of a group.
fn part(py: Python<'_>, compiled: &Compiled, id: NodeId) -> PyResult<Task> {
    let graph = &compiled.graph;
    let place = Op::variant_of(graph.op(id));
    let values = value(py, compiled, graph.inputs(id)[0])?;
    Ok(Task {
        func: Op::GETITEM.function(py)?.unbind(),
        args: (values, place).into_pyobject(py)?.unbind(),
        kwargs: PyDict::new(py).unbind(),
        after: None,
        site: None,
        held: is_held(compiled.origin(id)),
        shared: false,
        context: None,
        pure: true,
    })
}

/// Whether the value may be an iterator, or another object that changes with its use. Builtin
/// functions, NumPy's and constructors of known types give none when they are pure; a part of a
/// value can be anything.
fn may_change_with_use(py: Python<'_>, compiled: &Compiled, id: NodeId) -> PyResult<bool> {
    let graph = &compiled.graph;
    let op = Op::of_id(graph.op(id));
    if op != Op::CALL {
        return Ok(op.reads_part());
    }
    match graph.inputs(id)[0].unpack() {
        Source::Node(_) => Ok(true),
        Source::Const(callee) => hooks::touches(compiled.constants.get(callee).value.bind(py)),
    }
}

fn value<'py>(py: Python<'py>, compiled: &Compiled, input: Input) -> PyResult<Bound<'py, PyAny>> {
    match input.unpack() {
        Source::Node(id) => Ok(Bound::new(py, Ref { index: id.index() })?.into_any()),
        Source::Const(id) => {
            let constant = compiled.constants.get(id);
            if constant.mutable {
                Copier::default().copy(constant.value.bind(py))
            } else {
                Ok(constant.value.bind(py).clone())
            }
        }
    }
}
