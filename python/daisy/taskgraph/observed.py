"""The run that can be observed: callbacks see it, and a pool or a cache of the user's is used.

The calling thread decides what runs and calls the callbacks, in this order: `start` of each; the
graph is looked at again, since `start` may change it; `start_state` of each; for each task
`pretask` before it is sent to a worker and `posttask` once its value has been put down; at the end,
however it comes, `finish` of each whose `start` was called.

The order of the tasks is dask's own, of those that are ready the one that got ready last.
The contract is that of https://docs.dask.org/en/stable/scheduler-overview.html and of
:mod:`dask.callbacks`.
"""

from __future__ import annotations

from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any

from dask._task_spec import GraphNode
from dask.core import flatten
from dask.order import order

from daisy.taskgraph import silence
from daisy.taskgraph.conversion import to_nodes
from daisy.taskgraph.crew import Crew, Done, crew
from daisy.taskgraph.settings import Settings
from daisy.taskgraph.state import Rank, State, finish_task, start_state, start_task
from daisy.taskgraph.work import Failure, Hooks, worker_id

__all__ = ["observe"]


def observe(dsk: Any, keys: Any, settings: Settings) -> Any:
    """Run a graph in sight of everything that wants to see it.

    Args:
        dsk: the graph, in any form that dask has.
        keys: one key, or keys in nested lists.
        settings: of this call.

    Returns:
        The value, or values in nested tuples.
    """
    cache = {} if settings.cache is None else settings.cache
    graph = dict(to_nodes(dsk, cache))  # callbacks may change it
    workers = crew(settings.pool, settings.workers)
    wanted = set(flatten(keys)) if isinstance(keys, list) else {keys}
    with silence.silenced(settings.callbacks) as callbacks:
        _Run(graph, wanted, cache, settings, workers, callbacks).run()
    return _nested(keys, cache)


def _nested(keys: Any, values: Any) -> Any:
    if isinstance(keys, list):
        return tuple(_nested(key, values) for key in keys)
    return values[keys]


class _Run:
    """One run. What callbacks read is `graph` and `state`."""

    def __init__(
        self,
        graph: dict[Any, GraphNode],
        wanted: set[Any],
        cache: Any,
        settings: Settings,
        workers: Crew,
        callbacks: list[silence.Hooks],
    ) -> None:
        self.graph = graph
        self.state: State = {}
        self._wanted = wanted
        self._cache = cache
        self._settings = settings
        self._crew = workers
        self._hooks = Hooks(
            settings.dumps, settings.loads, settings.get_id, settings.pack_exception
        )
        self._callbacks = callbacks
        self._started: list[silence.Hooks] = []
        self._rank: Rank
        self._sent: set[Done] = set()
        self._done: SimpleQueue[Done] = SimpleQueue()

    def run(self) -> None:
        """Run all that is needed; the values that were asked for are in the cache then."""
        failed = True
        try:
            self._begin()
            self._work()
            failed = False
        finally:
            self._end(failed)

    def _begin(self) -> None:
        for callback in self._callbacks:
            if callback[0]:
                callback[0](self.graph)
            self._started.append(callback)
        self._look_again()
        self._rank = order(self.graph).get
        self.state.update(start_state(self.graph, self._wanted, self._cache, self._rank))
        for _, on_state, _, _, _ in self._callbacks:
            if on_state:
                on_state(self.graph, self.state)

    def _look_again(self) -> None:
        """A callback may have put values into the graph, as `dask.cache` does."""
        nodes = to_nodes(self.graph, self._cache)
        if nodes is not self.graph:
            self.graph.clear()
            self.graph.update(nodes)

    def _work(self) -> None:
        state = self.state
        while state["waiting"] or state["ready"] or state["running"]:
            self._send()
            if not self._sent:
                raise ValueError(f"no task can run, and these still wait: {state['waiting']}")
            # Signals are seen while it waits.
            self._take(self._done.get())

    def _end(self, failed: bool) -> None:
        for done in self._sent:
            done.cancel()  # what no worker has begun
        with ExitStack() as stack:
            # The last one in is called first, and each is called even if one before it raises.
            for callback in reversed(self._started):
                if callback[4]:
                    stack.callback(callback[4], self.graph, self.state, failed)

    # To the workers and back -------------------------------------------------------------------

    def _send(self) -> None:
        """Send each worker that has nothing to do a batch of the tasks that are ready."""
        count, size = self._share_out()
        tasks = [self._next_task() for _ in range(count)]
        for first in range(0, count, size):
            done = self._crew.submit(self._hooks, tasks[first : first + size])
            self._sent.add(done)
            done.add_done_callback(self._done.put)

    def _share_out(self) -> tuple[int, int]:
        """How many tasks to send now, and how many of them in a batch."""
        ready, running = len(self.state["ready"]), len(self.state["running"])
        size, workers = self._settings.chunksize, self._crew.workers
        if size == -1:
            return ready, max(1, -(-ready // workers))
        busy = -(-running // size)
        return min(ready, size * max(workers - busy, 0)), size

    def _next_task(self) -> tuple[Any, Any]:
        key = start_task(self.state)
        for _, _, before, _, _ in self._callbacks:
            if before:
                before(key, self.graph, self.state)
        task = self.graph[key], self._values(key)
        return key, task if self._settings.dumps is None else self._settings.dumps(task)

    def _values(self, key: Any) -> dict[Any, Any]:
        cache = self.state["cache"]
        return {dependency: cache[dependency] for dependency in self.state["dependencies"][key]}

    def _take(self, done: Done) -> None:
        self._sent.discard(done)
        for key, failed, content in done.result():
            value, worker = self._failed(key, content) if failed else self._load(content)
            finish_task(self.state, key, value, self._wanted, self._rank)
            for _, _, _, after, _ in self._callbacks:
                if after:
                    after(key, value, self.graph, self.state, worker)

    def _load(self, content: Any) -> Any:
        return content if self._settings.loads is None else self._settings.loads(content)

    def _failed(self, key: Any, content: Any) -> tuple[Any, Any]:
        """Raise what a task raised, or run it once more, in this thread: for a debugger."""
        if self._settings.rerun:
            return self.graph[key](self._values(key)), worker_id(self._hooks)
        error, where = content.take() if isinstance(content, Failure) else self._load(content)
        try:
            if self._settings.raise_exception is not None:
                self._settings.raise_exception(error, where)
            raise error.with_traceback(where)
        finally:
            # The error knows this frame: were it to know the error, neither would go.
            del error, where
