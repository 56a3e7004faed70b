//! Purity: what may be folded, and what callees do to what they are called with.

use daisy_core::{Input, NodeId, Purity, Source};
use pyo3::prelude::*;

use super::{Claims, Compiler, Obstacle};
use crate::containers::changes_with_use;
use crate::hooks;
use crate::node::Expr;
use crate::op::Op;

impl<C: Claims> Compiler<'_, '_, C> {
    /// The one place that decides what may be folded.
    pub(super) fn purity(&mut self, expr: &Expr, inputs: &[Input]) -> Result<Purity, Obstacle> {
        let pure = !expr.impure
            && match expr.op {
                Op::CALL => self.call_is_pure(inputs[0])?,
                Op::GETATTR => !self.is_impure(inputs[0]),
                _ => true,
            }
            && !self.uses_up(inputs);
        Ok(if pure { Purity::Pure } else { Purity::Impure })
    }

    /// Whether a value that is there already, and that changes with its use, is among the
    /// inputs: an operation on it is not the same the second time.
    fn uses_up(&self, inputs: &[Input]) -> bool {
        let constants = &self.out.constants;
        constants.has_changing()
            && inputs.iter().any(|input| match input.unpack() {
                Source::Const(id) => changes_with_use(constants.get(id).value.bind(self.py)),
                Source::Node(_) => false,
            })
    }

    pub(super) fn call_is_pure(&mut self, callee: Input) -> Result<bool, Obstacle> {
        match callee.unpack() {
            Source::Const(id) => {
                let known = self.pure_callees.get(id.index()).copied().flatten();
                if let Some(pure) = known {
                    return Ok(pure);
                }
                let pure = hooks::is_pure(self.out.constants.get(id).value.bind(self.py))?;
                let count = self.out.constants.len();
                self.pure_callees.resize(count, None);
                self.pure_callees[id.index()] = Some(pure);
                Ok(pure)
            }
            Source::Node(id) => Ok(!self.is_impure(callee) && !self.is_unknown_method(id)?),
        }
    }

    pub(super) fn is_impure(&self, input: Input) -> bool {
        input
            .as_node()
            .is_some_and(|id| self.graph.purity(id) == Purity::Impure)
    }

    /// A method of a leaf whose class is not known to have pure ones.
    pub(super) fn is_unknown_method(&self, callee: NodeId) -> Result<bool, Obstacle> {
        let graph = &self.graph;
        if Op::of_id(graph.op(callee)) != Op::GETATTR {
            return Ok(false);
        }
        match graph.inputs(callee)[0].unpack() {
            Source::Node(_) => Ok(false),
            Source::Const(id) => {
                let owner = self.out.constants.get(id).value.bind(self.py);
                Ok(!hooks::is_known_class(&owner.get_type())?)
            }
        }
    }

    /// Whether a callee may change or compare the objects that it is called with. Builtin
    /// functions, NumPy's, the constructors of known types and the methods of what they give do
    /// not.
    pub(super) fn callee_touches(&mut self, callee: Input) -> Result<bool, Obstacle> {
        let id = match callee.unpack() {
            Source::Const(id) => id,
            Source::Node(id) => return self.is_unknown_method(id),
        };
        let known = self.touching_callees.get(id.index()).copied().flatten();
        if let Some(touches) = known {
            return Ok(touches);
        }
        let touches = hooks::touches(self.out.constants.get(id).value.bind(self.py))?;
        let count = self.out.constants.len();
        self.touching_callees.resize(count, None);
        self.touching_callees[id.index()] = Some(touches);
        Ok(touches)
    }
}
