//! A plan says what runs, how often each value is used, and when it can go.

use daisy_core::{Graph, NodeId, Plan};
use expect_test::{Expect, expect};

/// Plans a graph and compares the steps: uses of the value, and what can go afterwards.
fn check(text: &str, expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    let plan = Plan::new(&graph);
    let line = |&step: &NodeId| {
        let gone: Vec<_> = plan.released_by(&graph, step).collect();
        format!("{step}: {} uses, then {gone:?} can go\n", plan.uses(step))
    };
    expected.assert_eq(&plan.steps().iter().map(line).collect::<String>());
}

/// A value goes after its last use, not after an earlier one.
#[test]
fn a_value_goes_after_its_last_use() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2(%0, %1)
        %3 = op3(%2)
        return %3
        ",
        &expect![[r#"
            %0: 2 uses, then [] can go
            %1: 1 uses, then [] can go
            %2: 1 uses, then [%0, %1] can go
            %3: 1 uses, then [%2] can go
        "#]],
    );
}

/// An output is a use, so the value stays.
#[test]
fn an_output_stays() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        return %0, %1, %0
        ",
        &expect![[r#"
            %0: 3 uses, then [] can go
            %1: 1 uses, then [] can go
        "#]],
    );
}

/// A value that a step uses twice goes once.
#[test]
fn a_value_that_is_used_twice_goes_once() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0, c1, %0)
        return %1
        ",
        &expect![[r#"
            %0: 2 uses, then [] can go
            %1: 1 uses, then [%0] can go
        "#]],
    );
}

/// What no output needs is no step, and its uses do not count.
#[test]
fn a_dead_node_is_no_step() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2(%0)
        %3 = op3!(%1)
        return %2
        ",
        &expect![[r#"
            %0: 1 uses, then [] can go
            %2: 1 uses, then [%0] can go
        "#]],
    );
}

/// What is only waited for is a step; its value, which nothing uses, goes at once.
#[test]
fn waiting_is_no_use_of_the_value() {
    check(
        "
        %0 = op0!()
        %1 = op1!() after %0
        %2 = op2!(%1) after %1
        return %2
        ",
        &expect![[r#"
            %0: 0 uses, then [%0] can go
            %1: 1 uses, then [] can go
            %2: 1 uses, then [%1] can go
        "#]],
    );
}

/// Where only constants are wanted there is nothing to do.
#[test]
fn constants_need_no_step() {
    check("return c0, c1", &expect![""]);
}
