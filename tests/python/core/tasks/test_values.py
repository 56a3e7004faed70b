"""Values: let go at their last use, and seen in the context of the caller."""

import contextvars
import weakref

import pytest
from dask._task_spec import Alias, DataNode, List, Task, TaskRef

from daisy._core import run_tasks

WORKERS = [1, 2]


class Value:
    """Something that can be watched."""


def graph(*nodes):
    """The nodes by their keys."""
    return {node.key: node for node in nodes}


@pytest.mark.parametrize("workers", WORKERS)
def test_a_value_goes_at_its_last_use(workers):
    """Guards that a value is dropped before anything else runs once nobody needs it."""
    watched = []

    def make():
        value = Value()
        watched.append(weakref.ref(value))
        return value

    def use(*args):
        assert watched[0]() is not None

    def after(*args):
        return watched[0]()

    tasks = graph(
        Task("a", make),
        Alias("same", "a"),
        Task("b", use, TaskRef("a"), List(TaskRef("same"))),
        Task("c", use, TaskRef("same"), TaskRef("b")),
        Task("d", after, TaskRef("c")),
    )
    assert run_tasks(tasks, "d", workers) is None


@pytest.mark.parametrize("workers", WORKERS)
def test_a_result_is_given_and_not_kept(workers):
    """Guards that the caller has the only reference to a result in the end."""
    value = run_tasks(graph(Task("a", Value), Task("b", id, TaskRef("a"))), ["a", "b"], workers)[0]
    watched = weakref.ref(value)
    del value
    assert watched() is None


@pytest.mark.parametrize("workers", WORKERS)
def test_a_value_nobody_wants_goes_at_once(workers):
    """Guards the values of tasks that run for their effects: none stays to the end."""
    alive = weakref.WeakSet()

    def make(*_):
        alive.add(value := Value())
        return value

    def count(*_):
        return len(alive)

    tasks = {n: Task(n, make, TaskRef(n - 1)) if n else Task(n, make) for n in range(10)}
    tasks["end"] = Task("end", count, TaskRef(9))
    assert run_tasks(tasks, "end", workers) == 1


VARIABLE = contextvars.ContextVar("variable", default="nobody")


@pytest.mark.parametrize("workers", WORKERS)
def test_tasks_see_the_context_of_the_caller(workers):
    """Guards context variables; what a task sets reaches neither the caller nor another task."""

    def look(*_):
        seen = VARIABLE.get()
        VARIABLE.set("task")
        return seen

    tasks = {n: Task(n, look, TaskRef(n - 1)) if n else Task(n, look) for n in range(5)}
    token = VARIABLE.set("caller")
    try:
        assert run_tasks(tasks, list(range(5)), workers) == ("caller",) * 5
        assert VARIABLE.get() == "caller"
    finally:
        VARIABLE.reset(token)


@pytest.mark.parametrize("workers", WORKERS)
def test_a_failing_task_leaves_its_context(workers):
    """Guards that the caller is in its own context after a failure."""

    def fail():
        VARIABLE.set("task")
        raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        run_tasks(graph(Task("a", fail)), "a", workers)
    assert VARIABLE.get() == "nobody"


@pytest.mark.parametrize("workers", WORKERS)
def test_a_task_may_run_tasks(workers):
    """Guards a run inside a run, three deep."""

    def nested(depth):
        if not depth:
            return 0
        inner = graph(
            Task("x", nested, depth - 1),
            DataNode("y", 1),
            Task("z", sum, List(TaskRef("x"), TaskRef("y"))),
        )
        return run_tasks(inner, "z", workers)

    assert run_tasks(graph(Task("a", nested, 3)), "a", workers) == 3
