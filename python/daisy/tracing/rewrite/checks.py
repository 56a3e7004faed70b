"""What a function is searched for before it is rewritten; the reasons stand in `refusals`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from daisy.tracing import refusals
from daisy.tracing.refusals import Reason
from daisy.tracing.rewrite.calls import is_builtin
from daisy.tracing.rewrite.context import Context
from daisy.tracing.rewrite.escapes import escapes
from daisy.tracing.rewrite.scopes import FUNCTIONS, Function, Scope, body_of, bound_names

__all__ = ["Part", "check"]

_LONGEST = 200
"""So many conditions in a row, each with all that follows as its arm, are as deep as may be."""

_Found = tuple[ast.AST, Reason, dict[str, object]]
Part = tuple[ast.AST, Scope]


def check(context: Context, root: Function, parts: list[Part]) -> None:
    """Refuse a function for the first thing in it that cannot be traced.

    Args:
        context: with the scope of the function.
        root: the function.
        parts: all nodes of its body, with the scopes that they stand in.

    Raises:
        Refusal: with the reason, the place and the ways out.
    """
    found = list(_in_nodes(context, root, parts)) or list(_given_away(context, root))
    if found:
        node, reason, details = min(found, key=_position)
        why = reason.why.format_map(details)
        ways_out = tuple(one.format_map(details) for one in reason.ways_out)
        raise context.refusal(node, why, ways_out)


def _position(found: _Found) -> tuple[int, int]:
    node = found[0]
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _in_nodes(context: Context, root: Function, parts: list[Part]) -> Iterator[_Found]:
    if isinstance(root, ast.AsyncFunctionDef):
        yield root, refusals.KINDS[ast.AsyncFunctionDef], {}
    for node, scope in parts:
        rule = _RULES.get(type(node))
        if rule is not None:
            yield from rule(context, node, scope)


def _refused_kind(context: Context, node: ast.AST, scope: Scope) -> Iterator[_Found]:
    yield node, refusals.KINDS[type(node)], {}


def _comprehension(context: Context, node: ast.comprehension, scope: Scope) -> Iterator[_Found]:
    if node.is_async:
        yield node.target, refusals.ASYNC_COMPREHENSION, {}


def _conditions(context: Context, node: ast.BoolOp | ast.Compare, scope: Scope) -> Iterator[_Found]:
    if _length(node) > _LONGEST:
        yield node, refusals.TOO_DEEP, {}


def _definition(context: Context, node: ast.FunctionDef, scope: Scope) -> Iterator[_Found]:
    if getattr(node, "type_params", None):
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


def _rebinding(context: Context, node: ast.Global | ast.Nonlocal, scope: Scope) -> Iterator[_Found]:
    function = scope.function.node
    assert isinstance(function, Function)
    bound = bound_names(body_of(function))
    kind = "global" if isinstance(node, ast.Global) else "nonlocal"
    for name in node.names:
        if name in bound:
            yield node, refusals.REBINDING, {"kind": kind, "name": name}


def _given_away(context: Context, root: Function) -> Iterator[_Found]:
    if context.kinds.isdisjoint(FUNCTIONS):
        return
    for one in escapes(root, context.scope):
        line = getattr(one.binding, "lineno", 0)
        yield one.node, refusals.GIVEN_AWAY, {"name": one.name, "line": line}


_Rule = Callable[[Context, Any, Scope], Iterator[_Found]]

_RULES: Mapping[type[ast.AST], _Rule] = {
    **dict.fromkeys(refusals.KINDS, _refused_kind),
    ast.comprehension: _comprehension,
    ast.Call: _frame_reader,
    ast.Global: _rebinding,
    ast.Nonlocal: _rebinding,
    ast.BoolOp: _conditions,
    ast.Compare: _conditions,
    ast.FunctionDef: _definition,
}
