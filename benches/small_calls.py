"""Ten thousand independent calls of a small Python function and their sum.

Against `dask.delayed` with its threaded scheduler, and against Python itself.
"""

from __future__ import annotations

from dask import delayed

from benches.harness import Figure, alternate, faster, slower
from daisy import autodask
from lazy import strict

CALLS = 10_000


def inc(x: int) -> int:
    """The smallest task there is."""
    return x + 1


def total(n: int) -> int:
    """The sum of n independent calls: the function that autodask is given, unchanged."""
    return sum([inc(i) for i in range(n)])


autodask_total = autodask(total)
delayed_inc = delayed(inc)
delayed_sum = delayed(sum)


def ours() -> object:
    """Trace, fold and run on the native engine."""
    return strict(autodask_total(CALLS))


def python() -> object:
    """The plain loop."""
    return total(CALLS)


def dask_threaded() -> object:
    """What a user of dask.delayed writes."""
    return delayed_sum([delayed_inc(i) for i in range(CALLS)]).compute(scheduler="threads")


def measure() -> list[Figure]:
    """Both comparisons, after a check that all three agree."""
    if not ours() == python() == dask_threaded():
        raise AssertionError("the three ways to compute the sum disagree")
    # In this order, since Python's collector walks whatever dask has left behind.
    against_python = alternate([(ours, 1), (python, 1)], rounds=51)
    against_dask = alternate([(ours, 1), (dask_threaded, 1)], rounds=3)
    return [
        faster("10,000 calls and their sum, against dask.delayed", 300, *against_dask),
        slower("10,000 calls and their sum, against plain Python", 8, *against_python),
    ]
