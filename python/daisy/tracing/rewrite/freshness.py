"""Which `x op= y` may work in place: those whose `x` nothing else refers to.

A name is fresh after `x = a + b` (an operator, a comparison, a NumPy ufunc) or `x = 0` (a constant)
until it is read for anything but an augmented assignment to itself, or as an operand: what `x * 2`
gives does not refer to `x`. The facts flow through the statements: where two ways meet a name is
fresh if it was on both, and a loop is gone through until nothing changes.

A name that a nested function reads is not fresh from where that function is made: nobody knows when
it is called. A global and a free variable never are.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context
from daisy.tracing.rewrite.scopes import Function

__all__ = ["fresh_assignments"]

Names = frozenset[str] | None
"""The fresh names at some point of the program; None where the program never comes.

For each name that a nested function reads it holds :func:`_untouched` of that name as well, until
the function is made.
"""


def fresh_assignments(context: Context, node: ast.FunctionDef) -> set[ast.AugAssign]:
    """The augmented assignments to names, in the body of a function, that may work in place.

    Args:
        context: with the scope of that function.
        node: the function.

    Returns:
        Those nodes of the body.
    """
    if ast.AugAssign not in context.kinds:
        return set()
    flow = _Flow(context, node)
    flow.block(node.body, frozenset(map(_untouched, flow.captured)))
    return {one for one, fresh in flow.found.items() if fresh}


class _Flow:
    """The walk through one function body.

    Attributes:
        found: for each augmented assignment whether its name was fresh every time it was come to.
        captured: the names that nested functions read or bind.
    """

    def __init__(self, context: Context, node: ast.FunctionDef) -> None:
        self.found: dict[ast.AugAssign, bool] = {}
        self._context = context
        self.captured = {name for part in node.body for name in _in_functions(part)}
        self._loops: list[tuple[list[Names], list[Names]]] = []

    def block(self, body: list[ast.stmt], names: Names) -> Names:
        for one in body:
            if names is None:
                return None
            names = _RULES.get(type(one), _Flow.other)(self, one, names)
        return names

    # Simple statements

    def other(self, node: ast.stmt, names: frozenset[str]) -> Names:
        """Whatever is read is referred to, whatever is bound is not known."""
        return names - self._mentioned(node)

    def assign(self, node: ast.Assign, names: frozenset[str]) -> Names:
        names -= self._mentioned(node)
        (target, *more) = node.targets
        return names if more else names | self._made(target, node.value, names)

    def annotated(self, node: ast.AnnAssign, names: frozenset[str]) -> Names:
        names -= self._mentioned(node)
        return names if node.value is None else names | self._made(node.target, node.value, names)

    def augmented(self, node: ast.AugAssign, names: frozenset[str]) -> Names:
        if not isinstance(node.target, ast.Name):
            return self.other(node, names)
        name = node.target.id
        after = names - self._mentioned(node.value)
        fresh = name in after
        self.found[node] = self.found.get(node, True) and fresh
        return after

    def end(self, node: ast.stmt, names: frozenset[str]) -> Names:
        return None

    def leave(self, node: ast.Break | ast.Continue, names: frozenset[str]) -> Names:
        breaks, continues = self._loops[-1]
        (breaks if isinstance(node, ast.Break) else continues).append(names)
        return None

    def plain(self, node: ast.stmt, names: frozenset[str]) -> Names:
        """A `with` or `try`: it may be left in any of many ways, with nothing known it mentions."""
        names -= self._mentioned(node)
        for ways in self._loops[-1:]:
            for way in ways:
                way.append(names)
        return names

    # Branches and loops

    def branch(self, node: ast.If, names: frozenset[str]) -> Names:
        names -= self._mentioned(node.test)
        return _meet([self.block(node.body, names), self.block(node.orelse, names)])

    def match(self, node: ast.Match, names: frozenset[str]) -> Names:
        names -= self._mentioned(node.subject)
        ends: list[Names] = []
        for case in node.cases:
            names -= self._mentioned(case.pattern)
            names -= self._mentioned(case.guard)
            ends.append(self.block(case.body, names))
        return _meet([*ends, names])

    def loop(self, node: ast.While | ast.For, names: frozenset[str]) -> Names:
        """The names at the head become fewer until going round changes nothing."""
        if isinstance(node, ast.For):
            names -= self._mentioned(node.iter)
        while True:
            head = names - self._mentioned(
                node.test if isinstance(node, ast.While) else node.target
            )
            breaks, around = self._round(node, head)
            met = _meet([names, around])
            if met == names or met is None:
                return _meet([self.block(node.orelse, head), *breaks])
            names = met

    def _round(self, node: ast.While | ast.For, head: frozenset[str]) -> tuple[list[Names], Names]:
        self._loops.append(([], []))
        end = self.block(node.body, head)
        breaks, continues = self._loops.pop()
        return breaks, _meet([end, *continues])

    # Values

    def _mentioned(self, node: ast.AST | None) -> set[str]:
        """The names that a tree binds, or reads for anything but the operand of an operator."""
        if node is None:
            return set()
        return _names(node, self._operands_of) | set(map(_untouched, _in_functions(node)))

    def _operands_of(self, node: ast.AST) -> list[ast.expr]:
        match node:
            case ast.BinOp(left=left, right=right):
                return [left, right]
            case ast.UnaryOp(operand=operand):
                return [operand]
            case ast.Compare(left=left, comparators=[right]):
                return [left, right]
            case ast.Call(args=args) if self._is_of_ufunc(node):
                return args
        return []

    def _made(self, target: ast.expr, value: ast.expr, names: frozenset[str]) -> set[str]:
        if not isinstance(target, ast.Name) or not self._is_own(target.id, names):
            return set()
        return {target.id} if self._is_new(value) else set()

    def _is_own(self, name: str, names: frozenset[str]) -> bool:
        """Whether the name is a variable of this function that no other function has seen yet."""
        if name in self.captured and _untouched(name) not in names:
            return False
        return self._context.scope.is_local(name)

    def _is_new(self, value: ast.expr) -> bool:
        """Whether the value is the result of an operator or ufunc, which is a new object.

        A constant is as good: it cannot be changed, so the first `x op= y` on it makes a new one.
        """
        match value:
            case ast.BinOp() | ast.Constant():
                return True
            case ast.UnaryOp():
                return True
            case ast.Compare(ops=[_]):
                return True
            case ast.Call():
                return self._is_of_ufunc(value)
        return False

    def _is_of_ufunc(self, node: ast.Call) -> bool:
        """Whether a call gives inputs to a ufunc of NumPy, and nothing else."""
        ufunc = None if node.keywords else self._looked_up(node.func)
        return ufunc is not None and len(node.args) == ufunc.nin and not _any_starred(node.args)

    def _looked_up(self, function: ast.expr) -> Any:
        """The NumPy ufunc that a dotted global name stands for when the function is decorated."""
        path: list[str] = []
        while isinstance(function, ast.Attribute):
            path.append(function.attr)
            function = function.value
        if not isinstance(function, ast.Name) or self._context.scope.is_local(function.id):
            return None
        found = self._context.func.__globals__.get(function.id)
        for name in reversed(path):
            found = vars(found).get(name) if isinstance(found, types.ModuleType) else None
        return found if isinstance(found, np.ufunc) else None


_Rule = Callable[[_Flow, Any, frozenset[str]], Names]

_RULES: Mapping[type[ast.stmt], _Rule] = {
    ast.Assign: _Flow.assign,
    ast.AnnAssign: _Flow.annotated,
    ast.AugAssign: _Flow.augmented,
    ast.Return: _Flow.end,
    ast.Raise: _Flow.end,
    ast.Break: _Flow.leave,
    ast.Continue: _Flow.leave,
    ast.With: _Flow.plain,
    ast.Try: _Flow.plain,
    ast.TryStar: _Flow.plain,
    ast.If: _Flow.branch,
    ast.Match: _Flow.match,
    ast.While: _Flow.loop,
    ast.For: _Flow.loop,
}


def _meet(ways: Iterable[Names]) -> Names:
    """What is known where several ways meet; the ways nobody comes by do not count."""
    met: Names = None
    for names in ways:
        if names is not None:
            met = names if met is None else met & names
    return met


def _names(
    node: ast.AST, operands_of: Callable[[ast.AST], Iterable[ast.expr]] = lambda node: ()
) -> set[str]:
    """The names that a tree reads or binds, whatever their scope, but for operands."""
    found: set[str] = set()
    operands: set[ast.AST] = set()
    for one in nodes.walk(node):
        operands.update(operands_of(one))
        match one:
            case ast.Name() if one in operands:
                continue
            case ast.Name(id=name) | ast.alias(asname=str(name)):
                found.add(name)
            case ast.alias(name=name):
                found.add(name.split(".")[0])
            case ast.FunctionDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
    return found


def _any_starred(args: list[ast.expr]) -> bool:
    return any(isinstance(one, ast.Starred) for one in args)


def _in_functions(node: ast.AST) -> set[str]:
    """The names that functions in a tree refer to, wherever these belong."""
    inner = [one for one in nodes.walk(node) if isinstance(one, Function)]
    return {name for one in inner for name in _names(one)}


def _untouched(name: str) -> str:
    """What stands among fresh names for a name that no nested function refers to yet."""
    return f"{name} untouched"
