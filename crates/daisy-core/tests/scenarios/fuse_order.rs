//! Groups wait for nothing that waits for them; what stands for what is in `facts.rs`.

use daisy_core::{Graph, PassSet};
use expect_test::expect;

use crate::facts::{Known, check};

/// What comes back into a group through another node makes it two.
#[test]
fn nothing_leaves_a_group_and_comes_back() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op20(%0)
        %3 = op2(%1, %2)
        %4 = op3(%3)
        return %4
        ",
        &expect![[r#"
            %0 = op0(c0)
            %1 = op20(%0)
            %2 = op1000(%0, %1)
            return %2
            group 0 of %1, %3, %4:
              %0 = op1(c0)
              %1 = op2(%0, c1)
              %2 = op3(%1)
              return %2
        "#]],
    );
}

/// What comes back through a node that waits does so as well.
#[test]
fn waiting_counts_as_a_way_back() {
    check(
        "
        %0 = op0(c0)
        %1 = op20!(c9) after %0
        %2 = op1(%0, %1)
        return %2
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// Two pairs of which each would have to run before the other are not both groups.
#[test]
fn groups_do_not_wait_for_each_other() {
    check(
        "
        %0 = op0(c0)
        %1 = op10(c1)
        %2 = op11(%0, %1)
        %3 = op1(%1, %0)
        return %2, %3
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// A node runs as late as its users, to be one with them.
#[test]
fn a_node_waits_for_its_users() {
    check(
        "
        %0 = op0(c9)
        %1 = op20(%0)
        %2 = op1(c8)
        %3 = op2(%2)
        %4 = op3(%3, %1)
        return %4
        ",
        &expect![[r#"
            %0 = op0(c9)
            %1 = op20(%0)
            %2 = op1000(c8, %1)
            return %2
            group 0 of %2, %3, %4:
              %0 = op1(c0)
              %1 = op2(%0)
              %2 = op3(%1, c1)
              return %2
        "#]],
    );
}

/// A node stays with its inputs where it cannot be one with those who use it.
#[test]
fn a_node_does_not_wait_for_strangers() {
    check(
        "
        %0 = op0(c9)
        %1 = op1(%0)
        %2 = op20(%0)
        %3 = op1(%2)
        %4 = op21(%3, %1)
        return %4
        ",
        &expect![[r#"
            %0 = op1000(c9)
            %1 = op2000(%0)
            %2 = op2001(%0)
            %3 = op20(%1)
            %4 = op1(%3)
            %5 = op21(%4, %2)
            return %5
            group 0 of %0, %1:
              %0 = op0(c0)
              %1 = op1(%0)
              return %0, %1
        "#]],
    );
}

/// A group runs before anything uses a value of it, and nothing is moved for it to be larger.
#[test]
fn a_group_ends_where_it_is_used() {
    check(
        "
        %0 = op0(c9)
        %1 = op1(%0)
        %2 = op20(%0)
        %3 = op21(c9)
        %4 = op1(%0, %3)
        return %1, %2, %4
        ",
        &expect![[r#"
            %0 = op1000(c9)
            %1 = op2000(%0)
            %2 = op2001(%0)
            %3 = op20(%1)
            %4 = op21(c9)
            %5 = op1(%1, %4)
            return %2, %3, %5
            group 0 of %0, %1:
              %0 = op0(c0)
              %1 = op1(%0)
              return %0, %1
        "#]],
    );
}

/// Impure nodes stay in order, though a group between them is wanted early.
#[test]
fn impure_nodes_stay_in_order() {
    check(
        "
        %0 = op0(c9)
        %1 = op20!(%0)
        %2 = op21!(c9)
        %3 = op1(%0, %2)
        return %1, %3
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

fn large(line: impl Fn(usize) -> String) -> Graph {
    let lines: String = (1..100_000).map(|id| line(id) + "\n").collect();
    let text = format!("%0 = op0(c0)\n{lines}return %99999");
    text.parse().expect("the text is a graph")
}

/// How many groups there are, and how many nodes are left.
fn sizes(graph: &Graph) -> (usize, usize) {
    let fused = PassSet::all().apply(graph, &Known::default());
    let fused = fused.expect("there are groups");
    (fused.groups.len(), fused.graph.len())
}

/// A hundred thousand nodes in a chain are fused by loops: all into one, or pair by pair.
#[test]
fn chains_need_no_stack() {
    let chain = large(|id| format!("%{id} = op0(%{})", id - 1));
    assert_eq!(sizes(&chain), (1, 1));
    let pairs = large(|id| format!("%{id} = op{}(%{})", id / 2 % 2 * 20, id - 1));
    assert_eq!(sizes(&pairs), (25_000, 75_000));
}
