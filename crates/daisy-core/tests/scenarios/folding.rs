//! Building a graph is folding it.

use std::collections::HashMap;

use daisy_core::{ConstId, Graph, Input, NodeId, OpId, Purity};
use expect_test::{Expect, expect};
use proptest::prelude::*;

/// Reads a graph, in which equal nodes fold, and compares what it has become.
fn check(text: &str, expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    graph.verify().expect("a graph that was built is legal");
    expected.assert_eq(&graph.to_string());
}

/// Equal pure nodes are one node, also when they become equal only because their inputs fold.
#[test]
fn equal_nodes_fold() {
    check(
        "
        %0 = op0(c0, c1)
        %1 = op1(%0)
        %2 = op0(c0, c1)
        %3 = op1(%2)
        %4 = op0(%1, %3)
        return %4, %2
        ",
        &expect![[r#"
            %0 = op0(c0, c1)
            %1 = op1(%0)
            %2 = op0(%1, %1)
            return %2, %0
        "#]],
    );
}

/// Whatever makes nodes different keeps them apart: operation, inputs, their order and number.
#[test]
fn different_nodes_do_not_fold() {
    let text = expect![[r#"
        %0 = op0()
        %1 = op1()
        %2 = op0(c0)
        %3 = op0(%0)
        %4 = op0(c0, c1)
        %5 = op0(c1, c0)
        %6 = op0(c0, c1, c1)
        return %6
    "#]];
    check(text.data(), &text);
}

/// Impure nodes are never one, and neither is what is done to them.
#[test]
fn impure_nodes_do_not_fold() {
    let text = expect![[r#"
        %0 = op0!(c0)
        %1 = op0!(c0)
        %2 = op1(%0)
        %3 = op1(%1)
        return %2, %3
    "#]];
    check(text.data(), &text);
}

/// A pure node and an impure one are different even when all else is equal.
#[test]
fn purity_keeps_nodes_apart() {
    let text = expect![[r#"
        %0 = op0(c0)
        %1 = op0!(c0)
        return %0, %1
    "#]];
    check(text.data(), &text);
}

/// Nodes that wait for the same node fold.
#[test]
fn equally_waiting_nodes_fold() {
    check(
        "
        %0 = op0!()
        %1 = op1(c0) after %0
        %2 = op1(c0) after %0
        return %1, %2
        ",
        &expect![[r#"
            %0 = op0!()
            %1 = op1(c0) after %0
            return %1, %1
        "#]],
    );
}

/// Waiting is no input: a node that waits, one that does not, and one that has what the other
/// waits for as an input, are three.
#[test]
fn differently_waiting_nodes_do_not_fold() {
    let text = expect![[r#"
        %0 = op0!()
        %1 = op0!()
        %2 = op1(c0)
        %3 = op1(c0) after %0
        %4 = op1(c0) after %1
        %5 = op1(c0, %0)
        return %2, %3, %4, %5
    "#]];
    check(text.data(), &text);
}

/// What was added is what can be read again.
#[test]
fn a_node_keeps_what_it_was_made_of() {
    let mut graph = Graph::with_capacity(2);
    let (op, constant) = (
        OpId::new(OpId::LIMIT - 1),
        ConstId::new(ConstId::LIMIT - 1).into(),
    );
    let first = graph.add(op, &[constant], Purity::Impure);
    let second = graph.add_after(op, &[constant, first.into()], Purity::Pure, Some(first));
    assert_eq!((graph.op(first), graph.purity(first)), (op, Purity::Impure));
    assert_eq!(
        (graph.inputs(first), graph.after(first)),
        (&[constant][..], None)
    );
    assert_eq!((graph.op(second), graph.purity(second)), (op, Purity::Pure));
    assert_eq!(graph.inputs(second), &[constant, first.into()]);
    assert_eq!(graph.after(second), Some(first));
}

/// A node cannot name one that is not there, so children always come before parents.
#[test]
#[should_panic(expected = "an input is not a node of this graph")]
fn an_input_must_exist() {
    Graph::default().add(OpId::new(0), &[Input::node(NodeId::new(0))], Purity::Impure);
}

/// Nor can one wait for a node that is not there.
#[test]
#[should_panic(expected = "an input is not a node of this graph")]
fn what_is_waited_for_must_exist() {
    Graph::default().add_after(OpId::new(0), &[], Purity::Pure, Some(NodeId::new(0)));
}

/// Nor can an output.
#[test]
#[should_panic(expected = "an output is not a node of this graph")]
fn an_output_must_exist() {
    Graph::default().push_output(Input::node(NodeId::new(0)));
}

/// A graph is `Send` and `Sync`, as it holds nothing but numbers.
#[test]
fn a_graph_can_be_shared_by_threads() {
    fn check<T: Send + Sync>() {}
    check::<Graph>();
}

/// The parents of one child, however many, are all found again.
#[test]
fn the_parents_of_one_child_fold() {
    let mut graph = Graph::default();
    let child = Input::node(graph.add(OpId::new(0), &[], Purity::Pure));
    let mut parents = || -> Vec<NodeId> {
        let inputs = (0..200_000).map(|index| [child, Input::constant(ConstId::new(index))]);
        inputs
            .map(|inputs| graph.add(OpId::new(0), &inputs, Purity::Pure))
            .collect()
    };
    assert_eq!(parents(), parents());
    assert_eq!(graph.len(), 200_001);
}

proptest! {
    /// The intern table folds exactly what an ordinary map folds.
    #[test]
    fn folds_like_a_map(
        nodes in prop::collection::vec((0..3_u32, prop::collection::vec(0..40_u32, 0..4)), 0..300)
    ) {
        let mut graph = Graph::default();
        let mut map = HashMap::new();
        for (op, inputs) in nodes {
            let existing = graph.len() as u32;
            let inputs: Vec<Input> = inputs
                .into_iter()
                .map(|pick| match existing.checked_sub(pick + 1) {
                    Some(index) => Input::node(NodeId::new(index)),
                    None => Input::constant(ConstId::new(pick)),
                })
                .collect();
            let id = graph.add(OpId::new(op), &inputs, Purity::Pure);
            prop_assert_eq!(*map.entry((op, inputs)).or_insert(id), id);
        }
        prop_assert_eq!(map.len(), graph.len());
        prop_assert!(graph.verify().is_ok());
    }
}
