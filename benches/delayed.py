"""Building and computing values of `daisy.delayed`, against `dask.delayed` on its threads."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import dask
import numpy as np

import daisy
from benches.harness import Figure, faster, slower

CALLS, CHAIN, MANY = 10_000, 4_000, 1_000_000
SHARING, FEW = 1_000, 20
LARGE = np.ones(10_000_000)  # 80 MB
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


def at(array: np.ndarray, place: int) -> float:
    """One number of an array."""
    return float(array[place])


def sharing(delayed: Any, count: int) -> None:
    """So many pure calls on one large array, and their sum."""
    make = delayed(at, pure=True)
    if delayed(sum)([make(LARGE, place) for place in range(count)]).compute() != count:
        raise AssertionError("the sum is wrong")


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
        _shared_array(),
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


def _shared_array() -> Figure:
    # dask hashes the array in each call, and takes as long for each however many there are.
    theirs = seconds(sharing, dask.delayed, FEW) / FEW
    ours = statistics.median(seconds(sharing, daisy.delayed, SHARING) for _ in range(ROUNDS))
    return faster("a pure call of 1,000 on one array of 80 MB", 20, ours / SHARING, theirs)
