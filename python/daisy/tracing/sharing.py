"""One container at two places of a call: a function may ask whether they are one, so one it is.

A call gets a copy of each container, since what is put into it later must not be seen. Where the
same list, dict or set is given twice, the copy is a node of its own, and both places are that node.

The core does as much for a container that it makes a node of itself. It does not where one of the
places is in a tuple of plain values, which is data to it; and it cannot where the container had to
be prepared, because a function or an iterator is in it, which gives a container for each place.
"""

from __future__ import annotations

from typing import Any

from daisy import _core
from daisy.tracing.inputs import prepare, rebuilt
from daisy.tracing.kinds import CONTAINER, kind_of, kind_of_class
from daisy.tracing.ordering import reading
from daisy.tracing.portables import identity
from daisy.tracing.sites import Site
from daisy.tracing.trace import Trace

__all__ = ["share"]

_CHANGEABLE = (list, dict, set)  # Of the others a copy is the same object, or as good as it.


def share(trace: Trace, site: Site, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a call, with one thunk for each container that is there more than once.

    Args:
        trace: the run.
        site: the call.
        values: the arguments, by position and by name.

    Returns:
        The same where no container is there twice.
    """
    twice = _there_twice(values)
    if not twice:
        return values
    made: dict[int, Any] = {}
    return tuple([_replaced(trace, site, value, twice, made) for value in values])


def _there_twice(values: tuple[Any, ...]) -> set[int]:
    """The identities of what can be changed and is there twice; tuples are only looked into."""
    visits: dict[int, int] = {}
    twice: set[int] = set()
    pending = list(values)
    while pending:
        value = pending.pop()
        if kind_of(value) != CONTAINER or visits.get(id(value)) == 2:
            continue
        visits[id(value)] = visits.get(id(value), 0) + 1
        if type(value) in _CHANGEABLE and visits[id(value)] == 2:
            twice.add(id(value))
        else:
            pending.extend(_containers_in(value))
    return twice


def _containers_in(value: Any) -> list[Any]:
    """The containers directly in one; what is hashed cannot be changed."""
    if type(value) in (set, frozenset):
        return []
    if all(kind_of_class(cls) != CONTAINER for cls in _core.classes(value)):
        return []
    items = value.values() if type(value) is dict else value
    return [item for item in items if kind_of(item) == CONTAINER]


def _replaced(trace: Trace, site: Site, value: Any, twice: set[int], made: dict[int, Any]) -> Any:
    if kind_of(value) != CONTAINER:
        return value
    if id(value) not in twice:
        return _inside(trace, site, value, twice, made)
    if id(value) not in made:
        made[id(value)] = value  # One that holds itself finds itself, and is refused below.
        copied = prepare(trace, site, _inside(trace, site, value, twice, made))
        made[id(value)] = reading(trace, site, identity, (copied,), impure=True)
    return made[id(value)]


def _inside(trace: Trace, site: Site, value: Any, twice: set[int], made: dict[int, Any]) -> Any:
    if not _containers_in(value):
        return value
    items = value.values() if type(value) is dict else value
    new = [_replaced(trace, site, item, twice, made) for item in items]
    return rebuilt(value, [*value, *new] if type(value) is dict else new)
