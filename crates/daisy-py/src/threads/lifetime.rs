//! Lifetime: the pool of helper threads, from the first run that wants help to the end of the
//! process.

use std::time::Duration;

use daisy_core::Pool;
use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::forks;

/// The pool of this process. Pools are never dropped: a child of a fork leaves that of its parent
/// as it is. Locked attached and for a moment, in which no fork can happen.
static POOL: Mutex<Option<&'static Pool>> = Mutex::new(None);
/// Whether the pool will be told of the end; unset before the first run that wants help.
static REGISTERED: PyOnceLock<bool> = PyOnceLock::new();

/// How long the end of the interpreter waits before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(50);

/// The pool, which is told of the end of the interpreter; `None` while this thread forks, and if
/// the end has begun already, when no thread may be started any more.
pub fn pool(py: Python<'_>) -> PyResult<Option<&'static Pool>> {
    let registered = REGISTERED.get_or_try_init(py, || register(py))?;
    let usable = *registered && !forks::is_forking();
    Ok(usable.then(current))
}

fn current() -> &'static Pool {
    POOL.lock().get_or_insert_with(|| Box::leak(Box::default()))
}

fn register(py: Python<'_>) -> PyResult<bool> {
    // Called before the interpreter takes anything down, unlike what `atexit` has.
    let stop = forks::function(py, stop)?;
    let threading = py.import("threading")?;
    match threading.call_method1("_register_atexit", (stop,)) {
        Err(late) if late.is_instance_of::<PyRuntimeError>(py) => return Ok(false),
        registered => registered?,
    };
    Ok(true)
}

/// Ends all helpers and waits for them, unless a signal's handler says otherwise.
fn stop(py: Python<'_>) -> PyResult<()> {
    let pool = current();
    pool.end();
    while !py.detach(|| pool.has_ended(PATIENCE)) {
        py.check_signals()?;
    }
    Ok(())
}

/// Leaves the pool alone: a child of a fork has none of its threads.
pub fn abandon() {
    if let Some(pool) = POOL.lock().take() {
        pool.abandon();
    }
}
