"""Element-wise functions from one element to ten million, against NumPy and compilers of arrays.

Each function has a process of its own, in which all sides take turns; what they give is compared
there, daisy's with NumPy's to the last bit. A table a function shows all times, before the figures.
"""

from __future__ import annotations

import gc
import json
import sys
import warnings
from collections.abc import Iterable

from benches import peers
from benches.harness import Figure, alternate, duration, faster, own_process, slower, timed
from benches.peers import Call

ROUNDS = 9
AT_LEAST = 0.01  # seconds that one sample takes: brief calls are repeated
COMPILERS = ("numexpr", "Numba", "JAX")
README_SIZES = (1, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
REAL_SIZES = (1, 100, 1_000, 1_000_000)
SIZES = {"g": README_SIZES, "h": README_SIZES} | dict.fromkeys(
    ("Black-Scholes", "haversine", "UTCI"), REAL_SIZES
)
README_TARGETS = {1: 3, 100: 3, 1_000: 2, 10_000: 1, 100_000: 1, 1_000_000: 8, 10_000_000: 6}
REAL_TARGETS = {1: 3, 100: 3, 1_000: 2, 1_000_000: 3}
AGAINST_NUMPY = {"g": README_TARGETS, "h": README_TARGETS, "haversine": REAL_TARGETS}
AGAINST_NUMPY |= {"UTCI": REAL_TARGETS, "Black-Scholes": REAL_TARGETS | {1_000_000: 2}}
"""How many times faster than NumPy, by the number of elements."""
AGAINST_PEERS = {"g": {1_000_000: 1, 10_000_000: 2}, "h": {1_000_000: 1, 10_000_000: 2}}
"""How many times faster than the fastest of the compilers."""

Times = dict[str, float]


def repeated(call: Call) -> tuple[Call, int]:
    """A call so many times in a row that it can be timed, and how many."""
    call()
    count = max(1, int(AT_LEAST / timed(call)))

    def run() -> None:
        for _ in range(count):
            call()

    return (run, count) if count > 1 else (call, 1)


def in_this_process(name: str) -> Times:
    """The median seconds of each side at each size, under "size side"."""
    from benches.formulas import CASES

    warnings.simplefilter("ignore")  # Numba has advice about functions that it cannot split
    seconds: Times = {}
    for size in SIZES[name]:
        calls = peers.sides(CASES[name], CASES[name].arguments(size))
        peers.check(calls)
        gc.collect()
        gc.freeze()  # the compilers keep many objects, which each collection would walk
        medians = alternate([repeated(call) for call in calls.values()], ROUNDS)
        seconds |= {f"{size} {side}": median for side, median in zip(calls, medians, strict=True)}
    return seconds


def by_size(seconds: Times) -> dict[int, Times]:
    """The seconds of each side, by the number of elements."""
    found: dict[int, Times] = {}
    for key, value in seconds.items():
        size, side = key.split()
        found.setdefault(int(size), {})[side] = value
    return found


def best_peer(times: Times) -> str:
    """Which of the compilers was the fastest."""
    return min((side for side in COMPILERS if side in times), key=times.__getitem__)


def report(name: str, results: dict[int, Times]) -> str:
    """All times of one function as a table, with both ratios."""
    columns = ["daisy", "NumPy", *COMPILERS, "copy"]
    lines = [(f"{name}, elements", *columns, "NumPy/daisy", "best peer/daisy")]
    for size, times in results.items():
        cells = (duration(times[side]) if side in times else "-" for side in columns)
        peer = times[best_peer(times)]
        ratios = (f"{one / times['daisy']:.3g}x" for one in (times["NumPy"], peer))
        lines.append((f"{size:,}", *cells, *ratios))
    return "\n".join("".join(cell.rjust(16) for cell in line) for line in lines)


def figures(name: str, results: dict[int, Times]) -> Iterable[Figure]:
    """What one function has to reach at each size."""
    for size, times in results.items():
        at, ours = f"{name} at {size:,}", times["daisy"]
        yield faster(f"{at}: against NumPy", AGAINST_NUMPY[name][size], ours, times["NumPy"])
        if size in AGAINST_PEERS.get(name, {}):
            peer, target = best_peer(times), AGAINST_PEERS[name][size]
            yield faster(f"{at}: against the best peer ({peer})", target, ours, times[peer])
    if name in AGAINST_PEERS:
        yield slower(f"{at}: against one copy", 1, ours, times["copy"])
    if name == "UTCI":
        yield slower(f"{at}: against JAX", 1, ours, times["JAX"])


def measure() -> list[Figure]:
    """Every function at every size; the tables are printed as they come."""
    found: list[Figure] = []
    for name in SIZES:
        results = by_size(own_process("benches.elementwise", name))
        print(report(name, results), end="\n\n", flush=True)
        found += figures(name, results)
    return found


if __name__ == "__main__":
    print(json.dumps(in_this_process(sys.argv[1])))
