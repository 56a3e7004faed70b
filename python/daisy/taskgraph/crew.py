"""Who works in an observed run: the calling thread, threads of daisy's, or the user's pool.

Threads of daisy's are kept for the next run of the same calling thread, by number of workers, and
end when the calling thread does. A run that a task starts has another calling thread, and so other
threads: no run waits for the threads of another. A pool of the user's is one for all, so a run
that is started by a task in that pool does its tasks on its own thread: it might otherwise wait
for the very thread that it is on.
"""

from __future__ import annotations

import multiprocessing.pool
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any, Protocol, TypeAlias

from daisy.taskgraph.work import Hooks, Outcome, work

__all__ = ["Crew", "crew"]

Done: TypeAlias = "Future[list[Outcome]]"


class Crew(Protocol):
    """What runs tasks.

    Attributes:
        workers: how many batches of tasks it runs at a time.
    """

    workers: int

    def submit(self, hooks: Hooks, tasks: list[Any]) -> Done:
        """Have a batch of tasks run, now or soon."""


def crew(pool: Any, workers: int) -> Crew:
    """The crew of a run.

    Args:
        pool: the user's: an executor of :mod:`concurrent.futures` or alike, or a pool of
            :mod:`multiprocessing`. None for threads of daisy's.
        workers: how many may work; a pool knows better how many it has.

    Raises:
        TypeError: `pool` is no pool.
    """
    if pool is None:
        return _Alone() if workers == 1 else _Threads(_own_threads(workers), workers)
    if any(pool is one for one in _working_for.get()):
        return _Alone()
    if isinstance(pool, multiprocessing.pool.Pool):
        return _Pool(pool)
    if not callable(getattr(pool, "submit", None)):
        raise TypeError(
            "pool is an executor of concurrent.futures or a pool of multiprocessing, not"
            f" {pool!r:.60}"
        )
    workers = getattr(pool, "_max_workers", None) or workers
    return (_Threads if isinstance(pool, ThreadPoolExecutor) else _Executor)(pool, workers)


# The pools whose tasks led to what this context does.
_working_for: ContextVar[tuple[Any, ...]] = ContextVar("daisy.taskgraph.pools", default=())


def _work_for(pool: Any, hooks: Hooks, tasks: list[Any]) -> list[Outcome]:
    _working_for.set((*_working_for.get(), pool))
    return work(hooks, tasks)


class _Alone:
    """The calling thread does it, before it goes on; in a copy of its context, as threads do."""

    workers = 1

    def submit(self, hooks: Hooks, tasks: list[Any]) -> Done:
        done: Done = Future()
        done.set_result(copy_context().run(work, hooks, tasks))
        return done


class _Executor:
    """An executor of which nothing is known; its workers may be other processes."""

    def __init__(self, pool: Any, workers: int) -> None:
        self.workers = workers
        self._pool = pool

    def submit(self, hooks: Hooks, tasks: list[Any]) -> Done:
        done: Done = self._pool.submit(work, hooks, tasks)
        return done


class _Threads(_Executor):
    """Threads: tasks see the context variables of the caller."""

    def submit(self, hooks: Hooks, tasks: list[Any]) -> Done:
        run = copy_context().run
        done: Done = self._pool.submit(run, _work_for, self._pool, hooks, tasks)
        return done


class _Pool:
    """A pool of multiprocessing's, of threads or of processes."""

    def __init__(self, pool: Any) -> None:
        self.workers = len(pool._pool)
        self._pool = pool

    def submit(self, hooks: Hooks, tasks: list[Any]) -> Done:
        done: Done = Future()
        done.set_running_or_notify_cancel()  # such a pool takes nothing back
        call: tuple[Any, ...] = (work, hooks, tasks)
        if isinstance(self._pool, multiprocessing.pool.ThreadPool):
            call = (copy_context().run, _work_for, self._pool, hooks, tasks)
        self._pool.apply_async(
            call[0], call[1:], callback=done.set_result, error_callback=done.set_exception
        )
        return done


class _Owned(threading.local):
    """The threads that a calling thread has, by number: when it ends they are let go, and end."""

    def __init__(self) -> None:
        self.threads: dict[int, ThreadPoolExecutor] = {}


_owned = _Owned()


def _own_threads(workers: int) -> ThreadPoolExecutor:
    threads = _owned.threads.get(workers)
    if threads is None:
        threads = ThreadPoolExecutor(workers, thread_name_prefix="daisy-observed")
        _owned.threads[workers] = threads
    return threads


def _forget_threads() -> None:
    """A child process has none of the threads. It has one thread, which is the one that forked."""
    _owned.threads.clear()


os.register_at_fork(after_in_child=_forget_threads)
