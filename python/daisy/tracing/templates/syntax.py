"""What a function may be written with, for its trace to be kept.

All that is left out either does something besides computing (`import`, `del`, `with`), or keeps
something from being seen (`try`), or makes objects of its own (`def`, `class`, `lambda`).
"""

from __future__ import annotations

import ast
from collections.abc import Set
from typing import Final

__all__ = ["is_plain"]

_STATEMENTS: Final = (
    *(ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.Pass),
    *(ast.If, ast.For, ast.While, ast.Break, ast.Continue, ast.Assert, ast.Raise),
)
_EXPRESSIONS: Final = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred),
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Call, ast.keyword),
    *(ast.Tuple, ast.List, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.comprehension),
    *(ast.JoinedStr, ast.FormattedValue),
)
_PLAIN: Final = frozenset({*_STATEMENTS, *_EXPRESSIONS})


def is_plain(kinds: Set[type[ast.AST]]) -> bool:
    """Whether a function consists of nothing but what is known to be repeatable.

    Args:
        kinds: the kinds of nodes in its body, but for operators and contexts. Its defaults,
            decorators and annotations are no part of what it does.

    >>> is_plain({ast.Return, ast.BinOp, ast.Name})
    True
    >>> is_plain({ast.Import, ast.alias})
    False
    """
    return kinds <= _PLAIN
