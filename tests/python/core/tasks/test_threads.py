"""Several threads: callers at once, runs inside runs, helpers, and interruptions."""

import asyncio
import contextvars
import signal
import threading
import time
import weakref

import pytest
from dask._task_spec import List, Task, TaskRef
from tests.python.conftest import in_threads
from tests.python.graphs import fan
from tests.python.programs import output

from daisy._core import run_tasks

VARIABLE = contextvars.ContextVar("variable", default="nobody")


def test_what_is_ready_behind_much_that_waits():
    """Guards that a helper is called for a step that stands far behind steps that wait."""
    together = threading.Barrier(2)
    tasks = {n: Task(n, lambda _: None, TaskRef("first")) for n in range(1_000)}
    tasks |= {key: Task(key, together.wait, 30) for key in ("first", "last")}
    assert sorted(run_tasks(tasks, ["first", *range(1_000), "last"], 2)[::1001]) == [0, 1]


def test_long_tasks_run_at_once():
    """Guards that helpers join: tasks that wait for each other all get a thread."""
    together = threading.Barrier(3)
    waited = fan(lambda _: together.wait(30), range(3), 3)
    assert sorted(waited) == [0, 1, 2]


def test_no_more_threads_than_workers():
    """Guards the number of workers, the caller being one of them."""
    now, most = [], []

    def note(_):
        now.append(1)
        most.append(len(now))
        time.sleep(0.01)
        now.pop()

    fan(note, range(20), 2)
    assert max(most) == 2


def test_the_caller_works_too():
    """Guards that the thread that calls runs tasks."""

    def me(_):
        time.sleep(0.01)
        return threading.get_ident()

    assert threading.get_ident() in fan(me, range(10), 2)


def test_twenty_callers_at_once():
    """Guards that runs do not wait for each other, nor mix their values."""

    def call(number):
        def task(arg):
            if arg % 10 == 0:
                time.sleep(0.001)
            return number, arg

        return fan(task, range(50), 3)

    assert in_threads(call, 20) == [[(n, arg) for arg in range(50)] for n in range(20)]


def test_tasks_that_run_tasks_on_every_thread():
    """Guards that runs inside runs finish though every thread is inside one."""

    def nested(depth):
        time.sleep(0.001)
        return 1 + sum(fan(nested, [depth - 1] * 3, 2)) if depth else 1

    assert nested(4) == 121


def test_runs_inside_of_tasks_may_wait_for_each_other():
    """Guards that each run gets its helpers: dask's threads have a pool each for such runs."""
    barrier = threading.Barrier(4)

    def inner(number):
        barrier.wait(20)
        return number

    def outer(_):
        return sum(fan(inner, range(2), workers=2))

    assert fan(outer, range(2), workers=2) == [1, 1]


def test_helpers_are_in_the_context_of_the_caller():
    """Guards context variables on threads that were there before they were set."""
    together = threading.Barrier(2)

    def look(_):
        together.wait(30)
        seen = VARIABLE.get()
        VARIABLE.set("task")
        return seen, threading.get_ident()

    for value in ("one", "two"):
        token = VARIABLE.set(value)
        seen = fan(look, range(2), 2)
        VARIABLE.reset(token)
        assert [name for name, _ in seen] == [value, value]
        assert len({thread for _, thread in seen}) == 2


class Value:
    """Something that can be watched."""


def test_a_failure_does_not_wait_for_others():
    """Guards that the caller has the exception while another task is busy, and nothing is kept."""
    together, go_on, alive = threading.Barrier(2), threading.Event(), weakref.WeakSet()
    caller = threading.get_ident()

    def fails_here(_value):
        together.wait(30)
        if threading.get_ident() == caller:
            raise error
        go_on.wait(30)
        alive.add(result := Value())
        return result

    def make():
        alive.add(value := Value())
        return value

    error = ValueError("why")
    tasks = {
        "value": Task("value", make),
        "one": Task("one", fails_here, TaskRef("value")),
        "other": Task("other", fails_here, TaskRef("value")),
    }
    tasks["end"] = List(TaskRef("one"), TaskRef("other"))
    with pytest.raises(ValueError, match="why") as caught:
        run_tasks(tasks, "end", 2)
    assert caught.value is error
    failed_while_busy = not go_on.is_set()
    go_on.set()
    del caught, tasks
    error.__traceback__ = None
    until = time.monotonic() + 30
    while alive and time.monotonic() < until:
        time.sleep(0.01)
    assert failed_while_busy
    assert not alive


def test_ctrl_c_while_the_caller_waits():
    """Guards that a signal ends a run whose only running task is on another thread."""
    main, together = threading.get_ident(), threading.Barrier(2)
    go_on, finished = threading.Event(), threading.Event()

    def work(_):
        together.wait(30)
        if threading.get_ident() != main:
            time.sleep(0.1)
            signal.pthread_kill(main, signal.SIGINT)
            go_on.wait(30)
            finished.set()

    with pytest.raises(KeyboardInterrupt):
        fan(work, range(2), 2)
    assert not finished.is_set()
    go_on.set()
    assert finished.wait(30)


def test_ctrl_c_between_tasks():
    """Guards that a signal ends a run of short tasks, whichever thread does them."""

    def interrupt(n):
        if n == 500:
            signal.raise_signal(signal.SIGINT)
        ran.append(n)

    ran = []
    for workers in (1, 2):
        ran.clear()
        with pytest.raises(KeyboardInterrupt):
            fan(interrupt, range(100_000), workers)
        assert len(ran) < 100_000


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_may_run_an_event_loop(workers):
    """Guards that tasks do not see the event loop of the calling thread, as in a notebook."""

    async def three():
        return 3

    def task():
        return asyncio.run(three())

    async def main():
        tasks = {key: Task(key, task) for key in "abc"}
        result = run_tasks(tasks, ["a", "b", "c"], workers)
        return result, asyncio.get_running_loop()

    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(main()) == ((3, 3, 3), loop)
    loop.close()


def test_asyncio_may_be_in_the_midst_of_its_import():
    """Guards a run beside a thread that imports asyncio, which is there in part by then."""
    program = """
        import sys, types
        import daisy
        from dask._task_spec import Task

        sys.modules["asyncio.events"] = types.ModuleType("asyncio.events")
        print(daisy.get({"a": Task("a", int, 5)}, "a"))
    """
    assert output(program) == "5\n"
