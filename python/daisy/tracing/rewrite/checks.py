"""What a function is searched for before it is rewritten; the reasons stand in `refusals`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from daisy.tracing import refusals
from daisy.tracing.refusals import Reason
from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.calls import is_builtin
from daisy.tracing.rewrite.context import Context
from daisy.tracing.rewrite.escapes import escapes
from daisy.tracing.rewrite.scopes import Function, Scope, body_of, bound_names, walk

__all__ = ["check"]

_LONGEST = 200
"""So many conditions in a row, each with all that follows as its arm, are as deep as may be."""

_Found = tuple[ast.AST, Reason, dict[str, object]]


def check(context: Context, root: Function) -> None:
    """Refuse a function for the first thing in it that cannot be traced.

    Args:
        context: with the scope of the function.
        root: the function.

    Raises:
        Refusal: with the reason, the place and the ways out.
    """
    found = list(_in_nodes(context, root)) or list(_given_away(context, root))
    if found:
        node, reason, details = min(found, key=_position)
        why = reason.why.format_map(details)
        ways_out = tuple(one.format_map(details) for one in reason.ways_out)
        raise context.refusal(node, why, ways_out)


def _position(found: _Found) -> tuple[int, int]:
    node = found[0]
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _in_nodes(context: Context, root: Function) -> Iterator[_Found]:
    if isinstance(root, ast.AsyncFunctionDef):
        yield root, refusals.KINDS[ast.AsyncFunctionDef], {}
    for node, scope in walk(root, context.scope):
        if type(node) in refusals.KINDS:
            yield node, refusals.KINDS[type(node)], {}
        elif isinstance(node, ast.comprehension) and node.is_async:
            yield node.target, refusals.ASYNC_COMPREHENSION, {}
        elif isinstance(node, ast.Call):
            yield from _frame_reader(context, node, scope)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from _rebinding(node, scope)
        elif isinstance(node, ast.BoolOp | ast.Compare) and _length(node) > _LONGEST:
            yield node, refusals.TOO_DEEP, {}
        elif isinstance(node, ast.FunctionDef) and getattr(node, "type_params", None):
            yield node, refusals.GENERIC, {}


def _length(node: ast.BoolOp | ast.Compare) -> int:
    return len(node.values if isinstance(node, ast.BoolOp) else node.ops)


def _frame_reader(context: Context, node: ast.Call, scope: Scope) -> Iterator[_Found]:
    if not isinstance(node.func, ast.Name) or node.func.id not in refusals.FRAME_READERS:
        return
    most, reason = refusals.FRAME_READERS[node.func.id]
    with context.inside(scope):
        if is_builtin(context, node.func, node.func.id) and len(_given(node)) <= most:
            yield node, reason, {}


def _given(node: ast.Call) -> list[ast.expr]:
    """The arguments of a call, but for a namespace of None, which is none."""
    values = [*node.args, *(one.value for one in node.keywords)]
    return values[:1] + [one for one in values[1:] if not _is_none(one)]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _rebinding(node: ast.Global | ast.Nonlocal, scope: Scope) -> Iterator[_Found]:
    function = scope.function.node
    assert isinstance(function, Function)
    bound = bound_names(body_of(function))
    kind = "global" if isinstance(node, ast.Global) else "nonlocal"
    for name in node.names:
        if name in bound:
            yield node, refusals.REBINDING, {"kind": kind, "name": name}


def _given_away(context: Context, root: Function) -> Iterator[_Found]:
    if not any(isinstance(one, Function) for part in nodes.below(root) for one in nodes.walk(part)):
        return
    for one in escapes(root, context.scope):
        line = getattr(one.binding, "lineno", 0)
        yield one.node, refusals.GIVEN_AWAY, {"name": one.name, "line": line}
