//! Arrays: NumPy's class of them, which is never imported for its own sake.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::hooks;

static NDARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// `numpy.ndarray`, if NumPy has been imported; before that no object is an array.
pub fn ndarray(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    if let Some(found) = known(py) {
        return Some(found);
    }
    hooks::numpy_generic(py)?;
    let found = NDARRAY.get_or_try_init(py, || {
        py.import("numpy")?.getattr("ndarray").map(Bound::unbind)
    });
    found.ok().map(|array| array.bind(py))
}

/// `numpy.ndarray`, if [`ndarray`] has found it before. Runs no code of anybody's.
#[inline]
pub fn known(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    NDARRAY.get(py).map(|array| array.bind(py))
}
