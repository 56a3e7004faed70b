"""Building and computing values of `daisy.delayed`, against `dask.delayed` on its threads."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import dask

import daisy
from benches.harness import Figure, faster, slower

CALLS, CHAIN, MANY = 10_000, 4_000, 1_000_000
ROUNDS = 5

Program = Callable[[Any, int], None]


def successor(x: int) -> int:
    return x + 1


def fan_in(delayed: Any, count: int) -> None:
    """The sum of so many calls."""
    make = delayed(successor)
    if delayed(sum)([make(i) for i in range(count)]).compute() != count * (count + 1) // 2:
        raise AssertionError("the sum is wrong")


def chain(delayed: Any, count: int) -> None:
    """So many calls, each on the one before."""
    make = delayed(successor)
    value: Any = 0
    for _ in range(count):
        value = make(value)
    if value.compute() != count:
        raise AssertionError("the end of the chain is wrong")


def seconds(program: Program, delayed: Any, count: int) -> float:
    gc.collect()
    start = time.perf_counter()
    program(delayed, count)
    return time.perf_counter() - start


def measure() -> list[Figure]:
    """Build and compute together, dask's once between daisy's, since it takes that long."""
    return [
        _against_dask("sum of 10,000 delayed calls", 300, fan_in, CALLS),
        _against_dask("chain of 4,000 delayed calls", 500, chain, CHAIN),
        _growth(),
    ]


def _against_dask(name: str, target: float, program: Program, count: int) -> Figure:
    program(daisy.delayed, 100)  # imports what a first computation imports
    before = [seconds(program, daisy.delayed, count) for _ in range(ROUNDS)]
    theirs = seconds(program, dask.delayed, count)
    after = [seconds(program, daisy.delayed, count) for _ in range(ROUNDS)]
    return faster(name, target, statistics.median(before + after), theirs)


def _growth() -> Figure:
    large = seconds(fan_in, daisy.delayed, MANY) / MANY
    small = statistics.median(seconds(fan_in, daisy.delayed, CALLS) for _ in range(ROUNDS)) / CALLS
    return slower("a delayed call of 1,000,000, against one of 10,000", 1.5, large, small)
