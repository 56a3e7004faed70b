"""Task granularity: the shortest task at which half of the machine's time goes into tasks.

The measure is METG(50 %) of Task Bench (https://arxiv.org/abs/1908.05790), on its patterns. The
tasks hash without the GIL. For each length of a task the efficiency is the time that the tasks
take by themselves, shared among the workers, over the time of the run.
"""

from __future__ import annotations

import functools
import hashlib
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.threaded

import daisy
from benches.harness import Figure, faster, timed
from benches.task_graphs import PATTERNS, pattern

WORKERS = 2
WIDTH, STEPS = 16, 25
ROUNDS = 9
LENGTHS = tuple(2**exponent for exponent in range(13))  # iterations of the hash
PLOT = Path("target/granularity.svg")

Get = Callable[..., Any]
Curve = list[tuple[float, float]]
"""Seconds a task and the efficiency, from short to long."""


def work(iterations: int, *_needs: object) -> bytes:
    """Hash for a while without the GIL."""
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", iterations)


def seconds_of(iterations: int) -> float:
    """What one task takes by itself."""
    calls = max(20, 1_000 // iterations)
    return timed(lambda: [work(iterations) for _ in range(calls)], calls)


def curves(name: str, gets: list[Get]) -> list[Curve]:
    """The efficiency of each scheduler by the length of the tasks, the schedulers taking turns."""
    results: list[Curve] = [[] for _ in gets]
    for iterations in LENGTHS:
        graph, key = pattern(name, WIDTH, STEPS, functools.partial(work, iterations))
        samples: list[list[float]] = [[] for _ in gets]
        tasks = []
        for _ in range(ROUNDS):
            for get, efficiencies in zip(gets, samples, strict=True):
                # By itself beside each run, since the clock of a processor goes up and down.
                tasks.append(seconds_of(iterations))
                run = functools.partial(get, graph, key, num_workers=WORKERS)
                in_tasks = tasks[-1] * WIDTH * STEPS / WORKERS
                efficiencies.append(in_tasks / timed(run))
        for curve, efficiencies in zip(results, samples, strict=True):
            curve.append((statistics.median(tasks), statistics.median(efficiencies)))
    return results


def granularity(curve: Curve) -> float:
    """The seconds a task at which the efficiency passes one half for good.

    >>> granularity([(1e-6, 0.25), (4e-6, 1.0)])
    2e-06
    """
    below = [index for index, (_, efficiency) in enumerate(curve) if efficiency < 0.5]
    if not below:
        return curve[0][0]  # finer than the shortest task: its length is an upper bound
    if below[-1] == len(curve) - 1:
        return math.inf
    (short, low), (long, high) = curve[below[-1] : below[-1] + 2]
    share = math.log(0.5 / low) / math.log(high / low)
    return float(f"{short * (long / short) ** share:.6g}")


def measure() -> list[Figure]:
    """The granularity of both schedulers on each pattern; the curves are drawn to :data:`PLOT`."""
    figures, drawn = [], {}
    for name in PATTERNS:
        drawn[name] = curves(name, [daisy.get, dask.threaded.get])
        ours, theirs = map(granularity, drawn[name])
        figures.append(faster(f"granularity, {name}: against dask.threaded.get", 20, ours, theirs))
    plot(drawn, PLOT)
    return figures


def plot(drawn: dict[str, list[Curve]], path: Path) -> None:
    """Draw the efficiency by the length of a task, one panel a pattern."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(2, 3, figsize=(12, 7), sharex=True, sharey=True)
    for panel, (name, sides) in zip(panels.flat, drawn.items(), strict=True):
        for label, curve in zip(("daisy.get", "dask.threaded.get"), sides, strict=True):
            panel.semilogx(*zip(*curve, strict=True), marker="o", label=label)
        panel.axhline(0.5, color="grey", linewidth=0.5)
        panel.set(title=name, xlabel="seconds a task", ylabel="share of the time in tasks")
    panels[0, 0].legend()
    figure.tight_layout()
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)
