"""Who works: the caller, threads of daisy's, the user's pool."""

import functools
import gc
import multiprocessing
import threading
import time
import weakref
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import dask
import pytest
from dask._task_spec import Task, TaskRef

import daisy
from daisy.taskgraph import crew as crews

OBSERVED = functools.partial(daisy.get, callbacks=[(None,) * 5])
POOLS = {"executor": ThreadPoolExecutor, "pool": ThreadPool}


@pytest.fixture(params=list(POOLS))
def pool(request):
    """Three threads of the user's."""
    with POOLS[request.param](3) as pool:
        yield pool


def threads_graph(count=12):
    def work():
        time.sleep(0.005)
        return threading.get_ident()

    return {i: Task(i, work) for i in range(count)}


def idents(pool):
    """The threads of a pool."""
    threads = pool._threads if isinstance(pool, ThreadPoolExecutor) else pool._pool
    return {thread.ident for thread in threads}


def test_tasks_run_on_the_pool(pool):
    """On all of its threads and on no other, however it is given."""
    graph = threads_graph()
    assert set(daisy.get(graph, list(graph), pool=pool)) == idents(pool)
    with dask.config.set(pool=pool):
        assert set(daisy.get(graph, list(graph), num_workers=1)) == idents(pool)


def test_one_observed_worker_leaves_the_callers_context_alone():
    """Guards that what a task sets is not seen by the caller, as with threads."""
    from contextvars import ContextVar

    variable = ContextVar("variable", default=0)
    graph = {"a": Task("a", variable.set, 5), "b": Task("b", variable.get)}
    OBSERVED(graph, ["a", "b"], num_workers=1)
    assert variable.get() == 0


def test_context_variables_on_the_pool(pool):
    """As on daisy's own threads."""
    from contextvars import ContextVar

    variable = ContextVar("variable", default=0)
    variable.set(5)
    assert daisy.get({"a": Task("a", variable.get)}, "a", pool=pool) == 5


def test_variables_that_a_task_sets(get):
    """They are the task's own: the caller goes on without them, on whichever thread it ran."""
    from contextvars import ContextVar

    variable = ContextVar("variable", default=0)
    get({"a": Task("a", variable.set, 1)}, "a")
    assert variable.get() == 0


def test_nested_runs_on_one_pool(pool):
    """More tasks with runs of their own than the pool has threads: none waits for another."""

    def nested(i):
        return daisy.get({0: Task(0, abs, -i), 1: Task(1, abs, TaskRef(0))}, 1)

    graph = {i: Task(i, nested, i) for i in range(9)}
    with dask.config.set(pool=pool):
        assert daisy.get(graph, list(graph)) == tuple(range(9))


def test_a_nested_run_through_other_threads(pool):
    """The pool is found again through a run on threads of daisy's."""

    def inner():
        return daisy.get({0: Task(0, abs, -1)}, 0, pool=pool)

    def outer():
        graph = {i: Task(i, inner) for i in range(4)}
        return OBSERVED(graph, list(graph), num_workers=2)

    graph = {i: Task(i, outer) for i in range(4)}
    assert daisy.get(graph, list(graph), pool=pool) == ((1,) * 4,) * 4


@pytest.mark.parametrize("kind", list(POOLS))
def test_a_pool_that_takes_no_tasks(kind):
    """A submission that fails is an error, and callbacks learn of it."""
    pool = POOLS[kind](1)
    if kind == "executor":
        pool.shutdown()
    else:
        pool.terminate()
    failed = []
    callback = (None, None, None, None, lambda dsk, state, bad: failed.append(bad))
    error = RuntimeError if kind == "executor" else ValueError
    with pytest.raises(error):
        daisy.get({"a": Task("a", abs, 1)}, "a", pool=pool, callbacks=[callback])
    assert failed == [True]


def test_what_is_no_pool():
    """The error says what a pool is."""
    with pytest.raises(TypeError, match=r"executor of concurrent\.futures"):
        daisy.get({"a": 1}, "a", pool=3)


class Unknown(Executor):
    """An executor that says nothing of itself."""

    def submit(self, func, /, *args, **kwargs):
        future = Future()
        future.set_result(func(*args, **kwargs))
        return future


def test_any_executor():
    """What has `submit` will do."""
    graph = threads_graph()
    assert set(daisy.get(graph, list(graph), pool=Unknown())) == {threading.get_ident()}


PROCESSES = {
    "executor": lambda: ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")),
    "pool": lambda: multiprocessing.get_context("spawn").Pool(2),
}


@pytest.mark.parametrize("kind", list(PROCESSES))
def test_processes(kind):
    """Values and errors come back; what cannot be sent is an error rather than a wait forever."""
    with PROCESSES[kind]() as pool:
        get = functools.partial(daisy.get, pool=pool)
        assert get({"a": Task("a", abs, -1), "b": Task("b", abs, TaskRef("a"))}, "b") == 1
        with pytest.raises(ValueError, match="invalid literal") as caught:
            get({"a": Task("a", int, "no number")}, "a")
        assert "in another process" in caught.value.__notes__[0]
        with pytest.raises(Exception, match=r"pickle|local object"):
            get({"a": Task("a", lambda: 1)}, "a")
        with pytest.raises(Exception, match=r"pickle|local object"):
            get({"a": Task("a", threading.Lock)}, "a")


def test_threads_are_kept():
    """The next run of the same thread has the same threads."""
    graph = threads_graph()
    first = set(OBSERVED(graph, list(graph), num_workers=3))
    assert set(OBSERVED(graph, list(graph), num_workers=3)) == first
    assert len(first) == 3


def test_one_worker_is_the_caller():
    """No thread is needed for it."""
    graph = threads_graph(2)
    assert set(OBSERVED(graph, [0, 1], num_workers=1)) == {threading.get_ident()}


def test_threads_of_a_dead_thread_end():
    """A thread that ends takes along what worked for it."""
    kept = []

    def run():
        graph = threads_graph()
        OBSERVED(graph, list(graph), num_workers=3)
        kept.append(weakref.ref(crews._own_threads(3)))

    before = threading.active_count()
    for _ in range(5):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    gc.collect()
    assert all(threads() is None for threads in kept)
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
