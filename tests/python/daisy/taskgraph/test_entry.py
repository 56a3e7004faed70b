"""The contract of a scheduler, row by row, whichever way a call goes."""

import contextvars
import functools
import os
import signal
import threading
import time
import traceback

import dask
import dask.array as da
import dask.bag
import dask.base
import dask.threaded
import pytest
from dask._task_spec import Alias, DataNode, Dict, List, Set, Task, TaskRef, Tuple
from dask.highlevelgraph import HighLevelGraph
from dask.system import CPU_COUNT
from dask.utils_test import GetFunctionTestMixin
from tests.python.conftest import in_threads
from tests.python.programs import output

import daisy
from daisy import _core


def inc(x):
    return x + 1


def add(x, y):
    return x + y


def fail(error):
    raise error


REF = TaskRef("a")


class TestDasksOwn(GetFunctionTestMixin):
    """What dask asks of any scheduler's `get`."""

    get = staticmethod(daisy.get)


class TestDasksOwnObserved(GetFunctionTestMixin):
    """The same in sight of a callback."""

    get = staticmethod(functools.partial(daisy.get, callbacks=[(None,) * 5]))


class Doubling(Task):
    """A task class of someone else's."""

    __slots__ = ()

    def __call__(self, values=()):
        return 2 * super().__call__(values)


# Graphs and keys ------------------------------------------------------------------------------

NODES = {
    "task": (Task("x", inc, REF), 2),
    "keyword": (Task("x", add, REF, y=REF), 2),
    "alias": (Alias("x", "a"), 1),
    "data": (DataNode("x", [1]), [1]),
    "list": (List(REF, 5), [1, 5]),
    "tuple": (Tuple(REF, List(REF)), (1, [1])),
    "set": (Set(REF, 5), {1, 5}),
    "dict": (Dict({"k": REF}), {"k": 1}),
    "nested": (Task("x", sum, List(REF, Task(None, inc, REF))), 3),
    "list not searched": (Task("x", len, [REF, 2]), 2),
    "text that is a key": (Task("x", str.upper, "a"), "A"),
    "subclass": (Doubling("x", inc, REF), 4),
    "legacy task": ((inc, "a"), 2),
    "legacy list": (["a", "a"], [1, 1]),
    "legacy key": ("a", 1),
    "legacy nested": ((sum, ["a", (inc, "a")]), 3),
    "value": (7, 7),
}


@pytest.mark.parametrize("name", NODES)
def test_kinds_of_nodes(get, name):
    """Every form that a value of a graph may have."""
    node, expected = NODES[name]
    assert get({"a": Task("a", int, 1), "x": node}, "x") == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("a", 1),
        ([], ()),
        (["a", "a"], (1, 1)),
        ([["a", ["b"]], "a"], ((1, (2,)), 1)),
        (("t", 0), 3),
        ([("t", 0), 5, 2.5], (3, 4, 5)),
    ],
    ids=repr,
)
def test_keys(get, keys, expected):
    """Results mirror nested lists of keys; a tuple is a key."""
    graph = {"a": 1, "b": (inc, "a"), ("t", 0): 3, 5: 4, 2.5: (inc, 5)}
    assert get(graph, keys) == expected


def test_graph_in_layers(get):
    """What older collections hand over."""
    graph = HighLevelGraph.from_collections("l", {"x": (inc, "a")}, [])
    graph = HighLevelGraph({**graph.layers, "m": {"a": 1}}, {"l": {"m"}, "m": set()})
    assert get(graph, ["x"]) == (2,)


def test_expression(get):
    """What `dask.compute` hands over."""
    x = dask.delayed(inc)(1)
    assert dask.compute(x, [x], scheduler=get) == (2, [2])


def test_the_users_graph_is_not_changed(get):
    """A graph may be run twice."""
    graph = {"a": 1, "b": (inc, "a"), "c": "b"}
    before = dict(graph)
    assert get(graph, "c") == get(graph, "c") == 2
    assert graph == before


def test_only_what_is_needed_runs(get):
    """A broken part that nobody asks for breaks nothing."""
    graph = {
        "a": Task("a", inc, 1),
        "no": Task("no", fail, ValueError("ran")),
        "broken": Task("broken", inc, TaskRef("nowhere")),
    }
    assert get(graph, "a") == 2


def test_unknown_arguments(get):
    """Whatever else `compute` was given is not for the scheduler."""
    assert get({"a": 1}, "a", bogus_keyword=10, retries=3) == 1


def test_missing_key(get):
    """A key that is not there."""
    with pytest.raises(KeyError) as caught:
        get({"a": 1}, ["a", "b"])
    assert caught.value.args == ("b",)


def test_missing_dependency(get):
    """The key that is missing, and who needs it."""
    with pytest.raises(ValueError, match=r"^Missing dependency q for dependents \{'a'\}$"):
        get({"a": Task("a", inc, TaskRef("q"))}, "a")


def test_missing_dependency_that_was_asked_for(get):
    """It ends, whichever of the two is looked at first."""
    graph = {"a": Task("a", inc, TaskRef("q"))}
    for keys in (["a", "q"], ["q", "a"]):
        with pytest.raises((ValueError, KeyError)):
            get(graph, keys)


def test_cycle(get):
    """Others search the text for these words."""
    graph = {"a": Task("a", inc, TaskRef("b")), "b": Task("b", inc, TaskRef("a"))}
    with pytest.raises(RuntimeError, match="Cycle detected between the following keys:\n  -> "):
        get(graph, "a")


def test_deep_chain(get):
    """Nothing recurses over a graph."""
    graph = {i: Task(i, inc, TaskRef(i - 1)) for i in range(1, 10_001)}
    assert get({0: DataNode(0, 0), **graph}, 10_000) == 10_000


def test_async_functions_are_not_awaited(get):
    """The coroutine is the value."""

    async def one():
        return 1

    coroutine = get({"a": Task("a", one)}, "a")
    with pytest.raises(StopIteration) as caught:
        coroutine.send(None)
    assert caught.value.value == 1


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [ValueError, SystemExit, KeyboardInterrupt, StopIteration, GeneratorExit]
)
def test_errors_are_the_same_objects(get, kind):
    """Whatever a task raises is raised by `get`, with the frames of the task."""
    error = kind("mine")
    with pytest.raises(kind) as caught:
        get({"a": Task("a", fail, error), "b": Task("b", inc, REF)}, "b")
    assert caught.value is error
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names[-1] == "fail"
    assert error.__context__ is None
    assert error.__cause__ is None


def test_an_error_lets_go_of_the_values(get):
    """Once it was handled, nothing of the run stays."""

    class Value:
        def __del__(self):
            gone.append(1)

    gone = []

    def use(value):
        raise ValueError("mine")

    graph = {"v": Task("v", Value), "a": Task("a", use, TaskRef("v"))}
    try:
        get(graph, "a")
    except ValueError:
        pass
    deadline = time.monotonic() + 5
    while not gone and time.monotonic() < deadline:
        time.sleep(0.01)
    assert gone == [1]


@pytest.mark.parametrize("way", ["plain", "observed"])
def test_an_error_ends_the_run(way):
    """Nothing new begins, and what runs on other threads ends in the background.

    Where nothing observes the run the calling thread works, too: if it is in a task itself, it
    ends that one first.
    """
    begun, ended, release = [], [], threading.Event()
    together, caller = threading.Barrier(2, timeout=10), threading.get_ident()

    def slow():
        together.wait()
        if threading.get_ident() == caller:
            release.wait(0.5)
        else:
            release.wait(30)
            ended.append(1)

    def bad():
        together.wait()
        raise ValueError("mine")

    def later(_x):
        begun.append(1)

    graph = {"s": Task("s", slow), "b": Task("b", bad), "l": Task("l", later, TaskRef("s"))}
    callbacks = [(None,) * 5] if way == "observed" else None
    with pytest.raises(ValueError, match="mine"):
        # The calling thread works too, and begins with what is asked for first.
        daisy.get(graph, ["b", "l"], num_workers=2, callbacks=callbacks)
    assert not ended
    release.set()
    time.sleep(0.05)
    assert not begun


INTERRUPTED = """
import os, signal, threading, time, daisy
from dask._task_spec import Task
from dask.callbacks import Callback

ended, finished = [], []
callbacks = [Callback(finish=lambda dsk, state, failed: finished.append(failed))]
together, go_on = threading.Barrier(3), threading.Event()

def work():
    together.wait()
    ended.append(go_on.wait(30))

def interrupt():
    together.wait()
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
try:
    daisy.get({i: Task(i, work) for i in range(2)}, [0, 1], num_workers=2, OPTIONS)
except KeyboardInterrupt:
    print("interrupted", ended, finished)
go_on.set()
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [("", "interrupted [] []\n"), ("callbacks=callbacks", "interrupted [] [True]\n")],
    ids=["plain", "observed"],
)
def test_keyboard_interrupt(options, expected):
    """Ctrl-C comes through while tasks run, and callbacks learn of it."""
    assert output(INTERRUPTED.replace("OPTIONS", options)) == expected


# Workers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [None, 0, 1, 2, 5])
def test_workers(get, workers):
    """Any number gives the same; none and 0 leave it to daisy."""
    graph = {i: (inc, i - 1) for i in range(1, 9)}
    call = functools.partial(get.func, **{**get.keywords, "num_workers": workers})
    assert call({0: DataNode(0, 0), **graph}, 8) == 8


def test_negative_workers():
    """Told at once, wherever it was said."""
    with pytest.raises(ValueError, match="-1 workers"):
        daisy.get({"a": 1}, "a", num_workers=-1)
    with dask.config.set(num_workers=-2), pytest.raises(ValueError, match="-2 workers"):
        daisy.get({"a": 1}, "a")


def test_number_of_threads(get):
    """Runs one after the other use the same threads."""
    before = threading.active_count()
    graph = {("x", i): Task(("x", i), time.sleep, 0.001) for i in range(10)}
    for _ in range(20):
        get(graph, list(graph))
    assert threading.active_count() <= before + max(2 * CPU_COUNT, 3)


def test_runs_of_many_threads(get):
    """Twenty threads at once get each its own values."""

    def run(i):
        graph = {"a": Task("a", time.sleep, 0.005), "b": Task("b", lambda _a: i, REF)}
        return get(graph, "b")

    assert in_threads(run, 20) == list(range(20))


def test_nested_get(get):
    """Tasks that run graphs of their own, more of them than there are workers."""

    def nested(i):
        return get({("y", j): Task(("y", j), inc, j) for j in range(4)}, [("y", i % 4)])[0]

    graph = {("x", i): Task(("x", i), nested, i) for i in range(12)}
    assert get(graph, list(graph)) == tuple(i % 4 + 1 for i in range(12))


variable = contextvars.ContextVar("variable", default="outside")


def test_context_variables(get):
    """Tasks see those of the caller, also on threads that are there already."""
    graph = {i: Task(i, lambda: (time.sleep(0.002), variable.get())[1]) for i in range(6)}
    assert set(get(graph, list(graph))) == {"outside"}
    token = variable.set("inside")
    try:
        assert set(get(graph, list(graph))) == {"inside"}
    finally:
        variable.reset(token)
    assert set(get(graph, list(graph))) == {"outside"}


def test_after_fork(get):
    """A child process has no threads yet, and gets its own."""
    graph = {i: Task(i, time.sleep, 0.001) for i in range(8)}
    get(graph, list(graph))
    child = os.fork()
    if not child:
        signal.alarm(20)
        os._exit(0 if get(graph, list(graph)) == (None,) * 8 else 1)
    assert os.waitpid(child, 0)[1] == 0


# Names and traps ------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["argument", "configuration", "environment"])
def test_named(way):
    """`scheduler="daisy"`, wherever dask takes a name."""
    assert dask.base.named_schedulers["daisy"] is daisy.get
    x = dask.delayed(inc)(1)
    if way == "argument":
        assert x.compute(scheduler="daisy") == 2
    elif way == "configuration":
        with dask.config.set(scheduler="daisy"):
            assert dask.base.get_scheduler() is daisy.get
            assert x.compute() == 2
    else:
        program = "import daisy, dask.base; assert dask.base.get_scheduler() is daisy.get"
        assert output(program, env={"DASK_SCHEDULER": "daisy"}) == ""


def test_persist():
    """dask asks what belongs to `get` for `persist`: the extension module must have none."""
    assert not hasattr(_core, "persist")
    assert not callable(getattr(getattr(daisy.get, "__self__", daisy.get), "persist", None))
    (x,) = dask.persist(dask.delayed(inc)(1), scheduler=daisy.get)
    assert x.compute(scheduler=daisy.get) == 2


def test_default_schedulers():
    """Collections with one default scheduler still compute together where daisy is named."""
    x, y = da.ones(3, chunks=2), dask.bag.from_sequence([1, 2], npartitions=2)
    z = dask.delayed(inc)(1)
    got = dask.compute(x.sum(), y.sum(), z, scheduler=daisy.get)
    assert got == (3.0, 3, 2)
    with dask.config.set(scheduler="daisy"):
        assert dask.compute(x.sum(), y.sum(), z) == got
    # Importing daisy changes no default: these two have dask's own.
    assert dask.compute(x.sum(), z) == (3.0, 2)
    assert z.__dask_scheduler__ == x.__dask_scheduler__ == dask.threaded.get


def test_thunks_on_it():
    """`daisy.get` is a scheduler like any other for thunks."""
    daisy.register_get(daisy.get)
    assert daisy.strict(daisy.autodask(lambda x: inc(x) + inc(x))(1)) == 4
