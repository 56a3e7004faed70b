"""What one call has read while it was traced, until something makes its trace unfit to be kept."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from daisy import _core
from daisy.tracing.dispatch import ENTER
from daisy.tracing.portables import on_copy
from daisy.tracing.templates.constants import is_constant, is_static_argument
from daisy.tracing.templates.surroundings import cells_of, defaults_of, global_names, module_entry
from lazy.operator import INPLACE

__all__ = ["Recorder"]

_OURS = frozenset(map(on_copy, INPLACE))
"""Functions of daisy's own with cells, in which there is nothing but operators."""

_MOST = 100_000
"""Containers with more items, and what they hold, are not looked through."""


class Recorder:
    """The guards of a template that is being made. The core reads all of it but the first two.

    Attributes:
        is_open: whether the trace may still be kept.
        reason: why it may not.
        leaves: a thunk for each array and each pending thunk that was given.
        given: the arguments, by position first.
        names: the names of those that came last.
        facts: what was asked of arrays: the number of the leaf, the attribute, its value.
        surroundings: what else was read, and what was found there.
    """

    __slots__ = (
        *("is_open", "reason", "leaves", "given", "names", "facts", "surroundings"),
        *("_numbers", "_read", "_marked"),
    )

    def __init__(self) -> None:
        self.is_open = True
        self.reason: str | None = None
        self.leaves: list[Any] = []
        self.given: list[tuple[str, Any]] = []
        self.names: list[str] = []
        self.facts: list[tuple[int, str, Any]] = []
        self.surroundings: list[tuple[Any, ...]] = []
        self._numbers: dict[int, int] = {}
        self._read: set[Any] = set()
        self._marked: list[Any] = []

    def close(self, reason: str) -> None:
        """Say that the trace cannot be kept.

        Args:
            reason: what stands against it.
        """
        if self.is_open:
            self.is_open = False
            self.reason = reason

    # Arguments ------------------------------------------------------------------------------------

    def give(self, name: str | None, value: Any, wrapped: Any) -> None:
        """Write down an argument.

        Args:
            name: of a keyword argument; None for one by position.
            value: what the caller gave.
            wrapped: what the traced function gets for it.
        """
        if name is not None:
            self.names.append(name)
        if type(value) is np.ndarray:
            self.given.append(("array", self._leaf(wrapped)))
        elif type(value) is _core.autodaskthunk and _is_pending(value):
            self.given.append(("pending", self._leaf(wrapped)))
        elif wrapped is value and is_static_argument(value):
            self.given.append(("static", value))
        else:
            self.close(f"an argument is a {type(value).__name__}")

    def _leaf(self, thunk: Any) -> int:
        number = self._numbers.get(id(thunk))
        if number is None:
            number = self._numbers[id(thunk)] = len(self.leaves)
            if any(_core.node_id(thunk) == _core.node_id(other) for other in self.leaves):
                self.close("two thunks stand for one operation")
            self.leaves.append(thunk)
        return number

    def is_array(self, value: Any) -> bool:
        """Whether it is the leaf of an array that was given.

        Args:
            value: anything.
        """
        number = self._numbers.get(id(value))
        return number is not None and ("array", number) in self.given

    def ask(self, leaf: Any, *names: str) -> None:
        """Write down that attributes of an array were asked for.

        Args:
            leaf: the leaf of the array.
            names: of ``ndim``, ``shape`` and ``dtype``.
        """
        array = _core.known(leaf, None)
        for name in names:
            fact = (self._numbers[id(leaf)], name, getattr(array, name))
            if fact[:2] not in [known[:2] for known in self.facts]:
                self.facts.append(fact)

    # Surroundings ---------------------------------------------------------------------------------

    def enter(self, function: Any) -> None:
        """Write down all that a function can read, whether or not it comes to it.

        Args:
            function: a rewritten function.
        """
        if not self.is_open or id(function) in self._read:
            return
        self._read.add(id(function))
        self._marked.append(function)
        if not all(map(self.is_static, defaults_of(function))):
            self.close("a default value can be changed")
        for cell in cells_of(function):
            self._cell(cell)
        space, builtins = function.__globals__, function.__builtins__
        for name in sorted(global_names(function.__code__)):
            self._global(space, builtins, name)

    def _cell(self, cell: types.CellType) -> None:
        try:
            value = cell.cell_contents
        except ValueError:
            self.close("a name is not bound yet")
            return
        self._note(("cell", cell, value), value)

    def _global(self, space: Any, builtins: Any, name: str) -> None:
        if type(space) is not dict or type(builtins) is not dict:
            self.close("the globals are no plain dict")
        elif name in space:
            self._note(("entry", space, name, space[name]), space[name])
        else:
            self.surroundings.append(("absent", space, name))
            if name in builtins:
                self._note(("entry", builtins, name, builtins[name]), builtins[name])
            else:
                self.surroundings.append(("absent", builtins, name))

    def attribute(self, module: Any, name: str) -> bool:
        """Write down that an attribute of a module was read.

        Args:
            module: anything.
            name: of the attribute.

        Returns:
            False where it is no module, or no plain entry of it.
        """
        if not module_entry(module, name):
            return False
        key, value = ("entry", id(module), name), module.__dict__[name]
        if key not in self._read:
            self._read.add(key)
            self._note(("entry", module.__dict__, name, value), value)
        return self.is_open

    def _note(self, surrounding: tuple[Any, ...], value: Any) -> None:
        self.surroundings.append(surrounding)
        if not self.is_static(value):
            self.close(f"a {type(value).__name__} is read that can be changed")

    def is_static(self, value: Any) -> bool:
        """Whether a value from outside is the same as long as it is the same object.

        Args:
            value: what a global, a cell or a module has.
        """
        if type(value) in ENTER:
            return self._mark(value)
        kind = type(value)
        is_code = kind is types.ModuleType or kind is types.FunctionType or issubclass(kind, type)
        return is_code or is_constant(value)

    def _mark(self, marked: Any) -> bool:
        """A function that was marked: whether it is inline can be changed."""
        if id(marked) not in self._read:
            self._read.add(id(marked))
            self._marked.append(marked)
            for name in ("inline", "plain"):
                if name in vars(marked):
                    self.surroundings.append(("entry", vars(marked), name, vars(marked)[name]))
        return True

    # Values ---------------------------------------------------------------------------------------

    def is_constant(self, value: Any) -> bool:
        """Whether a value may be part of the nodes that are made again. The core asks once a value.

        Args:
            value: an input of a node that is no thunk.
        """
        if type(value) is not types.FunctionType:
            return is_constant(value)
        is_from_outside = any(one[-1] is value for one in self.surroundings)
        self.surroundings.append(("code", value, value.__code__))
        return value.__closure__ is None or is_from_outside or value in _OURS

    def is_input(self, *values: Any) -> bool:
        """Whether values can be given to a node: thunks, constants, and containers of them.

        Args:
            values: what the traced function gives.
        """
        return self.are_inputs(values)

    def are_inputs(self, values: Iterable[Any]) -> bool:
        """:meth:`is_input` of many."""
        pending = list(values)
        for count, value in enumerate(pending):
            if count > _MOST:
                return False
            kind = type(value)
            if kind is list or kind is tuple:
                pending.extend(value)
            elif kind is dict:
                pending.extend((*value, *value.values()))
            elif kind is not _core.autodaskthunk and not self.is_value(value):
                return False
        return True

    def is_value(self, value: Any) -> bool:
        """Whether it is a constant, or a plain function from outside.

        Args:
            value: anything.
        """
        return is_constant(value) or type(value) is types.FunctionType


def _is_pending(thunk: Any) -> bool:
    nothing = _is_pending
    return _core.known(thunk, nothing) is nothing and not _core.flags(thunk) & 1
