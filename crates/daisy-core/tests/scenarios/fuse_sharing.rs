//! What reads the same is one group if that keeps no value for longer; what stands for what is in
//! `facts.rs`.

use expect_test::expect;

use crate::facts::{check, check_kept};

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
        %1 = op1(c0)
        %2 = op20(%0)
        %3 = op20(%1)
        return %2, %3
        ",
        &[0, 1],
        &expect![[r#"
            %0 = op1000(c0)
            %1 = op2000(%0)
            %2 = op2001(%0)
            %3 = op20(%1)
            %4 = op20(%2)
            return %3, %4
            group 0 of %0, %1:
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

/// What another group reads as well is there until that group runs, so nothing waits for one of both.
#[test]
fn a_value_that_is_there_anyway_is_shared() {
    check(
        "
        %0 = op20(c0)
        %1 = op0(%0, c9)
        %2 = op1(%0, c8)
        %3 = op2(%2)
        return %1, %3
        ",
        &expect![[r#"
            %0 = op20(c0)
            %1 = op1000(%0, c9, c8)
            %2 = op2000(%1)
            %3 = op2001(%1)
            return %2, %3
            group 0 of %1, %2, %3:
              %0 = op0(c0, c1)
              %1 = op1(c0, c2)
              %2 = op2(%1)
              return %0, %2
        "#]],
    );
}

/// Its own input would have to wait for the other one.
#[test]
fn what_has_an_input_that_goes_is_not_united() {
    check(
        "
        %0 = op20(c9)
        %1 = op0(%0, c0)
        %2 = op20(c8)
        %3 = op0(%2, c0)
        return %1, %3
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}

/// An output that something uses is there before that, whatever reads the same later.
#[test]
fn an_output_that_is_used_does_not_wait() {
    check(
        "
        %0 = op0(c0)
        %1 = op20(%0)
        %2 = op1(c0)
        return %0, %1, %2
        ",
        &expect![[r#"
            nothing is fused
        "#]],
    );
}
