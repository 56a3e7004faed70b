"""Small builders of syntax trees.

Nodes made here have no position. A rule gives the outermost node that it makes the position of
what it stands for, and at the end :func:`fill_positions` gives it to the rest, so that tracebacks
point into the user's file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)

_LOAD = ast.Load()
_POSITION = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def load(name: str) -> ast.Name:
    """A read of the name."""
    return ast.Name(id=name, ctx=_LOAD)


def store(name: str) -> ast.Name:
    """A name as a target."""
    return ast.Name(id=name, ctx=ast.Store())


def constant(value: Any) -> ast.Constant:
    """A constant; tuples of constants are constants as well."""
    return ast.Constant(value=value)


def tuple_of(items: Iterable[ast.expr]) -> ast.Tuple:
    """A tuple display."""
    return ast.Tuple(elts=list(items), ctx=_LOAD)


def bind(name: str, value: ast.expr) -> ast.NamedExpr:
    """``(name := value)``."""
    return ast.NamedExpr(target=store(name), value=value)


def call(function: ast.expr, arguments: Iterable[ast.expr]) -> ast.Call:
    """A call with positional arguments."""
    return ast.Call(func=function, args=list(arguments), keywords=[])


def arguments(names: Iterable[str]) -> ast.arguments:
    """Positional parameters without defaults."""
    args = [ast.arg(arg=name) for name in names]
    return ast.arguments(posonlyargs=[], args=args, kwonlyargs=[], kw_defaults=[], defaults=[])


def function(parameters: Iterable[str], value: ast.expr) -> ast.Lambda:
    """``lambda parameters: value``."""
    return ast.Lambda(args=arguments(parameters), body=value)


def changed(node: Node, **fields: object) -> Node:
    """A copy of one node with other fields; the children that stay are shared."""
    made = type(node)(**{name: getattr(node, name, None) for name in node._fields} | fields)
    return ast.copy_location(made, node)


def fill_positions(root: ast.AST) -> None:
    """Give every node without a position that of the nearest node above that has one.

    A loop, since a long sum is a deep tree.
    """
    waiting: list[tuple[ast.AST, dict[str, int]]] = [(root, {})]
    while waiting:
        node, position = waiting.pop()
        if "lineno" in node._attributes:
            if hasattr(node, "lineno"):
                position = {name: getattr(node, name) for name in _POSITION if hasattr(node, name)}
            else:
                node.__dict__.update(position)
        waiting.extend((child, position) for child in ast.iter_child_nodes(node))


def any_of(root: ast.AST, kinds: type[ast.AST] | tuple[type[ast.AST], ...]) -> bool:
    """Whether the tree holds a node of these kinds."""
    return any(isinstance(node, kinds) for node in ast.walk(root))


def below(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node."""
    return list(ast.iter_child_nodes(node))


def depth(root: ast.AST) -> int:
    """How many nodes stand above one another. A loop."""
    deepest, level = 0, [root]
    while level:
        deepest += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return deepest
