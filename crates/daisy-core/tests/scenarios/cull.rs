//! Cull leaves out what no output needs.

use daisy_core::{Graph, NoFacts, NodeId, PassSet};
use expect_test::{Expect, expect};

/// Culls a graph and compares it and where its nodes have gone.
fn check(text: &str, expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    let Some(culled) = PassSet::all().apply(&graph, &NoFacts) else {
        return expected.assert_eq("nothing is dead\n");
    };
    let moved = graph.ids().map(|old| match culled.moved.get(old) {
        Some(new) => format!("{old} -> {new}\n"),
        None => format!("{old} is gone\n"),
    });
    expected.assert_eq(&format!("{}{}", culled.graph, moved.collect::<String>()));
}

/// Dead nodes go, and so does what only they needed, be they pure or not.
#[test]
fn dead_nodes_go() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2!(c1)
        %3 = op3(c1, c0)
        %4 = op4(%2)
        %5 = op5(%3)
        return %5, c2
        ",
        &expect![[r#"
            %0 = op3(c1, c0)
            %1 = op5(%0)
            return %1, c2
            %0 is gone
            %1 is gone
            %2 is gone
            %3 -> %0
            %4 is gone
            %5 -> %1
        "#]],
    );
}

/// Where nothing is dead, nothing is copied.
#[test]
fn a_graph_without_dead_nodes_stays() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        return %1
        ",
        &expect![[r#"
            nothing is dead
        "#]],
    );
}

/// A node that is only waited for is needed.
#[test]
fn what_is_waited_for_stays() {
    check(
        "
        %0 = op0(c0)
        %1 = op1!(c0)
        %2 = op2!(c0) after %1
        return %2
        ",
        &expect![[r#"
            %0 = op1!(c0)
            %1 = op2!(c0) after %0
            return %1
            %0 is gone
            %1 -> %0
            %2 -> %1
        "#]],
    );
}

/// What a dead node waits for is not needed for that.
#[test]
fn what_a_dead_node_waits_for_goes() {
    check(
        "
        %0 = op0!(c0)
        %1 = op1!(c0) after %0
        return c0
        ",
        &expect![[r#"
            return c0
            %0 is gone
            %1 is gone
        "#]],
    );
}

/// An empty graph has nothing dead in it.
#[test]
fn an_empty_graph_stays() {
    check(
        "return c0",
        &expect![[r#"
            nothing is dead
        "#]],
    );
}

/// A pass that is switched off does not run.
#[test]
fn a_pass_can_be_switched_off() {
    let graph: Graph = "%0 = op0()".parse().expect("the text is a graph");
    let off = PassSet::all()
        .without("cull")
        .expect("there is such a pass");
    assert!(off.apply(&graph, &NoFacts).is_none());
    assert!(PassSet::none().apply(&graph, &NoFacts).is_none());
    let culled = PassSet::all()
        .apply(&graph, &NoFacts)
        .expect("a node is dead");
    assert_eq!(culled.moved.get(NodeId::new(0)), None);
}

/// A name that no pass has is an error that says which there are.
#[test]
fn a_pass_that_does_not_exist_cannot_be_switched_off() {
    let error = PassSet::all()
        .without("cul")
        .expect_err("there is no such pass");
    expect!["there is no pass `cul`; the passes are: cull, fuse"].assert_eq(&error.to_string());
}
