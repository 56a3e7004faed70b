"""lazy.syntax: syntax trees, and the numbers of their operators."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import enum
import inspect
import typing
from pathlib import Path

from lazy import operator
from lazy.syntax import BINARY, COMPARE, UNARY, below, copy_node, copy_tree


def test_copy_tree():
    """A copy has the same fields and positions and shares no node but what has no state."""
    tree = ast.parse(inspect.getsource(copy_tree))
    copied = copy_tree(tree)
    assert ast.dump(copied, include_attributes=True) == ast.dump(tree, include_attributes=True)
    assert not {id(n) for n in ast.walk(copied)} & {id(n) for n in ast.walk(tree)}


def test_copy_node():
    """A copy of one node can be changed, and what is below it is shared."""
    node = ast.parse("a + b", mode="eval").body
    copied = copy_node(node)
    assert type(copied) is ast.BinOp and vars(copied) == vars(node)
    copied.left = copied.right
    assert node.left is not node.right


def test_below():
    """Whatever a node has below it is there, in order; operators and contexts hold nothing."""
    words = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
    files = [inspect.getsourcefile(one) for one in (ast, argparse, dataclasses, enum, typing)]
    for node in (node for name in files for node in ast.walk(ast.parse(Path(name).read_text()))):
        children = [one for one in ast.iter_child_nodes(node) if not isinstance(one, words)]
        assert below(node) == children


def test_numbers_are_those_of_the_runtime():
    """Syntax trees and `lazy.operator` count operators in the same order."""
    names = [one.__name__ for one in operator.BINARY]
    assert names[:4] == ["add", "sub", "mul", "truediv"]
    assert names[-2:] == ["matmul", "divmod"]
    assert len(BINARY) == len(operator.BINARY) - 1
    assert len(COMPARE) == len(operator.COMPARE)
    assert [one.__name__ for one in operator.UNARY[: len(UNARY)]] == ["neg", "pos", "invert"]
