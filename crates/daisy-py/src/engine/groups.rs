//! Groups: steps that the pass which fuses has made of several operations.

use daisy_core::{Args, NodeId, OpId};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::step::{Stack, Step};
use crate::compile::Fused;
use crate::containers::changes_with_use;
use crate::errors;
use crate::fusion::{Members, Stage};
use crate::nesting;
use crate::node::is_held;
use crate::op::Op;

impl<'py> Step<'_, 'py> {
    /// The value of a group, or all of its values in a tuple, which is nobody's; or one of these out
    /// of it.
    pub(super) fn fused(self, node: NodeId, op: OpId) -> PyResult<Bound<'py, PyAny>> {
        let mut inputs = Stack::new();
        self.gather(&mut inputs)?;
        if Op::of_id(op) == Op::PART {
            let value = inputs[0].cast::<PyTuple>()?.get_item(Op::variant_of(op))?;
            return self.kept(node, value);
        }
        self.enter_context(node)?;
        let fused = self.engine.compiled.fused(op);
        let members = GroupStep {
            step: self,
            fused,
            inputs: &inputs,
        };
        let mut values = Stage::new(self.py, &fused.group, &inputs, &members).run()?;
        if values.len() == 1 {
            return self.kept(node, values.remove(0).into_bound(self.py));
        }
        Ok(PyTuple::new(self.py, values)?.into_any())
    }

    /// A value that is one of the graph's, after the thunks that the user holds of it have it.
    fn kept(self, node: NodeId, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let value = self.engine.usable(node, value)?;
        self.engine
            .publish(node, self.engine.compiled.origin(node), &value)?;
        Ok(value)
    }

    /// All members of a group are of one context, in which NumPy's settings count.
    fn enter_context(self, node: NodeId) -> PyResult<()> {
        let level = nesting::innermost().expect("whoever runs steps has entered the run");
        let wanted = self.engine.compiled.origin(node).context.as_ref();
        level.contexts.borrow_mut().enter(self.py, wanted)
    }
}

/// A group that is being computed.
struct GroupStep<'a, 'py> {
    step: Step<'a, 'py>,
    fused: &'a Fused,
    inputs: &'a [Bound<'py, PyAny>],
}

impl Members for GroupStep<'_, '_> {
    fn workers(&self) -> usize {
        self.step.engine.kernel_workers
    }

    fn compute(&self, member: NodeId, values: &[Option<Py<PyAny>>]) -> PyResult<Py<PyAny>> {
        let Step { py, engine, .. } = self.step;
        py.check_signals()?;
        let graph = &self.fused.group.group.graph;
        let step = Step {
            py,
            engine,
            args: Args::lent(graph.inputs(member), values),
            outer: Some(self.inputs),
        };
        let (origin, slot) = engine.compiled.member(self.fused, member);
        let uses = self.fused.group.uses[member.index()];
        let publish = |value: &Bound<'_, PyAny>| self.publish(member, value.as_unbound());
        let value = engine.compute(step, graph.op(member), (slot, origin), |value| {
            // What a kernel takes for a number can be anything of the user's.
            if uses > 1 && changes_with_use(&value) {
                return Err(errors::shared_iterator(&value));
            }
            publish(&value);
            Ok(value)
        })?;
        Ok(value.unbind())
    }

    /// A value that the user holds is there from now on, whatever becomes of the rest of the group.
    fn publish(&self, member: NodeId, value: &Py<PyAny>) {
        let (origin, _) = self.step.engine.compiled.member(self.fused, member);
        if is_held(origin) {
            origin.publish(self.step.py, value.clone_ref(self.step.py));
        }
    }
}
