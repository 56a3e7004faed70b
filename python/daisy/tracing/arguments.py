"""What a traced function is given: leaves, copies of containers, and static values."""

from __future__ import annotations

from typing import Any

from daisy import _core
from daisy.tracing import kinds
from daisy.tracing.facts import UNKNOWN, known_value
from daisy.tracing.kinds import CONTAINER, STATIC, THUNK, kind_of, takes_part
from daisy.tracing.trace import Trace

__all__ = ["Arguments"]


class Arguments:
    """The arguments of one call. One object is one leaf, and one container one copy.

    Args:
        trace: the run that they are for.
    """

    __slots__ = ("_made", "_trace")

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._made: dict[int, Any] = {}

    def wrap(self, value: Any) -> Any:
        """A value as the traced function gets it.

        Args:
            value: an argument.
        """
        kind = kind_of(value)
        if kind == STATIC:
            return value
        if kind == THUNK:
            return self._thunk(value)
        if kind == CONTAINER:
            return self._container(value)
        if kind == kinds.LOOK and not takes_part(value):
            return value
        return self._leaf(value)

    def _thunk(self, value: Any) -> Any:
        known = known_value(value)
        if known is not UNKNOWN:
            self._trace.ledger.adopt(value, known)
        return value

    def _leaf(self, value: Any) -> Any:
        leaf = self._made.get(id(value))
        if leaf is None:
            leaf = self._made[id(value)] = _core.autodaskthunk.fromexpr(value)
            self._trace.ledger.adopt(leaf, value)
        return leaf

    def _container(self, value: Any) -> Any:
        """A copy unless all in it is static. Either way it is the caller's, not to be changed."""
        if not takes_part(value):
            self._trace.ownership.mark(value)
            return value
        copy = self._made.get(id(value))
        if copy is None:
            copy = self._copy(value)
            self._trace.ownership.mark(copy)
        return copy

    def _copy(self, value: Any) -> Any:
        """A container that holds itself finds its copy in the table before it is filled."""
        cls = type(value)
        if cls is list:
            made: Any = []
            self._made[id(value)] = made
            made.extend([self.wrap(item) for item in value])
        elif cls is dict:
            made = {}
            self._made[id(value)] = made
            made.update([(key, self.wrap(item)) for key, item in value.items()])
        elif cls in (set, frozenset):
            made = value  # What is hashed stays itself: a leaf would be forced to be hashed.
        else:
            made = tuple.__new__(cls, [self.wrap(item) for item in value])
        self._made[id(value)] = made
        return made
