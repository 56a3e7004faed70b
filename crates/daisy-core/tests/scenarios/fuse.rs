//! Fuse makes connected element-wise nodes one; what stands for what is in `facts.rs`.

use daisy_core::{Graph, NodeId, PassSet};
use expect_test::expect;

use crate::facts::{Known, check, check_alone, check_kept, check_passes};

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

/// Where the host wants it, a node that is merged with nothing is a group of its own.
#[test]
fn a_node_alone_may_be_a_group() {
    check_alone(
        "
        %0 = op0(c0)
        %1 = op20(%0)
        return %1
        ",
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op20(%0)
            return %1
            group 0 of %0:
              %0 = op0(c0)
              return %0
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

/// What ends its group is in it, and who uses that is in another one, with what else that needs.
#[test]
fn a_group_ends_where_something_ends_it() {
    check(
        "
        %0 = op0(c0)
        %1 = op9(%0)
        %2 = op1(%0, %1)
        %3 = op9(%2)
        %4 = op2(%2)
        return %3, %4
        ",
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op2000(%0)
            %2 = op2001(%0)
            %3 = op1001(%1, %2)
            %4 = op2000(%3)
            %5 = op2001(%3)
            return %4, %5
            group 0 of %0, %1:
              %0 = op0(c0)
              %1 = op9(%0)
              return %0, %1
            group 1 of %2, %3, %4:
              %0 = op1(c0, c1)
              %1 = op9(%0)
              %2 = op2(%0)
              return %1, %2
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
