//! Reduced: members of a group that reduce what another one gives.

use daisy_core::{Input, NodeId};
use smallvec::{SmallVec, smallvec};

use super::axes::Asked;
use super::kinds::Kind;
use super::layout::{Layout, Order};
use super::operations::Reducer;
use super::reductions::Reducing;
use super::specialise::{Specialiser, State, Step, Work};

impl Specialiser<'_, '_> {
    /// Numbers of many elements of what this kernel computes.
    pub(super) fn reduction(
        &mut self,
        member: NodeId,
        reducer: Reducer,
        owner: Input,
        settings: &[Input],
    ) -> Option<State> {
        let node = owner
            .as_node()
            .filter(|node| !self.given.done[node.index()])?;
        let State::Array(dtype, layout) = &self.members[node.index()] else {
            return None;
        };
        let names = self.group.names(self.py, member);
        let settings = settings.iter().map(|&input| self.setting(input));
        let asked = Asked::of(settings, names)?;
        let along = asked.along(self.rank(layout)).ok()?;
        let reducing = Reducing::new(self.py, reducer, *dtype, along)?;
        if reducing.wants_c_order() && !self.given.flat && !layout.is_contiguous(Order::C) {
            return None;
        }
        let state = State::Reduced(layout.clone());
        let dtype = reducing.taken;
        self.can_cast(owner, dtype).then(|| {
            self.steps.push(Step {
                member,
                work: Work::Reduce(reducing),
                operands: smallvec![(owner, dtype)],
                outputs: SmallVec::new(),
            });
        })?;
        Some(state)
    }

    /// How many axes an array has.
    fn rank(&self, layout: &Layout) -> usize {
        if !self.given.flat {
            return layout.shape.len();
        }
        // All arrays are of one shape.
        let kinds = self
            .given
            .kinds
            .iter()
            .chain(self.given.computed.iter().flatten());
        let mut ranks = kinds.filter_map(|kind| match kind {
            Kind::Array(_, array) => Some(array.shape().len()),
            _ => None,
        });
        ranks.next().unwrap_or(0)
    }
}
