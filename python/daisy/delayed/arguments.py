"""What stands in a task for an argument.

Numbers and text stand for themselves and values of this package for their keys. All else is
decided by dask's own search, so that what it looks into is what it looks into here; lists and
tuples of our values, which that search would copy graphs for, are taken apart here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dask._task_spec import List, Task, TaskRef
from dask.delayed import unpack_collections

PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})
PARTS = frozenset({list, tuple})


def place(argument: Any, needed: list[Any]) -> Any:
    """What stands for an argument; the values that it needs are added to a list."""
    if type(argument) in PLAIN:
        return argument
    if getattr(type(argument), "_builds_here", False):
        needed.append(argument)
        return TaskRef(argument._key)
    if type(argument) in PARTS:
        return _parts(argument, needed)
    stands, collections = unpack_collections(argument)
    needed.extend(collections)
    return stands


def place_named(kwargs: dict[str, Any], needed: list[Any]) -> Any:
    """What stands for keyword arguments: dask optimises the collections among them together."""
    if _ours(kwargs.values()):
        return {name: place(one, needed) for name, one in kwargs.items()}
    stands, collections = unpack_collections(kwargs)
    needed.extend(collections)
    return stands


def _parts(argument: Any, needed: list[Any]) -> Any:
    if not _ours(argument):
        stands, collections = unpack_collections(argument)
        needed.extend(collections)
        return stands
    before = len(needed)
    placed = [place(one, needed) for one in argument]
    if len(needed) == before:
        return argument
    items = List(*placed)
    return items if type(argument) is list else Task(None, tuple, items)


def _ours(items: Iterable[Any]) -> bool:
    """Whether these are numbers, text, values of this package, and lists and tuples of them."""
    pending, seen = [items], set()
    while pending:
        for one in pending.pop():
            if type(one) in PARTS:
                # Each once: one list may stand in many places, or in itself.
                if id(one) not in seen:
                    seen.add(id(one))
                    pending.append(one)
            elif type(one) not in PLAIN and not getattr(type(one), "_builds_here", False):
                return False
    return True
