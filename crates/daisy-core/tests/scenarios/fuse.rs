//! Fuse makes connected element-wise nodes one: here op0 to op9 are of one class, op10 to op19 of
//! another one and op20 on of none; c0 to c4 are data; op1000 is a group and op2000 a part of one.

use std::fmt::Write;

use daisy_core::{Graph, NodeId, PassSet};
use expect_test::{Expect, expect};

use crate::facts::Known;

/// Fuses a graph of which nothing is kept, and compares it and its groups.
fn check(text: &str, expected: &Expect) {
    check_kept(text, &[], expected);
}

/// Fuses a graph of which some nodes are kept.
fn check_kept(text: &str, kept: &[u32], expected: &Expect) {
    check_passes(&PassSet::all(), text, kept, expected);
}

fn check_passes(passes: &PassSet, text: &str, kept: &[u32], expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    let kept = kept.iter().map(|&id| NodeId::new(id)).collect();
    match passes.apply(&graph, &Known { kept }) {
        Some(fused) => expected.assert_eq(&fused.to_string()),
        None => expected.assert_eq("nothing is fused\n"),
    }
}

/// A chain is one node, which has every input once, in the order in which they are used.
#[test]
fn a_chain_is_one_node() {
    check(
        "
        %0 = op20(c9)
        %1 = op0(c7, %0)
        %2 = op1(%1, c7)
        %3 = op2(%2, %0, c8)
        return %3
        ",
        &expect![[r#"
            %0 = op20(c9)
            %1 = op1000(c7, %0, c8)
            return %1
            group 0 of %1, %2, %3:
              %0 = op0(c0, c1)
              %1 = op1(%0, c0)
              %2 = op2(%1, c1, c2)
              return %2
        "#]],
    );
}

/// A node alone stays what it is.
#[test]
fn a_node_alone_stays() {
    check(
        "
        %0 = op0(c0)
        %1 = op20(%0)
        %2 = op1(%1)
        return %2
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// Where nothing has a class, nothing is done.
#[test]
fn a_graph_without_element_wise_nodes_stays() {
    check(
        "%0 = op20(c0)\n%1 = op21(%0)\nreturn %1",
        &expect![[r#"
        nothing is fused
    "#]],
    );
}

/// Nodes of two classes are two groups.
#[test]
fn classes_stay_apart() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op10(%1)
        %3 = op11(%2)
        return %3
        ",
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op1001(%0)
            return %1
            group 0 of %0, %1:
              %0 = op0(c0)
              %1 = op1(%0)
              return %1
            group 1 of %2, %3:
              %0 = op10(c0)
              %1 = op11(%0)
              return %1
        "#]],
    );
}

/// Several values that are wanted outside are a part each.
#[test]
fn several_values_are_parts() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2(%1)
        %3 = op20(%1, %0)
        return %3, %2
        ",
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op2000(%0)
            %2 = op2001(%0)
            %3 = op2002(%0)
            %4 = op20(%2, %1)
            return %4, %3
            group 0 of %0, %1, %2:
              %0 = op0(c0)
              %1 = op1(%0)
              %2 = op2(%1)
              return %0, %1, %2
        "#]],
    );
}

/// A value that somebody holds is wanted, also where another pass has moved its node.
#[test]
fn a_kept_value_is_wanted() {
    check_kept(
        "
        %0 = op20(c0)
        %1 = op0(c0)
        %2 = op1(%1)
        return %2
        ",
        &[1],
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op2000(%0)
            %2 = op2001(%0) after %1
            return %2
            group 0 of %1, %2:
              %0 = op0(c0)
              %1 = op1(%0)
              return %0, %1
        "#]],
    );
}

/// A value that only dead nodes use is not wanted.
#[test]
fn a_dead_user_wants_nothing() {
    check(
        "
        %0 = op0(c0)
        %1 = op20(%0)
        %2 = op1(%0)
        return %2
        ",
        &expect![[r#"
            %0 = op1000(c0)
            return %0
            group 0 of %0, %2:
              %0 = op0(c0)
              %1 = op1(%0)
              return %1
        "#]],
    );
}

/// A dead node is no member, even where no other pass has taken it out.
#[test]
fn a_dead_node_is_no_member() {
    let passes = PassSet::all()
        .without("cull")
        .expect("there is such a pass");
    check_passes(
        &passes,
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2(%0)
        return %2
        ",
        &[],
        &expect![[r#"
            %0 = op1000(c0)
            return %0
            group 0 of %0, %2:
              %0 = op0(c0)
              %1 = op2(%0)
              return %1
        "#]],
    );
}

/// Impure nodes are no members.
#[test]
fn impure_nodes_are_no_members() {
    check(
        "
        %0 = op0(c0)
        %1 = op1!(%0)
        %2 = op2(%1)
        return %2
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// A node that waits is no member.
#[test]
fn waiting_nodes_are_no_members() {
    check(
        "
        %0 = op20!(c9)
        %1 = op0(c0)
        %2 = op1(%1) after %0
        return %2
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// What is waited for is wanted.
#[test]
fn what_is_waited_for_is_wanted() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op20!(c9) after %0
        return %1, %2
        ",
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op2000(%0)
            %2 = op2001(%0)
            %3 = op20!(c9) after %1
            return %2, %3
            group 0 of %0, %1:
              %0 = op0(c0)
              %1 = op1(%0)
              return %0, %1
        "#]],
    );
}

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
        %1 = op20(%0)
        %2 = op1(%1)
        %3 = op1(%0)
        %4 = op21(%2, %3)
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
            group 0 of %0, %3:
              %0 = op0(c0)
              %1 = op1(%0)
              return %0, %1
        "#]],
    );
}

/// A value that was there early does not keep a group from running late.
#[test]
fn a_group_is_added_when_it_is_used() {
    check(
        "
        %0 = op0(c9)
        %1 = op20(%0)
        %2 = op21(c9)
        %3 = op1(%0, %2)
        return %1, %3
        ",
        &expect![[r#"
            %0 = op21(c9)
            %1 = op1000(c9, %0)
            %2 = op2000(%1)
            %3 = op2001(%1)
            %4 = op20(%2)
            return %4, %3
            group 0 of %0, %3:
              %0 = op0(c0)
              %1 = op1(%0, c1)
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

/// Nor does an impure node come before others because a group needs it that is wanted early.
#[test]
fn a_group_that_is_used_early_does_not_change_the_order() {
    check(
        "
        %0 = op0(c9)
        %1 = op20(%0)
        %2 = op21!(c9)
        %3 = op22!(c9)
        %4 = op1(%0, %3)
        return %1, %2, %4
        ",
        &expect![[r#"
            %0 = op21!(c9)
            %1 = op22!(c9)
            %2 = op1000(c9, %1)
            %3 = op2000(%2)
            %4 = op2001(%2)
            %5 = op20(%3)
            return %5, %0, %4
            group 0 of %0, %4:
              %0 = op0(c0)
              %1 = op1(%0, c1)
              return %0, %1
        "#]],
    );
}

/// Outputs that read the same array are one group.
#[test]
fn outputs_that_share_an_array_are_one() {
    check(
        "
        %0 = op0(c0, c9)
        %1 = op1(c8, c0)
        return %0, %1
        ",
        &expect![[r#"
            %0 = op1000(c0, c9, c8)
            %1 = op2000(%0)
            %2 = op2001(%0)
            return %1, %2
            group 0 of %0, %1:
              %0 = op0(c0, c1)
              %1 = op1(c2, c0)
              return %0, %1
        "#]],
    );
}

/// Outputs that read the value of the same node are one group.
#[test]
fn outputs_that_share_a_value_are_one() {
    check(
        "
        %0 = op20(c0)
        %1 = op0(%0)
        %2 = op1(%0)
        return %1, %2
        ",
        &expect![[r#"
            %0 = op20(c0)
            %1 = op1000(%0)
            %2 = op2000(%1)
            %3 = op2001(%1)
            return %2, %3
            group 0 of %1, %2:
              %0 = op0(c0)
              %1 = op1(c0)
              return %0, %1
        "#]],
    );
}

/// A number in two places is nothing to share.
#[test]
fn a_shared_number_unites_nothing() {
    check(
        "
        %0 = op0(c0, c9)
        %1 = op1(c1, c9)
        return %0, %1
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// Values that go before the end are not made at once only because they read the same, neither with
/// each other nor with outputs.
#[test]
fn values_that_go_are_not_united() {
    check(
        "
        %0 = op0(c0)
        %1 = op20(%0)
        %2 = op1(c0)
        %3 = op20(%2)
        %4 = op2(c0)
        %5 = op3(c0)
        return %1, %3, %4, %5
        ",
        &expect![[r#"
            %0 = op0(c0)
            %1 = op20(%0)
            %2 = op1(c0)
            %3 = op20(%2)
            %4 = op1000(c0)
            %5 = op2000(%4)
            %6 = op2001(%4)
            return %1, %3, %5, %6
            group 0 of %4, %5:
              %0 = op2(c0)
              %1 = op3(c0)
              return %0, %1
        "#]],
    );
}

/// Kept values stay, so they are made at once.
#[test]
fn kept_values_are_united() {
    check_kept(
        "
        %0 = op0(c0)
        %1 = op20(%0)
        %2 = op1(c0)
        %3 = op20(%2)
        return %1, %3
        ",
        &[0, 2],
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op2000(%0)
            %2 = op2001(%0)
            %3 = op20(%1)
            %4 = op20(%2)
            return %3, %4
            group 0 of %0, %2:
              %0 = op0(c0)
              %1 = op1(c0)
              return %0, %1
        "#]],
    );
}

/// What reads the same but has to run later, or is of another class, is not united.
#[test]
fn levels_and_classes_are_not_united() {
    check(
        "
        %0 = op0(c0)
        %1 = op20(%0)
        %2 = op1(c0, %1)
        %3 = op10(c0)
        return %0, %2, %3
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// A pass that is switched off makes no groups.
#[test]
fn fuse_can_be_switched_off() {
    let off = PassSet::all()
        .without("fuse")
        .expect("there is such a pass");
    let text = "%0 = op0(c0)\n%1 = op1(%0)\nreturn %1";
    check_passes(
        &off,
        text,
        &[],
        &expect![[r#"
        nothing is fused
    "#]],
    );
}

/// Members are named as in the graph before any pass, and their values are found there.
#[test]
fn members_have_their_first_names() {
    let text = "%0 = op20()\n%1 = op0(c0)\n%2 = op1(%1)\nreturn %2";
    let graph: Graph = text.parse().expect("the text is a graph");
    let fused = PassSet::all().apply(&graph, &Known::default());
    let fused = fused.expect("there is a group");
    assert_eq!(fused.groups[0].members, [NodeId::new(1), NodeId::new(2)]);
    let moved = graph.ids().map(|id| fused.moved.get(id));
    assert_eq!(
        moved.collect::<Vec<_>>(),
        [None, None, Some(NodeId::new(0))]
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

/// Groups of which each needs one whose last member comes later are found by a loop as well.
#[test]
fn what_is_needed_first_is_found_without_a_stack() {
    const GROUPS: usize = 10_000;
    let (early, late) = (4 * GROUPS, 5 * GROUPS);
    // Nodes that are of one level each, so that the groups can be, too.
    let mut text = String::from("%0 = op0(c9)\n%1 = op20(%0)\n");
    for id in (2..early).step_by(2) {
        let _ = writeln!(text, "%{id} = op0(%{})\n%{} = op20(%{id})", id - 1, id + 1);
    }
    for group in 0..GROUPS {
        let _ = writeln!(text, "%{} = op0(c{})", early + group, group + 10);
    }
    for group in 0..GROUPS {
        let (opaque, level) = (late + 2 * group, early - 1 - 4 * group);
        let last = group + 1 == GROUPS;
        let needed = if last { level } else { early + group + 1 };
        let _ = writeln!(text, "%{opaque} = op20(%{needed}, %{level})");
        let _ = writeln!(text, "%{} = op1(%{}, %{opaque})", opaque + 1, early + group);
    }
    let outputs: Vec<_> = (0..GROUPS)
        .map(|group| format!("%{}", late + 2 * group + 1))
        .collect();
    let _ = writeln!(text, "return {}", outputs.join(", "));
    let graph: Graph = text.parse().expect("the text is a graph");
    assert_eq!(sizes(&graph), (GROUPS, 8 * GROUPS - 2));
}
