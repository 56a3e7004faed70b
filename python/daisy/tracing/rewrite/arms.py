"""What runs only when a condition says so: ``x if p else y``, ``and``, ``or``, chained comparison.

Each arm becomes a function without arguments, rewritten, for a condition that is known while
tracing; and where it holds only names, constants, operators, attribute and item access, all arms
together become one plain function of the condition and of the names they read, for one that is
not. A walrus would bind its name in such a function and not in the user's: an expression with one
in an arm stays Python's own, and its condition is a strict point.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Expression
from daisy.tracing.rewrite.operators import operator_code
from daisy.tracing.rewrite.scopes import free_names
from lazy.syntax import COMPARE

__all__ = ["RULES"]

_SIMPLE = (
    ast.Name,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Attribute,
    ast.Subscript,
    ast.Slice,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
)

_FIRST, _SECOND = ".first", ".second"


def _conditional(context: Context, node: ast.IfExp) -> ast.expr:
    if _has_walrus(context, node.body, node.orelse):
        test = context.helper("truth", node.test, context.expression(node.test))
        body, orelse = context.expression(node.body), context.expression(node.orelse)
        return nodes.changed(node, test=test, body=body, orelse=orelse)
    condition = context.expression(node.test)
    arms = [_thunk(context.expression(arm)) for arm in (node.body, node.orelse)]
    plain = ast.IfExp(test=nodes.load(_FIRST), body=node.body, orelse=node.orelse)
    pair = _plain(context, [node.body, node.orelse], [_FIRST], plain)
    return context.helper("conditional", node, condition, *arms, *pair)


def _boolean(context: Context, node: ast.BoolOp) -> ast.expr:
    """Right-nested: what comes after the first operand is its arm. A loop from the last one."""
    walrus = _has_walrus(context, *node.values[1:])
    made: ast.expr | None = None
    for at in range(len(node.values) - 2, -1, -1):
        rest = made if made is not None else context.expression(node.values[-1])
        if walrus:
            made = _short_circuit(context, node, node.values[at], rest)
        else:
            made = _boolean_call(context, node, at, rest)
    assert made is not None
    return made


def _boolean_call(context: Context, node: ast.BoolOp, at: int, rest: ast.expr) -> ast.expr:
    arms = node.values[at + 1 :]
    first = context.expression(node.values[at])
    plain = ast.BoolOp(op=node.op, values=[nodes.load(_FIRST), *arms])
    pair = _plain(context, arms, [_FIRST], plain)
    is_and = nodes.constant(isinstance(node.op, ast.And))
    return context.helper("boolean", node, is_and, first, _thunk(rest), *pair)


def _short_circuit(context: Context, node: ast.BoolOp, value: ast.expr, rest: ast.expr) -> ast.expr:
    """``rest if (first := value) else first`` for ``and``, the arms the other way for ``or``."""
    first = context.temporary()
    test = context.helper("truth", value, nodes.bind(first, context.expression(value)))
    arms = [rest, nodes.load(first)]
    body, orelse = arms if isinstance(node.op, ast.And) else reversed(arms)
    return nodes.placed(ast.IfExp(test=test, body=body, orelse=orelse), node)


def _compare(context: Context, node: ast.Compare) -> ast.expr:
    return _links(context, node, context.expression(node.left), 0)


def _links(context: Context, node: ast.Compare, left: ast.expr, at: int) -> ast.expr:
    """The comparisons of a chain from number `at` on, whose left operand has been evaluated."""
    code = operator_code(COMPARE, node.ops[at])
    right = node.comparators[at]
    arms = node.comparators[at + 1 :]
    if not arms:
        return context.helper("compare", node, code, left, context.expression(right))
    if _has_walrus(context, *arms):
        return _links_with_walrus(context, node, left, at)
    value = context.temporary()
    second = context.expression(right)
    rest = nodes.function([value], _links(context, node, nodes.load(value), at + 1))
    tail = ast.Compare(left=nodes.load(_SECOND), ops=node.ops[at + 1 :], comparators=arms)
    plain = ast.BoolOp(op=ast.And(), values=[nodes.load(_FIRST), tail])
    pair = _plain(context, arms, [_FIRST, _SECOND], plain)
    return context.helper("chain", node, code, left, second, rest, *pair)


def _links_with_walrus(context: Context, node: ast.Compare, left: ast.expr, at: int) -> ast.expr:
    value, first = context.temporary(), context.temporary()
    right = nodes.bind(value, context.expression(node.comparators[at]))
    code = operator_code(COMPARE, node.ops[at])
    result = context.helper("compare", node, code, left, right)
    test = context.helper("truth", node, nodes.bind(first, result))
    rest = _links(context, node, nodes.load(value), at + 1)
    return nodes.placed(ast.IfExp(test=test, body=rest, orelse=nodes.load(first)), node)


def _thunk(value: ast.expr) -> ast.Lambda:
    return nodes.function([], value)


def _has_walrus(context: Context, *arms: ast.expr) -> bool:
    return ast.NamedExpr in context.kinds and any(nodes.any_of(arm, ast.NamedExpr) for arm in arms)


def _plain(
    context: Context, arms: list[ast.expr], values: list[str], result: ast.expr
) -> list[ast.expr]:
    """The plain function of all arms, and the function that reads the names it needs.

    Args:
        context: where the expression stands.
        arms: what runs only when taken.
        values: parameters for what was evaluated before.
        result: the whole expression, with those parameters.

    Returns:
        Two lambdas, or None twice where an arm holds anything that must not be put off.
    """
    if not all(_is_simple(arm) for arm in arms):
        return [nodes.constant(None), nodes.constant(None)]
    names = free_names(arms, context.scope)
    capture = nodes.tuple_of(nodes.load(name) for name in names)
    return [nodes.function([*values, *names], result), _thunk(capture)]


def _is_simple(arm: ast.expr) -> bool:
    indices = {id(one.slice) for one in nodes.walk(arm) if isinstance(one, ast.Subscript)}
    return all(
        isinstance(one, _SIMPLE) or (isinstance(one, ast.Tuple) and id(one) in indices)
        for one in nodes.walk(arm)
    )


RULES: Mapping[type[ast.AST], Expression] = {
    ast.IfExp: _conditional,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
}
