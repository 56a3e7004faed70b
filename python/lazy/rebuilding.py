"""Functions made from changed source."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import Any

from lazy.codes import Changes
from lazy.source import Source
from lazy.syntax import FunctionNode, compile_statements, copy_node

__all__ = ["HELPER_PREFIX", "rebuild"]

HELPER_PREFIX = "."
"""What the name of a helper begins with: no name in a user's program can.

A helper is named by this prefix and an identifier, as ``".call"``. A prefix and a number is taken
(CPython calls the argument of a comprehension ``.0``), and so are ``.defaults``, ``.kwdefaults``,
``.type_params`` and ``.generic_base``, which CPython 3.12 and later use for generic functions.
"""

_TAKEN = frozenset({".defaults", ".kwdefaults", ".type_params", ".generic_base"})
_FACTORY = "<factory>"
_BUILT = "<built>"


def rebuild(
    source: Source,
    new_node: FunctionNode,
    func: types.FunctionType,
    helpers: Mapping[str, object],
    constants: Mapping[Any, object],
) -> types.FunctionType:
    """Make the function that `func` would be had it been written as `new_node`.

    It shares the globals and the closure cells of `func`, so it sees what is bound there later. It
    has the same defaults, names, documentation, annotations and attributes, the file name and line
    numbers that the nodes carry, the future flags, and stands in the same class. Decorators,
    defaults and annotations of arguments in `new_node` count for nothing.

    Args:
        source: where `func` was found.
        new_node: the changed definition, in which every node has its position. It is not changed
            further.
        func: the function to replace.
        helpers: values for free variables, by names that begin with :data:`HELPER_PREFIX`; the
            node refers to one by ``ast.Name(".call", ast.Load())``.
        constants: objects to put in the place of constants of the code and of code nested in it:
            where the node has ``ast.Constant((".site", 3))`` and this has that tuple as a key, the
            code loads the value itself.

    Returns:
        A new function.

    Raises:
        ValueError: a helper has a name that it cannot have.
    """
    for name in helpers:
        if not name.startswith(HELPER_PREFIX) or not name[1:].isidentifier() or name in _TAKEN:
            raise ValueError(f"{name!r} cannot name a helper: use '.' and an identifier")
    cells = dict(zip(func.__code__.co_freevars, func.__closure__ or (), strict=True))
    cells.update((name, types.CellType(value)) for name, value in helpers.items())
    factory = _factory(source, new_node, tuple(cells))
    compiled = compile_statements([factory], source.filename, source.flags, source.optimize)
    built = _built_code(compiled)
    changes = Changes(constants, built.co_qualname, source.code.co_qualname)
    code = changes.apply(built).replace(co_name=source.code.co_name)
    closure = tuple(cells[name] for name in code.co_freevars)
    return _like(func, code, closure)


def _factory(source: Source, new_node: FunctionNode, free: tuple[str, ...]) -> ast.stmt:
    """`new_node` below a function that binds its free variables, and below its class.

    The definition gets a name of its own, so that the function's own name stays the global or the
    free variable that it was. The class is there for private names only. Leading underscores of a
    class name do not show in those, so more of them keep the class from hiding a name in use.
    """
    line = new_node.lineno
    lines, columns = ("lineno", "end_lineno"), ("col_offset", "end_col_offset")
    place: dict[str, Any] = {**dict.fromkeys(lines, line), **dict.fromkeys(columns, 0)}
    body = _placed(source, new_node)
    if source.class_names:
        name = "_" * 40 + source.class_names[-1]
        body = ast.ClassDef(
            name=name, bases=[], keywords=[], body=[body], decorator_list=[], **place
        )
        _complete(body)
    arguments = _arguments([ast.arg(arg=name, **place) for name in free])
    factory = ast.FunctionDef(
        name=_FACTORY, args=arguments, body=[body], decorator_list=[], **place
    )
    _complete(factory)
    return factory


def _complete(node: ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) -> None:
    """From 3.12 on definitions have type parameters. Ours need none: they are free variables."""
    if "type_params" in node._fields:
        setattr(node, "type_params", [])


def _arguments(args: list[ast.arg]) -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=args, kwonlyargs=[], kw_defaults=[], defaults=[])


def _placed(source: Source, new_node: FunctionNode) -> ast.stmt:
    """The definition without what runs outside of it. An empty decorator keeps its first line."""
    node = copy_node(new_node)
    node.args = _bare(node.args)
    if isinstance(node, ast.Lambda):
        return ast.copy_location(ast.Expr(value=node), node)
    _complete(node)
    node.name = _BUILT
    node.returns = None
    first = source.code.co_firstlineno
    kept = ast.Constant(value=None, lineno=first, end_lineno=first, col_offset=0, end_col_offset=0)
    node.decorator_list = [] if first == node.lineno else [kept]
    return node


def _bare(arguments: ast.arguments) -> ast.arguments:
    """The parameters alone: their defaults and annotations are evaluated outside."""
    return ast.arguments(
        posonlyargs=[_bare_argument(one) for one in arguments.posonlyargs],
        args=[_bare_argument(one) for one in arguments.args],
        vararg=arguments.vararg and _bare_argument(arguments.vararg),
        kwonlyargs=[_bare_argument(one) for one in arguments.kwonlyargs],
        kw_defaults=[None] * len(arguments.kwonlyargs),
        kwarg=arguments.kwarg and _bare_argument(arguments.kwarg),
        defaults=[],
    )


def _bare_argument(argument: ast.arg) -> ast.arg:
    made = copy_node(argument)
    made.annotation = None
    return made


def _built_code(compiled: types.CodeType) -> types.CodeType:
    """The one code object in the one code object ... that is not a scope put round it."""
    code = compiled
    while True:
        (code,) = (const for const in code.co_consts if isinstance(const, types.CodeType))
        if code.co_name in (_BUILT, "<lambda>"):
            return code


def _like(
    func: types.FunctionType, code: types.CodeType, closure: tuple[types.CellType, ...]
) -> types.FunctionType:
    made = types.FunctionType(code, func.__globals__, func.__name__, func.__defaults__, closure)
    made.__kwdefaults__ = dict(func.__kwdefaults__) if func.__kwdefaults__ else None
    made.__qualname__ = func.__qualname__
    made.__module__ = func.__module__
    made.__doc__ = func.__doc__
    made.__annotations__ = dict(func.__annotations__)
    made.__dict__.update(func.__dict__)
    if hasattr(func, "__type_params__"):
        setattr(made, "__type_params__", func.__type_params__)
    return made
