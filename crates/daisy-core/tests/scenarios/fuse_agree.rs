//! What is true of the groups of every graph.

use daisy_core::{Graph, Group, NodeId, OpId, PassSet, Purity, Rewritten};
use proptest::prelude::*;

use crate::facts::GROUPS;
use crate::program::{Facts, program};

/// A graph, what became of it, and what was known.
struct Fused<'g> {
    graph: &'g Graph,
    facts: &'g Facts<'g>,
    /// By node: whether an output needs it.
    live: Vec<bool>,
    out: Rewritten,
}

impl Fused<'_> {
    /// The live nodes that need a node.
    fn users(&self, value: NodeId) -> impl Iterator<Item = NodeId> {
        let live = self.graph.ids().filter(|id| self.live[id.index()]);
        live.filter(move |&id| self.graph.needs(id).any(|needed| needed == value))
    }

    /// Whether something outside of a group wants the value of a member.
    fn is_wanted(&self, group: &Group, member: NodeId) -> bool {
        self.graph.outputs().contains(&member.into())
            || self.facts.kept.contains(&member)
            || self
                .users(member)
                .any(|user| !group.members.contains(&user))
    }

    /// Whether members need members through nodes that are none.
    fn is_left_and_entered_again(&self, group: &Group) -> bool {
        let mut outside = vec![false; self.graph.len()];
        self.graph.ids().any(|id| {
            let is_member = |id: &NodeId| group.members.contains(id);
            let needs = || self.graph.needs(id);
            let from_outside = needs().any(|needed| outside[needed.index()]);
            outside[id.index()] =
                from_outside || !is_member(&id) && needs().any(|it| is_member(&it));
            is_member(&id) && from_outside
        })
    }

    fn check_members(&self, group: &Group) {
        let classes = group
            .members
            .iter()
            .map(|&id| self.facts.class(self.graph.op(id)));
        let classes: Vec<_> = classes.collect();
        assert!(classes.len() > 1 && classes[0].is_some());
        assert!(classes.iter().all(|&class| class == classes[0]));
        for &member in &group.members {
            assert!(self.live[member.index()]);
            assert_eq!(self.graph.purity(member), Purity::Pure);
            assert_eq!(self.graph.after(member), None);
            let place = self.out.moved.get(member);
            assert_eq!(place.is_some(), self.is_wanted(group, member), "{member}");
        }
    }

    /// The group's node has every input once, and each is a constant of its graph.
    fn check_node(&self, number: usize, group: &Group) {
        let op = OpId::from_index(GROUPS + number);
        let graph = &self.out.graph;
        let nodes: Vec<_> = graph.ids().filter(|&id| graph.op(id) == op).collect();
        let &[node] = &nodes[..] else {
            panic!("{nodes:?} are group {number}")
        };
        let inputs = graph.inputs(node);
        for (place, input) in inputs.iter().enumerate() {
            assert!(!inputs[..place].contains(input));
        }
        let inner = group.graph.ids().flat_map(|id| group.graph.inputs(id));
        let constants = inner.filter(|input| input.as_node().is_none());
        let mut constants: Vec<_> = constants.map(ToString::to_string).collect();
        constants.sort();
        constants.dedup();
        assert_eq!(constants.len(), inputs.len());
    }
}

/// By node: whether an output needs it.
fn live(graph: &Graph) -> Vec<bool> {
    let mut live = vec![false; graph.len()];
    for id in graph.outputs().iter().filter_map(|output| output.as_node()) {
        live[id.index()] = true;
    }
    for id in graph.ids().rev() {
        if live[id.index()] {
            graph
                .needs(id)
                .for_each(|needed| live[needed.index()] = true);
        }
    }
    live
}

proptest! {
    /// Every group is made of nodes that may be members, each in one group; what is wanted outside is
    /// there and nothing else; nothing leaves a group and comes back.
    #[test]
    fn groups_are_sound(program in program()) {
        let (graph, ids) = program.graph();
        let facts = program.facts(&ids);
        let Some(out) = PassSet::all().apply(&graph, &facts) else {
            return Ok(());
        };
        let fused = Fused { graph: &graph, facts: &facts, live: live(&graph), out };
        let mut members = Vec::new();
        for (number, group) in fused.out.groups.iter().enumerate() {
            fused.check_members(group);
            fused.check_node(number, group);
            prop_assert!(!fused.is_left_and_entered_again(group));
            members.extend_from_slice(&group.members);
        }
        let count = members.len();
        members.sort();
        members.dedup();
        prop_assert_eq!(members.len(), count);
    }
}
