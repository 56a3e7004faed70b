//! Forks: what a child of a fork begins anew, since it has only the thread that forked.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

use super::lifetime;
use crate::nesting;
use crate::registry;

thread_local! {
    /// Whether this thread forks: others that are told of forks may run graphs before and after,
    /// in the child at a time when nobody has told us that it is one.
    static FORKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread forks, and so may be that of a child which nobody has told us of.
pub fn is_forking() -> bool {
    FORKING.get()
}

/// Asks to be told of forks. From the beginning, since any thread may be in a run by then.
pub fn watch(py: Python<'_>) -> PyResult<()> {
    let hooks = PyDict::new(py);
    hooks.set_item("before", function(py, |_| set_forking(true))?)?;
    hooks.set_item("after_in_parent", function(py, |_| set_forking(false))?)?;
    hooks.set_item("after_in_child", function(py, |_| after_in_child())?)?;
    let os = py.import("os")?;
    // Where a process cannot fork, there is nothing to ask.
    if let Some(register) = os.getattr_opt("register_at_fork")? {
        register.call((), Some(&hooks))?;
    }
    Ok(())
}

/// A function without arguments.
pub fn function(
    py: Python<'_>,
    body: impl Fn(Python<'_>) -> PyResult<()> + Send + Sync + 'static,
) -> PyResult<Bound<'_, PyCFunction>> {
    PyCFunction::new_closure(
        py,
        None,
        None,
        move |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| body(args.py()),
    )
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "all functions that Python calls can raise"
)]
fn set_forking(forking: bool) -> PyResult<()> {
    FORKING.set(forking);
    Ok(())
}

fn after_in_child() -> PyResult<()> {
    registry::renew(nesting::active());
    lifetime::abandon();
    set_forking(false)
}
