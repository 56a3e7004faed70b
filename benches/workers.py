"""Two workers against one: tasks that let the GIL go, and tasks that hold it."""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable
from typing import Any

import dask.threaded
import numpy as np
from dask._task_spec import Task

import daisy
from benches.harness import Figure, alternate, faster, slower

MILLISECONDS = 40  # tasks of a millisecond in a graph
MICROSECONDS = 20_000  # tasks of a microsecond


def sleep() -> None:
    """A millisecond of waiting."""
    time.sleep(0.001)


def timed_to_a_millisecond(work: Callable[[int], Any], size: int) -> Callable[[], Any]:
    """`work` on so much that it takes a millisecond."""
    best = min(_seconds(work, size) for _ in range(20))
    return functools.partial(work, max(1, round(size * 0.001 / best)))


def _seconds(work: Callable[[int], Any], size: int) -> float:
    start = time.perf_counter()
    work(size)
    return time.perf_counter() - start


def digest(iterations: int) -> bytes:
    """Hashing, without the GIL and without memory."""
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", iterations)


_ARRAY = np.linspace(0.0, 1.0, 1_000_000)


def sines(count: int) -> Any:
    """NumPy on an array that fits no cache line by line but some cache in all."""
    return np.sin(_ARRAY[:count])


def count_up() -> int:
    """A microsecond of Python, which holds the GIL."""
    n = 0
    for _ in range(12):
        n += 1
    return n


def measure() -> list[Figure]:
    """Each kind of task on one worker, on two, and on dask's threaded scheduler."""
    kinds = {
        "sleep": sleep,
        "hashing": timed_to_a_millisecond(digest, 1_000),
        "NumPy": timed_to_a_millisecond(sines, 100_000),
    }
    figures = [figure for kind, work in kinds.items() for figure in _compare(kind, work)]
    return [*figures, _held()]


def _tasks(work: Callable[[], Any], count: int) -> tuple[dict[int, Task], list[int]]:
    return {n: Task(n, work) for n in range(count)}, list(range(count))


def _compare(kind: str, work: Callable[[], Any]) -> list[Figure]:
    graph, keys = _tasks(work, MILLISECONDS)
    two, one, theirs = alternate(
        [
            (lambda: daisy.get(graph, keys, num_workers=2), MILLISECONDS),
            (lambda: daisy.get(graph, keys, num_workers=1), MILLISECONDS),
            (lambda: dask.threaded.get(graph, keys, num_workers=2), MILLISECONDS),
        ],
        rounds=11,
    )
    return [
        faster(f"{kind}, 1 ms a task: two workers, against one", 1.9, two, one),
        faster(f"{kind}, 1 ms a task: against dask.threaded.get", 1, two, theirs),
    ]


def _held() -> Figure:
    graph, keys = _tasks(count_up, MICROSECONDS)
    two, one = alternate(
        [
            (lambda: daisy.get(graph, keys, num_workers=2), MICROSECONDS),
            (lambda: daisy.get(graph, keys, num_workers=1), MICROSECONDS),
        ],
        rounds=11,
    )
    return slower("1 µs a task, GIL held: two workers, against one", 1.1, two, one)
