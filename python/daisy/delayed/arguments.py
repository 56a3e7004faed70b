"""What stands in a value for its arguments, and in a task for what a value needs.

The core puts :data:`PLACE` in the place of each argument that is computed, and the inputs beside
it: values, lists and tuples with values in them (`Nested`), and what dask's own search found
something else in (`Unpacked`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dask._task_spec import List, Task, TaskRef

PLACE = TaskRef("place")
"""Stands for the next input. A reference, so that it is never taken for a constant."""


class Nested:
    """A list or a tuple with values in it.

    Args:
        kind: `list` or `tuple`.
        args: the items, with `PLACE` for each input.
        needs: the inputs.
    """

    __slots__ = ("args", "kind", "needs")

    def __init__(self, kind: type, args: tuple[Any, ...], needs: tuple[Any, ...]) -> None:
        self.kind = kind
        self.args = args
        self.needs = needs


class Unpacked:
    """An argument in which dask's search found something.

    Args:
        stands: what stands for it in a task.
        collections: what that needs.
        original: the argument itself.
    """

    __slots__ = ("collections", "original", "stands")

    def __init__(self, stands: Any, collections: tuple[Any, ...], original: Any) -> None:
        self.stands = stands
        self.collections = collections
        self.original = original


def needs_of(value: Any) -> Iterator[Any]:
    """The values and collections that a value needs, each as often as it is named."""
    yield from _flat(value._deps)


def _flat(needs: tuple[Any, ...]) -> Iterator[Any]:
    for need in needs:
        if type(need) is Nested:
            yield from _flat(need.needs)
        elif type(need) is Unpacked:
            yield from need.collections
        else:
            yield need


def task(value: Any) -> Task:
    """The task of a call, as any scheduler and any worker takes it."""
    placed = [_in_task(one) for one in _inputs(value._args, value._deps)]
    args, named = _split(placed, value._names)
    return Task(value._key, value._func, *args, **named)


def given(value: Any) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call as they were, lists and tuples with values in them anew."""
    return _split([_as_given(one) for one in _inputs(value._args, value._deps)], value._names)


class _Constant:
    """An argument that stands for itself, to be told from an input."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _inputs(args: tuple[Any, ...], needs: tuple[Any, ...]) -> Iterator[Any]:
    remaining = iter(needs)
    for one in args:
        yield next(remaining) if one is PLACE else _Constant(one)


def _split(placed: list[Any], names: tuple[str, ...] | None) -> tuple[list[Any], dict[str, Any]]:
    if names is None:
        return placed, {}
    first = len(placed) - len(names)
    return placed[:first], dict(zip(names, placed[first:], strict=True))


def _in_task(one: Any) -> Any:
    if type(one) is _Constant:
        return one.value
    if type(one) is Unpacked:
        return one.stands
    if type(one) is not Nested:
        return TaskRef(one._key)
    items = List(*[_in_task(item) for item in _inputs(one.args, one.needs)])
    return items if one.kind is list else Task(None, tuple, items)


def _as_given(one: Any) -> Any:
    if type(one) is _Constant:
        return one.value
    if type(one) is Unpacked:
        return one.original
    if type(one) is not Nested:
        return one
    return one.kind(_as_given(item) for item in _inputs(one.args, one.needs))
