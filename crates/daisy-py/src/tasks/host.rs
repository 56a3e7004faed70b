//! Host: does the steps of a program.

use std::sync::Arc;

use daisy_core::{Arg, Args, ConstId, Crew, Host, NodeId, OpId};
use pyo3::exceptions::PyException;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use smallvec::SmallVec;

use super::action::{Action, Call, Items};
use super::classes::{Classes, Kind};
use super::isolation::Isolation;
use super::program::Tables;
use super::quick;
use crate::parking;
use crate::threads::{helper, host};

/// What runs the steps of one program, on any thread that is attached to the interpreter.
pub struct Runner {
    tables: Tables,
    isolation: Isolation,
    classes: &'static Classes,
    quick: &'static [Py<PyAny>],
    /// `blame(key, error)`: told which task has failed, before anybody else is.
    blame: Option<Py<PyAny>>,
}

/// Arguments by their addresses, with one place free in front, which the vectorcall protocol lets
/// the callee use. Whoever fills it sees to it that the objects outlive it.
type Stack = SmallVec<[*mut ffi::PyObject; 8]>;

impl Runner {
    /// What runs a program in the context of this thread.
    pub fn new(py: Python<'_>, tables: Tables, blame: Option<Py<PyAny>>) -> PyResult<Self> {
        Ok(Self {
            blame,
            tables,
            isolation: Isolation::new(py)?,
            classes: Classes::get(py)?,
            quick: quick::functions(py)?,
        })
    }

    /// Tells who wants to know of a failing task.
    fn report(&self, py: Python<'_>, node: NodeId, error: PyErr) -> PyErr {
        let Some(blame) = &self.blame else {
            return error;
        };
        let key = &self.tables.keys[self.tables.entries[node.index()] as usize];
        let Err(broken) = parking::call(blame.bind(py), (key, error.value(py)), None) else {
            return error;
        };
        if broken.is_instance_of::<PyException>(py) {
            // What goes wrong in telling must not hide the task's own error.
            broken.write_unraisable(py, Some(blame.bind(py)));
            return error;
        }
        // Ctrl-C and the like end the run whenever they come.
        broken.set_context(py, Some(error));
        broken
    }
}

impl Host for Runner {
    type Value = Py<PyAny>;
    type Error = PyErr;

    fn run(&self, node: NodeId, _op: OpId, args: Args<'_, Py<PyAny>>) -> PyResult<Py<PyAny>> {
        // SAFETY: a program runs only on threads that are attached.
        let py = unsafe { Python::assume_attached() };
        py.check_signals()?;
        let step = Step {
            py,
            runner: self,
            args,
        };
        step.act(&self.tables.actions[node.index()])
            .map(Bound::unbind)
            .map_err(|error| self.report(py, node, error))
    }

    fn constant(&self, constant: ConstId) -> Py<PyAny> {
        // SAFETY: as in `run`.
        let py = unsafe { Python::assume_attached() };
        self.tables.constants[constant.index()].clone_ref(py)
    }

    fn share(&self, value: &Py<PyAny>) -> Py<PyAny> {
        host::share(value)
    }

    fn interrupts(&self, error: &PyErr) -> bool {
        host::is_interrupt(error)
    }
}

impl Crew for Runner {
    fn attached(self: Arc<Self>, work: &mut dyn FnMut()) {
        helper::attached(|_| {
            work();
            drop(self);
        });
    }

    fn wait(&self, sleep: &mut dyn FnMut()) -> PyResult<()> {
        host::wait(sleep)
    }

    fn may_be_long(&self, node: NodeId, _op: OpId, _args: Args<'_, Py<PyAny>>) -> bool {
        match &self.tables.actions[node.index()] {
            Action::Call(call) => !self.quick.iter().any(|quick| quick.is(&call.func)),
            Action::Foreign { .. } => true,
            _ => false,
        }
    }

    /// Nothing is learnt: a task may wait for another one, which a second thread has to run then,
    /// however short tasks like it have been so far.
    fn learn(&self, _node: NodeId, _is_brief: bool) {}

    /// There is a GIL: CPython switches it on where it finds this module, which does not say that
    /// it can do without.
    fn exclusive(&self) -> bool {
        true
    }
}

/// One step and its inputs.
struct Step<'a, 'py> {
    py: Python<'py>,
    runner: &'a Runner,
    args: Args<'a, Py<PyAny>>,
}

impl<'py> Step<'_, 'py> {
    fn act(&self, action: &Action) -> PyResult<Bound<'py, PyAny>> {
        match action {
            Action::List(items) => {
                let stack = self.gather(items);
                Ok(PyList::new(self.py, self.bound(&stack))?.into_any())
            }
            Action::Tuple(items) => {
                let stack = self.gather(items);
                Ok(PyTuple::new(self.py, self.bound(&stack))?.into_any())
            }
            Action::Data(value) => Ok(value.bind(self.py).clone()),
            Action::Alias => Ok(self.input(0)),
            action => self.runner.isolation.run(self.py, || self.run_code(action)),
        }
    }

    /// Does what may run code of the user's.
    fn run_code(&self, action: &Action) -> PyResult<Bound<'py, PyAny>> {
        match action {
            Action::Call(call) => self.call(call),
            Action::Set(items) => self.set(items),
            Action::Dict(items) => self.dict(items),
            Action::Foreign { node, keys } => self.foreign(node, keys),
            _ => self.act(action),
        }
    }

    #[inline]
    fn pointer(&self, index: usize) -> *mut ffi::PyObject {
        match self.args.get(index) {
            Arg::Value { value, .. } => value.as_ptr(),
            Arg::Const(id) => self.runner.tables.constants[id.index()].as_ptr(),
        }
    }

    fn input(&self, index: usize) -> Bound<'py, PyAny> {
        // SAFETY: an input lives at least as long as its step.
        unsafe { Bound::from_borrowed_ptr(self.py, self.pointer(index)) }
    }

    /// The arguments, with the inputs in their places. They live as long as this step and `items`.
    #[inline]
    fn gather(&self, items: &Items) -> Stack {
        let args = items.args.bind(self.py);
        let mut stack = Stack::with_capacity(args.len() + 1);
        stack.push(std::ptr::null_mut());
        if items.inputs == args.len() {
            stack.extend((0..items.inputs).map(|index| self.pointer(index)));
            return stack;
        }
        let mut next = 0;
        for item in args.iter_borrowed() {
            if next < items.inputs && self.runner.classes.kind(&item) != Kind::Value {
                stack.push(self.pointer(next));
                next += 1;
            } else {
                stack.push(item.as_ptr());
            }
        }
        stack
    }

    /// The arguments as objects.
    fn bound(&self, stack: &Stack) -> Vec<Bound<'py, PyAny>> {
        let items = stack[1..].iter();
        // SAFETY: `gather` gave the stack in this very step, so the objects are alive.
        items
            .map(|&item| unsafe { Bound::from_borrowed_ptr(self.py, item) })
            .collect()
    }

    #[inline]
    fn call(&self, call: &Call) -> PyResult<Bound<'py, PyAny>> {
        let stack = self.gather(&call.items);
        let (named, kwnames) = match &call.kwnames {
            Some(names) => (names.bind(self.py).len(), names.as_ptr()),
            None => (0, std::ptr::null_mut()),
        };
        let positional = stack.len() - 1 - named;
        // SAFETY: the arguments outlive the call, and so do the function and the names.
        unsafe {
            let result = parking::vectorcall(
                call.func.as_ptr(),
                stack.as_ptr().add(1),
                positional | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
                kwnames,
            );
            Bound::from_owned_ptr_or_err(self.py, result)
        }
    }

    fn set(&self, items: &Items) -> PyResult<Bound<'py, PyAny>> {
        let stack = self.gather(items);
        parking::set(self.py, &self.bound(&stack))
    }

    fn dict(&self, items: &Items) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(self.py);
        let stack = self.gather(items);
        for pair in self.bound(&stack).chunks_exact(2) {
            parking::set_item(&dict, &pair[0], &pair[1])?;
        }
        Ok(dict.into_any())
    }

    fn foreign(&self, node: &Py<PyAny>, keys: &Py<PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let values = PyDict::new(self.py);
        for (index, key) in keys.bind(self.py).iter_borrowed().enumerate() {
            parking::set_item(&values, &key, &self.input(index))?;
        }
        parking::call(node.bind(self.py), (values,), None)
    }
}
