"""Groups: connected element-wise operations that a graph of dask's carries as one task.

A worker needs no daisy for it: the task has the operations as plain data, and calls them one by
one. Where daisy is installed, it computes them as a kernel, as the native engine does. The data is
described in ``crates/daisy-py/src/fusion/carried.rs``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

from dask.utils import funcname

from daisy import _core
from daisy.portable import portable
from lazy.operator import getattr as get_attribute
from lazy.state import shared_call

__all__ = ["Note", "annotate", "group_call", "group_name", "load", "site_of"]

Step: TypeAlias = tuple[Callable[..., Any] | None, tuple[int, ...], tuple[str, ...]]
_MOST_NAMES = 3
"""How many operations the key of a group names."""


class Note:
    """The note of one operation: a text, which is made when it is asked for or pickled.

    Args:
        site: where the user wrote the operation.
    """

    __slots__ = ("_site",)

    def __init__(self, site: Any) -> None:
        self._site = site

    def __str__(self) -> str:
        return str(self._site.note())

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def group_call(group: _core.CarriedGroup) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """What computes a group, wherever it runs.

    Args:
        group: the group, as ``_core.graph`` gives it.

    Returns:
        A function, and its first arguments; the inputs of the group come after them. It gives the
        value that is wanted outside, or a tuple of them where there are several.
    """
    notes = tuple(None if site is None else Note(site) for site in group.sites)
    return _run_group, (group.steps, group.outputs, notes)


def group_name(group: _core.CarriedGroup, inputs: tuple[Any, ...]) -> str:
    """The names of its first operations, for keys.

    Args:
        group: the group.
        inputs: its inputs, among which are the functions that it calls.
    """
    names: list[str] = []
    for operator, numbers, _ in group.steps:
        name = _step_name(group, operator, numbers[0], inputs)
        if name and name not in names:
            names.append(name)
    return "-".join(names[:_MOST_NAMES])


def _step_name(group: _core.CarriedGroup, operator: Any, first: int, inputs: Any) -> str:
    if operator is get_attribute:
        return ""  # the call that follows has the name
    if operator is None and first >= group.inputs:
        _, numbers, _ = group.steps[first - group.inputs]
        return str(inputs[numbers[1]])
    return str(funcname(inputs[first] if operator is None else operator)).strip("_")


def site_of(node: Any) -> Any:
    """Where the user wrote an operation, or the first of a group that has a place; or None.

    Args:
        node: a task of a graph that ``_core.graph`` gives.
    """
    if isinstance(node.func, _core.CarriedGroup):
        return next((site for site in node.func.sites if site is not None), None)
    return node.site


@functools.lru_cache(maxsize=256)
def load(inputs: int, steps: tuple[Step, ...], outputs: tuple[int, ...]) -> _core.LoadedGroup:
    """What computes a group by kernels, as far as they can do it.

    A group is made ready once: thousands of tasks may have the same work on other arrays.

    Args:
        inputs: how many inputs it has.
        steps: its operations.
        outputs: the numbers of the values that are wanted.

    Raises:
        ValueError: a newer version has made the group, and this one cannot read it.

    >>> import operator
    >>> group = load(2, ((operator.mul, (0, 1), ()), (operator.add, (2, 1), ())), (3,))
    >>> group.compute((2, 5), (None, None))
    [15]
    """
    return _core.LoadedGroup(inputs, steps, outputs)


@portable
def _run_group(steps: Any, outputs: Any, notes: Any, *inputs: Any) -> Any:
    try:
        from daisy.groups import load

        group = load(len(inputs), steps, outputs)
    except (ImportError, ValueError):  # no daisy here, or another version
        values = _one_by_one(steps, outputs, notes, inputs)
    else:
        values = group.compute(inputs, notes)
    return values[0] if len(outputs) == 1 else tuple(values)


@portable
def _one_by_one(steps: Any, outputs: Any, notes: Any, inputs: Any) -> list[Any]:
    """The values of a group, operation by operation; each value goes with its last use."""
    from collections import Counter

    uses = Counter(number for _, numbers, _ in steps for number in numbers)
    uses.update(outputs)
    values = dict(enumerate(inputs))
    for number, (step, note) in enumerate(zip(steps, notes, strict=True), len(inputs)):
        operator, numbers, names = step
        operands = [values[used] for used in numbers]
        uses.subtract(numbers)
        for used in numbers:
            if not uses[used]:
                values.pop(used, None)
        function = operands.pop(0) if operator is None else operator
        if uses[number] > 1:
            operands.insert(0, function)
            function = shared_call
        named = dict(zip(names, operands[len(operands) - len(names) :], strict=True))
        del operands[len(operands) - len(names) :]
        try:
            values[number] = function(*operands, **named)
        except BaseException as error:
            annotate(error, note)
            raise
        del operands, named
    return [values[number] for number in outputs]


@portable
def annotate(error: BaseException, note: Any) -> None:
    """Add the user's line to an exception, once.

    Args:
        error: the exception.
        note: what has the text of the note as its ``str``; None for none.
    """
    import contextlib

    if note is None or str(note) in getattr(error, "__notes__", ()):
        return
    # An exception that takes no note (a frozen dataclass) is more to the user than the note.
    with contextlib.suppress(Exception):
        error.add_note(str(note))
