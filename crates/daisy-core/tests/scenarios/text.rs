//! A graph prints as text, in part if it is large, and can be read from it.

use daisy_core::{ConstId, Graph, Input, OpId, Purity};
use expect_test::{Expect, expect};

/// Reads a text and compares the error that it gives.
fn check_error(text: &str, expected: &Expect) {
    let error = text.parse::<Graph>().expect_err("the text is no graph");
    expected.assert_eq(&error.to_string());
}

fn chain(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    let mut last = Input::constant(ConstId::new(0));
    for _ in 0..nodes {
        last = graph.add(OpId::new(0), &[last], Purity::Pure).into();
    }
    graph.push_output(last);
    graph
}

/// What is printed is read as the same graph.
#[test]
fn text_is_read_as_it_is_printed() {
    let text = "\
%0 = op1()
%1 = op0!(c0, %0) after %0
%2 = op0(%1, %1)
return %2, c3, %0
";
    let graph: Graph = text.parse().expect("the text is a graph");
    assert_eq!(graph.to_string(), text);
    assert_eq!(graph.text(4), text);
}

/// A graph without outputs or nodes has a text too.
#[test]
fn an_empty_graph_has_a_text() {
    let graph: Graph = "return".parse().expect("the text is a graph");
    assert_eq!(graph.to_string(), "return\n");
    assert_eq!(Graph::default().text(1), "return\n");
}

/// A large graph is printed in part, with a word about the rest.
#[test]
fn a_large_graph_is_printed_in_part() {
    expect![[r#"
        %0 = op0(c0)
        %1 = op0(%0)
        ... 999996 more nodes ...
        %999998 = op0(%999997)
        %999999 = op0(%999998)
        return %999999
    "#]]
    .assert_eq(&chain(1_000_000).text(6));
}

/// No limit is exceeded, except that two lines are printed at least.
#[test]
fn a_limit_is_kept() {
    for limit in 0..12 {
        let lines = chain(9).text(limit).lines().count();
        assert_eq!(lines, limit.clamp(2, 10), "for {limit} lines");
    }
}

/// A line with many inputs is cut as well.
#[test]
fn a_long_line_is_cut() {
    let mut graph = Graph::default();
    let inputs: Vec<_> = (0..100_000)
        .map(|index| Input::constant(ConstId::new(index)))
        .collect();
    let node = graph.add(OpId::new(0), &inputs, Purity::Pure);
    graph.push_output(node.into());
    expect![[r#"
        %0 = op0(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, ... 99984 more)
        return %0
    "#]]
    .assert_eq(&graph.text(10));
}

/// `{:?}` is for messages, and is short.
#[test]
fn debug_is_bounded() {
    assert_eq!(format!("{:?}", chain(1_000)).lines().count(), 16);
}

/// What is no graph is refused, with the line and what was expected there.
#[test]
fn a_wrong_text_is_refused() {
    check_error(
        "nonsense",
        &expect!["line 1: expected `%0 = op0(...)` or `return ...`"],
    );
    check_error(
        "%0 = op0",
        &expect!["line 1: expected `(` behind the operation"],
    );
    check_error(
        "%0 = op0(c0",
        &expect!["line 1: expected `)` behind the inputs"],
    );
    check_error(
        "\n%0 = add()",
        &expect!["line 2: expected `op` and a number below 1073741824, found `add`"],
    );
    check_error(
        "%0 = op0(x)",
        &expect!["line 1: expected `%` and a number below 2147483648, found `x`"],
    );
    check_error("%0 = op0(%1)", &expect!["line 1: %1 is not there yet"]);
    check_error(
        "%0 = op0()\n%0 = op1()",
        &expect!["line 2: %0 is there already"],
    );
    check_error(
        "%0 = op0() behind",
        &expect!["line 1: expected `after %0` or the end of the line"],
    );
    check_error(
        "return c2147483648",
        &expect!["line 1: expected `c` and a number below 2147483648, found `c2147483648`"],
    );
}
