//! Running a graph on the scheduler that `daisy.register_get` was given.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use daisy_core::NodeId;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::compile::Compiled;
use crate::context;
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
    let context = context::copy(py, Contexts::of(compiled).main)?;
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

/// The contexts of a graph that a scheduler runs: the scheduler is called in one of them, that of
/// the first operation that has one, and operations in others bring theirs along.
pub struct Contexts<'a> {
    compiled: &'a Compiled,
    main: Option<&'a Py<PyAny>>,
    /// By number: a copy of the context, which the operations share. That of the graph has none.
    copies: HashMap<u32, Option<Py<PyAny>>>,
}

impl<'a> Contexts<'a> {
    pub fn of(compiled: &'a Compiled) -> Self {
        let first = compiled.graph.ids().find_map(|id| {
            let context = compiled.origin(id).context.as_ref()?;
            Some((context, compiled.context_number(id)?))
        });
        Contexts {
            compiled,
            main: first.map(|(context, _)| context),
            copies: first
                .map(|(_, number)| (number, None))
                .into_iter()
                .collect(),
        }
    }

    /// Whether the context that the scheduler is called in is the current one.
    pub fn are_here(&self, py: Python<'_>) -> PyResult<bool> {
        match self.main {
            None => Ok(true),
            main => context::is_here(py, main),
        }
    }

    /// The context that an operation brings along, as a copy that knows the runs of this thread.
    pub fn of_node(&mut self, py: Python<'_>, id: NodeId) -> PyResult<Option<Py<PyAny>>> {
        let Some(number) = self.compiled.context_number(id) else {
            return Ok(None);
        };
        let context = self.compiled.origin(id).context.as_ref();
        let (Entry::Vacant(place), Some(context)) = (self.copies.entry(number), context) else {
            let known = self.copies.get(&number).and_then(Option::as_ref);
            return Ok(known.map(|copy| copy.clone_ref(py)));
        };
        let copy = context::copy(py, Some(context))?;
        nesting::publish(&copy)?;
        place.insert(Some(copy.clone().unbind()));
        Ok(Some(copy.unbind()))
    }
}
