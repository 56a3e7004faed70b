"""Functions that are given away while a name that they read is still to be bound again.

A function that is given to a put-off call, put into a container or returned arrives as it is at
that moment. Python would have it see later bindings of the variables that it reads. So a function
that is used other than by calling it by its name must not read a name that is bound after that use;
in a loop, everything in the loop comes after.

The walk numbers what a function does in the order in which it is evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.scopes import (
    Comprehension,
    Function,
    Scope,
    body_of,
    bound_by,
    captured_names,
    outside_parts,
    scope_of,
)

__all__ = ["Escape", "escapes"]

_Variable = tuple[Scope, str]


@dataclass(frozen=True, slots=True, eq=False)
class Escape:
    """A function that is given away too early.

    Attributes:
        node: where it is given away.
        name: the name that it reads and that is bound again.
        binding: where that is bound.
    """

    node: ast.AST
    name: str
    binding: ast.AST


@dataclass(frozen=True, slots=True)
class _Place:
    """What an expression stands in.

    Attributes:
        scope: its scope.
        loops: the loops, outermost first.
        branches: for each `if` and `match` the number of the arm that it stands in.
        leaving: the function that a `return` which it is part of ends.
        finally_follows: whether a `return` here does not yet end the function.
    """

    scope: Scope
    loops: tuple[ast.AST, ...] = ()
    branches: tuple[tuple[ast.AST, int], ...] = ()
    leaving: Scope | None = None
    finally_follows: bool = False

    def excludes(self, other: _Place) -> bool:
        """Whether the two stand in different arms of one `if` or `match`."""
        arms = dict(self.branches)
        return any(arms.get(node, arm) != arm for node, arm in other.branches)


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """When something is evaluated: `number` counts from the beginning of the function."""

    node: ast.AST
    number: int
    place: _Place

    def may_precede(self, other: _Moment, variable: Scope, depth: int) -> bool:
        """Whether `other` can come after this moment, for the same variable.

        Args:
            other: a binding or use of the variable.
            variable: the scope that has it.
            depth: how many loops that scope stands in: they make a new variable each time.
        """
        mine, theirs = self.place, other.place
        if mine.leaving is variable.function and theirs.leaving is not mine.leaving:
            return False
        if set(mine.loops[depth:]) & set(theirs.loops[depth:]):
            return True
        return self.number < other.number and not mine.excludes(theirs)


@dataclass(slots=True, eq=False)
class _Local:
    """A nested function: when it is made, what it reads, and when it is given away."""

    made: _Moment
    reads: list[_Variable]
    given: list[_Moment]


def escapes(root: Function, scope: Scope) -> Iterator[Escape]:
    """The functions in a traced function that are given away too early.

    Args:
        root: the traced function.
        scope: its scope.

    Yields:
        Each use of a function that comes before, or in one loop with, a binding of what it reads.
    """
    walk = _Walk()
    walk.function(root, _Place(scope))
    walk.run()
    walk.share()
    for local in walk.locals:
        for moment in local.given:
            yield from walk.too_early(moment, local)


_Visit = Callable[["_Walk", ast.AST, _Place], None]


class _Walk:
    """The walk over one traced function, with a stack of its own: expressions can be deep."""

    def __init__(self) -> None:
        self.locals: list[_Local] = []
        self._bindings: dict[_Variable, list[_Moment]] = {}
        self._uses: dict[_Variable, list[_Moment]] = {}
        self._named: dict[_Variable, list[_Local]] = {}
        self._depths: dict[Scope, int] = {}
        self._waiting: list[tuple[_Visit, ast.AST, _Place]] = []
        self._number = 0

    def run(self) -> None:
        """Visit what is waiting, until nothing is."""
        while self._waiting:
            visit, node, place = self._waiting.pop()
            visit(self, node, place)

    def _later(self, parts: Iterable[ast.AST], place: _Place, visit: _Visit | None = None) -> None:
        """Visit the parts in order, before what is waiting already."""
        steps = [(visit or _Walk.visit, part, place) for part in parts]
        self._waiting.extend(reversed(steps))

    def function(self, node: Function, inner: _Place) -> None:
        """Visit the body of a function next."""
        self._depths[inner.scope] = len(inner.loops)
        self._later(body_of(node), replace(inner, leaving=None, finally_follows=False))

    # Nodes

    def visit(self, node: ast.AST, place: _Place) -> None:
        """Take down what one node does, and visit its parts next."""
        if not isinstance(node, ast.FunctionDef | ast.NamedExpr):
            for name in bound_by(node):
                self._note(self._bindings, name, node, place)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self._note(self._uses, node.id, node, place)
        _VISITS.get(type(node), _Walk._parts)(self, node, place)

    def _parts(self, node: ast.AST, place: _Place) -> None:
        self._later(_in_order(node), place)

    def _loop(self, node: ast.For | ast.While, place: _Place) -> None:
        again = [node.target] if isinstance(node, ast.For) else [node.test]
        self._later(node.orelse, place)
        self._later([*again, *node.body], replace(place, loops=(*place.loops, node)))
        if isinstance(node, ast.For):
            self._later([node.iter], place)

    def _if(self, node: ast.If, place: _Place) -> None:
        for arm, body in ((1, node.orelse), (0, node.body)):
            self._later(body, replace(place, branches=(*place.branches, (node, arm))))
        self._later([node.test], place)

    def _match(self, node: ast.Match, place: _Place) -> None:
        """What a pattern or guard binds is bound even where its case is not taken."""
        for arm, case in reversed(list(enumerate(node.cases))):
            inner = replace(place, branches=(*place.branches, (node, arm)))
            self._later(case.body, inner)
            self._later([case.pattern] + ([case.guard] if case.guard else []), place)
        self._later([node.subject], place)

    def _return(self, node: ast.Return, place: _Place) -> None:
        """Nothing of a function comes after its `return`, except for what a `finally` does."""
        leaving = None if place.finally_follows else place.scope.function
        self._later([node.value] if node.value else [], replace(place, leaving=leaving))

    def _try(self, node: ast.Try | ast.TryStar, place: _Place) -> None:
        inner = replace(place, finally_follows=place.finally_follows or bool(node.finalbody))
        self._later(node.finalbody, place)
        self._later([*node.body, *node.handlers, *node.orelse], inner)

    def _comprehension(self, node: Comprehension, place: _Place) -> None:
        inner = replace(place, scope=scope_of(node, place.scope), loops=(*place.loops, node))
        self._depths[inner.scope] = len(place.loops)
        parts: list[ast.AST] = []
        for one in node.generators:
            parts += [one.iter, one.target, *one.ifs]
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._later([*parts[1:], *results], inner)
        self._later(parts[:1], place)

    def _call(self, node: ast.Call, place: _Place) -> None:
        """A function called where it stands, or by its name, is not given away by that."""
        given = [*node.args, *node.keywords]
        if isinstance(node.func, ast.Lambda):
            self._later(given, place)
            self.function(node.func, replace(place, scope=scope_of(node.func, place.scope)))
            self._later(outside_parts(node.func), place)
        else:
            self._later(given if isinstance(node.func, ast.Name) else [node.func, *given], place)

    def _assign(self, node: ast.Assign, place: _Place) -> None:
        """A lambda that gets one name is a function with that name."""
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value):
                self._local(value, place, name)
                self._later(node.targets, place)
                self._function(value, place)
            case _:
                self._parts(node, place)

    # Nested functions

    def _lambda(self, node: ast.Lambda, place: _Place) -> None:
        self._local(node, place, None).given.append(self._moment(node, place))
        self._function(node, place)

    def _definition(self, node: ast.FunctionDef, place: _Place) -> None:
        """The function is made, and given to its decorators, when these have been evaluated."""
        self._later([node], place, _Walk._made)
        self._later(outside_parts(node), place)

    def _made(self, node: ast.AST, place: _Place) -> None:
        assert isinstance(node, ast.FunctionDef)
        local = self._local(node, place, node.name)
        if node.decorator_list:
            local.given.append(self._moment(node, place))
        self._note(self._bindings, node.name, node, place)
        self.function(node, replace(place, scope=scope_of(node, place.scope)))

    def _function(self, node: ast.Lambda, place: _Place) -> None:
        self.function(node, replace(place, scope=scope_of(node, place.scope)))
        self._later(outside_parts(node), place)

    def _local(self, node: Function, place: _Place, name: str | None) -> _Local:
        reads = [_variable(one, place.scope) for one in captured_names(node, place.scope)]
        known = [one for one in reads if one is not None]
        local = _Local(self._moment(node, place), known, [])
        self.locals.append(local)
        variable = None if name is None else _variable(name, place.scope)
        if variable is not None:
            self._named.setdefault(variable, []).append(local)
        return local

    # Events

    def _moment(self, node: ast.AST, place: _Place) -> _Moment:
        self._number += 1
        return _Moment(node, self._number, place)

    def _note(
        self, events: dict[_Variable, list[_Moment]], name: str, node: ast.AST, place: _Place
    ) -> None:
        variable = _variable(name, place.scope)
        if variable is not None:
            events.setdefault(variable, []).append(self._moment(node, place))

    # Conclusions

    def share(self) -> None:
        """A function is given away where its name is used, and with a function that reads it."""
        for variable, named in self._named.items():
            for local in named:
                uses = self._uses.get(variable, [])
                local.given += [one for one in uses if self._may_be(local, variable[0], one)]
        changed = True
        while changed:
            changed = any(self._pass_on(local) for local in self.locals)

    def _may_be(self, local: _Local, variable: Scope, use: _Moment) -> bool:
        """Whether a use of a name can be of this function, or only of what had the name before."""
        if use.place.scope.function is not variable.function:
            return True  # Who knows when that function is called.
        return local.made.may_precede(use, variable, self._depths[variable])

    def _pass_on(self, local: _Local) -> bool:
        read = [one for name in local.reads for one in self._named.get(name, [])]
        changed = False
        for other in read:
            more = [moment for moment in local.given if moment not in other.given]
            other.given += more
            changed = changed or bool(more)
        return changed

    def too_early(self, moment: _Moment, local: _Local) -> Iterator[Escape]:
        """The bindings of what a function reads that come after it was given away."""
        for variable in local.reads:
            scope, name = variable
            for binding in self._bindings.get(variable, []):
                if moment.may_precede(binding, scope, self._depths[scope]):
                    yield Escape(moment.node, name, binding.node)


_VISITS: Mapping[type[ast.AST], Callable[[_Walk, Any, _Place], None]] = {
    ast.For: _Walk._loop,
    ast.While: _Walk._loop,
    ast.If: _Walk._if,
    ast.Match: _Walk._match,
    ast.Return: _Walk._return,
    ast.Try: _Walk._try,
    ast.TryStar: _Walk._try,
    ast.ListComp: _Walk._comprehension,
    ast.SetComp: _Walk._comprehension,
    ast.DictComp: _Walk._comprehension,
    ast.GeneratorExp: _Walk._comprehension,
    ast.Call: _Walk._call,
    ast.Assign: _Walk._assign,
    ast.Lambda: _Walk._lambda,
    ast.FunctionDef: _Walk._definition,
}


def _variable(name: str, scope: Scope) -> _Variable | None:
    owner = scope.owner(name)
    return None if owner is None else (owner, name)


def _in_order(node: ast.AST) -> list[ast.AST]:
    """The parts of a node in the order in which Python evaluates them."""
    match node:
        case ast.Assign(targets=targets, value=value):
            return [value, *targets]
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            return [value, target]
        case ast.AnnAssign(target=target, value=value):
            return [target] if value is None else [value, target]
    return nodes.below(node)
