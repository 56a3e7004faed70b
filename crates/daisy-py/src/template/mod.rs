//! Traces that are kept: what a call of a traced function made, ready to be made again.
//!
//! A template is the graph of one call without its arguments, with everything that tracing read
//! and that could be different in another call. Where all of that is as it was, tracing would make
//! the same nodes again, so they are made here, in one loop. What may go into a template at all is
//! decided in Python (`daisy.tracing.templates`).
//!
//! * `given`: the arguments that it is for
//! * `surroundings`: what else tracing read: globals, cells, attributes of modules, code
//! * `steps`: its nodes
//! * `table`: the templates of one function

mod given;
mod steps;
mod surroundings;
mod table;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use self::given::{Given, Leaves};
use self::steps::Steps;
use self::surroundings::Surrounding;

pub use self::table::{Templates, watch_traces};

/// One trace.
struct Template {
    given: Given,
    surroundings: Vec<Surrounding>,
    steps: Steps,
}

/// How a template stands to a call.
enum Fit<'py> {
    /// It is for other arguments.
    Other,
    /// It is for these arguments, but for a world that has changed since.
    Outdated,
    /// It stands for the call, which gives it these leaves.
    Whole(Leaves<'py>),
}

impl Template {
    /// Whether tracing the call would give what is kept here.
    fn fit<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Fit<'py>> {
        let Some(leaves) = self.given.leaves(args, kwargs)? else {
            return Ok(Fit::Other);
        };
        for surrounding in &self.surroundings {
            if !surrounding.holds(args.py())? {
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
        self.steps.traverse(visit)
    }
}
