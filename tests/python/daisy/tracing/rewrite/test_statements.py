"""Statements."""

from tests.python.daisy.tracing.rewrite.plain_runtime import (
    check,
    check_same,
    defined,
    remade,
    rewritten,
)


def test_thrown_away_calls():
    """A call whose value nobody gets is told to the runtime, also inside another expression."""
    check("t(a)", ".discard(S, .call(S, t, a))")
    check("[t(x) for x in a]", ".discard(S, [.call(S, t, x) for x in .iterate(S, a)])")
    check("a", "a")
    check("a + b", ".binary(S, 0, a, b)")


def test_return():
    """A value is returned as it is."""
    check_same("return")
    check("return a + b", "return .binary(S, 0, a, b)")


def test_annotations_are_not_evaluated():
    """Python does not evaluate them in functions; the target beside one it does."""
    check("x: t(a) = b + 1", "x: t(a) = .binary(S, 0, b, 1)")
    check_same("x: t(a)")
    check("o.x.y: int", ".attribute(S, o, 'x')")
    check("o[a + 1]: int", "o\n.binary(S, 0, a, 1)")


def test_branches():
    """Tests are strict points."""
    check(
        "if a:\n    return 1\nelif b:\n    return 2\nelse:\n    return c.x",
        "if .truth(S, a):\n    return 1\nelif .truth(S, b):\n    return 2\n"
        "else:\n    return .attribute(S, c, 'x')",
    )
    check(
        "while a:\n    break\nelse:\n    o.x",
        "while .truth(S, a):\n    break\nelse:\n    .attribute(S, o, 'x')",
    )
    check(
        "for x in a:\n    continue\nelse:\n    o.x",
        "for x in .iterate(S, a):\n    continue\nelse:\n    .attribute(S, o, 'x')",
    )


def test_assert():
    """The message is evaluated only where it is needed, and is no exception."""
    check("assert a, b + 1", "assert .truth(S, a), .subject(S, .binary(S, 0, b, 1))")


def test_raise():
    """What is raised has to be there."""
    check_same("raise")
    check(
        "raise ValueError(a) from b",
        "raise .raise_(S, .call(S, ValueError, a)) from .raise_(S, b)",
    )


def test_match():
    """The subject is forced; patterns stay."""
    check(
        """
        match a, b:
            case [1, x] if x:
                return x + 1
            case {'k': y, **z}:
                pass
        """,
        """
        match .subject(S, (a, b)):
            case [1, x] if .truth(S, x):
                return .binary(S, 0, x, 1)
            case {'k': y, **z}:
                pass
        """,
    )


def test_imports_stay():
    """Imports run as they stand."""
    check_same("import os.path as p, sys")
    check_same("from math import pi")


def test_docstrings_stay():
    """The first text of a function is its documentation, and no value that is thrown away."""
    func = defined("def f():\n    'Words.'\n    return len('abc')\n")
    assert remade(func).__doc__ == "Words."
    assert remade(func).__code__.co_consts[0] == "Words."


def test_lambdas():
    """A traced lambda has an expression for a body."""
    assert rewritten("f = lambda a: a + 1") == ".binary(S, 0, a, 1)"
