"""Small builders of syntax trees, and walks over them.

Nodes made here have no position. A rule ends by giving the outermost node that it makes the place
of what it stands for (:func:`placed`, or :func:`changed`, which keeps it), and the nodes below
that have none get the same, so that tracebacks point into the user's file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from lazy.syntax import below as below
from lazy.syntax import copy_node

Node = TypeVar("Node", bound=ast.AST)

_LOAD = ast.Load()


def load(name: str) -> ast.Name:
    """A read of the name."""
    return ast.Name(name, _LOAD)


def store(name: str) -> ast.Name:
    """A name as a target."""
    return ast.Name(name, ast.Store())


def constant(value: Any) -> ast.Constant:
    """A constant; tuples of constants are constants as well."""
    return ast.Constant(value)


def tuple_of(items: Iterable[ast.expr]) -> ast.Tuple:
    """A tuple display."""
    return ast.Tuple(elts=list(items), ctx=_LOAD)


def bind(name: str, value: ast.expr) -> ast.NamedExpr:
    """``(name := value)``."""
    return ast.NamedExpr(target=store(name), value=value)


def call(function: ast.expr, arguments: Iterable[ast.expr]) -> ast.Call:
    """A call with positional arguments."""
    return ast.Call(function, [*arguments], [])


def named_call(name: str, arguments: Iterable[ast.expr], where: ast.AST) -> ast.Call:
    """A call of a name, at the place of `where`; most of a rewritten function is made here."""
    position = _position(where)
    function = load(name)
    function.__dict__.update(position)
    made = call(function, arguments)
    made.__dict__.update(position)
    _fill(made.args, position)
    return made


def arguments(names: Iterable[str]) -> ast.arguments:
    """Positional parameters without defaults."""
    args = [ast.arg(arg=name) for name in names]
    return ast.arguments(posonlyargs=[], args=args, kwonlyargs=[], kw_defaults=[], defaults=[])


def function(parameters: Iterable[str], value: ast.expr) -> ast.Lambda:
    """``lambda parameters: value``."""
    return ast.Lambda(args=arguments(parameters), body=value)


def changed(node: Node, **fields: object) -> Node:
    """A copy of one node with other fields; the children that stay are shared."""
    made = copy_node(node)
    made.__dict__.update(fields)
    if "lineno" in made._attributes:
        _fill([child for value in fields.values() for child in _nodes_in(value)], _position(node))
    return made


def placed(made: Node, where: ast.AST) -> Node:
    """A new node, at the place of `where`, as is all in it that has no place yet."""
    _fill([made], _position(where))
    return made


def _fill(made: Iterable[ast.AST], position: dict[str, Any]) -> None:
    """Give nodes without a position this one. Below one with a position all have theirs."""
    waiting = [one for one in made if "lineno" not in one.__dict__]
    while waiting:
        node = waiting.pop()
        if "lineno" in node._attributes:
            node.__dict__.update(position)
        if type(node) not in _LEAVES:
            waiting += [one for one in below(node) if "lineno" not in one.__dict__]


_LEAVES = frozenset({ast.Name, ast.Constant})


def _position(node: Any) -> dict[str, Any]:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }


def any_of(root: ast.AST, kinds: type[ast.AST] | tuple[type[ast.AST], ...]) -> bool:
    """Whether the tree holds a node of these kinds."""
    return any(isinstance(node, kinds) for node in walk(root))


def walk(root: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but for operators and contexts, in no order that matters."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += below(node)


def _nodes_in(value: object) -> list[ast.AST]:
    if isinstance(value, list):
        return [one for one in value if isinstance(one, ast.AST)]
    return [value] if isinstance(value, ast.AST) else []
