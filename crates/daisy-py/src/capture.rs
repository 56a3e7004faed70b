//! From Python arguments to the inputs of a node.
//!
//! A container given to a deferred call is copied when the call is deferred and arrives as a
//! container of values. What is one container in the arguments of a call arrives as one.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use smallvec::smallvec;

use crate::constants;
use crate::containers::{Copier, Shape, check_depth, for_each_item, mentions_thunk, op_of};
use crate::node::{Arg, Args, Expr, Node};
use crate::thunk;

/// A container with thunks becomes a node, and so does a small one that can be changed: each call
/// then gets one of its own, and equal calls still fold. A big one without thunks is data.
const SMALL: usize = 64;

/// The inputs of one call.
#[derive(Default)]
pub struct Capture<'py> {
    /// By the address of a container: what stands for it.
    seen: HashMap<usize, Arg>,
    copier: Copier<'py>,
}

impl<'py> Capture<'py> {
    /// The input that stands for `value`.
    pub fn arg(&mut self, value: &Bound<'py, PyAny>) -> PyResult<Arg> {
        self.arg_at(value, 0)
    }

    fn arg_at(&mut self, value: &Bound<'py, PyAny>, depth: usize) -> PyResult<Arg> {
        if let Some(thunk) = thunk::cast(value) {
            return Ok(Arg::Node(thunk.get().node.clone()));
        }
        let Some(shape) = Shape::of(value) else {
            return Ok(Arg::Value(value.clone().unbind()));
        };
        if let Some(known) = self.seen.get(&(value.as_ptr() as usize)) {
            return Ok(known.clone_ref(value.py()));
        }
        check_depth(depth)?;
        let arg = if is_small_and_mutable(value) || mentions_thunk(value)? {
            self.display(value, shape, depth)?
        } else {
            Arg::Value(self.copier.copy(value)?.unbind())
        };
        let known = arg.clone_ref(value.py());
        self.seen.insert(value.as_ptr() as usize, known);
        Ok(arg)
    }

    /// A node that builds a container of the values of its items.
    fn display(&mut self, value: &Bound<'py, PyAny>, shape: Shape, depth: usize) -> PyResult<Arg> {
        let mut inputs: Args = smallvec![];
        if let Shape::NamedTuple = shape {
            inputs.push(Arg::Value(value.get_type().into_any().unbind()));
        }
        for_each_item(value, shape, |item| {
            inputs.push(self.arg_at(&item, depth + 1)?);
            Ok(())
        })?;
        Ok(Arg::Node(Node::pending(
            Expr::new(op_of(shape), inputs),
            None,
        )))
    }
}

fn is_small_and_mutable(value: &Bound<'_, PyAny>) -> bool {
    constants::is_mutable_container(value) && value.len().is_ok_and(|length| length <= SMALL)
}

/// The input that stands for a single argument.
pub fn arg(value: &Bound<'_, PyAny>) -> PyResult<Arg> {
    // Most arguments are no containers, for which nothing has to be remembered.
    Capture::default().arg(value)
}

/// The inputs that stand for the arguments of a call, and the names of the last of them.
pub fn call<'py>(
    func: Option<&Bound<'py, PyAny>>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<(Args, Option<Py<PyTuple>>)> {
    let mut capture = Capture::default();
    let mut inputs: Args = smallvec![];
    if let Some(value) = func {
        inputs.push(capture.arg(value)?);
    }
    for value in args.iter_borrowed() {
        inputs.push(capture.arg(&value)?);
    }
    let Some(kwargs) = kwargs.filter(|kwargs| !kwargs.is_empty()) else {
        return Ok((inputs, None));
    };
    for (_, value) in kwargs {
        inputs.push(capture.arg(&value)?);
    }
    let names = PyTuple::new(args.py(), kwargs.keys())?;
    Ok((inputs, Some(names.unbind())))
}

/// The node that a value stands for when it is made lazy: a container that mentions thunks gives
/// the container of their values, everything else is there already.
pub fn lift(value: &Bound<'_, PyAny>) -> PyResult<Arg> {
    if thunk::is_thunk(value) || mentions_thunk(value)? {
        arg(value)
    } else {
        Ok(Arg::Value(value.clone().unbind()))
    }
}
