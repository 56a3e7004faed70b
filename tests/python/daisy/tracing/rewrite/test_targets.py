"""What is stored into, unpacked or deleted."""

from tests.python.daisy.tracing.rewrite.plain_runtime import check, check_same


def test_names_are_pythons_own():
    """Binding a name is no operation."""
    check_same("x = y = a")
    check_same("del a")


def test_items_and_attributes():
    """Storing into an object is a helper."""
    check("o[a] = b", ".set_item(S, o, a, b)")
    check("o.x = b", ".set_attribute(S, o, 'x', b)")
    check("o[a:b] = c", ".set_item(S, o, .slice(a, b, None), c)")
    check("o.x: int = b", ".set_attribute(S, o, 'x', b)")


def test_the_value_is_evaluated_first():
    """Python evaluates the right side, then the object, then the index."""
    check(
        "o.x[a] = t(b)",
        ".value1 = .call(S, t, b)\n.set_item(S, .attribute(S, o, 'x'), a, .value1)",
    )
    check("o[a] = t(b)", ".set_item(S, o, a, .call(S, t, b))")
    check("o[a] = (a := b)", ".value1 = (a := b)\n.set_item(S, o, a, .value1)")


def test_unpacking():
    """The number of targets stands in the source."""
    check("x, y = a", "x, y = .unpack(S, a, 2)")
    check("[x, y] = a", "[x, y] = .unpack(S, a, 2)")
    check("x, = a", "x, = .unpack(S, a, 1)")
    check("x, *y = a", "x, *y = .unpack_star(S, a)")


def test_displays_need_no_unpacking():
    """`a, b = b, a` is two bindings."""
    check_same("a, b = (b, a)")
    check("a, b = b, *c", "a, b = .unpack(S, (b, *.star(S, c)), 2)")
    check("a, b = b,", "a, b = .unpack(S, (b,), 2)")


def test_nested_unpacking():
    """All of one level is unpacked before the first part is stored."""
    check(
        "x, (y, z), w = a",
        "x, .value1, .value2 = .unpack(S, a, 3)\ny, z = .unpack(S, .value1, 2)\nw = .value2",
    )


def test_unpacking_into_objects():
    """Parts are stored from left to right, after the unpacking."""
    check(
        "o[0], x, *o.y = a",
        ".value1, .value2, *.value3 = .unpack_star(S, a)\n"
        ".set_item(S, o, 0, .value1)\n"
        "x = .value2\n"
        ".set_attribute(S, o, 'y', .value3)",
    )


def test_several_targets():
    """The value is evaluated once, and stored from left to right."""
    check(
        "x = o[0] = y, z = t(a)",
        ".value1 = .call(S, t, a)\nx = .value1\n.set_item(S, o, 0, .value1)\n"
        "y, z = .unpack(S, .value1, 2)",
    )


def test_loops():
    """Other targets than names are stored into at the head of the body."""
    check("for x in a:\n    pass", "for x in .iterate(S, a):\n    pass")
    check(
        "for x, y in a:\n    pass",
        "for .value1 in .iterate(S, a):\n    x, y = .unpack(S, .value1, 2)\n    pass",
    )
    check(
        "for o[0] in a:\n    pass",
        "for .value1 in .iterate(S, a):\n    .set_item(S, o, 0, .value1)\n    pass",
    )


def test_deletions():
    """Parts are deleted in order; names by Python."""
    check(
        "del a, o[0], (o.x, b)",
        "del a\n.del_item(S, o, 0)\n.del_attribute(S, o, 'x')\ndel b",
    )
