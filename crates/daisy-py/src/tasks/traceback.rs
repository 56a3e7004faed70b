//! Traceback: what an exception's traceback shows of daisy itself.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTraceback;

/// Takes the frames at the beginning of the traceback away that lie in files of the package.
///
/// An exception that shows nothing else keeps them: it is then an error of daisy's own.
pub fn trim(py: Python<'_>, error: PyErr) -> PyErr {
    match first_foreign(py, &error) {
        Ok(Some(traceback)) => error.set_traceback(py, Some(traceback)),
        Ok(None) => {}
        // What cannot be trimmed is shown whole, and must not hide the exception.
        Err(broken) => broken.write_unraisable(py, None),
    }
    error
}

/// The traceback from its first frame on that is not of the package.
fn first_foreign<'py>(py: Python<'py>, error: &PyErr) -> PyResult<Option<Bound<'py, PyTraceback>>> {
    let folder: String = py
        .import(intern!(py, "daisy"))?
        .getattr(intern!(py, "__path__"))?
        .get_item(0)?
        .extract()?;
    let mut next = error.traceback(py);
    while let Some(traceback) = next {
        let code = traceback
            .getattr(intern!(py, "tb_frame"))?
            .getattr(intern!(py, "f_code"))?;
        let file: String = code.getattr(intern!(py, "co_filename"))?.extract()?;
        if !std::path::Path::new(&file).starts_with(&folder) {
            return Ok(Some(traceback));
        }
        next = traceback.getattr(intern!(py, "tb_next"))?.extract()?;
    }
    Ok(None)
}
