//! Quick: functions that take no time, whatever they are called with.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Builtins that look at an object and compute nothing. What is not among them may be long.
const NAMES: [&str; 6] = ["callable", "getattr", "hasattr", "id", "isinstance", "len"];

static FUNCTIONS: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();

/// The functions, as they were when first asked for.
pub fn functions(py: Python<'_>) -> PyResult<&'static [Py<PyAny>]> {
    let functions = FUNCTIONS.get_or_try_init(py, || {
        let builtins = py.import("builtins")?;
        NAMES
            .iter()
            .map(|name| Ok(builtins.getattr(name)?.unbind()))
            .collect::<PyResult<_>>()
    })?;
    Ok(functions)
}
