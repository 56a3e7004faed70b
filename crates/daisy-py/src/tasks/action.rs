//! Action: what one step of a task graph does with its inputs.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// What one step does.
///
/// The arguments are the tuple that the node has itself. Those that name or are other nodes are
/// replaced by the inputs of the step, in their order, and all others are handed over as they are.
pub enum Action {
    /// `func(*args, **kwargs)`.
    Call(Call),
    List(Items),
    Tuple(Items),
    Set(Items),
    /// A key and a value in turn.
    Dict(Items),
    /// A node of a class that daisy does not know: it is called with a dict of its dependencies.
    Foreign {
        node: Py<PyAny>,
        keys: Py<PyTuple>,
    },
    /// No step at all: the value is there.
    Data(Py<PyAny>),
    /// No step at all: the value of the only input.
    Alias,
}

/// A call of a function.
pub struct Call {
    pub func: Py<PyAny>,
    /// The values of keywords stand behind the positional arguments.
    pub items: Items,
    pub kwnames: Option<Py<PyTuple>>,
}

/// Arguments, some of which are inputs.
pub struct Items {
    pub args: Py<PyTuple>,
    /// How many of them are inputs.
    pub inputs: usize,
}

impl Action {
    /// Says how many of the arguments turned out to be inputs.
    pub fn set_inputs(&mut self, inputs: usize) {
        match self {
            Action::Call(call) => call.items.inputs = inputs,
            Action::List(items)
            | Action::Tuple(items)
            | Action::Set(items)
            | Action::Dict(items) => items.inputs = inputs,
            Action::Foreign { .. } | Action::Data(_) | Action::Alias => {}
        }
    }
}
