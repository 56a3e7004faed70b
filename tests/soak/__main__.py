"""Mixed load from many threads for minutes: nothing hangs, nothing leaks, every answer is right.

Run by `make soak`, which is not part of the tests because it takes as long as it is told to.
"""

import argparse
import faulthandler
import gc
import hashlib
import random
import sys
import threading
import time
from pathlib import Path

import dask.array as da
import numpy as np
from dask._task_spec import List, Task, TaskRef
from dask.callbacks import Callback

import daisy
from daisy import autodask, strict

PATIENCE = 60
"""Seconds after which a thread that has finished no job counts as hanging."""
GROWTH = 32 * 2**20
"""Bytes that the process may grow by between the first quarter and the end."""


class Broken(Exception):
    """What failing tasks raise."""


def inc(x):
    return x + 1


def digest(x):
    """A while without the GIL."""
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 2_000)
    return x


def fail(x):
    raise Broken(x)


def nested(x):
    """A task that runs a graph of its own."""
    graph = {n: Task(n, inc, n) for n in range(20)}
    return sum(daisy.get(graph, list(range(20)))) + x


@autodask(inline=True)
def traced(array):
    doubled = array + array
    return (doubled * doubled).sum() + (array + array).sum()


def many_small(chance):
    count = chance.randrange(1, 3_000)
    graph = {n: Task(n, inc, n) for n in range(count)}
    graph["sum"] = Task("sum", sum, List(*map(TaskRef, range(count))))
    assert daisy.get(graph, "sum") == count * (count + 1) // 2


def some_long(chance):
    count = chance.randrange(1, 20)
    graph = {n: Task(n, digest, n) for n in range(count)}
    assert daisy.get(graph, [list(range(count))]) == (tuple(range(count)),)


def failing(chance):
    count = chance.randrange(1, 200)
    graph = {n: Task(n, digest if n % 50 == 0 else inc, n) for n in range(count)}
    graph["bad"] = Task("bad", fail, TaskRef(chance.randrange(count)))
    try:
        daisy.get(graph, [*range(count), "bad"])
    except Broken:
        return
    raise AssertionError("the error was lost")


def graphs_in_graphs(chance):
    count = chance.randrange(1, 10)
    graph = {n: Task(n, nested, n) for n in range(count)}
    expected = tuple(sum(range(1, 21)) + n for n in range(count))
    assert daisy.get(graph, list(range(count))) == expected


def observed(chance):
    seen = []
    count = chance.randrange(1, 50)
    graph = {n: Task(n, inc, n) for n in range(count)}
    watching = Callback(posttask=lambda key, *_: seen.append(key))
    daisy.get(graph, list(range(count)), callbacks=[watching])
    assert sorted(seen) == list(range(count))


def arrays(chance):
    size = chance.choice((37, 200, 371))  # few: dask keeps something of every new expression
    x = da.ones((size, size), chunks=(37, 53))
    assert (x + x.T).sum().compute(scheduler=daisy.get) == 2 * size * size


def thunks(chance):
    array = np.arange(chance.randrange(1, 50_000))
    assert strict(traced(array)) == (4 * array * array).sum() + 2 * array.sum()


JOBS = (many_small, some_long, failing, graphs_in_graphs, observed, arrays, thunks)


class Load:
    """Threads that do one job after the other, and when each of them last finished one."""

    def __init__(self, threads):
        self.beats = [time.monotonic()] * threads
        self.jobs = 0
        self.error = None
        self.over = threading.Event()

    def work(self, number):
        chance = random.Random(number)
        try:
            while not self.over.is_set():
                chance.choice(JOBS)(chance)
                self.beats[number] = time.monotonic()
                self.jobs += 1
        except BaseException as error:
            self.error = error
            self.over.set()

    def hangs(self):
        return time.monotonic() - min(self.beats) > PATIENCE


def resident():
    """Bytes of this process that are in memory."""
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise LookupError("no VmRSS in /proc/self/status")


def main(seconds, threads):
    load = Load(threads)
    workers = [threading.Thread(target=load.work, args=(n,), daemon=True) for n in range(threads)]
    begin = time.monotonic()
    for worker in workers:
        worker.start()
    early = None
    while not load.over.wait(1) and (passed := time.monotonic() - begin) < seconds:
        if early is None and passed > seconds / 4:
            early = resident()
        if load.hangs():
            faulthandler.dump_traceback(all_threads=True)
            sys.exit(f"soak: a thread has finished nothing for {PATIENCE} s")
    load.over.set()
    for worker in workers:
        worker.join(PATIENCE)
    if load.error is not None:
        raise load.error
    grown = resident() - (early or resident())
    print(
        f"soak: {load.jobs} jobs from {threads} threads, {grown / 2**20:+.1f} MiB since a quarter"
    )
    if grown > GROWTH:
        sys.exit("soak: the process grows")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--threads", type=int, default=8)
    given = parser.parse_args()
    main(given.minutes * 60, given.threads)
