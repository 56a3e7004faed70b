"""Operators, attribute and item access, slices and the walrus."""

import pytest
from tests.python.daisy.tracing.rewrite.plain_runtime import check, check_same, rewritten

from daisy.tracing.rewrite.operators import operator_code
from lazy.syntax import BINARY

SYMBOLS = "+ - * / // % ** << >> & | ^ @".split()


@pytest.mark.parametrize(("code", "symbol"), list(enumerate(SYMBOLS)))
def test_binary_operators(code, symbol):
    """Each operator is the helper with its number."""
    check(f"return a {symbol} b", f"return .binary(S, {code}, a, b)")


def test_operators_nest_to_the_left():
    """The tree of a sum is a loop's work; it must keep its shape."""
    check("return a + b - c * 2", "return .binary(S, 1, .binary(S, 0, a, b), .binary(S, 2, c, 2))")


def test_unary_operators():
    """Each unary operator is its helper; `not` has its own."""
    check("return -a", "return .unary(S, 0, a)")
    check("return +a", "return .unary(S, 1, a)")
    check("return ~a", "return .unary(S, 2, a)")
    check("return not a", "return .not_(S, a)")


def test_negative_literals_are_constants():
    """`-1` is a literal, and is not rewritten."""
    check_same("return -1")


def test_constants_and_names_stay():
    """What is no operation is not rewritten."""
    check_same("return a")
    check_same("return 'text'")
    check_same("x = None")
    check_same("pass")


def test_attributes():
    """Attribute access is a helper with the name as text."""
    check("return o.x.y", "return .attribute(S, .attribute(S, o, 'x'), 'y')")


def test_private_attributes_are_mangled():
    """Inside a class, text has to name what the compiler would."""
    text = """
    class Box:
        def f(self, other):
            self.__x = other.__y
            return self.__x, self.__dunder__
    """
    assert rewritten(text, "Box.f") == (
        ".set_attribute(S, self, '_Box__x', .attribute(S, other, '_Box__y'))\n"
        "return (.attribute(S, self, '_Box__x'), .attribute(S, self, '__dunder__'))"
    )


def test_items_and_slices():
    """Slices become values, alone and in a tuple."""
    check("return o[a]", "return .item(S, o, a)")
    check("return o[a:b]", "return .item(S, o, .slice(a, b, None))")
    check("return o[::2]", "return .item(S, o, .slice(None, None, 2))")
    check("return o[a + 1:]", "return .item(S, o, .slice(.binary(S, 0, a, 1), None, None))")
    check("return o[1:2, ..., a]", "return .item(S, o, (.slice(1, 2, None), ..., a))")
    check("return o[*a, 1]", "return .item(S, o, (*.star(S, a), 1))")


def test_walrus():
    """A walrus binds in the function, so it stays one."""
    check("return (x := a + b)", "return (x := .binary(S, 0, a, b))")


def test_operator_code():
    """An operator's number is its place in its table."""
    import ast

    assert operator_code(BINARY, ast.MatMult()).value == 12
