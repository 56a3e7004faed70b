//! What Python can do to a thunk.
//!
//! Whatever one can do to a value without Python insisting on a concrete type makes a new thunk;
//! where Python insists (a *strict point*), the thunk is forced.

use pyo3::PyTypeInfo;
use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyComplex, PyDict, PyFloat, PyInt, PyIterator, PyString, PyTuple};
use smallvec::smallvec;

use crate::attributes;
use crate::capture;
use crate::context;
use crate::errors;
use crate::node::{Arg, Args, Expr, Node};
use crate::op::Op;
use crate::parking;
use crate::pickle;
use crate::thunk::{
    Thunk, apply, binary, call_expr, cast, derive, is_autodask, own, reflected, unary, value,
    value_node, wrap,
};

#[pymethods]
impl Thunk {
    // Strict points: Python wants a concrete type here.

    fn __bool__(slf: &Bound<'_, Self>) -> PyResult<bool> {
        parking::truth(&value(slf)?)
    }

    fn __str__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        parking::unary(ffi::PyObject_Str, &value(slf)?)
    }

    fn __repr__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        parking::unary(ffi::PyObject_Repr, &value(slf)?)
    }

    fn __bytes__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        convert::<PyBytes>(slf)
    }

    fn __format__<'py>(
        slf: &Bound<'py, Self>,
        spec: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        parking::binary(ffi::PyObject_Format, &value(slf)?, spec)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        parking::hash(&value(slf)?)
    }

    fn __int__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        convert::<PyInt>(slf)
    }

    fn __float__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        convert::<PyFloat>(slf)
    }

    fn __complex__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        convert::<PyComplex>(slf)
    }

    fn __index__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        parking::unary(ffi::PyNumber_Index, &value(slf)?)
    }

    fn __len__(slf: &Bound<'_, Self>) -> PyResult<usize> {
        parking::length(&value(slf)?)
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        parking::unary(ffi::PyObject_Dir, &value(slf)?)
    }

    fn __contains__(slf: &Bound<'_, Self>, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        let item = match cast(item) {
            Some(thunk) => value(thunk)?,
            None => item.clone(),
        };
        parking::contains(&value(slf)?, &item)
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __array__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let asarray = py
            .import(intern!(py, "numpy"))?
            .getattr(intern!(py, "asarray"))?;
        let mut inputs = vec![value(slf)?];
        inputs.extend(args.iter());
        parking::call(&asarray, PyTuple::new(py, inputs)?, kwargs)
    }

    /// `iter(thunk)` is a thunk of the iterator, so that looping takes thunks out one by one.
    /// An `autodaskthunk` is forced instead and gives the iterator itself.
    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if is_autodask(py, slf.get_type_ptr()) {
            return parking::unary(ffi::PyObject_GetIter, &value(slf)?);
        }
        let iterator = smallvec![Arg::Value(builtin(py, "iter")?.unbind()), own(slf)];
        let mut expr = Expr::new(Op::CALL, iterator);
        expr.impure = true;
        wrap(py, slf.get_type_ptr(), Node::pending(expr, None))
    }

    /// One step of the iterator that this thunk stands for, as a thunk.
    fn __next__<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let iterator = value(slf)?;
        let Ok(iterator) = iterator.cast::<PyIterator>() else {
            return Err(PyTypeError::new_err(format!(
                "{} object is not an iterator",
                iterator.get_type().qualname()?
            )));
        };
        let Some(item) = parking::next(iterator)? else {
            return Ok(None);
        };
        wrap(slf.py(), slf.get_type_ptr(), value_node(item, None)).map(Some)
    }

    // What makes a new thunk.

    fn __neg__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, Op::NEGATIVE)
    }

    fn __pos__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, Op::POSITIVE)
    }

    fn __invert__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, Op::INVERT)
    }

    fn __abs__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        unary(slf, Op::ABSOLUTE)
    }

    fn __getitem__<'py>(
        slf: &Bound<'py, Self>,
        index: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        binary(slf, Op::GETITEM, index)
    }

    fn __pow__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        modulus: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if modulus.is_none() {
            return binary(slf, Op::POWER, other);
        }
        apply(slf, builtin(slf.py(), "pow")?, &[other, modulus])
    }

    fn __rpow__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        modulus: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if modulus.is_none() {
            return reflected(slf, Op::POWER, other);
        }
        let args: Args = smallvec![
            Arg::Value(builtin(slf.py(), "pow")?.unbind()),
            capture::arg(other)?,
            own(slf),
            capture::arg(modulus)?,
        ];
        derive(slf, Op::CALL, args)
    }

    fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        comparison: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        // The order of `lazy.operator.COMPARE`.
        let index = match comparison {
            CompareOp::Lt => 0,
            CompareOp::Le => 1,
            CompareOp::Eq => 2,
            CompareOp::Ne => 3,
            CompareOp::Gt => 4,
            CompareOp::Ge => 5,
        };
        binary(slf, Op::compare(index), other)
    }

    #[pyo3(signature = (*args))]
    fn __round__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let others: Vec<_> = args.iter().collect();
        let others: Vec<_> = others.iter().collect();
        apply(slf, builtin(slf.py(), "round")?, &others)
    }

    fn __floor__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        apply(slf, math(slf.py(), "floor")?, &[])
    }

    fn __ceil__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        apply(slf, math(slf.py(), "ceil")?, &[])
    }

    fn __trunc__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        apply(slf, math(slf.py(), "trunc")?, &[])
    }

    fn __reversed__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        apply(slf, builtin(slf.py(), "reversed")?, &[])
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let expr = call_expr(slf.as_any(), args, kwargs, None)?;
        let context = context::capture(slf.py())?;
        let node = Node::pending(expr, Some(context));
        wrap(slf.py(), slf.get_type_ptr(), node)
    }

    fn __getattribute__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        attributes::get(slf, name)
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        _value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        Err(errors::store(slf.py(), &format!(".{name} = ...")))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        Err(errors::store(slf.py(), &format!("del .{name}")))
    }

    fn __setitem__(
        slf: &Bound<'_, Self>,
        _index: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        Err(errors::store(slf.py(), "[...] = ..."))
    }

    fn __delitem__(slf: &Bound<'_, Self>, _index: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(errors::store(slf.py(), "del [...]"))
    }

    // Copies. An expression cannot be changed, so it is its own copy.

    fn __copy__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyAny> {
        slf.clone().into_any()
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        slf.clone().into_any()
    }

    fn __reduce_ex__<'py>(
        slf: &Bound<'py, Self>,
        _protocol: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        pickle::reduce(slf)
    }
}

/// The value of a thunk as an object of a class. That is the type itself, not a function of CPython's
/// such as `PyBytes_FromObject`, which knows no `__bytes__`.
fn convert<'py, T: PyTypeInfo>(thunk: &Bound<'py, Thunk>) -> PyResult<Bound<'py, PyAny>> {
    let class = thunk.py().get_type::<T>();
    parking::call(class.as_any(), (value(thunk)?,), None)
}

fn builtin<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "builtins"))?.getattr(name)
}

fn math<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "math"))?.getattr(name)
}
