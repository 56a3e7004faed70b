"""A cluster of two worker processes: thousands of small operations, and few long ones.

From the call to the result, by thunks and by `dask.delayed`, over TCP on this machine. dask's side
of the large graphs takes its time, and is run once.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dask
import distributed
import numpy as np
import pandas as pd

from benches.harness import Figure, faster, slower, timed
from daisy import register_get, strict
from daisy._core import autodaskthunk

OPERATIONS = 20_000
FILES = 500
LONG = 0.1  # seconds
ROUNDS = 3

Mark = Callable[[Callable[..., Any]], Callable[..., Any]]
Program = Callable[[Mark], Any]


def add(*values: int) -> int:
    """A trivial operation."""
    return sum(values) % 1_000_003


def tree(mark: Mark) -> Any:
    """A sum in pairs."""
    adding = mark(add)
    level = [adding(number) for number in range(OPERATIONS // 2)]
    while len(level) > 1:
        level = [adding(*level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0]


def random_graph(mark: Mark) -> Any:
    """Two hundred levels of a hundred operations, each on two of the level before."""
    adding, generator = mark(add), random.Random(1)
    level = [adding(number) for number in range(100)]
    for _ in range(OPERATIONS // 100 - 1):
        level = [adding(*generator.sample(level, 2)) for _ in range(100)]
    return adding(*level)


def read(path: str) -> pd.DataFrame:
    """One file."""
    return pd.read_csv(path)


def scaled(frame: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A step on one frame."""
    return frame * factor


def total(frame: pd.DataFrame) -> float:
    """What becomes of one file."""
    return float(frame.to_numpy().sum())


def combined(*totals: float) -> float:
    """What becomes of several."""
    return sum(totals)


def files(folder: str, mark: Mark) -> Any:
    """Forty operations on each of five hundred files."""
    reading, step, summing, joining = mark(read), mark(scaled), mark(total), mark(combined)
    totals = []
    for path in sorted(Path(folder).iterdir()):
        frame = reading(str(path))
        for number in range(OPERATIONS // FILES - 2):
            frame = step(frame, 1 + number / 100)
        totals.append(summing(frame))
    return joining(*(joining(*totals[at : at + 25]) for at in range(0, FILES, 25)))


def sleep(number: int) -> int:
    """A long task."""
    time.sleep(LONG)
    return number


def long_tasks(mark: Mark) -> Any:
    """Forty tasks of a tenth of a second, and their sum."""
    sleeping, adding = mark(sleep), mark(add)
    return adding(*(sleeping(number) for number in range(40)))


def deferred(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose calls are thunks."""
    return partial(autodaskthunk, function)


@contextmanager
def two_workers() -> Iterator[distributed.Client]:
    """A client of two worker processes with one thread each, which have imported everything."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        register_get(client.get)
        try:
            client.run(add, 1)
            yield client
        finally:
            register_get(None)


def measure() -> list[Figure]:
    """Each program by thunks and by `dask.delayed`; both have to give the same."""
    with two_workers() as client, tempfile.TemporaryDirectory() as folder:
        for number in range(FILES):
            columns = {name: np.arange(20.0) + number for name in "abc"}
            pd.DataFrame(columns).to_csv(Path(folder, f"{number:03}.csv"), index=False)
        programs: dict[str, Program] = {
            "tree": tree,
            "random": random_graph,
            f"{FILES} files": partial(files, folder),
        }
        found = []
        for name, program in programs.items():
            ours, theirs = _compare(client, program, 1)
            found.append(faster(f"cluster, {OPERATIONS:,} operations, {name}", 5, ours, theirs))
        ours, theirs = _compare(client, long_tasks, ROUNDS)
        return [*found, slower("cluster, 40 tasks of 100 ms", 1, ours, theirs)]


def _compare(client: distributed.Client, program: Program, rounds: int) -> tuple[float, float]:
    """The median seconds of both sides, of which dask's has so many rounds."""
    own: list[float] = []
    others: list[float] = []
    values = set()
    for turn in range(ROUNDS):
        own.append(timed(lambda: values.add(strict(program(deferred)))))
        if turn < rounds:
            others.append(
                timed(lambda: values.add(program(dask.delayed).compute(scheduler=client.get)))
            )
    if len(values) != 1:
        raise AssertionError(f"the two sides gave {values}")
    return statistics.median(own), statistics.median(others)
