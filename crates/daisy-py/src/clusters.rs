//! Clusters: which tasks of a graph travel together to a scheduler to which each task is dear.

use daisy_core::{Graph, Input, NodeId, OpId, Purity, coarse};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// By task, the number of its cluster, for so many threads; `needs` says which tasks before it a task needs.
/// What a cluster needs has smaller numbers.
#[pyfunction]
pub fn task_clusters(needs: Vec<Vec<usize>>, threads: usize) -> PyResult<Vec<usize>> {
    if threads == 0 {
        return Err(PyValueError::new_err("clusters are for one thread or more"));
    }
    let mut graph = Graph::with_capacity(needs.len());
    let mut inputs: Vec<Input> = Vec::new();
    for (task, needs) in needs.into_iter().enumerate() {
        inputs.clear();
        for need in needs {
            let id = u32::try_from(need).ok().filter(|_| need < task);
            let id =
                id.ok_or_else(|| PyValueError::new_err("a task needs one that is not before it"))?;
            inputs.push(NodeId::new(id).into());
        }
        graph.add(OpId::new(0), &inputs, Purity::Impure);
    }
    let found = coarse::clusters(&graph, coarse::width(&graph, threads));
    Ok(graph.ids().map(|id| found.of(id)).collect())
}
