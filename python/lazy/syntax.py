"""Syntax trees: looking at, copying and compiling them, and the numbers of their operators."""

from __future__ import annotations

import ast
import types
from typing import Any, TypeVar

__all__ = [
    "BINARY",
    "COMPARE",
    "UNARY",
    "FunctionNode",
    "below",
    "compile_statements",
    "copy_node",
    "copy_tree",
]

Node = TypeVar("Node", bound=ast.AST)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
"""The definition of a function."""

BINARY: tuple[type[ast.operator], ...] = (
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.LShift,
    ast.RShift,
    ast.BitAnd,
    ast.BitOr,
    ast.BitXor,
    ast.MatMult,
)
"""The classes of binary operators by their numbers in `lazy.operator.BINARY`.

The last one there, divmod, has no syntax.
"""

UNARY: tuple[type[ast.unaryop], ...] = (ast.USub, ast.UAdd, ast.Invert)
"""The same for `lazy.operator.UNARY`, in which others follow."""

COMPARE: tuple[type[ast.cmpop], ...] = (
    ast.Lt,
    ast.LtE,
    ast.Eq,
    ast.NotEq,
    ast.Gt,
    ast.GtE,
    ast.Is,
    ast.IsNot,
    ast.In,
    ast.NotIn,
)
"""The same for `lazy.operator.COMPARE`."""


def compile_statements(
    body: list[ast.stmt], filename: str, flags: int, optimize: int
) -> types.CodeType:
    """Compile statements as a program.

    Args:
        body: the statements.
        filename: the file that they come from.
        flags: compiler flags of future imports, and no others are inherited.
        optimize: the level of optimisation, -1 for that of the interpreter.

    Returns:
        The code of the program.
    """
    module = ast.Module(body=body, type_ignores=[])
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as notebooks do
    code: types.CodeType = compile(
        module, filename, "exec", flags, dont_inherit=True, optimize=optimize
    )
    return code


def copy_node(node: Node) -> Node:
    """Copy one node; its children are shared.

    Args:
        node: a node.

    Returns:
        The copy. ``copy.copy`` gives the same at four times the cost.

    >>> tree = ast.parse("a + b", mode="eval")
    >>> copied = copy_node(tree)
    >>> copied is tree, copied.body is tree.body
    (False, True)
    """
    made = type(node).__new__(type(node))
    made.__dict__.update(node.__dict__)
    return made


def copy_tree(root: Any, made: dict[int, Any] | None = None) -> Any:
    """Copy a syntax tree. ``copy.deepcopy`` recurses, and a long sum is a deep tree.

    Args:
        root: a node.
        made: filled with the copies by the ``id`` of their originals.

    Returns:
        The copy of `root`, in which what was shared is shared.

    >>> tree = ast.parse("a + b", mode="eval")
    >>> ast.dump(copy_tree(tree)) == ast.dump(tree)
    True
    """
    made = {} if made is None else made
    for node in reversed(list(ast.walk(root))):
        if id(node) not in made:
            copied = type(node).__new__(type(node))
            fields = vars(node).items()
            copied.__dict__.update((name, _copied(value, made)) for name, value in fields)
            made[id(node)] = copied
    return made[id(root)]


def _copied(value: Any, made: dict[int, Any]) -> Any:
    if isinstance(value, ast.AST):
        return made[id(value)]
    if isinstance(value, list):
        return [_copied(item, made) for item in value]
    return value


def below(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, in order, but for operators and contexts.

    Half of what ``ast.iter_child_nodes`` gives are those, and it takes twice as long for each.

    Args:
        node: a node.

    Returns:
        Its children.

    >>> [one.id for one in below(ast.parse("a + b", mode="eval").body)]
    ['a', 'b']
    """
    found: list[ast.AST] = []
    for name in _PARTS[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [one for one in value if isinstance(one, ast.AST)]
    return found


_WORDS = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment"})


class _Parts(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of a kind of node that can hold more than an operator or context, or a text."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        found = tuple(name for name in kind._fields if name not in _WORDS)
        return self.setdefault(kind, found)


_PARTS = _Parts()
