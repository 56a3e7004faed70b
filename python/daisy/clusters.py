"""Clusters: tasks that travel together to a scheduler to which each task is dear.

On a cluster of :mod:`distributed` a task costs about a millisecond, whatever it does. So connected
tasks become one where that leaves enough to do at once; which ones, and why that makes no circle,
is said in ``crates/daisy-core/src/coarse.rs``. Workers need no daisy for it.

The values of a cluster that others need come as one tuple, out of which their tasks take them, so
that no task is there only to take a tuple apart.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

import cloudpickle
from dask._task_spec import DataNode, GraphNode, Task, TaskRef

from daisy import _core
from daisy.groups import annotate
from daisy.portable import portable

__all__ = ["cluster"]

Key: TypeAlias = str
Inner: TypeAlias = tuple[GraphNode, Any, tuple[Key, ...]]
"""A task of a cluster, its note or None, and the keys of values that nobody needs after it."""

FEW = 500
"""So many tasks cost a cluster half a second: where there are no more, each stays by itself."""


def cluster(
    tasks: Mapping[Key, GraphNode],
    wanted: Collection[Key],
    notes: Mapping[Key, Any],
    threads: int,
    elsewhere: bool = False,
    there: Mapping[Key, TaskRef] | None = None,
) -> dict[Key, GraphNode]:
    """Put the tasks of a graph together.

    Args:
        tasks: the graph, by key; what a task needs stands before it.
        wanted: the keys that are asked for. They stay keys.
        notes: by key the text of the note that an exception of that task gets, or an object
            whose ``str`` it is.
        threads: how many threads are at work.
        elsewhere: whether they are in other processes for sure. Then tasks are pickled here, once,
            and the scheduler between passes on bytes instead of looking into them.
        there: by key what refers to data that the workers have already.

    Returns:
        The new graph.

    >>> from dask._task_spec import Task, TaskRef
    >>> import dask
    >>> tasks = {"a": Task("a", max, 1, 2), "b": Task("b", pow, TaskRef("a"), 2)}
    >>> dask.get(cluster(tasks, ["b"], {}, 1), "b")
    4
    """
    return _Clusters(tasks, wanted, notes, threads, elsewhere, there or {}).graph


class _Clusters:
    """A graph, and the one that becomes of it."""

    def __init__(
        self,
        tasks: Mapping[Key, GraphNode],
        wanted: Collection[Key],
        notes: Mapping[Key, Any],
        threads: int,
        elsewhere: bool,
        there: Mapping[Key, TaskRef],
    ) -> None:
        self._tasks = tasks
        self._there = there
        self._elsewhere = elsewhere
        self._notes = notes
        self._wanted = set(wanted)
        self.graph: dict[Key, GraphNode] = {
            key: node for key, node in tasks.items() if isinstance(node, DataNode)
        }
        self._cluster_of = self._find(threads)
        self._members: dict[int, list[Key]] = {}
        for key, number in self._cluster_of.items():
            self._members.setdefault(number, []).append(key)
        self._outputs = self._find_outputs()
        self._names = {number: self._name(number) for number in self._members}
        for number in self._members:
            self._add(number)
        for key in there:
            del self.graph[key]

    def _find(self, threads: int) -> dict[Key, int]:
        """The number of the cluster of each task."""
        numbers: dict[Key, int] = {}
        needs: list[list[int]] = []
        for key, node in self._tasks.items():
            if key not in self.graph:
                needs.append([numbers[need] for need in node.dependencies if need in numbers])
                numbers[key] = len(numbers)
        if len(numbers) <= FEW:
            return numbers
        return dict(zip(numbers, _core.task_clusters(needs, threads), strict=True))

    def _find_outputs(self) -> dict[int, list[Key]]:
        """By cluster: the keys of the values that are wanted outside of it."""
        outside = set(self._wanted)
        for key, number in self._cluster_of.items():
            for need in self._tasks[key].dependencies:
                if self._cluster_of.get(need, number) != number:
                    outside.add(need)
        return {
            number: [key for key in keys if key in outside]
            for number, keys in self._members.items()
        }

    def _name(self, number: int) -> Key:
        """The key of a cluster: that of its value if it is one."""
        outputs = self._outputs[number]
        return outputs[0] if len(outputs) == 1 else f"cluster-{self._members[number][-1]}"

    def _add(self, number: int) -> None:
        keys, outputs, name = self._members[number], self._outputs[number], self._names[number]
        given = self._given(number, keys)
        inner = tuple(self._inner(keys, set(outputs)))
        references = [self._there.get(key, TaskRef(key)) for key in given]
        packed = cloudpickle.dumps(inner) if self._elsewhere else inner
        self.graph[name] = Task(
            name, _run_cluster, packed, tuple(outputs), tuple(given.values()), *references
        )
        if len(outputs) != 1:
            for place, key in enumerate(outputs):
                if key in self._wanted:
                    self.graph[key] = Task(key, operator.getitem, TaskRef(name), place)

    def _given(self, number: int, keys: list[Key]) -> dict[Key, Key | tuple[Key | None, ...]]:
        """What a cluster gets: by key the name of its value, or names for the items of a tuple."""
        needed = dict.fromkeys(
            need
            for key in keys
            for need in sorted(self._tasks[key].dependencies, key=str)
            if self._cluster_of.get(need) != number
        )
        given: dict[Key, Key | tuple[Key | None, ...]] = {}
        for need in needed:
            other = self._cluster_of.get(need)
            if other is None or len(self._outputs[other]) == 1:
                given[need] = need
            else:
                names = (key if key in needed else None for key in self._outputs[other])
                given[self._names[other]] = tuple(names)
        return given

    def _inner(self, keys: list[Key], kept: set[Key]) -> list[Inner]:
        """The tasks of a cluster, in order, each with what can go after it."""
        last: dict[Key, Key] = {}
        for key in keys:
            last |= dict.fromkeys(self._tasks[key].dependencies - kept, key)
        going: dict[Key, list[Key]] = {}
        for need, key in last.items():
            going.setdefault(key, []).append(need)
        return [(self._tasks[key], self._notes.get(key), tuple(going.get(key, ()))) for key in keys]


@portable
def _run_cluster(inner: Any, outputs: Any, names: Any, *values: Any) -> Any:
    known: dict[Any, Any] = {}
    for name, value in zip(names, values, strict=True):
        if isinstance(name, tuple):
            known.update(zip(name, value, strict=True))
        else:
            known[name] = value
    # What nobody here needs of a tuple has no name, and what is needed is to go with its last use.
    known.pop(None, None)
    del values
    if isinstance(inner, bytes):
        import pickle

        inner = pickle.loads(inner)
    for task, note, gone in inner:
        try:
            known[task.key] = task(known)
        except BaseException as error:
            annotate(error, note)
            raise
        for key in gone:
            del known[key]
    if len(outputs) == 1:
        return known[outputs[0]]
    return tuple(known[key] for key in outputs)
