"""What is known of each task of an observed run, in the form that callbacks read.

A dict of these:

* ``dependencies``, ``dependents``: for each key that is needed the keys beside it, which stay.
* ``waiting``: for each task that cannot run yet the keys that it still waits for.
* ``waiting_data``: for each key the tasks that still need its value.
* ``cache``: the values. A value goes once no task needs it, unless it was asked for.
* ``ready``: tasks that can run, the next one last.
* ``running``, ``finished``, ``released``: sets of keys.

The containers are changed in place, so whoever holds one sees what is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from dask._task_spec import DataNode, GraphNode

__all__ = ["Rank", "State", "finish_task", "start_state", "start_task"]

Key: TypeAlias = Any
State: TypeAlias = dict[str, Any]
Rank: TypeAlias = Callable[[Key], Any]
"""For each key its place in dask's order."""


def start_state(graph: dict[Key, GraphNode], wanted: set[Key], cache: Any, rank: Rank) -> State:
    """The state before the first task.

    Args:
        graph: the nodes.
        wanted: the keys that were asked for.
        cache: where values are kept. A value that is there already is used, and its task is not
            run, unless it was asked for: then it is computed anew.
        rank: which of several tasks goes first.

    Returns:
        The state. The values of the data in the graph are in the cache.

    Raises:
        ValueError: a task needs a key that is nowhere.
    """
    walk = _Walk(graph, wanted, cache)
    walk.run()
    waiting = {key: set(walk.dependencies[key] & walk.tasks) for key in walk.tasks}
    ready = [key for key, keys in waiting.items() if not keys]
    return {
        "dependencies": walk.dependencies,
        "dependents": walk.dependents,
        "waiting": {key: keys for key, keys in waiting.items() if keys},
        "waiting_data": {key: set(keys) for key, keys in walk.dependents.items()},
        "cache": cache,
        "ready": sorted(ready, key=rank, reverse=True),
        "running": set(),
        "finished": set(),
        "released": set(),
    }


class _Walk:
    """From the keys that were asked for to all that they need."""

    def __init__(self, graph: dict[Key, GraphNode], wanted: set[Key], cache: Any) -> None:
        self.dependencies: dict[Key, set[Key]] = {}
        self.dependents: dict[Key, set[Key]] = {key: set() for key in wanted}
        self.tasks: set[Key] = set()
        self._graph = graph
        self._wanted = wanted
        self._cache = cache

    def run(self) -> None:
        stack = list(self._wanted)
        nowhere = []
        while stack:
            key = stack.pop()
            if key in self.dependencies:
                continue
            self.dependencies[key] = set()
            if not self._is_there(key):
                self._check(key)
                nowhere.append(key)
            elif key in self.tasks:
                stack += self._visit(key)
        for key in nowhere:  # asked for, and only later found to be needed as well
            self._check(key)

    def _is_there(self, key: Key) -> bool:
        """Whether there is a value, now or once its task has run."""
        if key in self._cache and key not in self._wanted:
            return True
        node = self._graph.get(key)
        if node is None:
            return key in self._cache
        if isinstance(node, DataNode):
            self._cache[key] = node()
        else:
            self.tasks.add(key)
        return True

    def _check(self, key: Key) -> None:
        dependents = self.dependents[key]
        if dependents:
            raise ValueError(f"Missing dependency {key} for dependents {dependents}")

    def _visit(self, key: Key) -> frozenset[Key]:
        dependencies: frozenset[Key] = self._graph[key].dependencies
        self.dependencies[key].update(dependencies)
        for dependency in dependencies:
            self.dependents.setdefault(dependency, set()).add(key)
        return dependencies


def start_task(state: State) -> Key:
    """Take the next task that can run: its key."""
    key = state["ready"].pop()
    state["running"].add(key)
    return key


def finish_task(state: State, key: Key, value: Any, wanted: set[Key], rank: Rank) -> None:
    """Put the value of a task down: what waits for it may get ready, what it used may go.

    Args:
        state: the state.
        key: of the task.
        value: what it gave.
        wanted: the keys that were asked for, whose values stay.
        rank: which of several tasks goes first.
    """
    state["cache"][key] = value
    waiting = state["waiting"]
    for dependent in sorted(state["dependents"][key], key=rank, reverse=True):
        waiting[dependent].remove(key)
        if not waiting[dependent]:
            del waiting[dependent]
            state["ready"].append(dependent)
    for dependency in state["dependencies"][key]:
        users = state["waiting_data"][dependency]
        users.remove(key)
        if not users and dependency not in wanted:
            _release(state, dependency)
    state["finished"].add(key)
    state["running"].remove(key)


def _release(state: State, key: Key) -> None:
    del state["waiting_data"][key]
    state["released"].add(key)
    del state["cache"][key]
