"""Comprehensions and generator expressions.

They stay what they are, so that they stay lazy where they were. An unpacking or storing target has
no statement to stand in here: it is one more ``for`` over the one value.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Expression
from daisy.tracing.rewrite.scopes import Comprehension, scope_of
from daisy.tracing.rewrite.targets import Step, loop_target

__all__ = ["RULES"]


def _comprehension(context: Context, node: Comprehension) -> ast.expr:
    first = _iterable(context, node.generators[0].iter)
    with context.inside(scope_of(node, context.scope)):
        generators = _generators(context, node.generators, first)
        if isinstance(node, ast.DictComp):
            key = context.helper("key", node.key, context.expression(node.key))
            value = context.expression(node.value)
            return nodes.changed(node, generators=generators, key=key, value=value)
        element = context.expression(node.elt)
        if isinstance(node, ast.SetComp):
            element = context.helper("key", node.elt, element)
        return nodes.changed(node, generators=generators, elt=element)


def _iterable(context: Context, node: ast.expr) -> ast.expr:
    return context.helper("iterate", node, context.expression(node))


def _generators(
    context: Context, generators: list[ast.comprehension], first: ast.expr
) -> list[ast.comprehension]:
    """The first iterable is evaluated outside, so it has been rewritten outside."""
    made: list[ast.comprehension] = []
    for one in generators:
        iterable = _iterable(context, one.iter) if made else first
        target, steps = loop_target(context, one.target)
        made.append(nodes.changed(one, target=target, iter=iterable, ifs=[]))
        made += [_step(step) for step in steps]
        made[-1].ifs = [context.helper("truth", test, context.expression(test)) for test in one.ifs]
    return made


def _step(step: Step) -> ast.comprehension:
    """``for target in [value]``, which CPython compiles to an assignment."""
    value = ast.List(elts=[step.value], ctx=ast.Load())
    target = nodes.store(".done") if step.target is None else step.target
    return ast.comprehension(target=target, iter=value, ifs=[], is_async=0)


RULES: Mapping[type[ast.AST], Expression] = {
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
}
