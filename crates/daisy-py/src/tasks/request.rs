//! Request: the keys that are asked for, and the shape in which their values are given.

use std::collections::HashSet;

use pyo3::exceptions::PyRecursionError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

/// Keys in nested lists, flattened.
pub struct Request<'py> {
    pub keys: Vec<Bound<'py, PyAny>>,
    shape: Vec<Shape>,
}

/// How the values are put together: a stack is filled, and what lies on it in the end is the result.
#[derive(Clone, Copy)]
enum Shape {
    /// Put the next value on the stack.
    Value,
    /// Replace values on top of the stack by the tuple of them.
    Tuple(usize),
}

impl<'py> Request<'py> {
    /// The request for one key, or for keys in nested lists.
    pub fn new(keys: &Bound<'py, PyAny>) -> PyResult<Self> {
        let mut request = Self {
            keys: Vec::new(),
            shape: Vec::new(),
        };
        match keys.cast::<PyList>() {
            Ok(list) => request.flatten(list)?,
            Err(_) => request.push(keys.clone()),
        }
        Ok(request)
    }

    fn push(&mut self, key: Bound<'py, PyAny>) {
        self.keys.push(key);
        self.shape.push(Shape::Value);
    }

    fn flatten(&mut self, list: &Bound<'py, PyList>) -> PyResult<()> {
        let mut open = vec![(list.clone(), 0)];
        let mut inside = HashSet::from([list.as_ptr()]);
        while let Some((list, next)) = open.last_mut() {
            let place = *next;
            *next += 1;
            let Ok(item) = list.get_item(place) else {
                inside.remove(&list.as_ptr());
                self.shape.push(Shape::Tuple(place));
                open.pop();
                continue;
            };
            match item.cast_into::<PyList>() {
                Ok(inner) if inside.insert(inner.as_ptr()) => open.push((inner, 0)),
                Ok(_) => return Err(PyRecursionError::new_err("a list of keys contains itself")),
                Err(key) => self.push(key.into_inner()),
            }
        }
        Ok(())
    }

    /// The values in the shape in which their keys were.
    pub fn arrange(&self, py: Python<'py>, values: Vec<Py<PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let mut values = values.into_iter().map(|value| value.into_bound(py));
        let mut stack: Vec<Bound<'py, PyAny>> = Vec::with_capacity(self.keys.len());
        for shape in &self.shape {
            match *shape {
                Shape::Value => stack.extend(values.next()),
                Shape::Tuple(len) => {
                    let tuple = PyTuple::new(py, stack.drain(stack.len() - len..))?;
                    stack.push(tuple.into_any());
                }
            }
        }
        Ok(stack.pop().expect("a request has one shape on the outside"))
    }
}
