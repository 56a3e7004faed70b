"""Augmented assignment to names, items and attributes."""

from tests.python.daisy.tracing.rewrite.plain_runtime import check


def test_names():
    """A name is bound to what the operator gives."""
    check("a += b", "a = .inplace(S, 0, a, b, False)")
    check("a @= b + 1", "a = .inplace(S, 12, a, .binary(S, 0, b, 1), False)")


def test_items():
    """An item is read, worked on and stored."""
    check("o[a] += b", ".set_item(S, o, a, .inplace(S, 0, .item(S, o, a), b, False))")


def test_object_and_index_are_evaluated_once():
    """Calls among them happen one time."""
    check(
        "t(a)[b + 1] *= c",
        ".value1 = .call(S, t, a)\n.value2 = .binary(S, 0, b, 1)\n"
        ".set_item(S, .value1, .value2, .inplace(S, 2, .item(S, .value1, .value2), c, False))",
    )
    check(
        "o[a:] -= (o := c)",
        ".value1 = o\n.value2 = .slice(a, None, None)\n"
        ".set_item(S, .value1, .value2, "
        ".inplace(S, 1, .item(S, .value1, .value2), (o := c), False))",
    )


def test_attributes():
    """So is an attribute."""
    check(
        "o.x += b",
        ".set_attribute(S, o, 'x', .inplace(S, 0, .attribute(S, o, 'x'), b, False))",
    )
    check(
        "o.y.x += b",
        ".value1 = .attribute(S, o, 'y')\n"
        ".set_attribute(S, .value1, 'x', .inplace(S, 0, .attribute(S, .value1, 'x'), b, False))",
    )


def test_fresh_names():
    """Only a name may be fresh, and only one that holds the result of an operator."""
    check(
        "x = a + b\nx += c",
        "x = .binary(S, 0, a, b)\nx = .inplace(S, 0, x, c, True)",
    )
