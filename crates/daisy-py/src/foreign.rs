//! Running a graph on the scheduler that `daisy.register_get` was given.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::compile::Compiled;
use crate::export;
use crate::nesting;
use crate::node::NodeRef;
use crate::parking;
use crate::run;

/// Hands the graph to `scheduler(graph) -> values`: first the outputs, then the values of the
/// nodes that are held, in order.
pub fn execute(
    py: Python<'_>,
    compiled: &Compiled,
    nodes: &[NodeRef],
    scheduler: &Bound<'_, PyAny>,
) -> PyResult<Vec<Py<PyAny>>> {
    let graph = export::graph(py, compiled)?;
    let context = context_of(py, compiled)?;
    nesting::publish(&context)?;
    let result = parking::call(&context.getattr("run")?, (scheduler, graph.clone()), None)?;
    let mut values: Vec<Py<PyAny>> = result.extract()?;
    let held: Vec<&NodeRef> = held(py, compiled, &graph)?;
    if values.len() != nodes.len() + held.len() {
        return Err(PyTypeError::new_err(format!(
            "the scheduler gave {} values for {} keys; register_get wants a get(dsk, keys) \
             with dask's contract",
            values.len(),
            nodes.len() + held.len()
        )));
    }
    for (value, node) in values.split_off(nodes.len()).into_iter().zip(held) {
        node.publish(py, value);
    }
    Ok(run::deliver(py, nodes, values))
}

fn held<'a>(
    py: Python<'_>,
    compiled: &'a Compiled,
    graph: &Bound<'_, export::Graph>,
) -> PyResult<Vec<&'a NodeRef>> {
    // The scheduler was told by the graph which nodes are held, so that is asked again here and
    // not the nodes, of which thunks may have been dropped in between.
    let tasks = graph.get().tasks(py);
    let mut held = Vec::new();
    for (task, id) in tasks.iter().zip(compiled.graph.ids()) {
        if task.cast::<export::Task>()?.get().is_held() {
            held.push(compiled.origin(id));
        }
    }
    Ok(held)
}

/// A copy of the context that the operations were called in: of the first one that has one.
/// Containers have none.
fn context_of<'py>(py: Python<'py>, compiled: &Compiled) -> PyResult<Bound<'py, PyAny>> {
    let mut origins = compiled.graph.ids().map(|id| compiled.origin(id));
    let captured = origins.find_map(|node| node.context.as_ref());
    // SAFETY: both functions give a new reference or raise; `captured` is a context.
    unsafe {
        let copy = match captured {
            Some(context) => ffi::PyContext_Copy(context.as_ptr()),
            None => ffi::PyContext_CopyCurrent(),
        };
        Bound::from_owned_ptr_or_err(py, copy)
    }
}
