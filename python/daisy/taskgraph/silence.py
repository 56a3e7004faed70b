"""Which callbacks a run has; the runs that its tasks start have none of them.

dask keeps the active callbacks in one set for the whole process. While a run goes on an empty set
takes its place. Runs of several threads may begin and end in any order: each that ends hands back
what it found, to the process if its own empty set is still the active one, else to the run that
came after it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from dask.callbacks import Callback

__all__ = ["Hooks", "silenced"]

Hooks: TypeAlias = tuple[Any, Any, Any, Any, Any]
"""The functions of one callback: start, start_state, pretask, posttask, finish; None for none."""

_lock = threading.Lock()
_silences: list[_Silence] = []


def _renew_lock() -> None:
    """In a child process the lock may be held by a thread that does not exist there."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)


class _Silence:
    """What a run found, and what it put there instead."""

    def __init__(self, found: set[Any]) -> None:
        self.found = found
        self.put: set[Any] = set()


@contextmanager
def silenced(given: Any) -> Iterator[list[Hooks]]:
    """Take the callbacks of a run, and hide them from the runs of its tasks.

    Args:
        given: the callbacks of this call: one or several, as objects or as tuples of functions.
            None for the active ones; only these are hidden.

    Yields:
        The functions of each callback.
    """
    if given is not None:
        yield [_hooks(one) for one in _several(given)]
        return
    silence = _begin()
    try:
        yield list(silence.found)
    finally:
        _end(silence)


def _begin() -> _Silence:
    with _lock:
        silence = _Silence(Callback.active)
        Callback.active = silence.put
        _silences.append(silence)
    return silence


def _end(silence: _Silence) -> None:
    with _lock:
        _silences.remove(silence)
        # What became active meanwhile stays so.
        silence.found.update(silence.put)
        if Callback.active is silence.put:
            Callback.active = silence.found
            return
        for later in _silences:
            if later.found is silence.put:
                later.found = silence.found


def _several(given: Any) -> Iterable[Any]:
    if isinstance(given, Callback) or _is_one(given):
        return [given]
    return list(given)


def _is_one(given: Any) -> bool:
    """Whether it is one callback as a tuple, rather than a tuple of callbacks."""
    return (
        isinstance(given, tuple)
        and bool(given)
        and all(function is None or callable(function) for function in given)
    )


def _hooks(callback: Any) -> Hooks:
    if isinstance(callback, Callback):
        callback = callback._callback
    start, start_state, pretask, posttask, finish = callback
    return start, start_state, pretask, posttask, finish
