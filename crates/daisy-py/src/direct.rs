//! Direct: the value of a call whose work is one kernel, without nodes, a graph or a run.
//!
//! It is for the calls of which a template has been made: what they do is known, and one of them was
//! compiled to see what it comes to. Nothing of the user's runs here, so no other thread can see that
//! no run goes on; where two threads compute one call, the value of the first stays. If a run takes the
//! call meanwhile, it is that run's.

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use smallvec::SmallVec;

use crate::compile::Results;
use crate::context;
use crate::fusion::{Origin, Values, Whole, is_told};
use crate::hooks;
use crate::node::{Arg, Args, Node, NodeRef};
use crate::passes;
use crate::run;
use crate::template::Call;

/// What all calls of a template come to.
pub struct Work {
    whole: Whole,
    results: Results,
}

/// The value of a node, if it is such a call and nothing stands in the way; `None` leaves it to a run.
pub fn value(py: Python<'_>, node: &NodeRef) -> PyResult<Option<Py<PyAny>>> {
    let Some(call) = node.as_call(py) else {
        return Ok(None);
    };
    if hooks::scheduler(py).is_some() || !passes::fuses(py)? {
        return Ok(None);
    }
    let Some(work) = call.work(py)? else {
        return Ok(None);
    };
    let leaves = call.leaves.iter().map(|leaf| match leaf {
        Arg::Value(value) => Some(value.bind(py)),
        Arg::Node(_) => None,
    });
    let Some(leaves) = leaves.collect::<Option<SmallVec<[_; 4]>>>() else {
        return Ok(None);
    };
    let here = || context::is_here(py, node.context.as_ref());
    let told = |raised| Ok(!here()? || is_told(py, raised)?);
    let workers = || hooks::workers(py);
    let Some(values) = work.whole.run(py, &leaves, workers, told, here)? else {
        return Ok(None);
    };
    let value = work.result(py, values)?;
    call.count_direct();
    // Another thread may have been first; what the node keeps is what everybody gets.
    Ok(node.publish_call(py, value))
}

impl Work {
    /// Compiles a call to see what the calls of its template come to; nothing if it is more than one
    /// group of arrays.
    pub fn of(py: Python<'_>, mut call: Call) -> PyResult<Option<Self>> {
        let leaves: Args = call.leaves.iter().map(|leaf| leaf.clone_ref(py)).collect();
        let context = context::capture(py)?;
        let expr = call.open(py, Some(&context));
        let root = Node::pending(expr, Some(context));
        let compiled = run::compile_to_fuse(py, std::slice::from_ref(&root))?;
        let Some(lone) = compiled.into_lone(py) else {
            return Ok(None);
        };
        let inputs = lone.inputs.into_iter();
        Ok(Some(Work {
            whole: Whole::new(
                lone.group,
                inputs.map(|input| origin(input, &leaves)).collect(),
            ),
            results: lone.results,
        }))
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.whole.traverse(visit)
    }

    fn result(&self, py: Python<'_>, mut values: Values) -> PyResult<Py<PyAny>> {
        let Results::Container {
            is_tuple,
            values: order,
        } = &self.results
        else {
            return Ok(values.remove(0));
        };
        let items = order.iter().map(|&at| values[at].clone_ref(py));
        let items: SmallVec<[Py<PyAny>; 4]> = items.collect();
        Ok(if *is_tuple {
            PyTuple::new(py, items)?.into_any().unbind()
        } else {
            PyList::new(py, items)?.into_any().unbind()
        })
    }
}

fn origin(input: Py<PyAny>, leaves: &Args) -> Origin {
    let is_leaf = |leaf: &Arg| matches!(leaf, Arg::Value(value) if value.is(&input));
    match leaves.iter().position(is_leaf) {
        Some(leaf) => Origin::Leaf(leaf),
        None => Origin::Value(input),
    }
}
