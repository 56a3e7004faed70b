//! The entry points: `daisy._core.get`, and what it runs a task graph with.

use std::sync::Arc;

use daisy_core::{Graph, Plan};
use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::entry::{Entries, EntryId};
use super::host::Runner;
use super::program::Program;
use super::reader::Reader;
use super::request::Request;
use super::walk::Walk;
use super::{dask_order, event_loop, failure, one_worker, traceback};
use crate::parking;
use crate::threads::lifetime;

/// `prepare(dsk, keys, kwargs)`: gives `(mapping, workers)`, or a function that does all the rest.
static PREPARE: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Sets what makes a plain dict of nodes from whatever `get` was called with.
#[pyfunction]
pub fn set_get_hook(prepare: &Bound<'_, PyAny>) {
    let py = prepare.py();
    let prepare = Some(prepare.clone().unbind());
    // The old one is dropped after the lock is let go.
    let _old = std::mem::replace(&mut *PREPARE.lock_py_attached(py), prepare);
}

/// Compute keys of a task graph, in threads: the scheduler that dask's collections can use.
///
/// ``x.compute(scheduler=daisy.get)`` computes one collection with it;
/// ``dask.config.set(scheduler="daisy")`` makes it the scheduler of all of them, once daisy is
/// imported.
///
/// Args:
///     dsk: the graph: a mapping from keys to nodes of ``dask._task_spec``, to tasks as tuples, or
///         to values; a graph in layers; an expression.
///     keys: one key, or keys in nested lists. A tuple is a key.
///     kwargs: settings of this call. One that is not given is looked for in
///         :class:`daisy.options`, then in ``dask.config``; one that means nothing here is not
///         looked at.
///
///         * ``num_workers``: how many threads may run tasks. None or 0: as many as there are
///           CPUs. With one, tasks run in the calling thread, in dask's order.
///         * ``callbacks``: one or several, as ``dask.callbacks.Callback`` or as tuples of five
///           functions, in place of those that are active.
///         * ``pool``: threads or processes of your own that are to run the tasks: an executor of
///           :mod:`concurrent.futures`, or a pool of :mod:`multiprocessing`.
///         * ``cache``: a mapping that keeps values. Those that are there are used, those that
///           were asked for stay in it.
///         * ``rerun_exceptions_locally``: whether a task that fails is run once more in the
///           calling thread, for a debugger.
///         * ``raise_exception``, ``pack_exception``, ``get_id``, ``dumps``, ``loads``,
///           ``chunksize``: as for ``dask.local.get_async``.
///
/// Returns:
///     The value of the key, or nested tuples of values in the shape of the lists.
///
/// Raises:
///     KeyError: a key that was asked for is not in the graph.
///     ValueError: a task that is needed depends on a key that is nowhere; or there are to be
///         fewer than no workers.
///     RuntimeError: tasks wait for each other in a circle.
///     BaseException: what a task raised, the same object. Nothing new is begun then, and what
///         runs on other threads ends in the background. (The calling thread runs tasks, too; it
///         raises when its own has ended.)
///
/// The contract is that of https://docs.dask.org/en/stable/scheduler-overview.html.
///
/// >>> import daisy
/// >>> graph = {"x": 1, "y": 2, "sum": (sum, ["x", "y"])}
/// >>> daisy.get(graph, ["sum", ["x"]])
/// (3, (1,))
// A builtin, so that it is in no traceback. What stands above is Python's documentation of it.
#[expect(
    clippy::doc_markdown,
    clippy::doc_link_with_quotes,
    reason = "it is reStructuredText"
)]
#[pyfunction]
#[pyo3(signature = (dsk, keys, **kwargs))]
pub fn get<'py>(
    dsk: &Bound<'py, PyAny>,
    keys: &Bound<'py, PyAny>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = dsk.py();
    let hook = PREPARE
        .lock_py_attached(py)
        .as_ref()
        .map(|hook| hook.clone_ref(py));
    let hook = hook.ok_or_else(|| PyRuntimeError::new_err("daisy has not been imported"))?;
    let kwargs = kwargs.cloned().unwrap_or_else(|| PyDict::new(py));
    let prepared = parking::call(hook.bind(py), (dsk, keys, kwargs), None)?;
    match prepared.cast_into::<PyTuple>() {
        Ok(ready) => {
            let (mapping, workers): (Bound<'py, PyDict>, usize) = ready.extract()?;
            run_tasks(&mapping, keys, workers, None)
        }
        Err(observed) => {
            let observed = observed.into_inner();
            let done = parking::call(&observed, PyTuple::empty(py), None);
            done.map_err(|error| traceback::trim(py, error))
        }
    }
}

/// Runs what some keys of a dict of dask's nodes need, on up to `workers` threads.
/// `blame(key, error)` is told of a task that fails.
#[pyfunction]
#[pyo3(signature = (mapping, keys, workers, blame=None))]
pub fn run_tasks<'py>(
    mapping: &Bound<'py, PyDict>,
    keys: &Bound<'py, PyAny>,
    workers: usize,
    blame: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = mapping.py();
    if workers == 0 {
        return Err(PyValueError::new_err("workers must be at least 1"));
    }
    let request = Request::new(keys)?;
    let program = compile(mapping, &request, workers, blame.is_some())?;
    let values = run_program(py, program, workers, blame)?;
    request.arrange(py, values)
}

/// Runs a program on up to `workers` threads: gives the values of its roots.
pub fn run_program(
    py: Python<'_>,
    program: Program,
    workers: usize,
    blame: Option<Py<PyAny>>,
) -> PyResult<Vec<Py<PyAny>>> {
    let plan = Plan::new(&program.graph);
    let runner = Runner::new(py, program.tables, blame)?;
    event_loop::hidden(py, || execute(py, program.graph, plan, runner, workers))
}

fn execute(
    py: Python<'_>,
    graph: Graph,
    plan: Plan,
    runner: Runner,
    workers: usize,
) -> PyResult<Vec<Py<PyAny>>> {
    let alone = workers == 1 || plan.steps().len() <= 1;
    let pool = if alone { None } else { lifetime::pool(py)? };
    match pool {
        None => daisy_core::execute(&graph, &plan, &runner),
        Some(pool) => pool.run(&Arc::new(graph), &Arc::new(plan), &Arc::new(runner), || {
            Ok(workers)
        }),
    }
}

fn compile<'py>(
    mapping: &Bound<'py, PyDict>,
    request: &Request<'py>,
    workers: usize,
    keys: bool,
) -> PyResult<Program> {
    let mut reader = Reader::new(mapping)?;
    let mut walk = Walk::default();
    let roots = match walk.follow_keys(&mut reader, &request.keys) {
        Ok(roots) => roots,
        Err(error) => {
            // Of two things that are wrong with a graph, dask names the circle.
            read_all(mapping)?;
            return Err(error);
        }
    };
    let needed = walk.order.len();
    let missing = reader.missing.first().copied();
    if needed < mapping.len() {
        // A circle is an error also where nobody asks for it: dask looks at the whole graph.
        walk.follow_all(&mut reader)?;
    }
    let walked = &walk.order[..needed];
    if let Some(missing) = missing {
        let (py, entries) = (mapping.py(), &reader.entries);
        return Err(failure::missing_dependency(py, entries, walked, missing));
    }
    let order = if workers > 1 && is_flat(&reader.entries, walked) {
        walked.to_vec()
    } else {
        one_worker::order(&mut reader, walked)?
    };
    Ok(Program::new(reader.entries, &order, &roots, keys))
}

/// Whether no task waits for another, so that no order keeps fewer values than any other.
pub fn is_flat(entries: &Entries, walked: &[EntryId]) -> bool {
    let mut needs = walked.iter().flat_map(|&entry| entries.needs(entry));
    needs.all(|need| entries.is_data(need))
}

/// The keys of a dict of dask's nodes in the order of `dask.order`.
#[pyfunction]
pub fn task_order<'py>(mapping: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyList>> {
    let mut reader = read_all(mapping)?;
    let order = dask_order::in_order(&mut reader)?;
    let present = order
        .into_iter()
        .filter(|&entry| !reader.entries.is_missing(entry));
    let keys = present.map(|entry| &reader.entries.keys[entry as usize]);
    PyList::new(mapping.py(), keys.collect::<Vec<_>>())
}

/// What is in a dict of dask's nodes; an error if some need each other in a circle.
fn read_all<'py>(mapping: &Bound<'py, PyDict>) -> PyResult<Reader<'py>> {
    let mut reader = Reader::new(mapping)?;
    Walk::default().follow_all(&mut reader)?;
    Ok(reader)
}
