"""The run that can be observed: what callbacks see, and in which order."""

import threading
import time
from concurrent.futures import Executor, Future

import dask
import pytest
from dask._task_spec import DataNode, Task, TaskRef
from dask.callbacks import Callback
from dask.diagnostics import CacheProfiler, Profiler, ProgressBar
from dask.order import order

import daisy

GRAPH = {"x": 1, "y": 2, "z": (abs, "x"), "w": (max, "z", "y")}
STATE = {
    "dependencies",
    "dependents",
    "waiting",
    "waiting_data",
    "cache",
    "ready",
    "running",
    "finished",
    "released",
}


class Log(Callback):
    """Writes down what it is called with."""

    def __init__(self, name="", log=None):
        self.name = name
        self.log = [] if log is None else log

    def _start(self, dsk):
        self.caller = threading.current_thread()
        self.log.append((self.name + "start", sorted(dsk, key=str)))

    def _start_state(self, dsk, state):
        assert set(state) == STATE
        assert all(callable(node) for node in dsk.values())
        self.log.append((self.name + "state", list(state["ready"])))

    def _pretask(self, key, dsk, state):
        assert threading.current_thread() is self.caller
        assert key in state["running"]
        self.log.append((self.name + "before", key))

    def _posttask(self, key, value, dsk, state, worker):
        assert key in state["finished"]
        assert isinstance(worker, int)
        self.log.append((self.name + "after", key, value, sorted(state["released"], key=str)))

    def _finish(self, dsk, state, failed):
        self.log.append((self.name + "finish", failed, dict(state.get("cache", {}))))


@pytest.mark.parametrize("workers", [1, 3])
def test_order_of_calls(workers):
    """From the start to the finish, once each."""
    with Log() as log:
        assert daisy.get(GRAPH, "w", num_workers=workers) == 2
    assert log.log == [
        ("start", ["w", "x", "y", "z"]),
        ("state", ["z"]),
        ("before", "z"),
        ("after", "z", 1, ["x"]),
        ("before", "w"),
        ("after", "w", 2, ["x", "y", "z"]),
        ("finish", False, {"w": 2}),
    ]


def test_several_callbacks():
    """Each step of all of them before the next."""
    log = []
    daisy.get({"a": Task("a", abs, 1)}, "a", callbacks=[Log("1", log), Log("2", log)])
    names = [entry[0] for entry in log]
    steps = ("start", "state", "before", "after", "finish")
    assert names == [number + step for step in steps for number in "12"]


def test_finish_after_an_error():
    """It is called, and told of it, with what there is of the state."""
    error = ValueError("mine")

    def fail():
        raise error

    with Log() as log, pytest.raises(ValueError, match="mine"):
        daisy.get({"a": Task("a", fail)}, "a")
    assert log.log[-1] == ("finish", True, {})


@pytest.mark.parametrize("broken", ["start", "start_state", "pretask", "posttask", "finish"])
def test_broken_callbacks(broken):
    """Those that were started are finished, the one that failed to start is not."""

    def fail(*_args):
        raise ValueError("mine")

    log = []
    callbacks = [Log("1", log), Callback(**{broken: fail}), Log("2", log)]
    with pytest.raises(ValueError, match="mine"):
        daisy.get({"a": Task("a", abs, 1)}, "a", callbacks=callbacks)
    finished = [entry[0] for entry in log if entry[0].endswith("finish")]
    assert finished == (["1finish"] if broken == "start" else ["1finish", "2finish"])
    failed = [entry[1] for entry in log if entry[0].endswith("finish")]
    assert all(failed) is (broken != "finish")


def test_nested_runs_have_no_callbacks():
    """A progress bar shows the run that it is round, not those of its tasks."""

    def nested():
        assert not Callback.active
        with Log() as inner:
            daisy.get({"i": Task("i", abs, 1)}, "i")
        return [entry[1] for entry in inner.log if entry[0] == "before"]

    with Log() as log:
        assert daisy.get({"o": Task("o", nested)}, "o") == ["i"]
    assert [entry[1] for entry in log.log if entry[0] == "before"] == ["o"]


def test_one_worker_follows_dasks_order():
    """Whatever the graph, each task has its place."""
    graph = {("a", i): Task(("a", i), abs, i) for i in range(6)}
    for i in range(5):
        graph["b", i] = Task(("b", i), max, TaskRef(("a", i)), TaskRef(("a", i + 1)))
    graph["c"] = Task("c", max, *(TaskRef(("b", i)) for i in range(5)))
    with Log() as log:
        daisy.get(graph, "c", num_workers=1)
    ran = [entry[1] for entry in log.log if entry[0] == "before"]
    assert ran == sorted(graph, key=order(graph).get)


def test_start_may_change_the_graph():
    """As dask.cache does, which puts in the values that it has."""

    def start(dsk):
        dsk["a"] = 10

    def never():
        raise AssertionError("run")

    graph = {"a": Task("a", never), "b": Task("b", abs, TaskRef("a"))}
    assert daisy.get(graph, "b", callbacks=Callback(start=start)) == 10
    assert isinstance(graph["a"], Task)


def test_containers_live():
    """A thread that was given the state sees it change."""
    states, seen = [], []

    def task(_x=None):
        time.sleep(0.01)
        seen.append(len(states[0]["finished"]))

    graph = {"a": Task("a", task), "b": Task("b", task, TaskRef("a"))}
    daisy.get(graph, "b", callbacks=Callback(start_state=lambda dsk, state: states.append(state)))
    assert seen == [0, 1]


@pytest.mark.parametrize("tool", [Profiler, CacheProfiler, ProgressBar])
def test_dasks_own_tools(tool, capsys):
    """What comes with dask works."""
    with tool() as running:
        assert daisy.get(GRAPH, "w") == 2
    if tool is ProgressBar:
        assert "100%" in capsys.readouterr().out
    else:
        assert {entry.key for entry in running.results} >= {"z", "w"}


# The cache ------------------------------------------------------------------------------------


def test_data_is_in_the_cache_before_tasks_run():
    """A task may look there."""
    cache = {}
    graph = {"x": (lambda y: list(cache) + [y], "y"), "y": 1}
    with dask.config.set(cache=cache):
        assert daisy.get(graph, "x") == ["y", 1]


def test_what_stays_in_the_cache():
    """The results, and nothing else of the run."""
    cache = {"other": 5}
    assert daisy.get(GRAPH, ["w", "x"], cache=cache) == (2, 1)
    assert cache == {"other": 5, "w": 2, "x": 1}


@pytest.mark.parametrize("value", [0, None, False, [], 3], ids=repr)
def test_a_cached_value(value):
    """Values that are false are values."""
    graph = {"b": Task("b", repr, TaskRef("a"))}
    assert daisy.get(graph, "b", cache={"a": value}) == repr(value)


def test_a_cached_value_of_a_task():
    """The task need not run."""

    def never():
        raise AssertionError("run")

    graph = {"a": Task("a", never), "b": Task("b", abs, TaskRef("a"))}
    assert daisy.get(graph, "b", cache={"a": -7}) == 7


# The hooks ------------------------------------------------------------------------------------


def test_rerun_gives_the_second_value():
    """A task that fails only once: its value, never the error, is the result."""
    times = []

    def flaky():
        times.append(threading.current_thread())
        if len(times) == 1:
            raise ValueError("mine")
        return 5

    graph = {"a": Task("a", flaky), "b": Task("b", abs, TaskRef("a"))}
    assert daisy.get(graph, "b", rerun_exceptions_locally=True, num_workers=2) == 5
    assert times[1] is threading.main_thread()


def test_rerun_that_fails_again():
    """The second error is raised where a debugger sees the task's frames."""

    def fail():
        raise ValueError(threading.current_thread() is threading.main_thread())

    with dask.config.set(rerun_exceptions_locally=True), pytest.raises(ValueError, match="True"):
        daisy.get({"a": Task("a", fail)}, "a", num_workers=2)


def test_raise_exception():
    """It gets the error with its traceback; the error is raised even if it raises nothing."""
    got = []
    graph = {"a": Task("a", int, "no")}
    with pytest.raises(ValueError, match="invalid literal"):
        daisy.get(graph, "a", raise_exception=lambda *args: got.append(args))
    assert isinstance(got[0][0], ValueError)

    def other(_error, _where):
        raise KeyError("other")

    with pytest.raises(KeyError, match="other"):
        daisy.get(graph, "a", raise_exception=other)


def test_sending_hooks():
    """Tasks, results and errors pass through the user's functions."""
    sent = []

    def dumps(value):
        sent.append(value)
        return ("sent", value)

    def loads(value):
        name, value = value
        assert name == "sent"
        return value

    hooks = {"dumps": dumps, "loads": loads}
    graph = {"x": 1, "a": Task("a", abs, TaskRef("x"))}
    assert daisy.get(graph, "a", get_id=lambda: "me", **hooks) == 1
    assert sent[0][1] == {"x": 1}
    assert sent[1] == (1, "me")
    with pytest.raises(ValueError, match="invalid literal"):
        daisy.get({"a": Task("a", int, "no")}, "a", **hooks)
    with pytest.raises(LookupError, match="packed"):
        daisy.get(
            {"a": Task("a", int, "no")},
            "a",
            pack_exception=lambda error, dumps: dumps((LookupError("packed"), None)),
            **hooks,
        )


@pytest.mark.parametrize("chunksize", [1, 2, 7, -1])
def test_chunksize(chunksize):
    """However many tasks are sent at a time, each runs once, and a broken one is reported."""
    graph = {i: Task(i, abs, -i) for i in range(20)}
    graph["all"] = Task("all", lambda *values: values, *map(TaskRef, range(20)))
    with Log() as log:
        got = daisy.get(graph, "all", chunksize=chunksize, num_workers=3)
    assert got == tuple(range(20))
    ran = [entry[1] for entry in log.log if entry[0] == "after"]
    assert sorted(map(str, ran)) == sorted(map(str, graph))
    graph[5] = Task(5, int, "no")
    with Log(), pytest.raises(ValueError, match="invalid literal"):
        daisy.get(graph, "all", chunksize=chunksize, num_workers=3)


def test_an_error_calls_back_what_no_worker_has_begun():
    """What waits in a pool that is busy with other things does not run later."""
    futures = []

    class Busy(Executor):
        _max_workers = 2

        def submit(self, func, /, *args):
            futures.append(Future())
            if len(futures) == 1:
                futures[0].set_result(func(*args))
            return futures[-1]

    graph = {i: Task(i, int, "no") for i in range(2)}
    with pytest.raises(ValueError, match="invalid literal"):
        daisy.get(graph, [0, 1], pool=Busy())
    assert [future.cancelled() for future in futures] == [False, True]


def test_data_nodes_are_values(get):
    """A node that stands for a value is one on every way."""
    assert get({"a": DataNode("a", ("b", "c")), "b": 1}, ["a", "b"]) == (("b", "c"), 1)
