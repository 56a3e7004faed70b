"""Operators, attribute and item access, slices, and values with a walrus."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Expression
from lazy.syntax import BINARY, UNARY

__all__ = ["RULES", "index", "operator_code"]


def operator_code(table: Sequence[type[ast.AST]], operator: ast.AST) -> ast.Constant:
    """The number of an operator in its table."""
    return nodes.constant(table.index(type(operator)))


def _binary(context: Context, node: ast.BinOp) -> ast.expr:
    """A loop down the left side, since a long sum is a deep tree."""
    spine = [node]
    while isinstance(spine[-1].left, ast.BinOp):
        spine.append(spine[-1].left)
    made = context.expression(spine[-1].left)
    for one in reversed(spine):
        code = operator_code(BINARY, one.op)
        made = context.helper("binary", one, code, made, context.expression(one.right))
    return made


def _unary(context: Context, node: ast.UnaryOp) -> ast.expr:
    if isinstance(node.operand, ast.Constant) and not isinstance(node.op, ast.Not):
        return node  # A literal such as -1 is a constant.
    operand = context.expression(node.operand)
    if isinstance(node.op, ast.Not):
        return context.helper("not_", node, operand)
    return context.helper("unary", node, operator_code(UNARY, node.op), operand)


def _attribute(context: Context, node: ast.Attribute) -> ast.expr:
    name = nodes.constant(context.mangled(node.attr))
    return context.helper("attribute", node, context.expression(node.value), name)


def _item(context: Context, node: ast.Subscript) -> ast.expr:
    return context.helper("item", node, context.expression(node.value), index(context, node.slice))


def index(context: Context, node: ast.expr) -> ast.expr:
    """What stands in the brackets, rewritten; slices can stand only there."""
    if isinstance(node, ast.Slice):
        return _slice(context, node)
    if isinstance(node, ast.Tuple):
        return nodes.changed(node, elts=[index(context, one) for one in node.elts])
    return context.expression(node)


def _slice(context: Context, node: ast.Slice) -> ast.expr:
    parts = [context.optional(part) for part in (node.lower, node.upper, node.step)]
    return context.bare("slice", node, *(part or nodes.constant(None) for part in parts))


def _walrus(context: Context, node: ast.NamedExpr) -> ast.expr:
    return nodes.changed(node, value=context.expression(node.value))


RULES: Mapping[type[ast.AST], Expression] = {
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Attribute: _attribute,
    ast.Subscript: _item,
    ast.NamedExpr: _walrus,
}
