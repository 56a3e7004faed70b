"""What the engine can be told: `options`, for a block of code or for the process.

A block holds for the context in which it was entered (:mod:`contextvars`): for its thread or its
asyncio task, and for the tasks that are run for it. So two threads never see each other's blocks.
What holds is what the blocks that are open say, the one entered last first, so that they may be
left in any order. What is set for the process holds wherever no block says otherwise.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final, Self

from daisy import _core

__all__ = ["options"]

_PASSES: Final = _core.passes()
# The order is the core's: the passes, and after them whether traces are used again.
_SWITCHES: Final = (*_PASSES, "trace_once")
_KNOWN: Final = ("workers", *_SWITCHES)
_process: dict[str, Any] = {"workers": None, **dict.fromkeys(_SWITCHES, True)}
# The blocks that are open here. One object may be there several times, in several contexts.
_open: ContextVar[tuple[options, ...]] = ContextVar("daisy.options", default=())
# The core reads it at each compilation and each call: the switches that blocks speak of, and which
# of them are off.
_passes: ContextVar[tuple[int, int]] = ContextVar("daisy.options.passes", default=(0, 0))
_core.set_passes_variable(_passes)


class options:
    """Tell the engine how to work, inside a `with` block.

    Args:
        workers: how many threads may compute the thunks of one :class:`daisy.strict`, or the tasks
            of one :func:`daisy.get`, the calling thread included. None leaves what is set outside;
            0 stands for what is set nowhere: dask's ``num_workers``, or else the number of CPUs.
        trace_once: whether a call may do without running the body of its function, where an
            earlier one with the same kinds of arguments says what comes of it. The values are the
            same. None leaves it as it is.
        passes: a pass by its name, and whether it is on. Whichever are on, the values are the
            same. None leaves a pass as it is. `options.get()` lists the names.

    Raises:
        TypeError: there is no option of that name, or the value is of another type.
        ValueError: `workers` is negative.

    Blocks nest. A block holds for the thread or asyncio task that entered it and for the tasks
    that are run for it; other threads do not see it. `options.set` sets for all threads.

    ``get(..., num_workers=2)`` goes before `workers`, and that before ``num_workers`` in
    ``dask.config``.

    >>> import daisy
    >>> with daisy.options(workers=2, cull=False) as now:
    ...     daisy.options.get("workers"), now["cull"]
    (2, False)
    >>> daisy.options.get("cull")
    True
    """

    __slots__ = ("_values",)

    def __init__(
        self, *, workers: int | None = None, trace_once: bool | None = None, **passes: bool | None
    ) -> None:
        self._values = _check({"workers": workers, "trace_once": trace_once, **passes})

    def __enter__(self) -> Mapping[str, Any]:
        """Let the block begin.

        Returns:
            All options as they are now, by name.
        """
        _set_open((*_open.get(), self))
        return MappingProxyType(options.get())

    def __exit__(self, *_error: object) -> None:
        # A block that another context entered, such as that of a generator, is not open here.
        here = _open.get()
        places = [place for place, block in enumerate(here) if block is self]
        if places:
            _set_open(here[: places[-1]] + here[places[-1] + 1 :])

    @staticmethod
    def get(name: str | None = None) -> Any:
        """What is in force here.

        Args:
            name: of one option, or None for all.

        Returns:
            The value of that option, or all values by name. None for `workers` that are set
            neither here nor for the process.

        Raises:
            TypeError: there is no option of that name.

        >>> import daisy
        >>> daisy.options.get("workers") is None
        True
        >>> "cull" in daisy.options.get()
        True
        """
        everything = {**_process, **_said_here()}
        if name is None:
            return everything
        if name not in everything:
            raise _unknown([name])
        return everything[name]

    @staticmethod
    def set(
        *, workers: int | None = None, trace_once: bool | None = None, **passes: bool | None
    ) -> None:
        """Set options for the whole process, for good.

        Args:
            workers: as in a block; 0 takes back what was set.
            trace_once: as in a block.
            passes: as in a block.

        Raises:
            TypeError: there is no option of that name, or the value is of another type.
            ValueError: `workers` is negative.

        >>> import daisy
        >>> daisy.options.set(workers=3)
        >>> daisy.options.get("workers")
        3
        >>> daisy.options.set(workers=0)
        """
        _process.update(_check({"workers": workers, "trace_once": trace_once, **passes}))
        _process["workers"] = _process["workers"] or None
        _core.set_passes_off(_bits(_process))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self._values.items())
        return f"options({said})"

    def __copy__(self) -> Self:
        return type(self)(**self._values)


def _set_open(blocks: tuple[options, ...]) -> None:
    _open.set(blocks)
    said = _said_here()
    _passes.set((_bits(dict.fromkeys(said, False)), _bits(said)))


def _said_here() -> dict[str, Any]:
    """What the blocks that are open here say; the one entered last has the last word."""
    return {name: value for block in _open.get() for name, value in block._values.items()}


def chosen_workers() -> int | None:
    """The number of workers that the user set, in a block or for the process."""
    workers: int | None = _said_here().get("workers")
    return (_process["workers"] if workers is None else workers) or None


def _check(values: dict[str, Any]) -> dict[str, Any]:
    """What is said of the options, without those of which nothing is said."""
    unknown = [name for name in values if name not in _KNOWN]
    if unknown:
        raise _unknown(unknown)
    said = {name: value for name, value in values.items() if value is not None}
    for name in _SWITCHES:
        if not isinstance(said.get(name, True), bool):
            raise TypeError(f"the option {name} is True or False, not {said[name]!r:.60}")
    if "workers" in said:
        said["workers"] = check_workers(said["workers"])
    return said


def check_workers(workers: Any) -> int:
    """A number of workers, if it is one.

    Raises:
        TypeError: it is no integer.
        ValueError: it is negative.
    """
    if isinstance(workers, bool):
        raise TypeError(f"a number of workers is an integer, not {workers}")
    try:
        number = operator.index(workers)
    except TypeError:
        raise TypeError(f"a number of workers is an integer, not {workers!r:.60}") from None
    if number < 0:
        raise ValueError(f"there cannot be {number} workers; 0 or None leaves the number to daisy")
    return number


def _unknown(names: list[str]) -> TypeError:
    return TypeError(
        f"daisy has no option {', '.join(map(repr, names))}; the options are {', '.join(_KNOWN)}"
    )


def _bits(values: Mapping[str, Any]) -> int:
    """The switches that are off, the first as the lowest bit."""
    return sum(1 << place for place, name in enumerate(_SWITCHES) if not values.get(name, True))
