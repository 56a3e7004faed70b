//! One step: what an operation does with its inputs.

use daisy_core::{Arg, Args, ConstId, OpId, Source};
use pyo3::basic::CompareOp;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use super::Engine;
use crate::arithmetic::{self, Operands};
use crate::constants;
use crate::containers::{self, Copier};
use crate::op::Op;
use crate::parking;
use crate::threads::brief;
use crate::thunk;

/// The values of a step's inputs; calls have one place free in front, which the vectorcall
/// protocol lets the callee use.
pub(super) type Stack<'py> = SmallVec<[Bound<'py, PyAny>; 8]>;

/// One step and its inputs, as ids and as values.
#[derive(Clone, Copy)]
pub(super) struct Step<'a, 'py> {
    pub(super) py: Python<'py>,
    pub(super) engine: &'a Engine,
    pub(super) args: Args<'a, Py<PyAny>>,
    /// What the constants of a group's own graph are; nothing for those of the whole graph.
    pub(super) outer: Option<&'a [Bound<'py, PyAny>]>,
}

impl<'py> Step<'_, 'py> {
    /// The value of the step.
    pub(super) fn compute(self, op: OpId) -> PyResult<Bound<'py, PyAny>> {
        let value = match Op::of_id(op) {
            Op::CALL => self.call(self.kwnames(op)),
            op => self.operate(op),
        }?;
        // A plain function may give a thunk, for example because it calls an autodask function.
        match thunk::cast(&value) {
            Some(thunk) => thunk::value(thunk),
            None => Ok(value),
        }
    }

    fn kwnames(&self, op: OpId) -> Option<&Bound<'py, PyTuple>> {
        let names = self.engine.compiled.variants.kwnames(op);
        names.map(|names| names.bind(self.py))
    }

    /// The values of all inputs, put where they are wanted instead of moved there.
    pub(super) fn gather(self, stack: &mut Stack<'py>) -> PyResult<()> {
        let mut copier = Copier::default();
        for index in 0..self.args.len() {
            stack.push(self.value(index, &mut copier)?);
        }
        Ok(())
    }

    /// The values of the items of a container. It may hold others that are shared: who gets it
    /// in the end gets a copy then.
    fn items(self, stack: &mut Stack<'py>) -> PyResult<()> {
        let mut copier = Copier::default();
        for arg in self.args.iter() {
            stack.push(match arg {
                Arg::Value { value, .. } => value.bind(self.py).clone(),
                Arg::Const(id) => self.constant_value(id, &mut copier)?,
            });
        }
        Ok(())
    }

    fn constant_value(self, id: ConstId, copier: &mut Copier<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(outer) = self.outer {
            return Ok(outer[id.index()].clone());
        }
        let constant = self.engine.compiled.constants.get(id);
        let value = constant.value.bind(self.py);
        if constant.mutable {
            copier.copy(value)
        } else {
            Ok(value.clone())
        }
    }

    /// The value of one input of a call. A container that others get as well, or that holds such
    /// a one, is handed out as a copy, so that no two calls ever get the same one.
    fn value(self, index: usize, copier: &mut Copier<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.args.get(index) {
            Arg::Value { value, .. } => {
                let value = value.bind(self.py);
                let shared = &self.engine.shared;
                if !shared.is_empty()
                    && matches!(self.args.source(index), Source::Node(id) if shared.contains(&id))
                {
                    copier.copy(value)
                } else {
                    Ok(value.clone())
                }
            }
            Arg::Const(id) => self.constant_value(id, copier),
        }
    }

    fn call(self, kwnames: Option<&Bound<'py, PyTuple>>) -> PyResult<Bound<'py, PyAny>> {
        let mut stack = Stack::new();
        self.gather(&mut stack)?;
        if matches!(self.args.source(0), Source::Node(_)) {
            brief::note_method(stack[0].as_ptr());
        }
        let named = kwnames.map_or(0, PyTupleMethods::len);
        let positional = stack.len() - 1 - named;
        let kwnames = kwnames.map_or(std::ptr::null_mut(), Bound::as_ptr);
        // A `Bound` is a pointer to its object, and nothing else.
        let pointers = stack.as_ptr().cast::<*mut ffi::PyObject>();
        // SAFETY: `stack` keeps every argument alive during the call. The callee's own pointer
        // lies in front of the arguments, which is the place that the offset flag lets it use
        // and restore.
        unsafe {
            let result = parking::vectorcall(
                *pointers,
                pointers.add(1),
                positional | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
                kwnames,
            );
            Bound::from_owned_ptr_or_err(self.py, result)
        }
    }

    fn operate(self, op: Op) -> PyResult<Bound<'py, PyAny>> {
        if op.is_display() {
            let mut items = Stack::new();
            self.items(&mut items)?;
            return containers::build(self.py, op, &items);
        }
        let mut copier = Copier::default();
        let left = self.value(0, &mut copier)?;
        if self.args.len() == 1 {
            return self.unary(op, &left);
        }
        let right = self.value(1, &mut copier)?;
        match op.0 {
            1..=14 => {
                let handles = |operand| self.args.handles_on_spare(operand);
                arithmetic::apply(op, &Operands { left, right }, handles)
            }
            30..=35 => compare(op, &left, &right),
            _ if op == Op::GETATTR => parking::binary(ffi::PyObject_GetAttr, &left, &right),
            _ if op == Op::GETITEM => parking::binary(ffi::PyObject_GetItem, &left, &right),
            _ => parking::call(&op.function(self.py)?, (left, right), None),
        }
    }

    fn unary(self, op: Op, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match op {
            Op::NEGATIVE => parking::unary(ffi::PyNumber_Negative, value),
            Op::POSITIVE => parking::unary(ffi::PyNumber_Positive, value),
            Op::INVERT => parking::unary(ffi::PyNumber_Invert, value),
            Op::ABSOLUTE => parking::unary(ffi::PyNumber_Absolute, value),
            Op::COPY => duplicate(value),
            _ => parking::call(&op.function(self.py)?, (value,), None),
        }
    }
}

/// The comparisons in the order of `lazy.operator.COMPARE`.
fn compare<'py>(
    op: Op,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    const ORDER: [CompareOp; 6] = [
        CompareOp::Lt,
        CompareOp::Le,
        CompareOp::Eq,
        CompareOp::Ne,
        CompareOp::Gt,
        CompareOp::Ge,
    ];
    parking::compare(left, right, ORDER[usize::from(op.0 - Op::compare(0).0)])
}

/// A copy of a value that stands for two; what cannot be copied (a lock, a generator) stays one.
pub(super) fn duplicate<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if constants::is_immutable(value) {
        return Ok(value.clone());
    }
    parking::call(&Op::COPY.function(value.py())?, (value,), None)
}
