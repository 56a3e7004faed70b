"""Functions and lambdas inside the traced function.

One that is called is entered, so its body is rewritten. One that is given away must be a plain
function that needs nothing of the trace: a factory, not rewritten, makes it from the values of the
variables it reads and of its defaults.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Expression, Statement
from daisy.tracing.rewrite.freshness import fresh_assignments
from daisy.tracing.rewrite.scopes import captured_names, scope_of

__all__ = ["DEFINITIONS", "LAMBDAS", "body"]

_INNER = ".function"


def body(context: Context, node: ast.FunctionDef) -> list[ast.stmt]:
    """The rewritten body of a function whose scope the context is in. The docstring stays."""
    context.fresh |= fresh_assignments(context, node)
    documented = ast.get_docstring(node, clean=False) is not None
    return node.body[:documented] + context.statements(node.body[documented:])


def _definition(context: Context, node: ast.FunctionDef) -> list[ast.stmt]:
    """The decorators stay decorators, each called by the helper, and evaluated where they were."""
    decorators = [_decorator(context, one) for one in node.decorator_list]
    arguments = _with_defaults(context, node.args)
    name = context.temporary()
    cells = [one for one in captured_names(node, context.scope) if one != node.name]
    factory = _factory(name, cells, node)
    local = _local(context, node, nodes.load(_INNER), nodes.load(name), cells)
    decorators.append(nodes.placed(nodes.function([_INNER], local), node))
    with context.inside(scope_of(node, context.scope)):
        inside = body(context, node)
    made = nodes.changed(node, args=arguments, body=inside, decorator_list=decorators)
    return [factory, made]


def _decorator(context: Context, node: ast.expr) -> ast.expr:
    """``(lambda d: lambda f: call(d, f))(decorator)``: evaluated now, called with what it gets."""
    decorator = ".decorator"
    called = context.helper("call", node, nodes.load(decorator), nodes.load(_INNER))
    later = nodes.function([decorator], nodes.function([_INNER], called))
    return nodes.placed(nodes.call(later, [context.expression(node)]), node)


def _lambda(context: Context, node: ast.Lambda) -> ast.expr:
    arguments = _with_defaults(context, node.args)
    cells = captured_names(node, context.scope)
    plain = nodes.changed(node, args=_with_parameters(node.args))
    factory = nodes.function([*cells, *_defaults(node.args)], plain)
    with context.inside(scope_of(node, context.scope)):
        inside = nodes.changed(node, args=arguments, body=context.expression(node.body))
    return _local(context, node, inside, factory, cells)


def _local(
    context: Context,
    node: ast.FunctionDef | ast.Lambda,
    function: ast.expr,
    factory: ast.expr,
    cells: list[str],
) -> ast.expr:
    capture = nodes.function([], nodes.tuple_of(nodes.load(name) for name in cells))
    return context.helper("local", node, function, factory, capture)


def _factory(name: str, cells: list[str], node: ast.FunctionDef) -> ast.stmt:
    """The function that makes the plain one. A function that calls itself finds itself in it."""
    plain = nodes.changed(node, args=_with_parameters(node.args), decorator_list=[], returns=None)
    give = ast.Return(value=nodes.load(node.name))
    parameters = nodes.arguments([*cells, *_defaults(node.args)])
    return nodes.changed(
        node, name=name, args=parameters, body=[plain, give], decorator_list=[], returns=None
    )


def _defaults(arguments: ast.arguments) -> list[str]:
    """Parameters of the factory: ``__defaults__``, then ``__kwdefaults__`` in their order."""
    given = [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]
    return [f".default{at}" for at in range(len(given))]


def _with_defaults(context: Context, arguments: ast.arguments) -> ast.arguments:
    defaults = context.expressions(arguments.defaults)
    kw_defaults = [context.optional(one) for one in arguments.kw_defaults]
    return nodes.changed(arguments, defaults=defaults, kw_defaults=kw_defaults)


def _with_parameters(arguments: ast.arguments) -> ast.arguments:
    """The same parameters, with those of the factory for defaults, and without annotations."""
    names = iter(_defaults(arguments))
    defaults = [nodes.load(next(names)) for _ in arguments.defaults]
    kw_defaults = [one and nodes.load(next(names)) for one in arguments.kw_defaults]
    return nodes.changed(
        arguments,
        posonlyargs=[_bare(one) for one in arguments.posonlyargs],
        args=[_bare(one) for one in arguments.args],
        vararg=arguments.vararg and _bare(arguments.vararg),
        kwonlyargs=[_bare(one) for one in arguments.kwonlyargs],
        kw_defaults=kw_defaults,
        kwarg=arguments.kwarg and _bare(arguments.kwarg),
        defaults=defaults,
    )


def _bare(argument: ast.arg) -> ast.arg:
    return nodes.changed(argument, annotation=None)


DEFINITIONS: Mapping[type[ast.AST], Statement] = {ast.FunctionDef: _definition}
LAMBDAS: Mapping[type[ast.AST], Expression] = {ast.Lambda: _lambda}
