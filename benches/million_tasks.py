"""The cost of a task in a graph of a million, against one of ten thousand."""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from typing import Any

import daisy
from benches.harness import Figure, own_process, slower
from benches.task_graphs import SHAPES

SMALL, LARGE = 10_000, 1_000_000
RUNS = {SMALL: 60, LARGE: 3}
PROCESSES = 3


def in_this_process(shape: str, tasks: int) -> dict[str, float]:
    """Median seconds a task of one shape in one size, the graph being ready."""
    graph, key = SHAPES[shape](tasks)
    gc.collect()
    gc.freeze()  # the graph is the user's; walking it again and again would be counted as ours
    return {"seconds": statistics.median(_once(graph, key) for _ in range(RUNS[tasks])) / tasks}


def _once(graph: Any, key: Any) -> float:
    gc.collect()
    start = time.perf_counter()
    daisy.get(graph, key)
    return time.perf_counter() - start


def measure() -> list[Figure]:
    """Growth of the cost of a task, for each shape."""
    return [_growth(shape) for shape in SHAPES]


def _growth(shape: str) -> Figure:
    samples: dict[int, list[float]] = {LARGE: [], SMALL: []}
    for _ in range(PROCESSES):
        for tasks, seconds in samples.items():
            seconds.append(own_process("benches.million_tasks", shape, tasks)["seconds"])
    large, small = map(statistics.median, samples.values())
    return slower(f"{shape}: a task of 1,000,000, against one of 10,000", 1.5, large, small)


if __name__ == "__main__":
    print(json.dumps(in_this_process(sys.argv[1], int(sys.argv[2]))))
