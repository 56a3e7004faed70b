//! Several: the tuples that ufuncs of several outputs give, and how they are taken apart.
//!
//! A kernel makes no tuples. It computes what is in one if the items are all that is asked for.

use daisy_core::{Input, NodeId, Source};
use smallvec::{SmallVec, smallvec};

use super::dtypes::DType;
use super::operations::{self, Elementwise};
use super::settings::Setting;
use super::specialise::{Specialiser, State, Step, Work};
use crate::op::Op;

impl Specialiser<'_, '_> {
    /// One of the arrays of a tuple.
    pub(super) fn item(&mut self, member: NodeId, inputs: &[Input]) -> Option<State> {
        let tuple = inputs[0].as_node()?;
        let State::Several(dtypes, layout) = self.state(inputs[0]) else {
            return None;
        };
        let place = place(self.setting(inputs[1]), dtypes.len())?;
        let state = State::Array(dtypes[place], layout.clone());
        let outputs = smallvec![dtypes[place]];
        self.push_part(member, Work::Item(tuple, place), outputs);
        Some(state)
    }

    /// A tuple that is unpacked to as many targets as it has items is the same again.
    pub(super) fn unpacked(&mut self, member: NodeId, input: Input, count: usize) -> Option<State> {
        let tuple = input.as_node()?;
        let state = self.state(input).clone();
        let State::Several(dtypes, _) = &state else {
            return None;
        };
        let outputs = dtypes.iter().copied().collect();
        (dtypes.len() == count).then(|| self.push_part(member, Work::Unpack(tuple), outputs))?;
        Some(state)
    }

    fn push_part(&mut self, member: NodeId, work: Work, outputs: SmallVec<[DType; 1]>) {
        self.steps.push(Step {
            member,
            work,
            operands: SmallVec::new(),
            outputs,
        });
    }

    /// Whether a tuple of so many items is used for nothing but these, so that nobody needs the tuple.
    pub(super) fn is_taken_apart(&self, tuple: NodeId, count: usize) -> bool {
        let graph = &self.group.group.graph;
        let is_output = graph.outputs().contains(&Input::node(tuple));
        !is_output
            && self.users(tuple).iter().all(|&user| {
                let inputs = graph.inputs(user);
                if self.group.op(user) == Op::GETITEM {
                    return place(self.setting(inputs[1]), count).is_some();
                }
                let callee = match inputs[0].unpack() {
                    Source::Const(callee) if self.group.op(user) == Op::CALL => callee,
                    _ => return false,
                };
                let function = &self.given.inputs[callee.index()];
                matches!(
                    operations::callee(function, inputs.len() - 1),
                    Some(Elementwise::Unpack(targets)) if targets == count
                ) && self.is_taken_apart(user, count)
            })
    }

    /// The members that use a member.
    fn users(&self, member: NodeId) -> &[NodeId] {
        let users = self.users.get_or_init(|| {
            let graph = &self.group.group.graph;
            let mut users = vec![SmallVec::new(); graph.len()];
            for id in graph.ids() {
                for used in graph.inputs(id).iter().filter_map(|input| input.as_node()) {
                    users[used.index()].push(id);
                }
            }
            users
        });
        &users[member.index()]
    }
}

/// The place among so many items that an index means.
fn place(index: Setting<'_>, count: usize) -> Option<usize> {
    let Setting::Int(index) = index else {
        return None;
    };
    let count = i64::try_from(count).ok()?;
    let place = if index < 0 { index + count } else { index };
    usize::try_from(place).ok().filter(|_| place < count)
}
