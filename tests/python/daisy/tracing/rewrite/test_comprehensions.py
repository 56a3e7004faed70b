"""Comprehensions and generator expressions."""

from tests.python.daisy.tracing.rewrite.plain_runtime import check


def test_parts():
    """Iterables, tests, keys and elements each go through their helper."""
    check(
        "return [x + 1 for x in a if x if b]",
        "return [.binary(S, 0, x, 1) for x in .iterate(S, a) if .truth(S, x) if .truth(S, b)]",
    )
    check("return {x for x in a}", "return {.key(S, x) for x in .iterate(S, a)}")
    check(
        "return {x: x + 1 for x in a}",
        "return {.key(S, x): .binary(S, 0, x, 1) for x in .iterate(S, a)}",
    )


def test_generator_expressions_stay_lazy():
    """A generator given to a call is still a generator."""
    check("return t(x for x in a)", "return .call(S, t, (x for x in .iterate(S, a)))")


def test_several_loops():
    """Each loop has its own iterable."""
    check(
        "return [y for x in a for y in x]",
        "return [y for x in .iterate(S, a) for y in .iterate(S, x)]",
    )


def test_unpacking():
    """There is no statement to unpack in: a loop over one value does it, before the tests."""
    check(
        "return [x for x, (y, z) in a if y]",
        "return [x for .value1 in .iterate(S, a) for x, .value2 in [.unpack(S, .value1, 2)] "
        "for y, z in [.unpack(S, .value2, 2)] if .truth(S, y)]",
    )
    check(
        "return [x for x, *y in a]",
        "return [x for .value1 in .iterate(S, a) for x, *y in [.unpack_star(S, .value1)]]",
    )


def test_targets_that_store():
    """Python allows an item as the target of a comprehension."""
    check(
        "return [1 for o[0] in a]",
        "return [1 for .value1 in .iterate(S, a) for .done in [.set_item(S, o, 0, .value1)]]",
    )


def test_walrus_binds_outside():
    """The name belongs to the function, so the walrus may not move into another one."""
    check(
        "return [y for x in a if (y := x)]",
        "return [y for x in .iterate(S, a) if .truth(S, (y := x))]",
    )
