"""Calls of functions and methods."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Expression
from daisy.tracing.rewrite.scopes import first_parameter

__all__ = ["RULES", "is_builtin", "starred"]


def _call(context: Context, node: ast.Call) -> ast.expr:
    if is_builtin(context, node.func, "super") and not node.args and not node.keywords:
        return _super(context, node)
    if is_builtin(context, node.func, "globals"):
        return node  # It looks at the frame that calls it, so nothing may stand between.
    if isinstance(node.func, ast.Attribute):
        name = nodes.constant(context.mangled(node.func.attr))
        made = context.helper("method", node, context.expression(node.func.value), name)
    else:
        made = context.helper("call", node, context.expression(node.func))
    made.args += context.expressions(node.args)
    made.keywords = [_keyword(context, one) for one in node.keywords]
    return made


def is_builtin(context: Context, function: ast.expr, name: str) -> bool:
    """Whether an expression is the builtin of this name, called by its name."""
    return (
        isinstance(function, ast.Name)
        and function.id == name
        and not context.scope.is_local(name)
        and name not in context.func.__globals__
    )


def _super(context: Context, node: ast.Call) -> ast.expr:
    """``super()`` finds its arguments in the frame that calls it, which may become a lambda's."""
    first = first_parameter(context.scope.function.node)
    if first is None or not context.scope.is_local("__class__"):
        return node  # Python has an error for this.
    return nodes.changed(node, args=[nodes.load("__class__"), nodes.load(first)])


def starred(context: Context, node: ast.Starred) -> ast.expr:
    """``*x`` in a call or a display."""
    inner = context.helper("star", node, context.expression(node.value))
    return nodes.changed(node, value=inner)


def _keyword(context: Context, node: ast.keyword) -> ast.keyword:
    value = context.expression(node.value)
    if node.arg is None:
        value = context.helper("starstar", node, value)
    return nodes.changed(node, value=value)


RULES: Mapping[type[ast.AST], Expression] = {ast.Call: _call, ast.Starred: starred}
