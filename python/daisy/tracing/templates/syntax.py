"""What a function may be written with, for its trace to be kept.

All that is left out either does something besides computing (`import`, `del`, `with`), or keeps
something from being seen (`try`), or makes objects of its own (`def`, `class`, `lambda`).
"""

from __future__ import annotations

import ast
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
_WORDS: Final = (ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context)
_PLAIN: Final = (*_STATEMENTS, *_EXPRESSIONS, *_WORDS)


def is_plain(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Whether a function consists of nothing but what is known to be repeatable.

    Args:
        node: its definition; defaults, decorators and annotations are no part of what it does.

    >>> is_plain(ast.parse("def f(x):\\n  return x + 1").body[0])
    True
    >>> is_plain(ast.parse("def f(x):\\n  import os").body[0])
    False
    """
    if isinstance(node, ast.AsyncFunctionDef):
        return False
    body = node.body if isinstance(node.body, list) else [node.body]
    return all(isinstance(one, _PLAIN) for part in body for one in ast.walk(part))
