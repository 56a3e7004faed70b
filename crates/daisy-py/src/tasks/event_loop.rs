//! Event loop: a calling thread may be inside of one, as in a notebook, which tasks must not see.
//!
//! With dask's threads a task is never on such a thread, so it may call `asyncio.run`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Hides the running event loop of this thread, if it has one, while `work` runs.
pub fn hidden<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let Some((events, running)) = running(py)? else {
        return work();
    };
    let set = intern!(py, "_set_running_loop");
    events.call_method1(set, (py.None(),))?;
    let result = work();
    events.call_method1(set, (running,))?;
    result
}

/// The module that knows the loop, and the loop; nothing where asyncio was never imported, or where
/// another thread is still importing it: then no thread is inside of a loop.
fn running(py: Python<'_>) -> PyResult<Option<(Bound<'_, PyAny>, Bound<'_, PyAny>)>> {
    let modules = py
        .import(intern!(py, "sys"))?
        .getattr(intern!(py, "modules"))?;
    let Some(events) = modules
        .cast::<PyDict>()?
        .get_item(intern!(py, "asyncio.events"))?
    else {
        return Ok(None);
    };
    let Some(get) = events.getattr_opt(intern!(py, "_get_running_loop"))? else {
        return Ok(None);
    };
    let running = get.call0()?;
    Ok((!running.is_none()).then_some((events, running)))
}
