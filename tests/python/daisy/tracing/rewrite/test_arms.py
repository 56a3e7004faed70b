"""Conditional expressions, `and`, `or` and chained comparisons."""

from tests.python.daisy.tracing.rewrite.plain_runtime import check


def test_conditional():
    """Both arms become functions, and together one plain function of the names they read."""
    check(
        "return a + 1 if t else b.x[0]",
        """
        return .conditional(S, t, lambda: .binary(S, 0, a, 1), \
lambda: .item(S, .attribute(S, b, 'x'), 0), \
lambda .first, a, b: a + 1 if .first else b.x[0], lambda: (a, b))
        """,
    )


def test_arms_that_call_are_not_plain():
    """A call in an arm must not run as part of another node."""
    check(
        "return t(a) if c else b",
        "return .conditional(S, c, lambda: .call(S, t, a), lambda: b, None, None)",
    )


def test_arms_with_displays_are_not_plain():
    """Literals are no part of what may stand in an arm; an index of several parts may."""
    check(
        "return [a] if c else b",
        "return .conditional(S, c, lambda: [a], lambda: b, None, None)",
    )
    check(
        "return o[a, 1] if c else b",
        "return .conditional(S, c, lambda: .item(S, o, (a, 1)), lambda: b, "
        "lambda .first, o, a, b: o[a, 1] if .first else b, lambda: (o, a, b))",
    )


def test_globals_are_not_captured():
    """A global in an arm is read when the arm runs."""
    check(
        "return pi if c else 0",
        "return .conditional(S, c, lambda: pi, lambda: 0, "
        "lambda .first: pi if .first else 0, lambda: ())",
    )


def test_variables_of_a_comprehension_are_captured():
    """They belong to the comprehension, and no other scope has them."""
    check(
        "return [x if c else y for x in t]",
        "return [.conditional(S, c, lambda: x, lambda: y, lambda .first, x: x if .first else y, "
        "lambda: (x,)) for x in .iterate(S, t)]",
    )


def test_and_or():
    """The rest is the arm, nested to the right."""
    check(
        "return a and b",
        "return .boolean(S, True, a, lambda: b, lambda .first, b: .first and b, lambda: (b,))",
    )
    check(
        "return a or b or c",
        "return .boolean(S, False, a, "
        "lambda: .boolean(S, False, b, lambda: c, lambda .first, c: .first or c, lambda: (c,)), "
        "lambda .first, b, c: .first or b or c, lambda: (b, c))",
    )


def test_only_the_arms_must_be_simple():
    """What is evaluated first may be anything, here and in a comparison."""
    check(
        "return t(a) and b",
        "return .boolean(S, True, .call(S, t, a), lambda: b, "
        "lambda .first, b: .first and b, lambda: (b,))",
    )
    check(
        "return b and t(a)",
        "return .boolean(S, True, b, lambda: .call(S, t, a), None, None)",
    )


def test_comparison():
    """One comparison has no arm."""
    for code, symbol in enumerate("< <= == != > >=".split() + ["is", "is not", "in", "not in"]):
        check(f"return a {symbol} b", f"return .compare(S, {code}, a, b)")


def test_chained_comparison():
    """The middle operand is evaluated once, the last only where the first comparison holds."""
    check(
        "return a < b <= c",
        "return .chain(S, 0, a, b, lambda .value1: .compare(S, 1, .value1, c), "
        "lambda .first, .second, c: .first and .second <= c, lambda: (c,))",
    )
    check(
        "return a < b < c < t",
        "return .chain(S, 0, a, b, "
        "lambda .value1: .chain(S, 0, .value1, c, lambda .value2: .compare(S, 0, .value2, t), "
        "lambda .first, .second, t: .first and .second < t, lambda: (t,)), "
        "lambda .first, .second, c, t: .first and .second < c < t, lambda: (c, t))",
    )


def test_walrus_in_an_arm():
    """In a function it would bind a name of that function: the condition is a strict point."""
    check(
        "return (x := a) if c else b",
        "return (x := a) if .truth(S, c) else b",
    )
    check(
        "return a and (x := b)",
        "return (x := b) if .truth(S, (.value1 := a)) else .value1",
    )
    check(
        "return a or (x := b)",
        "return .value1 if .truth(S, (.value1 := a)) else (x := b)",
    )
    check(
        "return a < b < (x := c)",
        "return .compare(S, 0, .value1, (x := c)) "
        "if .truth(S, (.value2 := .compare(S, 0, a, (.value1 := b)))) else .value2",
    )


def test_walrus_in_the_condition():
    """The condition is evaluated in the function itself, and is no arm."""
    check(
        "return a if (x := c) else b",
        "return .conditional(S, (x := c), lambda: a, lambda: b, "
        "lambda .first, a, b: a if .first else b, lambda: (a, b))",
    )
