//! Errors: what the binding raises itself, and the note that a failing task's exception gets.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;

use crate::node::NodeRef;
use crate::parking;

/// What is asked of a thunk would change the value for everybody who has it.
pub fn store(py: Python<'_>, what: &str) -> PyErr {
    let reason = format!(
        "a thunk cannot be changed ({what}): the value is computed later and may be shared"
    );
    let ways_out = (
        "make a new value instead (numpy.where, dict(old, key=value))",
        "store into strict(...) of the thunk",
        "move the lines into a function of its own, which is then one node",
    );
    refusal(py, &reason, ways_out).unwrap_or_else(|error| error)
}

/// One iterator would be used up by several operations.
pub fn shared_iterator(value: &Bound<'_, PyAny>) -> PyErr {
    let py = value.py();
    let refused = py
        .import(intern!(py, "lazy.state"))
        .and_then(|module| module.getattr(intern!(py, "shared_iterator")))
        .and_then(|make| parking::call(&make, (value,), None));
    refused.map_or_else(|error| error, PyErr::from_value)
}

/// A `lazy.errors.Refusal` without a place of its own.
fn refusal(py: Python<'_>, reason: &str, ways_out: (&str, &str, &str)) -> PyResult<PyErr> {
    let class = py
        .import(intern!(py, "lazy.errors"))?
        .getattr(intern!(py, "Refusal"))?;
    let error = class.call1((reason, py.None(), py.None(), py.None(), ways_out))?;
    Ok(PyErr::from_value(error))
}

pub fn not_callable(func: &Bound<'_, PyAny>) -> PyErr {
    let kind = func.get_type();
    let name = kind
        .name()
        .map_or_else(|_| "?".into(), |name| name.to_string());
    PyTypeError::new_err(format!(
        "thunk() defers a call, but {name} object is not callable; \
         thunk.fromexpr(value) wraps a value that is already there"
    ))
}

/// A thunk whose computation asks for its own value.
pub fn depends_on_itself() -> PyErr {
    PyRuntimeError::new_err(
        "this thunk depends on itself: computing it forces it again; \
         pass the value it needs as an argument instead of forcing the thunk inside",
    )
}

/// A thunk that is forced by something that came in between while a graph is compiled.
pub fn forced_while_compiling() -> PyErr {
    PyRuntimeError::new_err(
        "a thunk is forced here while this thread is in the middle of compiling a graph, by a \
         finalizer, a signal handler or a metaclass that Python called in between; \
         force it before, or on another thread and without waiting for that",
    )
}

/// Adds the note of `site` to the exception, once.
pub fn annotate(py: Python<'_>, error: &PyErr, site: &Py<PyAny>) {
    let note = site.bind(py).getattr(intern!(py, "note"));
    add_note(error, note.and_then(|note| parking::call(&note, (), None)));
}

/// Adds the text of an object to the exception as a note, once.
pub fn annotate_with(error: &PyErr, text: &Bound<'_, PyAny>) {
    add_note(error, text.str().map(Bound::into_any));
}

fn add_note(error: &PyErr, note: PyResult<Bound<'_, PyAny>>) {
    let add = |note: Bound<'_, PyAny>| {
        let py = note.py();
        let exception = error.value(py);
        let notes = exception.getattr_opt(intern!(py, "__notes__"))?;
        let known = notes.is_some_and(|notes| notes.contains(&note).unwrap_or(false));
        if !known {
            let add_note = exception.getattr(intern!(py, "add_note"))?;
            parking::call(&add_note, (note,), None)?;
        }
        PyResult::Ok(())
    };
    // An exception that takes no note (a frozen dataclass) is more to the user than the note.
    let _ = note.and_then(add);
}

/// Adds the user's line of an operation to an exception.
pub fn blame(py: Python<'_>, origin: &NodeRef, error: PyErr) -> PyErr {
    if let Some(site) = origin.site(py) {
        annotate(py, &error, &site);
    }
    error
}
