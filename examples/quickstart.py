"""Two small programs, and what daisy made of them.

Run it with `make demo`, or as `python examples/quickstart.py` wherever daisy is installed.
"""

# ---------------------------------------------------------------- the first program
from daisy import autodask, inline, register_get
from dask import delayed
from dask.threaded import get
from lazy import strict
import numpy as np


@inline
def f(a, b):
    return a + b


def g(a, b):
    return f(f(a, b), f(a, b))


autodask_g = autodask(g, inline=True)
delayed_g = delayed(g)
register_get(get)
arr = np.arange(1000000)
assert (g(arr, arr) == delayed_g(arr, arr).compute()).all()
assert (g(arr, arr) == autodask_g(arr, arr)).all()
strict(autodask_g(arr, arr))

# ---------------------------------------------------------------- do all ways agree?
import statistics
import time

import dask


def on(scheduler):
    """Run g with autodask on one scheduler; None is the native engine."""

    def run():
        register_get(scheduler)
        return strict(autodask_g(arr, arr))

    return run


WAYS = {
    "plain NumPy": lambda: g(arr, arr),
    "dask.delayed": lambda: delayed_g(arr, arr).compute(),
    "autodask, dask.threaded.get": on(get),
    "autodask, native engine": on(None),
}


def same(left, right):
    """The same type and, for arrays, the same dtype, shape and bits."""
    return type(left) is type(right) and left.dtype == right.dtype and np.array_equal(left, right)


print("g(a, b) = (a + b) + (a + b) on a million int64:")
plain = g(arr, arr)
for way, run in {**WAYS, "autodask, dask.get": on(dask.get)}.items():
    assert same(run(), plain), way
    print(f"  {way:<28} gives the result of plain g, to the bit")

# ---------------------------------------------------------------- what does it cost?
ROUNDS = 15


def seconds(run):
    """The time that one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


# The ways take turns, so that all of them see the same machine.
times = {way: [] for way in WAYS}
for _ in range(ROUNDS):
    for way, run in WAYS.items():
        times[way].append(seconds(run))

print(f"\nmedian of {ROUNDS} runs, and how it compares with plain NumPy:")
baseline = statistics.median(times["plain NumPy"])
for way, samples in times.items():
    median = statistics.median(samples)
    print(f"  {way:<28} {median * 1e3:6.2f} ms  {baseline / median:5.2f}x")

# ---------------------------------------------------------------- the second program
register_get(None)

from daisy import inline, autodask, ltree_to_dask
from lazy.tree import LTree


@inline
def f(a, b):
    return a + b


@inline
def g(a, b):
    return a + b + 1


def h(a, b):
    return f(a, b) + g(a, b)


autodask_h = autodask(h, inline=True)
assert (h(arr, arr) == autodask_h(arr, arr)).all()
# a + b is in it once; dask.get(graph, key) gives h(arr, arr)
graph, key = ltree_to_dask(LTree.parse(autodask_h(arr, arr)))

# ---------------------------------------------------------------- what is in its graph?
from dask._task_spec import Task, TaskRef
from dask.order import order
from lazy.tree import Call


def operations_written(tree):
    """How many calls the expression spells out, each counted as often as it is written."""
    count, waiting = 0, [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Call):
            count += 1
            waiting += [*part.args, *part.kwargs.values()]
    return count


in_order = sorted(graph, key=order(graph).get)
tasks = [graph[name] for name in in_order if isinstance(graph[name], Task)]
steps = {task.key: f"step {number}" for number, task in enumerate(tasks, start=1)}


def shown(value):
    """A task's argument in a word or two: a step before, the array, or a constant."""
    if isinstance(value, TaskRef):
        return steps.get(value.key) or shown(graph[value.key].value)
    return "arr" if value is arr else repr(value)


print("\nthe dask graph of h(arr, arr), where h(a, b) = (a + b) + (a + b + 1):")
for task in tasks:
    print(f"  {steps[task.key]}: {task.func.__name__}({', '.join(map(shown, task.args))})")

assert same(dask.get(graph, key), h(arr, arr))
written = operations_written(LTree.parse(autodask_h(arr, arr)))
print(
    f"\nh was written with {written} operations, and {len(tasks)} are left: "
    "f and g both compute a + b, and it is computed once."
)
