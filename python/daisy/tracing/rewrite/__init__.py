"""The rewriting of a traced function: Python in, the same Python with helpers for operators out.

Every operation on a value becomes a call of a helper, a free variable whose name no program can
write (``.binary``), which decides while tracing whether to do it or to put it off. Names, constants
and the order of evaluation stay. A table says which rule rewrites which kind of node; a kind that
is in none stays as it is.

    nodes           small builders of syntax trees
    scopes          which names are bound where
    context         what the rules share
    operators       operators, attributes, items, slices
    calls           functions and methods
    arms            what runs only when a condition says so
    displays        lists, tuples, sets, dicts, f-strings
    comprehensions  comprehensions and generator expressions
    targets         what is stored into, unpacked or deleted
    statements      simple statements, branches and loops
    inplace         augmented assignment
    freshness       which augmented assignments may work in place
    functions       nested functions and lambdas
    escapes         functions that are given away before a name they read is bound
    blocks          `with` and `try`
    checks          what is refused before anything is rewritten
"""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import NamedTuple

from daisy.tracing.refusals import TOO_DEEP
from daisy.tracing.rewrite import (
    arms,
    blocks,
    calls,
    comprehensions,
    displays,
    functions,
    inplace,
    nodes,
    operators,
    statements,
)
from daisy.tracing.rewrite.checks import check
from daisy.tracing.rewrite.context import Context, Expression, Statement
from daisy.tracing.rewrite.scopes import Scope, mangle, scope_of, walk
from lazy.errors import Refusal
from lazy.source import Source
from lazy.syntax import FunctionNode

__all__ = ["Rewritten", "rewrite", "too_deep"]

_EXPRESSIONS: Mapping[type[ast.AST], Expression] = {
    **operators.RULES,
    **calls.RULES,
    **arms.RULES,
    **displays.RULES,
    **comprehensions.RULES,
    **functions.LAMBDAS,
}

_STATEMENTS: Mapping[type[ast.AST], Statement] = {
    **statements.RULES,
    **inplace.RULES,
    **functions.DEFINITIONS,
    **blocks.RULES,
}


class Rewritten(NamedTuple):
    """What a function is rewritten to.

    Attributes:
        node: the new definition.
        helpers: the names of the helpers that it uses, with the prefix.
        constants: the sites by the placeholders that stand for them.
        kinds: the kinds of nodes that the body had before.
    """

    node: FunctionNode
    helpers: set[str]
    constants: dict[object, object]
    kinds: frozenset[type[ast.AST]]


def rewrite(source: Source, func: types.FunctionType) -> Rewritten:
    """Rewrite a function for tracing.

    Args:
        source: where `func` was found.
        func: the function.

    Returns:
        What `lazy.rebuilding.rebuild` needs, and what the function is written with.

    Raises:
        Refusal: the function holds something that would mean another thing when run later.
    """
    node = source.definition
    scope = _scope(source, node, func)
    parts = list(walk(node, scope))
    kinds = frozenset(type(one) for one, _ in parts)
    context = Context(source, func, scope, kinds, _EXPRESSIONS, _STATEMENTS)
    check(context, node, parts)
    try:
        made = _rewritten(context, node)
    except RecursionError:
        raise too_deep(source) from None
    return Rewritten(made, context.helpers, context.constants, kinds)


def too_deep(source: Source) -> Refusal:
    """The refusal of a function that nests deeper than the rewriting, or CPython's compiler, goes.

    Both recurse, and what is rewritten is deeper than what was written.
    """
    node = source.definition
    text = source.segment(node) if isinstance(node, ast.Lambda) else source.text[node.lineno - 1]
    return Refusal(TOO_DEEP.why, source.filename, node.lineno, text.strip(), TOO_DEEP.ways_out)


def _scope(source: Source, node: FunctionNode, func: types.FunctionType) -> Scope:
    """The scope of the function. Its free variables have, in the code, the names of their class."""
    free = set(func.__code__.co_freevars)
    if not free:
        return scope_of(node)
    class_name = source.class_names[-1] if source.class_names else None
    used = {one.id for one in nodes.walk(node) if isinstance(one, ast.Name)} | {"__class__"}
    return scope_of(
        node, outer=frozenset(name for name in used if mangle(name, class_name) in free)
    )


def _rewritten(context: Context, node: FunctionNode) -> FunctionNode:
    if isinstance(node, ast.Lambda):
        return nodes.changed(node, body=context.expression(node.body))
    assert isinstance(node, ast.FunctionDef)
    return nodes.changed(node, body=functions.body(context, node))
