"""Building, folding and running a graph of a million nodes, against one of ten thousand.

Each size of each shape runs in a process of its own, so that its peak memory is its own: the
highest resident set (VmHWM) less what was resident before, less the values, by the node.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benches.harness import Figure, own_process, slower
from lazy import strict, thunk

SMALL, LARGE = 10_000, 1_000_000
# Runs inside one process, so that both sizes work for about as long, and processes a size.
RUNS = {SMALL: 60, LARGE: 3}
PROCESSES = 3

INT = 32  # an int of the sizes used here takes 28 bytes, and its allocator hands out 32
POINTER = 8


def inc(x: int) -> int:
    """The function that the fan-out calls."""
    return x + 1


def chain(nodes: int) -> Any:
    """x + 0 + 1 + 2 ..., each addition on the one before."""
    value: Any = thunk.fromexpr(0)
    for number in range(nodes):
        value = value + number
    return value


def fan_out(nodes: int) -> Any:
    """The sum of independent calls to one Python function."""
    return thunk(sum, [thunk(inc, number) for number in range(nodes)])


def tree(nodes: int) -> Any:
    """A binary tree of additions: half the nodes are its lowest level."""
    leaf = thunk.fromexpr(0)
    level = [leaf + number for number in range((nodes + 1) // 2)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [left + right for left, right in pairs] + level[len(level) & ~1 :]
    return level[0]


# What to build, and the bytes of values a node while most are alive: the numbers that go in, and
# the results that wait to be used (in the fan-out in the list that `sum` is given; in the tree
# those of the lowest level, which is half the nodes).
SHAPES: dict[str, tuple[Callable[[int], Any], float]] = {
    "chain": (chain, INT),
    "fan-out": (fan_out, INT + INT + POINTER),
    "tree": (tree, INT / 2 + INT / 2),
}


def memory(field: str) -> int:
    """A field of this process's status in bytes: VmRSS is resident now, VmHWM was at most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"no {field} in /proc/self/status")


def once(build: Callable[[int], Any], nodes: int) -> float:
    """Seconds a node to build, fold and run one graph."""
    gc.collect()
    start = time.perf_counter()
    root = build(nodes)
    strict(root)
    seconds = time.perf_counter() - start
    del root
    return seconds / nodes


def in_this_process(shape: str, nodes: int) -> dict[str, float]:
    """Seconds and peak bytes a node of one shape in one size."""
    build, value_bytes = SHAPES[shape]
    strict(build(1_000))  # imports and pools that are no part of any node
    before = memory("VmRSS")
    first = once(build, nodes)
    peak = (memory("VmHWM") - before) / nodes - value_bytes
    rest = [once(build, nodes) for _ in range(RUNS[nodes] - 1)]
    return {"seconds": statistics.median([first, *rest]), "bytes": peak}


def measure() -> list[Figure]:
    """Growth of the cost of a node, and the memory of one, for each shape."""
    figures = []
    for shape in SHAPES:
        results: dict[int, list[dict[str, float]]] = {LARGE: [], SMALL: []}
        for _ in range(PROCESSES):
            for nodes, samples in results.items():
                samples.append(own_process("benches.million_nodes", shape, nodes))
        figures += shape_figures(shape, results)
    return figures


def shape_figures(shape: str, results: dict[int, list[dict[str, float]]]) -> list[Figure]:
    """The two figures of one shape from the results of its processes."""
    large, small = (
        statistics.median(sample["seconds"] for sample in results[nodes])
        for nodes in (LARGE, SMALL)
    )
    peak = statistics.median(sample["bytes"] for sample in results[LARGE])
    return [
        slower(f"{shape}: a node of 1,000,000, against one of 10,000", 1.5, large, small),
        Figure(f"{shape}: peak memory a node", peak, 400, False, " B", "1,000,000 nodes"),
    ]


if __name__ == "__main__":
    print(json.dumps(in_this_process(sys.argv[1], int(sys.argv[2]))))
