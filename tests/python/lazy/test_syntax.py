"""lazy.syntax: syntax trees, and the numbers of their operators."""

from __future__ import annotations

import ast
import inspect

from lazy import operator
from lazy.syntax import BINARY, COMPARE, UNARY, copy_tree


def test_copy_tree():
    """A copy has the same fields and positions and shares no node but what has no state."""
    tree = ast.parse(inspect.getsource(copy_tree))
    copied = copy_tree(tree)
    assert ast.dump(copied, include_attributes=True) == ast.dump(tree, include_attributes=True)
    assert not {id(n) for n in ast.walk(copied)} & {id(n) for n in ast.walk(tree)}


def test_numbers_are_those_of_the_runtime():
    """Syntax trees and `lazy.operator` count operators in the same order."""
    names = [one.__name__ for one in operator.BINARY]
    assert names[:4] == ["add", "sub", "mul", "truediv"]
    assert names[-2:] == ["matmul", "divmod"]
    assert len(BINARY) == len(operator.BINARY) - 1
    assert len(COMPARE) == len(operator.COMPARE)
    assert [one.__name__ for one in operator.UNARY[: len(UNARY)]] == ["neg", "pos", "invert"]
