//! Failure: what is wrong with a graph that cannot be run, said as dask says it.

use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet};

use super::entry::{Entries, EntryId};

/// A key is asked for that is not in the graph.
pub fn missing_key(key: &Bound<'_, PyAny>) -> PyErr {
    // A key may be a tuple, which must not be taken for the arguments of the exception.
    PyKeyError::new_err((key.clone().unbind(),))
}

/// A node needs a key that is not in the graph.
pub fn missing_dependency(
    py: Python<'_>,
    entries: &Entries,
    walked: &[EntryId],
    missing: EntryId,
) -> PyErr {
    name_dependents(py, entries, walked, missing).unwrap_or_else(|error| error)
}

fn name_dependents(
    py: Python<'_>,
    entries: &Entries,
    walked: &[EntryId],
    missing: EntryId,
) -> PyResult<PyErr> {
    let key = entries.keys[missing as usize].bind(py);
    let dependents = PySet::empty(py)?;
    for &entry in walked {
        for need in entries.needs(entry) {
            // Each mention of a missing key has an entry of its own.
            if entries.is_missing(need) && entries.has_key(need, key)? {
                dependents.add(&entries.keys[entry as usize])?;
            }
        }
    }
    Ok(PyValueError::new_err(format!(
        "Missing dependency {} for dependents {}",
        key.str()?,
        dependents.str()?
    )))
}

/// A node needs itself. dask's own error names the keys of the circle.
pub fn cycle(mapping: &Bound<'_, PyDict>) -> PyErr {
    let py = mapping.py();
    let order = || {
        py.import(intern!(py, "dask.order"))?
            .call_method1(intern!(py, "order"), (mapping,))
    };
    match order() {
        Err(error) => error,
        Ok(_) => PyRuntimeError::new_err("Cycle detected between keys of the graph"),
    }
}
