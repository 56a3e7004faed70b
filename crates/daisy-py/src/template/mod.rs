//! Traces that are kept: what a call of a traced function made, ready to be made again.
//!
//! A template is the graph of one call without its arguments, with everything that tracing read
//! and that could be different in another call. Where all of that is as it was, tracing would make
//! the same nodes again, so they are made here, in one loop. What may go into a template at all is
//! decided in Python (`daisy.tracing.templates`).
//!
//! * `arguments`: what a function is called with
//! * `given`: the arguments that a template is for
//! * `surroundings`: what else tracing read: globals, cells, attributes of modules, code
//! * `steps`: its nodes
//! * `table`: the templates of one function
//! * `call`: a call that a template stands for
//! * `callable`: what is called, and asks its templates first

mod arguments;
mod call;
mod callable;
mod given;
mod steps;
mod surroundings;
mod table;

use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use self::arguments::Arguments;
use self::given::Given;
use self::steps::Steps;
use self::surroundings::Surrounding;
use crate::direct::Work;
use crate::node::Args;

pub use self::call::Call;
pub use self::callable::{Templated, call_by_templates};
pub use self::table::{Templates, watch_traces};

/// One trace.
pub struct Template {
    given: Given,
    surroundings: Vec<Surrounding>,
    steps: Steps,
    /// What its calls come to, once somebody looked: nothing where they need a graph.
    work: OnceLock<Option<Work>>,
    /// How many calls were computed without one.
    direct: AtomicUsize,
}

/// How a template stands to a call.
enum Fit {
    /// It is for other arguments.
    Other,
    /// It is for these arguments, but for a world that has changed since.
    Outdated,
    /// It stands for the call, which gives it these leaves.
    Whole(Args),
}

impl Template {
    /// Whether tracing the call would give what is kept here.
    fn fit(&self, py: Python<'_>, arguments: &Arguments<'_, '_>) -> PyResult<Fit> {
        let Some(leaves) = self.given.leaves(py, arguments)? else {
            return Ok(Fit::Other);
        };
        for surrounding in &self.surroundings {
            if !surrounding.holds(py)? {
                return Ok(Fit::Outdated);
            }
        }
        Ok(Fit::Whole(leaves))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.given.traverse(visit)?;
        for surrounding in &self.surroundings {
            surrounding.traverse(visit)?;
        }
        if let Some(Some(work)) = self.work.get() {
            work.traverse(visit)?;
        }
        self.steps.traverse(visit)
    }
}
