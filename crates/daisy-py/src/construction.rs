//! How Python makes a thunk: `thunk(func, ...)`, `autodaskthunk(func, ...)` and `fromexpr`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::context;
use crate::errors;
use crate::hooks;
use crate::node::Node;
use crate::parking;
use crate::thunk::{AutodaskThunk, Handover, Thunk, call_expr, is_thunk, value_node, wrap};

#[pymethods]
impl Thunk {
    #[new]
    #[pyo3(signature = (func, /, *args, **kwargs))]
    fn __new__(
        func: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        construct(func, args, kwargs)
    }

    /// Wrap a value that is already there.
    ///
    /// A thunk is given back as a thunk of this class for the same value; a container that holds
    /// thunks stays that container.
    #[classmethod]
    fn fromexpr<'py>(
        cls: &Bound<'py, PyType>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        let node = value_node(value.clone(), Some(context::capture(py)?));
        wrap(py, cls.as_type_ptr(), node)
    }
}

/// What `thunk(func, *args, **kwargs)` makes.
fn construct(
    func: &Bound<'_, PyAny>,
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
) -> PyResult<Thunk> {
    if let Ok(handover) = func.cast_exact::<Handover>() {
        return Ok(Thunk::new(handover.get().node.clone()));
    }
    let context = Some(context::capture(func.py())?);
    if hooks::is_strict(func)? {
        let value = parking::call(func, args.clone(), kwargs)?;
        return Ok(Thunk::new(value_node(value, context)));
    }
    if !is_thunk(func) && !func.is_callable() {
        return Err(errors::not_callable(func));
    }
    let expr = call_expr(func, args, kwargs, None)?;
    Ok(Thunk::new(Node::pending(expr, context)))
}

#[pymethods]
impl AutodaskThunk {
    #[new]
    #[pyo3(signature = (func, /, *args, **kwargs))]
    fn __new__(
        func: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let base = construct(func, args, kwargs)?;
        Ok(PyClassInitializer::from(base).add_subclass(AutodaskThunk))
    }
}
