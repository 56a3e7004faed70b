//! NumPy's protocols: its functions on a thunk give a thunk.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::errors;
use crate::hooks;
use crate::node::Node;
use crate::thunk::{Thunk, call_expr, wrap};

#[pymethods]
impl Thunk {
    /// NumPy's ufuncs on a thunk stay lazy.
    #[pyo3(signature = (ufunc, method, *inputs, **kwargs))]
    fn __array_ufunc__<'py>(
        slf: &Bound<'py, Self>,
        ufunc: &Bound<'py, PyAny>,
        method: &Bound<'py, PyString>,
        inputs: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if has_output(kwargs)? || method == "at" {
            return Err(errors::store(py, "an output argument of a NumPy function"));
        }
        let function = if method == "__call__" {
            ufunc.clone()
        } else {
            ufunc.getattr(method)?
        };
        numpy_call(slf, &function, inputs, kwargs)
    }

    /// NumPy's array functions on a thunk stay lazy.
    fn __array_function__<'py>(
        slf: &Bound<'py, Self>,
        function: &Bound<'py, PyAny>,
        _types: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if has_output(Some(kwargs))? || hooks::mutates(function)? {
            let what = "an output argument of a NumPy function";
            return Err(errors::store(slf.py(), what));
        }
        numpy_call(slf, function, args, Some(kwargs))
    }
}

fn has_output(kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
    let Some(kwargs) = kwargs else {
        return Ok(false);
    };
    let out = kwargs.get_item(intern!(kwargs.py(), "out"))?;
    Ok(out.is_some_and(|out| !out.is_none()))
}

fn numpy_call<'py>(
    slf: &Bound<'py, Thunk>,
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let expr = call_expr(function, args, kwargs, None)?;
    let context = slf.get().node.context.as_ref();
    let context = context.map(|context| context.clone_ref(slf.py()));
    wrap(slf.py(), slf.get_type_ptr(), Node::pending(expr, context))
}
