"""The order in which operations on things that can change were written.

Pure operations need none: their inputs say when they run. A random generator, an open file or an
object whose class is unknown can change with each call on it, so such calls run in the order
written, and what reads the object runs between the same two calls as in the source. The ledger
keeps, for each such object, the last call on it and what has read it since. What is taken out of
one (an attribute, an item, the result of a method) may be a part of it, and shares its entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from daisy import _core
from daisy.tracing.kinds import CONTAINER, DATA, LOOK, STATIC, VIEW, kind_of, kind_of_class, parts
from daisy.tracing.portables import wait_for
from daisy.tracing.tables.classes import LEAF, STATE, VALUES, object_kind

__all__ = ["Entry", "Ledger", "order"]


class Entry:
    """What has been done with one object, or with several that may be parts of each other.

    Attributes:
        last: the last operation that may have changed it; of joined entries, of each.
        reads: what has looked at it since.
        is_leaf: it came from outside and its class is unknown: only its own methods change it.
        gives_values: what its methods give is no part of it (random numbers).
        joined: the entry that this one has become part of.
        members: the thunks that give the object, or a part of it, and may still be folded.
    """

    __slots__ = ("gives_values", "is_leaf", "joined", "last", "members", "reads")

    def __init__(self, is_leaf: bool = False, gives_values: bool = False) -> None:
        self.last: list[Any] = []
        self.reads: list[Any] = []
        self.is_leaf = is_leaf
        self.gives_values = gives_values
        self.joined: Entry | None = None
        self.members: list[Any] = []

    def changes(self, node: Any) -> None:
        """Say that an operation may change the object.

        Two objects that were made by equal calls can be told apart from then on, so what gives this
        one is not folded with anything.

        Args:
            node: the operation.
        """
        self.last = [node]
        self.reads = []
        for member in self.members:
            _core.keep_apart(member)
        self.members = []

    def resolve(self) -> Entry:
        """The entry that speaks for this one."""
        entry = self
        while entry.joined is not None:
            entry = entry.joined
        return entry


class Ledger:
    """The entries of one trace. The first one closes the core's short cut, which knows no order.

    Attributes:
        world: the entry that all functions of the impure table share.
        is_empty: whether nothing that can change has been met.
    """

    __slots__ = ("_entries", "_held", "is_empty", "world")

    def __init__(self) -> None:
        self.world = Entry()
        self.is_empty = True
        self._entries: dict[int, Entry] = {}
        self._held: list[Any] = []

    def entry(self, value: Any) -> Entry | None:
        """The entry of one value; None for what cannot change.

        Args:
            value: a thunk or data. Containers are not looked into.
        """
        known = self._entries.get(id(value))
        if known is not None:
            return known.resolve()
        if kind_of(value) != DATA:
            return None
        return self._of_object(value, _owner(value))

    def adopt(self, leaf: Any, value: Any) -> None:
        """Make a leaf stand for the object that it wraps.

        Args:
            leaf: the thunk.
            value: its value.
        """
        self._of_object(leaf, value)

    def discover(self, thunk: Any, value: Any) -> None:
        """Say what a thunk has turned out to give: operations on it may have an order from now on.

        Args:
            thunk: a thunk that was computed.
            value: its value.
        """
        if id(thunk) not in self._entries and object_kind(type(value)) in (STATE, VALUES):
            self._of_object(thunk, value)

    def _of_object(self, value: Any, wrapped: Any) -> Entry | None:
        kind = object_kind(type(wrapped))
        if kind is None:
            return None
        entry = self._entries.get(id(wrapped))
        if entry is None:
            entry = Entry(is_leaf=kind == LEAF, gives_values=kind == VALUES)
            self.enter(wrapped, entry)
        if value is not wrapped:
            self.enter(value, entry)
        return entry.resolve()

    def enter(self, value: Any, entry: Entry) -> None:
        """Say that `value` is the object of `entry`, or a part of it.

        Args:
            value: a thunk or data; it is kept alive, since its identity is the key.
            entry: where operations on it are written down.
        """
        if self.is_empty:
            self.is_empty = False
            _core.set_short_cut(False)
        self._entries[id(value)] = entry
        self._held.append(value)
        if _core.is_thunk(value):
            entry.members.append(value)

    def entries(self, values: Iterable[Any]) -> list[Entry]:
        """The entries of all that is in `values` however deep, each once.

        Args:
            values: inputs of an operation.
        """
        found: dict[int, Entry] = {}
        pending = list(values)
        seen: set[int] = set()
        # A thunk has an entry only if it was given one.
        without_thunks = not self._entries
        while pending:
            value = pending.pop()
            kind = kind_of(value)
            if kind >= DATA:
                entry = self.entry(value)
                if entry is not None:
                    found[id(entry)] = entry
            elif kind in (CONTAINER, VIEW, LOOK) and id(value) not in seen:
                seen.add(id(value))
                pending.extend(_worth_asking(parts(value, kind), without_thunks))
        return list(found.values())

    def is_changed(self, value: Any) -> bool:
        """Whether an operation that may change an object is still to run.

        Args:
            value: anything; containers are not looked into.
        """
        entry = self.entry(value) if kind_of(value) >= DATA else None
        return entry is not None and bool(entry.last)

    def pending(self, values: Iterable[Any]) -> list[Any]:
        """What must have run before the objects in `values` are used while tracing.

        Args:
            values: what is going to be used; it counts as used up or changed by that.

        Returns:
            Thunks, to be computed first.
        """
        if self.is_empty:
            return []
        waits = []
        for entry in self.entries(values):
            waits += entry.last + entry.reads
            entry.reads = []
        return waits

    def join(self, entries: list[Entry]) -> Entry:
        """One entry for objects that one operation may have made parts of each other.

        Args:
            entries: at least one.
        """
        first = entries[0]
        for other in entries[1:]:
            if other is first:
                continue
            other.joined = first
            first.reads += other.reads
            first.last += other.last
            first.members += other.members
            first.gives_values = first.gives_values and other.gives_values
            first.is_leaf = first.is_leaf and other.is_leaf
        return first

    def hold(self, node: Any) -> None:
        """Keep a thunk until the trace ends, so that a strict point does not compute it again.

        Args:
            node: a thunk of which every computation counts.
        """
        self._held.append(node)


def _owner(value: Any) -> Any:
    """What ``super()`` gives stands for the object that it looks into."""
    return value.__self__ if type(value) is super else value  # type: ignore[attr-defined]


def _worth_asking(items: Iterable[Any], without_thunks: bool) -> list[Any]:
    """Big containers mostly hold few types, which are looked at first."""
    classes = {cls for cls in _core.classes(items) if not _is_dull(cls, without_thunks)}
    return [item for item in items if type(item) in classes] if classes else []


def _is_dull(cls: type, without_thunks: bool) -> bool:
    if issubclass(cls, _core.thunk):
        return without_thunks
    return kind_of_class(cls) == STATIC


def order(entries: Iterable[Entry], changed: Iterable[Entry]) -> Any:
    """What must have run before an operation.

    Args:
        entries: of the objects that it looks at.
        changed: of those that it may change.

    Returns:
        A thunk, or None.
    """
    waits: list[Any] = []
    for entry in entries:
        waits += entry.last
    for entry in changed:
        waits += entry.last
        waits += entry.reads
    return _all_of(waits)


def _all_of(waits: list[Any]) -> Any:
    """One thunk that stands for several: it needs them all and gives None."""
    unique = list({id(wait): wait for wait in waits}.values())
    if len(unique) < 2:
        return unique[0] if unique else None
    return _core.defer(wait_for, tuple(unique), None, impure=True)
