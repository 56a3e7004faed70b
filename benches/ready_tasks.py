"""What a scheduler costs by the task: a ready graph of trivial tasks, against dask's schedulers."""

from __future__ import annotations

import dask
import dask.threaded

import daisy
from benches.harness import Figure, alternate, faster
from benches.task_graphs import independent

TASKS = 10_000


def measure() -> list[Figure]:
    """Both comparisons, after a check that all three agree."""
    graph, keys = independent(TASKS)
    gets = (daisy.get, dask.threaded.get, dask.get)
    if len({tuple(get(graph, keys)) for get in gets}) != 1:
        raise AssertionError("the schedulers disagree")
    sides = [(lambda get=get: get(graph, keys), TASKS) for get in gets]
    ours, threaded, synchronous = alternate(sides, rounds=7)
    return [
        faster("a trivial task, against dask.threaded.get", 40, ours, threaded),
        faster("a trivial task, against dask.get", 12, ours, synchronous),
    ]
