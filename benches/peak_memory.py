"""Peak memory of element-wise functions beyond their inputs and results."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

from benches.formulas import CASES
from benches.harness import Figure, own_process
from benches.million_nodes import memory
from lazy import strict

SIZES = {"g": 10_000_000, "h": 10_000_000, "haversine": 4_000_000, "UTCI": 1_000_000}
SIZES |= {"Black-Scholes": 4_000_000}
MIB = 2**20


def forget_peak() -> None:
    """Let VmHWM begin again at what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")


def bytes_of(value: Any) -> int:
    """What the arrays of a result take."""
    return sum(map(bytes_of, value)) if isinstance(value, tuple) else int(value.nbytes)


def in_this_process(name: str) -> dict[str, float]:
    """Bytes at the peak of one function, less inputs, results and what was there before.

    The first run is the one measured: of later ones a part may be resident from the first.
    """
    case = CASES[name]
    sides = {"ours": case.traced, "theirs": case.plain}
    for function in sides.values():
        strict(function(*case.arguments(1_000)))  # imports and tables that are no part of it
    found: dict[str, float] = {}
    for side in reversed(sides):  # NumPy gives back what it took
        args = case.arguments(SIZES[name])
        gc.collect()
        forget_peak()
        before = memory("VmRSS")
        result = strict(sides[side](*args))
        found[side] = memory("VmHWM") - before - bytes_of(result)
        del result, args
    return found


def measure() -> list[Figure]:
    """At most 16 MiB, whatever the size of the arrays; beside it what NumPy takes."""
    return [figure(name, own_process("benches.peak_memory", name)) for name in SIZES]


def figure(name: str, found: dict[str, float]) -> Figure:
    """The figure of one function from the bytes of both sides."""
    ours, theirs = found["ours"] / MIB, found["theirs"] / MIB
    sides = f"{ours:.0f} MiB : {theirs:.0f} MiB"
    title = f"{name} at {SIZES[name]:,}: peak memory beyond inputs and results"
    return Figure(title, ours, 16, False, " MiB", sides)


if __name__ == "__main__":
    print(json.dumps(in_this_process(sys.argv[1])))
