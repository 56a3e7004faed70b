"""The memory of results: how much of it is kept for the next ones.

A fresh array of some megabytes costs more in page faults than the work that fills it. So the memory
of daisy's large results is kept when they die, and used for the next results of about their size.
The system may take back most of what is kept when it needs it, and beyond a bound nothing is kept.
Arrays that others make are not concerned.
"""

from __future__ import annotations

import operator
from typing import NamedTuple

from daisy import _core

__all__ = ["Stats", "set_limit", "stats", "trim"]


class Stats(NamedTuple):
    """How much memory daisy has for large results, in bytes, as of one moment.

    It is counted in whole blocks, which are up to an eighth larger than what is in them.
    """

    in_use: int
    """Of arrays that are alive."""
    kept: int
    """Of arrays that have died, for the next ones."""
    limit: int
    """How much may be kept."""


def stats() -> Stats:
    """How much memory there is.

    Returns:
        Bytes in use, bytes kept, and how many may be kept.

    >>> import daisy
    >>> now = daisy.memory.stats()
    >>> now.kept <= now.limit
    True
    """
    return Stats(*_core.memory_stats())


def trim() -> int:
    """Give all memory that is kept back to the system. What is in use stays as it is.

    Returns:
        How many bytes that were.

    >>> import daisy
    >>> given_back = daisy.memory.trim()
    >>> daisy.memory.stats().kept
    0
    """
    return _core.trim_memory()


def set_limit(limit: int | None) -> None:
    """Set how much memory may be kept, for the whole process. What is beyond it goes at once.

    Args:
        limit: in bytes. With 0, results have plain memory of NumPy's. None stands for what holds
            from the beginning: an eighth of the memory that the machine, the cgroup (a container)
            or ``ulimit -v`` leaves to the process, whichever is least.

    Raises:
        TypeError: `limit` is neither an integer nor None.
        ValueError: `limit` is negative, or more than any memory has.

    >>> import daisy
    >>> daisy.memory.set_limit(512 * 2**20)
    >>> daisy.memory.stats().limit
    536870912
    >>> daisy.memory.set_limit(None)
    """
    _core.set_memory_limit(None if limit is None else _check(limit))


def _check(limit: int) -> int:
    if isinstance(limit, bool):
        raise TypeError(f"a limit is a number of bytes, not {limit}")
    try:
        number = operator.index(limit)
    except TypeError:
        raise TypeError(f"a limit is an integer, in bytes, or None; not {limit!r:.60}") from None
    if not 0 <= number < 1 << 63:
        raise ValueError(f"{number} bytes cannot be kept; 0 keeps nothing, None leaves it to daisy")
    return number
