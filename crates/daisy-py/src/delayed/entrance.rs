//! The entry points: a value of a call, and the values that values stand for.

use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyTuple};

use super::build::Call;
use super::classes::Classes;
use super::order;
use super::place::Places;
use super::reader::Reader;
use crate::tasks::entrance;
use crate::tasks::program::Program;

/// Takes the classes of `daisy.delayed`, and what this side asks of it, out of a module.
#[pyfunction]
pub fn set_delayed(module: &Bound<'_, PyAny>) -> PyResult<()> {
    Classes::set(module)
}

/// The value of a call: `identity` stands for the function in the key of a pure one, `pure` is a truth
/// value or None, `length` the number of items or None. The keywords `pure` and `dask_key_name` are not
/// the function's.
#[pyfunction]
#[pyo3(signature = (func, identity, args, kwargs, pure, length))]
pub fn delayed_call<'py>(
    func: Bound<'py, PyAny>,
    identity: Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    pure: Bound<'py, PyAny>,
    length: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let call = Call {
        func,
        identity,
        args,
        kwargs,
        pure,
        length,
    };
    call.build()
}

/// What stands for an object by itself: the object, or what is made of it where something is in it.
#[pyfunction]
pub fn delayed_place(object: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    let mut places = Places::new(Classes::get(object.py())?, 1);
    places.push(object)?;
    let found = places.needs.pop().or_else(|| places.args.pop());
    Ok(found.expect("an object was pushed just now"))
}

/// What some values compute, read and in order, to be run once.
#[pyclass(frozen)]
pub struct DelayedProgram {
    program: Mutex<Option<Program>>,
}

#[pymethods]
impl DelayedProgram {
    /// What `values` compute; None if some of it is of dask's own.
    #[staticmethod]
    fn read(values: &Bound<'_, PyTuple>) -> PyResult<Option<Self>> {
        let mut reader = Reader::new(values.py())?;
        let mut roots = Vec::with_capacity(values.len());
        for value in values {
            match reader.follow(&value)? {
                Some(root) => roots.push(root),
                None => return Ok(None),
            }
        }
        let order = if entrance::is_flat(&reader.entries, &reader.walked) {
            reader.walked
        } else {
            order::in_order(&reader.entries, &reader.walked)
        };
        let program = Program::new(reader.entries, &order, &roots, false);
        Ok(Some(Self {
            program: Mutex::new(Some(program)),
        }))
    }

    /// The values, computed on up to `workers` threads.
    fn run<'py>(&self, py: Python<'py>, workers: usize) -> PyResult<Bound<'py, PyTuple>> {
        let program = self.program.lock_py_attached(py).take();
        let program =
            program.ok_or_else(|| PyRuntimeError::new_err("a program of values runs once"))?;
        PyTuple::new(py, entrance::run_program(py, program, workers, None)?)
    }
}
