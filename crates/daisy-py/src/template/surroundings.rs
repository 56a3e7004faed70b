//! What tracing read besides the arguments, by identity.

use pyo3::PyTraverseError;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyTuple};

/// One thing that was read, and what was found there. All objects are kept alive, so that an
/// address is never that of a later object.
pub(super) enum Surrounding {
    /// An entry of the dict of a module: a global, a builtin, an attribute. `None`: there was none.
    Entry {
        dict: Py<PyDict>,
        key: Py<PyAny>,
        value: Option<Py<PyAny>>,
    },
    /// The cell of a closure.
    Cell { cell: Py<PyAny>, value: Py<PyAny> },
    /// The code of a function, which can be given another one.
    Code {
        function: Py<PyFunction>,
        code: Py<PyAny>,
    },
}

impl Surrounding {
    /// Reads `("entry", dict, key, value)`, `("absent", dict, key)`, `("cell", cell, value)` or
    /// `("code", function, code)`.
    pub(super) fn read(from: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let kind = from.get_item(0)?.extract::<String>()?;
        let object = |place: usize| from.get_item(place).map(Bound::unbind);
        Ok(match kind.as_str() {
            "entry" | "absent" => Surrounding::Entry {
                dict: from.get_item(1)?.cast_into_exact::<PyDict>()?.unbind(),
                key: object(2)?,
                value: (kind == "entry").then(|| object(3)).transpose()?,
            },
            "cell" if is_cell(&from.get_item(1)?) => Surrounding::Cell {
                cell: object(1)?,
                value: object(2)?,
            },
            "code" => Surrounding::Code {
                function: from.get_item(1)?.cast_into_exact::<PyFunction>()?.unbind(),
                code: object(2)?,
            },
            _ => {
                return Err(PyValueError::new_err(format!(
                    "{kind} is nothing to look at"
                )));
            }
        })
    }

    /// Whether the same is found there now.
    pub(super) fn holds(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(match self {
            Surrounding::Entry { dict, key, value } => {
                match (dict.bind(py).get_item(key)?, value) {
                    (Some(found), Some(value)) => found.is(value),
                    (None, None) => true,
                    _ => false,
                }
            }
            Surrounding::Cell { cell, value } => {
                // SAFETY: it was a cell when it was read, and is kept; the result is a new
                // reference, or null where the cell is empty.
                let found =
                    unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyCell_Get(cell.as_ptr())) };
                found.is_some_and(|found| found.is(value))
            }
            Surrounding::Code { function, code } => {
                // SAFETY: an exact function; the pointer is only compared.
                unsafe { ffi::PyFunction_GetCode(function.as_ptr()) == code.as_ptr() }
            }
        })
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Surrounding::Entry { dict, key, value } => {
                visit.call(dict)?;
                visit.call(key)?;
                visit.call(value)
            }
            Surrounding::Cell { cell, value } => {
                visit.call(cell)?;
                visit.call(value)
            }
            Surrounding::Code { function, code } => {
                visit.call(function)?;
                visit.call(code)
            }
        }
    }
}

fn is_cell(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: only the address of a static type is taken.
    object.get_type_ptr() == &raw mut ffi::PyCell_Type
}
