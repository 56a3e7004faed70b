//! A call that a template stands for.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use triomphe::Arc;

use super::Template;
use crate::context;
use crate::direct::Work;
use crate::node::{Arg, Args, Expr, Node};
use crate::thunk;

/// A call of which no nodes have been made: its template, and what it gives for each leaf.
pub struct Call {
    template: Arc<Template>,
    pub leaves: Args,
}

impl Call {
    /// The thunk of a call, in the context of the caller.
    pub(super) fn thunk(
        py: Python<'_>,
        template: Arc<Template>,
        leaves: Args,
    ) -> PyResult<Bound<'_, PyAny>> {
        let context = context::capture(py)?;
        let node = match template.steps.ready(py, &leaves) {
            None => Node::call(Call { template, leaves }, context),
            Some(Arg::Node(node)) => node,
            Some(Arg::Value(value)) => Node::done(value, Some(context)),
        };
        thunk::autodask(py, node)
    }

    pub fn clone_ref(&self, py: Python<'_>) -> Call {
        Call {
            template: Arc::clone(&self.template),
            leaves: self.leaves.iter().map(|leaf| leaf.clone_ref(py)).collect(),
        }
    }

    /// What the calls of this template come to, if that is one kernel's work. Found out by the first
    /// one that is given nothing that is still to be computed.
    pub fn work(&self, py: Python<'_>) -> PyResult<Option<&Work>> {
        let work = &self.template.work;
        if work.get().is_none() && !self.leaves.iter().any(Arg::is_node) {
            // Another thread may do the same meanwhile.
            let _ = work.set(Work::of(py, self.clone_ref(py))?);
        }
        Ok(work.get().and_then(Option::as_ref))
    }

    /// Notes that the value was computed without a graph.
    pub fn count_direct(&self) {
        self.template.direct.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes the nodes, and gives the operation of the last one. The call is worth nothing then.
    pub fn open(&mut self, py: Python<'_>, context: Option<&Py<PyAny>>) -> Expr {
        let leaves = std::mem::take(&mut self.leaves);
        let mut expr = self.template.steps.open(py, context, leaves);
        let extra = expr.extra.get_or_insert_default();
        extra.opened = Some(Arc::clone(&self.template));
        expr
    }
}
