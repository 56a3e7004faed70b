"""Daemon threads that are inside daisy when the interpreter ends."""

import pytest
from tests.python.programs import output

HEAD = """
import threading, time
import dask, numpy
from dask._task_spec import DataNode, Dict, List, Set, Task, TaskRef
import daisy, lazy
from daisy._core import run_tasks
from tests.python.graphs import fan, fanned

class Slow:
    # The interpreter is still ending when a daemon thread wakes up and wants the GIL.
    def __del__(self, sleep=time.sleep):
        sleep(0.3)

slow = Slow()
inside = threading.Event()

def nap(n=0):
    inside.set()
    time.sleep(0.1)
    return n

def step(n=0):
    inside.set()
    return n

class Number:
    def __init__(self, n):
        self.n = n
    def __add__(self, other):
        return Number(nap(self.n + other.n))
    def __neg__(self):
        return Number(nap(-self.n))
    def __lt__(self, other):
        return nap(self.n) < other.n
    def __getitem__(self, place):
        return nap(place)
    def __pow__(self, other):
        return Number(nap(self.n))
    def __getattr__(self, name):
        return nap(name)

class Everything:
    def __bool__(self):
        return bool(nap(1))
    def __str__(self):
        return str(nap())
    __repr__ = __str__
    def __format__(self, spec):
        return str(nap())
    def __hash__(self):
        return nap(5)
    def __eq__(self, other):
        return self is other
    def __int__(self):
        return nap()
    def __index__(self):
        return nap()
    def __len__(self):
        return nap()
    def __dir__(self):
        return [str(nap())]
    def __contains__(self, item):
        return bool(nap())
    def __array__(self, dtype=None, copy=None):
        return numpy.array(nap())
    def __iter__(self):
        nap()
        return self
    def __next__(self):
        return nap()

two = Number(2)
every = Everything()
value = lazy.thunk(lambda: every)
lazy.strict(value)
Pair = __import__("collections").namedtuple("Pair", "a")
Pair._make = lambda items: nap(1)
"""

# Each call is made by a daemon thread; those of one program go on at the same time.
PROGRAMS = {
    "tasks": [
        "run_tasks({'x': Task('x', nap)}, 'x', 1)",
        "fan(nap, range(4))",
        "run_tasks({'x': type('T', (Task,), {})('x', nap)}, 'x', 2)",
        "daisy.get({'x': Task('x', nap)}, 'x', cache={})",
    ],
    "thunks": [
        "lazy.strict(lazy.thunk(nap, 1))",
        "lazy.strict(lazy.thunk(Number, 1) + two)",
        "lazy.strict(-lazy.thunk(Number, 1))",
        "lazy.strict(lazy.thunk(Number, 1) < two)",
        "lazy.strict(lazy.thunk(Number, 1) ** two)",
        "lazy.strict(lazy.thunk(Number, 1)[3])",
        "lazy.strict(lazy.thunk(Number, 1).value)",
    ],
    "forced by Python": [
        "bool(value)",
        "str(value)",
        "repr(value)",
        "format(value, '')",
        "hash(value)",
        "int(value)",
        "range(value)",
        "len(value)",
        "dir(value)",
        "1 in value",
        "numpy.asarray(value)",
        "iter(daisy._core.lift(every))",
        "next(value)",
    ],
    "containers": [
        "lazy.strict(lazy.thunk(id, {lazy.thunk(lambda: every)}))",
        "lazy.strict(lazy.thunk(id, frozenset([lazy.thunk(lambda: every)])))",
        "lazy.strict(lazy.thunk(id, {lazy.thunk(lambda: every): 1}))",
        "lazy.strict(lazy.thunk(id, Pair(lazy.thunk(lambda: every))))",
        "run_tasks({'x': Set(TaskRef('y')), 'y': DataNode('y', every)}, 'x', 1)",
        "run_tasks({'x': Dict({TaskRef('y'): 1}), 'y': DataNode('y', every)}, 'x', 1)",
    ],
    "another scheduler": ["daisy.register_get(dask.get); lazy.strict(daisy.thunk(nap, 1))"],
    "many short tasks": ["fan(step, range(200_000))"],
    "many short graphs": [
        "while True: daisy.get(fanned(step, range(9)), 'all', num_workers=2)",
        "while True: lazy.strict(lazy.thunk(step, 1) + 1)",
    ],
}


@pytest.mark.parametrize("calls", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_daemon_thread_does_not_crash_the_end(calls):
    """Guards that a daemon thread inside a run is kept where CPython would end it."""
    program = f"""
        def go(call):
            exec(call, globals())
        for call in {calls!r}:
            inside.clear()
            threading.Thread(target=go, args=(call,), daemon=True).start()
            inside.wait(30)
    """
    assert output(program, head=HEAD) == ""


def test_a_thread_that_is_no_daemon_is_waited_for():
    """Guards that only daemon threads are left behind."""
    program = """
        def work():
            fan(nap, range(4))
            print("done")
        threading.Thread(target=work).start()
        inside.wait(30)
    """
    assert output(program, head=HEAD) == "done\n"
