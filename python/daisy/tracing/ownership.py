"""Which containers a traced function made itself, and so may change.

A list display goes through no helper, so what was made here cannot be written down. What came in
is: arguments, and what is reached from globals, closures, defaults and modules. Everything else was
made here.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Any

from daisy.tracing.kinds import CONTAINER, STATIC, VIEW, kind_of, parts

__all__ = ["Ownership"]

_CHANGEABLE = (list, dict, set)


class Ownership:
    """What one trace knows of its containers. They are held, since identity is the key."""

    __slots__ = ("_foreign", "_functions", "_own", "_seen")

    def __init__(self) -> None:
        self._foreign: dict[int, Any] = {}
        self._own: dict[int, Any] = {}
        self._functions: list[types.FunctionType] = []
        self._seen: set[types.CodeType] = set()

    def enter(self, function: types.FunctionType) -> None:
        """Say that a function is being traced: what it reads from outside is not made here.

        Args:
            function: the rewritten function.
        """
        if function.__code__ not in self._seen:
            self._seen.add(function.__code__)
            self._functions.append(function)

    def mark(self, value: Any) -> None:
        """Say that a value came from outside, with all containers in it.

        Args:
            value: anything; only containers matter.
        """
        if kind_of(value) in (CONTAINER, VIEW):
            self._mark_all([value])

    def _mark_all(self, pending: list[Any]) -> None:
        seen: set[int] = set()
        while pending:
            value = pending.pop()
            kind = kind_of(value)
            if kind not in (CONTAINER, VIEW) or id(value) in seen:
                continue
            seen.add(id(value))
            if type(value) in _CHANGEABLE and id(value) not in self._own:
                self._foreign[id(value)] = value
            items = parts(value, kind)
            if any(kind_of_class != STATIC for kind_of_class in _kinds_in(items)):
                pending.extend(items)

    def is_foreign(self, container: Any) -> bool:
        """Whether changing a container would be seen outside.

        Args:
            container: a real list, dict or set.
        """
        key = id(container)
        if key in self._own:
            return False
        if key not in self._foreign and self._functions:
            functions, self._functions = self._functions, []
            for function in functions:
                self._mark_all(list(_read_from_outside(function)))
                self._foreign[id(function.__globals__)] = function.__globals__
        if key in self._foreign:
            return True
        self._own[key] = container
        return False


def _kinds_in(items: Iterable[Any]) -> set[int]:
    """Big containers mostly hold few types, so one item of each type is asked."""
    sample = {type(item): item for item in items}
    return {kind_of(item) for item in sample.values()}


def _read_from_outside(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # A name that is not bound yet.
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    space = function.__globals__
    for name in _names(function.__code__):
        if name in space:
            yield space[name]


def _names(code: types.CodeType) -> set[str]:
    """All names that the code and the code in it look up."""
    names: set[str] = set()
    pending = [code]
    while pending:
        one = pending.pop()
        names.update(one.co_names)
        pending += [const for const in one.co_consts if isinstance(const, types.CodeType)]
    return names
