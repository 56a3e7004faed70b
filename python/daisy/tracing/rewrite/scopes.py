"""Which names are bound where.

A scope is the body of a function, a lambda or a comprehension. Class bodies do not occur: they are
refused before the rewriting begins.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daisy.tracing.rewrite import nodes

__all__ = [
    "FUNCTIONS",
    "Comprehension",
    "Function",
    "Scope",
    "body_of",
    "bound_by",
    "bound_names",
    "captured_names",
    "first_parameter",
    "free_names",
    "mangle",
    "outside_parts",
    "parameters",
    "scope_of",
    "target_names",
    "walk",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

# Asking a set for a type is several times quicker than `isinstance`, and is done for every node.
FUNCTIONS = frozenset(Function.__args__)
_COMPREHENSIONS = frozenset(Comprehension.__args__)


@dataclass(slots=True, eq=False)
class Scope:
    """The names of one function or comprehension, and the scope that it stands in.

    Attributes:
        node: the function or comprehension.
        bound: names bound in it, parameters included.
        globals: names that a ``global`` in it declares.
        parent: the scope round it, None for the function that is traced.
        outer: free variables of the function that is traced; only its own scope has them.
    """

    node: Function | Comprehension
    bound: frozenset[str]
    globals: frozenset[str] = frozenset()
    parent: Scope | None = None
    outer: frozenset[str] = field(default=frozenset())

    def owner(self, name: str) -> Scope | None:
        """The scope whose variable `name` is here; None for a global or builtin name.

        A free variable of the traced function is taken to belong to the traced function.
        """
        scope: Scope | None = self
        while scope is not None:
            if name in scope.globals:
                return None
            if name in scope.bound or name in scope.outer:
                return scope
            scope = scope.parent
        return None

    def is_local(self, name: str) -> bool:
        """Whether `name` is a variable of a function, and not a global or builtin."""
        return self.owner(name) is not None

    @property
    def function(self) -> Scope:
        """The scope of the function or lambda that this one is, or is a comprehension in."""
        scope = self
        while not isinstance(scope.node, Function) and scope.parent is not None:
            scope = scope.parent
        return scope


def scope_of(
    node: Function | Comprehension, parent: Scope | None = None, outer: frozenset[str] = frozenset()
) -> Scope:
    """The scope that a function or comprehension opens.

    Args:
        node: the function or comprehension.
        parent: the scope that it stands in.
        outer: the free variables of the traced function, for its own scope.

    Returns:
        The scope.
    """
    if not isinstance(node, Function):
        targets = {name for one in node.generators for name in target_names(one.target)}
        return Scope(node, frozenset(targets), parent=parent)
    bound, global_names, nonlocals = set(parameters(node.args)), set(), set()
    for one in _of_this_scope(body_of(node)):
        if isinstance(one, ast.Global):
            global_names.update(one.names)
        elif isinstance(one, ast.Nonlocal):
            nonlocals.update(one.names)
        else:
            bound.update(bound_by(one))
    own = frozenset(bound - global_names - nonlocals)
    return Scope(node, own, frozenset(global_names), parent, outer)


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of all parameters, as they stand."""
    named = [*arguments.posonlyargs, *arguments.args]
    named += [arguments.vararg] if arguments.vararg else []
    named += arguments.kwonlyargs
    named += [arguments.kwarg] if arguments.kwarg else []
    return [one.arg for one in named]


def first_parameter(node: Function | Comprehension) -> str | None:
    """The name of the first positional parameter, None where there is none."""
    if not isinstance(node, Function):
        return None
    positional = [*node.args.posonlyargs, *node.args.args]
    return positional[0].arg if positional else None


def bound_names(roots: Sequence[ast.AST]) -> set[str]:
    """The names that the trees bind or delete in the scope that they stand in.

    Not the names that functions and comprehensions in them bind for themselves. A walrus in a
    comprehension binds outside of it.
    """
    return {name for node in _of_this_scope(roots) for name in bound_by(node)}


def _of_this_scope(roots: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that may bind or declare names in the scope that the roots stand in."""
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind in _BOUND_BY or kind in _DECLARATIONS:
            yield node
        if kind in _COMPREHENSIONS:
            inside = _of_this_scope(nodes.below(node))
            yield from (one for one in inside if isinstance(one, ast.NamedExpr))
        else:
            waiting += _same_scope_children(node)


def _same_scope_children(node: Any) -> list[ast.AST]:
    if type(node) in FUNCTIONS:
        return outside_parts(node)
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    return nodes.below(node)


def outside_parts(node: Function) -> list[ast.AST]:
    """What a definition evaluates where it stands: decorators, defaults and annotations."""
    arguments = node.args
    parts: list[ast.AST | None] = [*arguments.defaults, *arguments.kw_defaults]
    if not isinstance(node, ast.Lambda):
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        named += [one for one in (arguments.vararg, arguments.kwarg) if one]
        parts = [*node.decorator_list, *parts, *(one.annotation for one in named), node.returns]
    return [part for part in parts if part is not None]


def bound_by(node: ast.AST) -> list[str]:
    """The names that one node binds by itself."""
    rule = _BOUND_BY.get(type(node))
    return [] if rule is None else rule(node)


def _alias(one: ast.alias) -> str:
    return one.asname or one.name.split(".")[0]


def _name(node: Any) -> list[str]:
    return [node.name] if node.name is not None else []


_BOUND_BY: Mapping[type[ast.AST], Callable[[Any], list[str]]] = {
    ast.Name: lambda node: [] if isinstance(node.ctx, ast.Load) else [node.id],
    ast.NamedExpr: lambda node: [node.target.id],
    ast.FunctionDef: _name,
    ast.AsyncFunctionDef: _name,
    ast.ClassDef: _name,
    ast.Import: lambda node: [_alias(one) for one in node.names],
    ast.ImportFrom: lambda node: [_alias(one) for one in node.names],
    ast.ExceptHandler: _name,
    ast.MatchAs: _name,
    ast.MatchStar: _name,
    ast.MatchMapping: lambda node: [node.rest] if node.rest is not None else [],
}
_DECLARATIONS = frozenset({ast.Global, ast.Nonlocal})


def target_names(target: ast.expr) -> list[str]:
    """The names that a target of an assignment binds, from left to right."""
    names = [node for node in ast.walk(target) if isinstance(node, ast.Name)]
    return [name.id for name in names if isinstance(name.ctx, ast.Store)]


def free_names(expressions: list[ast.expr], within: Scope) -> list[str]:
    """The variables of `within`, and of functions round it, that some expressions read.

    Args:
        expressions: expressions that stand in `within`.
        within: their scope.

    Returns:
        Names in the order in which they are first read, without globals.
    """
    found: dict[str, None] = {}
    for one in expressions:
        _collect_free(one, within, within, found)
    return list(found)


def walk(root: Function, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """All nodes of a function with the scopes that they stand in, `scope` being that of its body.

    The decorators, defaults and annotations of `root` are left out: they are evaluated outside.
    """
    scopes: list[tuple[Scope, list[Any]]] = [(scope, [*body_of(root)])]
    while scopes:
        around, waiting = scopes.pop()
        while waiting:
            node = waiting.pop()
            yield node, around
            if type(node) in FUNCTIONS:
                scopes.append((scope_of(node, around), [*body_of(node)]))
                waiting += outside_parts(node)
            elif type(node) in _COMPREHENSIONS:
                scopes.append((scope_of(node, around), nodes.below(node)))
            else:
                waiting += nodes.below(node)


def body_of(node: Function) -> Sequence[ast.AST]:
    """The statements of a function, or the expression of a lambda."""
    return node.body if isinstance(node.body, list) else [node.body]


def captured_names(node: Function, within: Scope) -> list[str]:
    """The variables of `within`, and of functions round it, that the body of a function reads.

    Args:
        node: a function that stands in `within`.
        within: the scope it stands in.

    Returns:
        Names in the order in which they are first read. Not those that only its decorators and
        defaults read, since these are evaluated outside.
    """
    found: dict[str, None] = {}
    _collect_in_body(node, within, within, found)
    return list(found)


def _collect_free(root: ast.AST, scope: Scope, within: Scope, found: dict[str, None]) -> None:
    """Recursion only into functions and comprehensions, which people nest a few deep."""
    waiting: list[ast.AST] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function):
            _collect_in_body(node, scope, within, found)
            waiting.extend(outside_parts(node))
        elif isinstance(node, Comprehension):
            waiting.append(node.generators[0].iter)
            _collect_in_comprehension(node, scope, within, found)
        else:
            for name in _read_by(node):
                _note_free(name, scope, within, found)
            waiting.extend(reversed(nodes.below(node)))


def _collect_in_body(node: Function, scope: Scope, within: Scope, found: dict[str, None]) -> None:
    inner = scope_of(node, scope)
    for one in body_of(node):
        _collect_free(one, inner, within, found)


def _collect_in_comprehension(
    node: Comprehension, scope: Scope, within: Scope, found: dict[str, None]
) -> None:
    """All but the first iterable, which is evaluated outside."""
    inner = scope_of(node, scope)
    for part in [child for child in nodes.below(node) if child is not node.generators[0]]:
        _collect_free(part, inner, within, found)
    for part in nodes.below(node.generators[0]):
        if part is not node.generators[0].iter:
            _collect_free(part, inner, within, found)


def _read_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Nonlocal(names=names):
            return names
        case ast.Call(func=ast.Name(id="super"), args=[]):
            return ["__class__"]
    return []


def _note_free(name: str, scope: Scope, within: Scope, found: dict[str, None]) -> None:
    owner = scope.owner(name)
    if owner is not None and _encloses(owner, within):
        found.setdefault(name)


def _encloses(owner: Scope, within: Scope) -> bool:
    scope: Scope | None = within
    while scope is not None:
        if scope is owner:
            return True
        scope = scope.parent
    return False


def mangle(name: str, class_name: str | None) -> str:
    """The name that a private name has in a class.

    >>> mangle("__secret", "_Vault"), mangle("__eq__", "Vault"), mangle("plain", "Vault")
    ('_Vault__secret', '__eq__', 'plain')
    """
    stripped = (class_name or "").lstrip("_")
    if not stripped or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    return f"_{stripped}{name}"
