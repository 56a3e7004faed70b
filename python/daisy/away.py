"""Schedulers away from here: what a graph becomes before it leaves the process.

Tasks are dear there, so connected ones travel together; no frames come back with an exception, so
the notes that name the user's lines travel along; and large data goes to the workers by itself, not
through the scheduler.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import dask.multiprocessing
import dask.system
from dask._task_spec import DataNode

from daisy.clusters import cluster
from daisy.dask_graph import DaskGraph, Key, is_large
from daisy.groups import Note

__all__ = ["Away"]


class Away:
    """A scheduler that may work in other processes.

    Args:
        get: the scheduler, such as ``Client.get``.

    Attributes:
        is_remote: whether it works in other processes for sure.

    >>> import dask.multiprocessing
    >>> Away(dask.multiprocessing.get).is_remote, Away(dask.get).is_remote
    (True, False)
    """

    def __init__(self, get: Callable[..., Any]) -> None:
        self._get = get
        client = _client_of(get)
        # The workers of a client "inproc" are threads of this process, and nothing is pickled.
        away = client is not None and not client.scheduler.address.startswith("inproc:")
        self._client = client if away else None
        self.is_remote = away or get is dask.multiprocessing.get
        self._threads = sum(client.ncores().values()) if client is not None else 0

    def run(self, graph: Any, made: DaskGraph) -> Any:
        """The values that are wanted.

        Args:
            graph: the compiled graph.
            made: the same as tasks.

        Returns:
            A sequence of values, as the scheduler gives them.
        """
        keys = made.wanted()
        there = self._scatter(made, keys)
        try:
            return self._get(self._tasks(graph, made, keys, there), keys)
        except CancelledError:
            # A worker that dies takes the data along that only it had, and its tasks are dropped,
            # keys and all. In the graph itself, data stays with the scheduler.
            if not there:
                raise
        made = DaskGraph(graph, large_apart=True)
        keys = made.wanted()
        return self._get(self._tasks(graph, made, keys, {}), keys)

    def together(
        self, tasks: Any, keys: list[Any], notes: Any, there: Any = None
    ) -> dict[Any, Any]:
        """Put tasks together, for as many threads as there are.

        Args:
            tasks: the graph, by key; what a task needs stands before it.
            keys: those that are asked for.
            notes: by key the note that an exception gets.
            there: by key what refers to data that the workers have.

        Returns:
            The new graph.
        """
        threads = self._threads or int(dask.system.CPU_COUNT)
        return cluster(tasks, keys, notes, threads, self.is_remote, there)

    def _tasks(self, graph: Any, made: DaskGraph, keys: list[Key], there: Any) -> Any:
        sites = {key: graph.nodes[number].site for key, number in made.numbers.items()}
        notes = {key: Note(site) for key, site in sites.items() if site is not None}
        return self.together(made.tasks, keys, notes, there)

    def _scatter(self, made: DaskGraph, keys: list[Key]) -> Any:
        """Send large data to the workers: each once, whatever needs it."""
        if self._client is None:
            return {}
        large = {
            key: node.value
            for key, node in made.tasks.items()
            if isinstance(node, DataNode) and key not in keys and is_large(node.value)
        }
        return self._client.scatter(large, hash=False) if large else {}


def _client_of(get: Any) -> Any:
    """The client of distributed's whose method a scheduler is; or None."""
    distributed = sys.modules.get("distributed")
    owner = getattr(get, "__self__", None)
    is_client = distributed is not None and isinstance(owner, distributed.Client)
    return owner if is_client else None
