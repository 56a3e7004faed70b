"""What is wrong with a graph, and what a failing task raises, said as dask says it."""

import gc
import traceback
import weakref

import dask
import pytest
from dask._task_spec import Alias, DataNode, List, Set, Task, TaskRef
from dask.utils_test import inc

from daisy._core import run_tasks

WORKERS = [1, 2]


def graph(*nodes):
    """The nodes by their keys."""
    return {node.key: node for node in nodes}


def failure(get, *args):
    """What a scheduler raises, by class and text."""
    try:
        get(*args)
    except Exception as error:
        return type(error), str(error), error.args
    return None


BROKEN = {
    "missing request": (graph(DataNode("x", 1)), ["x", "y"]),
    "missing tuple": (graph(DataNode("x", 1)), ("y", 0)),
    "missing need": (graph(Task("a", inc, TaskRef("q"))), "a"),
    "missing need deep": (
        graph(Task("b", inc, TaskRef("a")), Task("a", len, List(TaskRef("q")))),
        "b",
    ),
    "missing target": (graph(Alias("a", "q")), "a"),
    "cycle": (graph(Task("a", inc, TaskRef("b")), Task("b", inc, TaskRef("a"))), "a"),
    "cycle of aliases": (graph(Alias("a", "b"), Alias("b", "a")), "a"),
    "longer cycle": (
        graph(
            Task("end", inc, TaskRef("a")),
            Task("a", inc, TaskRef("b")),
            Task("b", inc, TaskRef("c")),
            Task("c", inc, TaskRef("a")),
        ),
        "end",
    ),
}


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("name", BROKEN)
def test_broken_graphs_fail_as_with_dask(name, workers):
    """Guards class, text and arguments of the exceptions."""
    tasks, keys = BROKEN[name]
    assert failure(run_tasks, tasks, keys, workers) == failure(dask.get, tasks, keys)


@pytest.mark.parametrize("workers", WORKERS)
def test_every_dependent_of_a_missing_key_is_named(workers):
    """Guards that the text names all tasks of the run that lack the key, and no other."""
    tasks = graph(
        Task("a", inc, TaskRef("q")), Task("b", inc, TaskRef("q")), Task("c", inc, TaskRef("q"))
    )
    with pytest.raises(ValueError, match="Missing dependency q for dependents") as caught:
        run_tasks(tasks, ["a", "b"], workers)
    assert "'a'" in str(caught.value)
    assert "'b'" in str(caught.value)
    assert "'c'" not in str(caught.value)


def test_a_missing_key_elsewhere_does_not_matter():
    """Guards that a missing key which nobody needs is not looked for."""
    tasks = graph(DataNode("x", 1), Task("a", inc, TaskRef("q")))
    assert run_tasks(tasks, "x", 2) == 1


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("key", ["x", "missing"])
def test_a_circle_elsewhere_is_an_error(workers, key):
    """Guards that a circle is told wherever it is, and before a missing key, as dask does."""
    tasks = graph(DataNode("x", 1), Alias("b", "c"), Alias("c", "b"))
    with pytest.raises(RuntimeError, match="Cycle detected"):
        run_tasks(tasks, key, workers)


def test_nothing_runs_if_a_key_is_missing():
    """Guards that a graph is looked at before it is run."""
    ran = []
    with pytest.raises(KeyError):
        run_tasks(graph(Task("a", ran.append, 1)), ["a", "b"], 2)
    assert not ran


def test_keys_that_cannot_be_keys():
    """Guards that Python's own error comes out."""
    with pytest.raises(TypeError, match="unhashable"):
        run_tasks({}, {}, 2)


EVERY = [ValueError, StopIteration, SystemExit, KeyboardInterrupt, GeneratorExit, BaseException]


def fail(error):
    """A task that fails."""
    raise error


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("workers", WORKERS)
def test_the_very_exception_comes_out(workers, kind):
    """Guards that an exception is the object that the task raised, whatever its class."""
    error = kind("why")
    with pytest.raises(kind) as caught:
        run_tasks(graph(Task("a", fail, error), Task("b", inc, TaskRef("a"))), "b", workers)
    assert caught.value is error
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names == ["test_the_very_exception_comes_out", "fail"]
    assert not getattr(error, "__notes__", None)
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize("workers", WORKERS)
def test_nothing_runs_after_a_failure(workers):
    """Guards that what needs a failed task does not run."""
    ran = []
    tasks = graph(Task("a", fail, ValueError("why")), Task("b", ran.append, TaskRef("a")))
    with pytest.raises(ValueError, match="why"):
        run_tasks(tasks, "b", workers)
    assert not ran


class Value:
    """Something that can be watched."""


@pytest.mark.parametrize("workers", WORKERS)
def test_a_failed_run_keeps_nothing(workers):
    """Guards that the values of a failed run are let go, a thousand times."""
    alive = weakref.WeakSet()

    def make():
        alive.add(value := Value())
        return value

    error = ValueError("why")
    tasks = graph(*(Task(key, make) for key in "abc"), Task("d", fail, error))
    tasks["end"] = List(*map(TaskRef, "abcd"))
    for _ in range(1000):
        with pytest.raises(ValueError, match="why") as caught:
            run_tasks(tasks, "end", workers)
        assert caught.value is error
        error.__traceback__ = None
    del caught
    gc.collect()
    assert not alive


def test_containers_fail_as_python_does():
    """Guards the error for a list in a set, which dask's classes do not look for."""
    tasks = {"x": DataNode("x", []), "y": Set(TaskRef("x"))}
    assert failure(run_tasks, tasks, "y", 2) == failure(dask.get, tasks, "y")


@pytest.mark.parametrize("workers", WORKERS)
def test_ctrl_c_while_a_failure_is_told(workers):
    """Guards that what must end a program gets through, and does not hide why a task failed."""
    error = ValueError("why")

    def blame(key, error):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        run_tasks(graph(Task("x", fail, error)), "x", workers, blame)
    assert caught.value.__context__ is error


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("workers", WORKERS)
def test_what_goes_wrong_while_a_failure_is_told(workers):
    """Guards that the task's own error is raised where telling of it fails."""

    def blame(key, error):
        raise LookupError

    with pytest.raises(ValueError, match="why"):
        run_tasks(graph(Task("x", fail, ValueError("why"))), "x", workers, blame)
