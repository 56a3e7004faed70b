"""The first call of a new function, marking included: what it costs beyond running it."""

from __future__ import annotations

import inspect
import json
import linecache
import statistics
import textwrap
from collections.abc import Callable
from itertools import count
from typing import Any

from benches.formulas import CASES, Function
from benches.harness import Figure, duration, own_process, timed
from daisy import autodask
from lazy import strict

FRESH = 15
SIZE = 100
NAMES = ("g", "haversine", "Black-Scholes", "UTCI")
numbers = count()


def renewed(function: Function) -> Function:
    """The same function once more, from source that nobody has seen."""
    text = textwrap.dedent(inspect.getsource(function))
    filename = f"<first call {next(numbers)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    space = dict(getattr(function, "__globals__", {}))
    exec(compile(text, filename, "exec", dont_inherit=True), space)
    made: Function = space[function.__name__]
    return made


def beyond_running(function: Function, args: list[Any]) -> float:
    """Seconds of the first call of a new function, less those of a later one."""
    fresh = renewed(function)
    marked: list[Callable[..., Any]] = []

    def first() -> Any:
        marked.append(autodask(fresh))
        return strict(marked[0](*args))

    seconds = timed(first)
    return seconds - min(timed(lambda: strict(marked[0](*args))) for _ in range(5))


def in_this_process() -> dict[str, float]:
    """The median of each function."""
    found = {}
    for name in NAMES:
        case = CASES[name]
        samples = [beyond_running(case.plain, case.arguments(SIZE)) for _ in range(FRESH + 1)]
        found[name] = statistics.median(samples[1:])
    return found


def measure() -> list[Figure]:
    """At most 5 ms on top of running it."""
    return [
        Figure(f"first call of {name}: beyond running it", ms * 1e3, 5, False, " ms", duration(ms))
        for name, ms in own_process("benches.first_call").items()
    ]


if __name__ == "__main__":
    print(json.dumps(in_this_process()))
