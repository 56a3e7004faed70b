"""Augmented assignment.

``o.a += v`` and ``o[i] += v`` read, work in place and store, with ``o`` and ``i`` evaluated once.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Statement
from daisy.tracing.rewrite.operators import index, operator_code
from lazy.syntax import BINARY

__all__ = ["RULES"]


def _augmented(context: Context, node: ast.AugAssign) -> list[ast.stmt]:
    match node.target:
        case ast.Name(id=name):
            value = _inplace(context, node, nodes.load(name), node in context.fresh)
            made = ast.Assign(targets=[node.target], value=value, type_comment=None)
            return [nodes.placed(made, node)]
        case ast.Attribute() as target:
            return _attribute(context, node, target)
        case ast.Subscript() as target:
            return _item(context, node, target)


def _inplace(context: Context, node: ast.AugAssign, old: ast.expr, fresh: bool) -> ast.Call:
    code = operator_code(BINARY, node.op)
    new = context.expression(node.value)
    return context.helper("inplace", node, code, old, new, nodes.constant(fresh))


def _attribute(context: Context, node: ast.AugAssign, target: ast.Attribute) -> list[ast.stmt]:
    before, owner = _once(context, node, target.value, context.expression(target.value))
    name = nodes.constant(context.mangled(target.attr))
    old = context.helper("attribute", target, owner, name)
    new = _inplace(context, node, old, False)
    return [*before, _effect(context.helper("set_attribute", node, owner, name, new))]


def _item(context: Context, node: ast.AugAssign, target: ast.Subscript) -> list[ast.stmt]:
    before, owner = _once(context, node, target.value, context.expression(target.value))
    more, key = _once(context, node, target.slice, index(context, target.slice))
    new = _inplace(context, node, context.helper("item", target, owner, key), False)
    return [*before, *more, _effect(context.helper("set_item", node, owner, key, new))]


def _once(
    context: Context, node: ast.AugAssign, written: ast.expr, made: ast.expr
) -> tuple[list[ast.stmt], ast.expr]:
    """The statements that evaluate an operand that is used twice, and what stands for it then."""
    can_change = nodes.any_of(node, ast.NamedExpr)
    if isinstance(written, ast.Constant) or (isinstance(written, ast.Name) and not can_change):
        return [], made
    name = context.temporary()
    bind = ast.Assign(targets=[nodes.store(name)], value=made, type_comment=None)
    return [nodes.placed(bind, node)], nodes.load(name)


def _effect(value: ast.expr) -> ast.stmt:
    return nodes.placed(ast.Expr(value=value), value)


RULES: Mapping[type[ast.AST], Statement] = {ast.AugAssign: _augmented}
