"""`with` and `try`, which stay plain Python.

Before such a block stands a guard, which is given all that the block works on and calls, and
refuses where an operation in it would be put off: its exception would come when the block is over.
What only hands a value on (`b = a`, `return a`, a list of names) is no operation.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.context import Context, Statement
from daisy.tracing.rewrite.scopes import Comprehension, bound_names, target_names

__all__ = ["RULES"]

_Block = ast.With | ast.Try | ast.TryStar

_UNKNOWN = ".unknown"
"""A name that nothing binds: reading it is a NameError, as reading any unbound name is."""


def _guarded(context: Context, node: _Block) -> list[ast.stmt]:
    kind = nodes.constant("with" if isinstance(node, ast.With) else "try")
    names = [_reader(name, nodes.load(name)) for name in _operands(context, node)]
    callees = [_reader(text, value) for text, value in _callees(context, node).items()]
    guard = context.helper("guard", node, kind, nodes.tuple_of(names), nodes.tuple_of(callees))
    return [nodes.placed(ast.Expr(value=guard), node), node]


def _reader(text: str, value: ast.expr) -> ast.expr:
    return nodes.tuple_of([nodes.constant(text), nodes.function([], value)])


# Callees -----------------------------------------------------------------------------------------


def _callees(context: Context, node: _Block) -> dict[str, ast.expr]:
    """What the block calls, by its text. A function made in the block counts, as an unknown one."""
    bound = bound_names([node])
    found: dict[str, ast.expr] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            found[context.text(one.func)] = _known(one.func, bound)
        elif isinstance(one, ast.Lambda | ast.FunctionDef):
            found[context.text(one)] = nodes.load(_UNKNOWN)
    return found


def _known(function: ast.expr, bound: set[str]) -> ast.expr:
    """A dotted name that the block does not bind. Anything else is not known before the block."""
    root = function
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(root, ast.Constant) or (isinstance(root, ast.Name) and root.id not in bound):
        return function
    return nodes.load(_UNKNOWN)


# Operands ----------------------------------------------------------------------------------------


class _Uses:
    """What the statements of a block do with values.

    Attributes:
        operands: names that take part in an operation.
        handed: for each value that is only handed on, the names it is bound to and it comes from.
    """

    def __init__(self) -> None:
        self.operands: dict[str, None] = {}
        self.handed: list[tuple[set[str], str]] = []

    def work(self, *parts: ast.AST | None) -> None:
        """All names in these take part in an operation."""
        for part in parts:
            for one in [] if part is None else ast.walk(part):
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
                    self.operands.setdefault(one.id)

    def hand(self, value: ast.expr | None, targets: set[str]) -> None:
        """A value is bound to names, or returned; only what is inside may be an operation."""
        match value:
            case ast.Name(id=name):
                self.handed.append((targets, name))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self._hand_all(parts, targets)
            case ast.Dict(keys=keys, values=parts) if None not in keys:
                self.work(*keys)
                self._hand_all(parts, targets)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.work(test)
                self._hand_all([body, orelse], targets)
            case ast.NamedExpr(target=ast.Name(id=name), value=inner):
                self.hand(inner, targets | {name})
            case _:
                self.work(value)

    def _hand_all(self, parts: list[ast.expr], targets: set[str]) -> None:
        for part in parts:
            self.hand(part, targets)

    def assign(self, node: ast.Assign) -> None:
        if all(_is_plain(target, node.value) for target in node.targets):
            names = {name for target in node.targets for name in target_names(target)}
            self.hand(node.value, names)
        else:
            self.work(*node.targets, node.value)

    def statement(self, node: ast.AST) -> None:
        """One statement or part of one, without the statements in it."""
        match node:
            case ast.Assign():
                self.assign(node)
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                self.hand(value, {name})
            case ast.Return(value=value) | ast.Expr(value=value):
                self.hand(value, set())
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self.operands.setdefault(name)
                self.work(value)
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                self.work(*(part for part in nodes.below(node) if not _has_own_turn(part)))

    def close(self) -> dict[str, None]:
        """The operands, with all that reaches one of them by being handed on."""
        found = dict(self.operands)
        while True:
            more = {name for targets, name in self.handed if targets & found.keys()}
            if more <= found.keys():
                return found
            found.update(dict.fromkeys(sorted(more)))


def _is_plain(target: ast.expr, value: ast.expr) -> bool:
    """Whether storing does nothing to the value: a name, or names for the parts of a display."""
    if isinstance(target, ast.Name):
        return True
    return (
        isinstance(target, ast.Tuple | ast.List)
        and isinstance(value, ast.Tuple | ast.List)
        and len(target.elts) == len(value.elts)
        and all(isinstance(part, ast.Name) for part in target.elts)
        and not any(isinstance(part, ast.Starred) for part in value.elts)
    )


_OWN_TURN = (ast.stmt, ast.ExceptHandler, ast.match_case, ast.withitem)


def _has_own_turn(node: ast.AST) -> bool:
    return isinstance(node, _OWN_TURN)


def _operands(context: Context, node: _Block) -> list[str]:
    uses = _Uses()
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        uses.statement(one)
        waiting.extend(reversed([part for part in nodes.below(one) if _has_own_turn(part)]))
    comprehended = _comprehended(node)
    found = uses.close()
    return [name for name in found if name not in comprehended or context.scope.is_local(name)]


def _comprehended(node: ast.AST) -> set[str]:
    """The names that only comprehensions bind."""
    inner = [one for one in nodes.walk(node) if isinstance(one, Comprehension)]
    return {name for one in inner for part in one.generators for name in target_names(part.target)}


RULES: Mapping[type[ast.AST], Statement] = {
    ast.With: _guarded,
    ast.Try: _guarded,
    ast.TryStar: _guarded,
}
