"""Statements, except for definitions and for what stays plain Python."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Statement
from daisy.tracing.rewrite.targets import deletions, loop_target, stores

__all__ = ["RULES"]

_STILL = (ast.Name, ast.Constant, ast.Slice, ast.Tuple, ast.expr_context)


def _expression(context: Context, node: ast.Expr) -> list[ast.stmt]:
    """A call's value is thrown away here, wherever in the expression the call stands."""
    value = context.expression(node.value)
    if nodes.any_of(node.value, ast.Call):
        value = context.helper("discard", node.value, value)
    return [nodes.changed(node, value=value)]


def _return(context: Context, node: ast.Return) -> list[ast.stmt]:
    return [nodes.changed(node, value=context.optional(node.value))]


def _assign(context: Context, node: ast.Assign) -> list[ast.stmt]:
    value = context.expression(node.value)
    if all(isinstance(target, ast.Name) for target in node.targets):
        return [nodes.changed(node, value=value)]
    if len(node.targets) == 1 and (
        isinstance(node.targets[0], ast.Tuple | ast.List) or _can_wait(node)
    ):
        return [step.statement(node) for step in stores(context, node.targets[0], value)]
    name = context.temporary()
    made = [_bind(name, value, node)]
    for target in node.targets:
        made += [step.statement(node) for step in stores(context, target, nodes.load(name))]
    return made


def _can_wait(node: ast.Assign) -> bool:
    """Whether the value may be evaluated after the parts of the one target, or these after it.

    A name or constant gives the same before and after, if none of the parts binds anything.
    """
    (target,) = node.targets
    if nodes.any_of(node, ast.NamedExpr):
        return False
    parts = [inner for part in nodes.below(target) for inner in nodes.walk(part)]
    return _is_still(node.value) or all(_is_still(part) for part in parts)


def _is_still(node: ast.AST) -> bool:
    """Whether evaluating it does nothing and gives the same a little later."""
    return isinstance(node, _STILL)


def _bind(name: str, value: ast.expr, where: ast.stmt) -> ast.stmt:
    made = ast.Assign(targets=[nodes.store(name)], value=value, type_comment=None)
    return nodes.placed(made, where)


def _annotated(context: Context, node: ast.AnnAssign) -> list[ast.stmt]:
    """Annotations in functions are never evaluated, but the target beside one is."""
    if isinstance(node.target, ast.Name):
        return [nodes.changed(node, value=context.optional(node.value))]
    if node.value is not None:
        assign = ast.Assign(targets=[node.target], value=node.value, type_comment=None)
        return _assign(context, nodes.placed(assign, node))
    parts = [part for part in nodes.below(node.target) if isinstance(part, ast.expr)]
    return [
        nodes.placed(ast.Expr(value=context.expression(part)), node)
        for part in parts
        if not isinstance(part, ast.Slice)
    ]


def _delete(context: Context, node: ast.Delete) -> list[ast.stmt]:
    return [made for target in node.targets for made in deletions(context, target)]


def _raise(context: Context, node: ast.Raise) -> list[ast.stmt]:
    return [nodes.changed(node, exc=_raised(context, node.exc), cause=_raised(context, node.cause))]


def _raised(context: Context, value: ast.expr | None) -> ast.expr | None:
    if value is None:
        return None
    return context.helper("raise_", value, context.expression(value))


def _assert(context: Context, node: ast.Assert) -> list[ast.stmt]:
    """The message is no exception: one that is a class must not be called, as `raise` does."""
    message = node.msg
    if message is not None:
        message = context.helper("subject", message, context.expression(message))
    return [nodes.changed(node, test=_test(context, node.test), msg=message)]


def _test(context: Context, node: ast.expr) -> ast.expr:
    return context.helper("truth", node, context.expression(node))


def _if(context: Context, node: ast.If) -> list[ast.stmt]:
    """A loop down the `elif`s, since each stands in the `else` of the one before."""
    chain = [node]
    while len(chain[-1].orelse) == 1 and isinstance(chain[-1].orelse[0], ast.If):
        chain.append(chain[-1].orelse[0])
    tests = [(_test(context, one.test), context.statements(one.body)) for one in chain]
    orelse = context.statements(chain[-1].orelse)
    for one, (test, body) in reversed(list(zip(chain, tests, strict=True))):
        orelse = [nodes.changed(one, test=test, body=body, orelse=orelse)]
    return orelse


def _while(context: Context, node: ast.While) -> list[ast.stmt]:
    test = _test(context, node.test)
    body, orelse = context.statements(node.body), context.statements(node.orelse)
    return [nodes.changed(node, test=test, body=body, orelse=orelse)]


def _for(context: Context, node: ast.For) -> list[ast.stmt]:
    iterable = context.helper("iterate", node.iter, context.expression(node.iter))
    target, steps = loop_target(context, node.target)
    body = [step.statement(node.target) for step in steps] + context.statements(node.body)
    orelse = context.statements(node.orelse)
    return [nodes.changed(node, target=target, iter=iterable, body=body, orelse=orelse)]


def _match(context: Context, node: ast.Match) -> list[ast.stmt]:
    """The subject is forced, so patterns match values and stay as they are."""
    subject = context.helper("subject", node.subject, context.expression(node.subject))
    cases = [_case(context, one) for one in node.cases]
    return [nodes.changed(node, subject=subject, cases=cases)]


def _case(context: Context, node: ast.match_case) -> ast.match_case:
    guard = None if node.guard is None else _test(context, node.guard)
    return nodes.changed(node, guard=guard, body=context.statements(node.body))


RULES: Mapping[type[ast.AST], Statement] = {
    ast.Expr: _expression,
    ast.Return: _return,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.Delete: _delete,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.Match: _match,
}
