"""What every benchmark needs: two sides timed in turn, medians, and a table with a verdict.

The sides alternate, so that a machine that gets slower half way through slows both. Only ratios
are compared: a figure says how many times cheaper one side is than the other, in this run.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Action = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """One measured number with what it has to reach.

    `at_least` tells whether more is better (a speed-up) or less (a cost, a growth).
    """

    name: str
    measured: float
    target: float
    at_least: bool
    unit: str
    sides: str

    @property
    def reached(self) -> bool:
        """Whether the measured number is on the right side of the target."""
        return self.measured >= self.target if self.at_least else self.measured <= self.target

    def row(self) -> tuple[str, ...]:
        """The cells of this figure in the table."""
        sign = ">=" if self.at_least else "<="
        verdict = "reached" if self.reached else "MISSED"
        bound = f"{sign} {_number(self.target)}{self.unit}"
        return self.name, self.sides, f"{_number(self.measured)}{self.unit}", bound, verdict


def faster(name: str, target: float, ours: float, theirs: float) -> Figure:
    """The figure "ours is at least `target` times faster than theirs" from two times in seconds."""
    return Figure(name, theirs / ours, target, True, "x", f"{duration(ours)} : {duration(theirs)}")


def slower(name: str, target: float, ours: float, theirs: float) -> Figure:
    """The figure "ours costs at most `target` times what theirs does" from two times in seconds."""
    return Figure(name, ours / theirs, target, False, "x", f"{duration(ours)} : {duration(theirs)}")


def timed(action: Action, count: int = 1) -> float:
    """Seconds that `action()` takes, divided by `count`, the number of things that it does.

    What the action returns is dropped after the clock has stopped.
    """
    start = time.perf_counter()
    result = action()
    stop = time.perf_counter()
    del result
    return (stop - start) / count


def alternate(sides: Sequence[tuple[Action, int]], rounds: int) -> list[float]:
    """The median seconds a thing of each side, the sides taking turns.

    Each side is an action and the number of things that it does. A round before the first is
    not counted: it pays for imports, caches and pages that are touched for the first time.
    """
    samples: list[list[float]] = [[] for _ in sides]
    for turn in range(rounds + 1):
        for (action, count), times in zip(sides, samples, strict=True):
            gc.collect()
            seconds = timed(action, count)
            if turn:
                times.append(seconds)
    return [statistics.median(times) for times in samples]


def own_process(module: str, *arguments: object) -> dict[str, float]:
    """Run `python -m module arguments` and give what it prints, a JSON object of numbers."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {str(name): float(value) for name, value in json.loads(output).items()}


def require_release() -> None:
    """Refuse to time a debug build, which would say nothing about daisy."""
    from daisy import _core

    if _core.build_profile != "release":
        sys.exit(
            f"benches: daisy._core is a {_core.build_profile} build; "
            "make a release build with: make --always-make build"
        )


def table(figures: Iterable[Figure]) -> str:
    """The figures as an aligned text table with one line each."""
    head = ("figure", "this run, ours : theirs", "ratio", "to reach", "")
    rows = [head, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """Seconds in the unit that gives a number from 1 to 1000, with three digits.

    >>> duration(0.00123)
    '1.23 ms'
    """
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
