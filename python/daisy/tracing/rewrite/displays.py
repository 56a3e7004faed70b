"""Displays of lists, tuples, sets and dicts, and f-strings.

Lists and tuples stay what they are. Sets and dicts hash what they are given, so they go through
helpers, except for dicts whose keys are constants.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Expression

__all__ = ["RULES"]


def _sequence(context: Context, node: ast.List | ast.Tuple) -> ast.expr:
    return nodes.changed(node, elts=context.expressions(node.elts))


def _set(context: Context, node: ast.Set) -> ast.expr:
    return context.helper("set_display", node, nodes.tuple_of(context.expressions(node.elts)))


def _dict(context: Context, node: ast.Dict) -> ast.expr:
    """Keys and values are evaluated in turn, so only a dict of simple keys can be one display."""
    if all(isinstance(key, ast.Constant) for key in node.keys):
        return nodes.changed(node, values=context.expressions(node.values))
    pairs = list(zip(node.keys, node.values, strict=True))
    if len(pairs) == 1 and node.keys[0] is not None:
        return _dict_part(context, node, *pairs[0])
    return context.helper("merge", node, *(_dict_part(context, node, *pair) for pair in pairs))


def _dict_part(context: Context, node: ast.Dict, key: ast.expr | None, value: ast.expr) -> ast.expr:
    if key is None:
        return context.helper("starstar", value, context.expression(value))
    if isinstance(key, ast.Constant):
        return nodes.changed(node, keys=[key], values=[context.expression(value)])
    parts = [nodes.tuple_of([context.expression(one)]) for one in (key, value)]
    return context.helper("dict_display", node, *parts)


def _format(context: Context, node: ast.JoinedStr) -> ast.expr:
    """The plain function of the values has the format, which can hold values as well."""
    values: list[ast.expr] = []
    plain = _with_parameters(node, values)
    if not values:
        return node
    with context.in_format():
        made = context.expressions(values)
    parameters = [_parameter(at) for at in range(len(values))]
    return context.helper("format", node, nodes.function(parameters, plain), *made)


def _with_parameters(node: ast.JoinedStr, values: list[ast.expr]) -> ast.JoinedStr:
    """The f-string of parameters; what stood in their places is added to `values`, in order."""
    return nodes.changed(node, values=[_formatted(part, values) for part in node.values])


def _formatted(part: ast.expr, values: list[ast.expr]) -> ast.expr:
    if not isinstance(part, ast.FormattedValue):
        return part
    value = nodes.load(_parameter(len(values)))
    values.append(part.value)
    spec = part.format_spec
    if isinstance(spec, ast.JoinedStr):
        spec = _with_parameters(spec, values)
    return nodes.changed(part, value=value, format_spec=spec)


def _parameter(at: int) -> str:
    return f".formatted{at}"


RULES: Mapping[type[ast.AST], Expression] = {
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.JoinedStr: _format,
}
