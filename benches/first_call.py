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


def both_parts(function: Function, args: list[Any]) -> tuple[float, float]:
    """Seconds to mark a new function, and of its first call less those of a later one."""
    fresh = renewed(function)
    marked: list[Callable[..., Any]] = []
    marking = timed(lambda: marked.append(autodask(fresh)))
    call, *later = (timed(lambda: strict(marked[0](*args))) for _ in range(6))
    return marking, call - min(later)


def in_this_process() -> dict[str, float]:
    """The medians of each function, under "name part"."""
    found = {}
    for name in NAMES:
        case = CASES[name]
        samples = [both_parts(case.plain, case.arguments(SIZE)) for _ in range(FRESH + 1)]
        for part, seconds in zip(("marking", "call"), zip(*samples[1:], strict=True), strict=True):
            found[f"{name} {part}"] = statistics.median(seconds)
    return found


def measure() -> list[Figure]:
    """At most 5 ms on top of running it, for marking and the first call together."""
    found = own_process("benches.first_call")
    return [figure(name, found[f"{name} marking"], found[f"{name} call"]) for name in NAMES]


def figure(name: str, marking: float, call: float) -> Figure:
    """The sum of both parts, which are shown beside it."""
    sides = f"{duration(marking)} to mark + {duration(max(call, 0.0))}"
    title = f"first call of {name}: beyond running it"
    return Figure(title, (marking + call) * 1e3, 5, False, " ms", sides)


if __name__ == "__main__":
    print(json.dumps(in_this_process()))
