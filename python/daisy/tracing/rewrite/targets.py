"""Targets of assignments, loops and `del`.

A target that Python can store into as it stands stays. Any other is taken apart into steps, each
a plain target and the value for it, or a call of a helper that stores. Names for values in between
keep Python's order: all that is unpacked together is there before the first part is stored.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context
from daisy.tracing.rewrite.operators import index

__all__ = ["Step", "deletions", "loop_target", "stores"]

_Sequence = ast.Tuple | ast.List


@dataclass(slots=True)
class Step:
    """One step of a store: ``target = value``, or only the value, for what it does."""

    target: ast.expr | None
    value: ast.expr

    def statement(self, where: ast.AST) -> ast.stmt:
        """The step as a statement that stands at `where`."""
        if self.target is None:
            return nodes.placed(ast.Expr(value=self.value), where)
        made = ast.Assign(targets=[self.target], value=self.value, type_comment=None)
        return nodes.placed(made, where)


def stores(context: Context, target: ast.expr, value: ast.expr) -> Iterator[Step]:
    """The steps that store the rewritten `value`, which is evaluated in the first of them."""
    match target:
        case ast.Attribute():
            yield _set_attribute(context, target, value)
        case ast.Subscript():
            yield _set_item(context, target, value)
        case ast.Tuple() | ast.List():
            yield from _unpack(context, target, value)
        case _:
            yield Step(target, value)


def _set_attribute(context: Context, target: ast.Attribute, value: ast.expr) -> Step:
    name = nodes.constant(context.mangled(target.attr))
    owner = context.expression(target.value)
    return Step(None, context.helper("set_attribute", target, owner, name, value))


def _set_item(context: Context, target: ast.Subscript, value: ast.expr) -> Step:
    parts = [context.expression(target.value), index(context, target.slice)]
    return Step(None, context.helper("set_item", target, *parts, value))


def _unpack(context: Context, target: _Sequence, value: ast.expr) -> Iterator[Step]:
    """Names up to the first part that is no name are stored at once, all others in turn."""
    plain: list[ast.expr] = []
    later: list[tuple[ast.expr, ast.expr]] = []
    for part in target.elts:
        inner = part.value if isinstance(part, ast.Starred) else part
        if isinstance(inner, ast.Name) and not later:
            plain.append(part)
            continue
        name = context.temporary()
        later.append((inner, nodes.load(name)))
        held: ast.expr = nodes.store(name)
        plain.append(nodes.changed(part, value=held) if isinstance(part, ast.Starred) else held)
    yield Step(nodes.changed(target, elts=plain), _unpacked(context, target, value))
    for inner, held in later:
        yield from stores(context, inner, held)


def _unpacked(context: Context, target: _Sequence, value: ast.expr) -> ast.expr:
    if any(isinstance(part, ast.Starred) for part in target.elts):
        return context.helper("unpack_star", target, value)
    if _is_display_of(value, len(target.elts)):
        return value
    return context.helper("unpack", target, value, nodes.constant(len(target.elts)))


def _is_display_of(value: ast.expr, length: int) -> bool:
    """Whether the value is a display of so many parts: ``a, b = b, a``."""
    return (
        isinstance(value, _Sequence)
        and len(value.elts) == length
        and not any(isinstance(part, ast.Starred) for part in value.elts)
    )


def loop_target(context: Context, target: ast.expr) -> tuple[ast.expr, list[Step]]:
    """The target of a loop, and the steps to be done first in its body."""
    if isinstance(target, ast.Name):
        return target, []
    name = context.temporary()
    steps = list(stores(context, target, nodes.load(name)))
    return nodes.placed(nodes.store(name), target), steps


def deletions(context: Context, target: ast.expr) -> Iterator[ast.stmt]:
    """What `del target` becomes."""
    match target:
        case ast.Attribute():
            name = nodes.constant(context.mangled(target.attr))
            value = context.helper("del_attribute", target, context.expression(target.value), name)
            yield nodes.placed(ast.Expr(value=value), target)
        case ast.Subscript():
            parts = [context.expression(target.value), index(context, target.slice)]
            value = context.helper("del_item", target, *parts)
            yield nodes.placed(ast.Expr(value=value), target)
        case ast.Tuple() | ast.List():
            for part in target.elts:
                yield from deletions(context, part)
        case _:
            yield nodes.placed(ast.Delete(targets=[target]), target)
