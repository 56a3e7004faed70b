"""Whole computations of dask's collections, against dask's threaded scheduler."""

from __future__ import annotations

import functools
import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

import dask.array as da
import dask.bag as db
import dask.threaded
import numpy as np

import daisy
from benches.harness import Figure, own_process, slower, timed
from benches.million_nodes import memory

ROUNDS = 5
PROCESSES = 5  # a side: what a computation takes differs by a tenth between processes


def array_mean() -> Any:
    """A matrix and its transpose, and a mean."""
    x = da.random.default_rng(0).random((4000, 4000), chunks=(200, 200))
    return (x + x.T).mean(axis=0)


def word_count() -> Any:
    """How often each word stands in some made-up text."""
    words = [f"word{n % 97}" for n in range(200)]
    lines = [" ".join(words[n % 50 : n % 50 + 100]) for n in range(20_000)]
    return db.from_sequence(lines, npartitions=200).str.split().flatten().frequencies()


def group_means() -> Any:
    """The means of groups in a frame of many small partitions."""
    import dask.dataframe as dd
    import pandas as pd

    frame = pd.DataFrame({"key": np.arange(400_000) % 13, "value": np.arange(400_000.0)})
    return dd.from_pandas(frame, npartitions=200).groupby("key").value.mean()


def tall_qr() -> Any:
    """The triangular factor of a tall matrix."""
    x = da.random.default_rng(0).random((200_000, 50), chunks=(2_000, 50))
    return da.linalg.qr(x)[1]


CASES: dict[str, Callable[[], Any]] = {
    "array mean": array_mean,
    "bag word count": word_count,
    "dataframe groupby": group_means,
    "tall QR": tall_qr,
}


def in_this_process(case: str, side: str) -> dict[str, float]:
    """Median seconds and peak bytes of one computation on one scheduler.

    The bytes are those of the computation: the scheduler has run before, so that its threads and
    modules are there.
    """
    get = {"daisy": daisy.get, "dask": dask.threaded.get}[side]
    collection = CASES[case]()
    compute = functools.partial(collection.compute, scheduler=get)
    db.range(100, npartitions=20).sum().compute(scheduler=get)
    before = memory("VmRSS")
    compute()
    seconds = [timed(compute) for _ in range(ROUNDS)]
    return {"seconds": statistics.median(seconds), "bytes": memory("VmHWM") - before}


def measure() -> list[Figure]:
    """Time and peak memory of each case on both schedulers, in processes of their own."""
    return [figure for case in CASES for figure in _compare(case)]


def _compare(case: str) -> list[Figure]:
    samples: dict[str, list[dict[str, float]]] = {"daisy": [], "dask": []}
    for _ in range(PROCESSES):
        for side, results in samples.items():
            results.append(own_process("benches.collections_of_dask", case, side))
    ours, theirs = (
        {name: statistics.median(one[name] for one in results) for name in results[0]}
        for results in samples.values()
    )
    memories = f"{ours['bytes'] / 2**20:.0f} MiB : {theirs['bytes'] / 2**20:.0f} MiB"
    return [
        slower(f"{case}: against dask.threaded.get", 1, ours["seconds"], theirs["seconds"]),
        Figure(f"{case}: peak memory", ours["bytes"] / theirs["bytes"], 1, False, "x", memories),
    ]


if __name__ == "__main__":
    print(json.dumps(in_this_process(sys.argv[1], sys.argv[2])))
