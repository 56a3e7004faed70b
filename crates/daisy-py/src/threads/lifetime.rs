//! Lifetime: the pool of helper threads, from the first run that wants help to the end of the
//! process, and across `fork`.

use std::cell::RefCell;
use std::sync::LazyLock;

use daisy_core::{Hold, Pool};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

static POOL: LazyLock<Pool> = LazyLock::new(Pool::new);
/// Whether the pool will be told of the end; unset before the first run that wants help.
static REGISTERED: PyOnceLock<bool> = PyOnceLock::new();

thread_local! {
    /// While this thread forks: keeps every other thread out of the pool.
    static FORKING: RefCell<Option<Hold<'static>>> = const { RefCell::new(None) };
}

/// The pool, which is told of forks and of the end of the interpreter; `None` if the end has begun
/// already, when no thread may be started any more.
pub fn pool(py: Python<'_>) -> PyResult<Option<&'static Pool>> {
    let registered = REGISTERED.get_or_try_init(py, || register(py))?;
    Ok(registered.then_some(&*POOL))
}

fn register(py: Python<'_>) -> PyResult<bool> {
    // Called before the interpreter takes anything down, unlike what `atexit` has.
    let stop = function(py, |py| py.detach(|| POOL.stop()))?;
    let threading = py.import("threading")?;
    match threading.call_method1("_register_atexit", (stop,)) {
        Err(late) if late.is_instance_of::<PyRuntimeError>(py) => return Ok(false),
        registered => registered?,
    };
    let hooks = PyDict::new(py);
    hooks.set_item("before", function(py, |_| before_fork())?)?;
    hooks.set_item("after_in_parent", function(py, |_| after_in_parent())?)?;
    hooks.set_item("after_in_child", function(py, |_| after_in_child())?)?;
    py.import("os")?
        .call_method("register_at_fork", (), Some(&hooks))?;
    Ok(true)
}

/// A function without arguments.
fn function(
    py: Python<'_>,
    body: impl Fn(Python<'_>) + Send + Sync + 'static,
) -> PyResult<Bound<'_, PyCFunction>> {
    PyCFunction::new_closure(
        py,
        None,
        None,
        move |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| body(args.py()),
    )
}

fn before_fork() {
    FORKING.replace(Some(POOL.hold()));
}

fn after_in_parent() {
    FORKING.replace(None);
}

fn after_in_child() {
    if let Some(hold) = FORKING.take() {
        hold.renew();
    }
}
