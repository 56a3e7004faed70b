"""Thunks as dask collections: ``dask.compute(t, x)`` where `t` is a thunk and `x` an array.

A thunk defers all plain names (``t.dask`` is an attribute of the value), so it answers dask by the
names of the protocol only. Its graph is one layer, which holds the thunk and becomes tasks when
somebody reads it; thunks that are computed together are compiled together.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import dask.base
import dask.threaded
from dask._expr import HLGExpr
from dask._task_spec import DataNode, GraphNode, Task, TaskRef
from dask.core import flatten
from dask.delayed import Delayed, single_key
from dask.highlevelgraph import HighLevelGraph, Layer, MaterializedLayer

from daisy import _core
from daisy.clusters import cluster
from daisy.dask_graph import DaskGraph, Key
from daisy.groups import Note
from daisy.portable import portable
from daisy.taskgraph.entry import get as daisy_get
from lazy.strictness import strict

__all__ = ["make_collections"]

_PENDING = object()
_AT_ONCE = 1_000
"""So many tasks are left to run at once: which scheduler it will be is not known."""


def make_collections(kind: type) -> None:
    """Give a class of thunks the methods of dask's collections.

    Args:
        kind: the class, in whose instances all of them are found.

    >>> import dask
    >>> from daisy import thunk
    >>> from daisy._core import autodaskthunk
    >>> total = autodaskthunk(sum, [1, 2, 3])
    >>> dask.compute(total, total + 1, {"plain": 0})
    (6, 7, {'plain': 0})
    """
    members = {
        "graph": _graph,
        "keys": lambda thunk: [_key(thunk)],
        "layers": lambda thunk: (_key(thunk),),
        "tokenize": _key,
        # What `Delayed` has too, by which dask tells that a value needs nothing done to it.
        "postcompute": lambda thunk: (single_key, ()),
        "postpersist": lambda thunk: (_rebuild, (_key(thunk),)),
        "optimize": _Optimizer(),
        "scheduler": _Scheduler(),
    }
    for name, member in members.items():
        setattr(kind, f"__dask_{name}__", member)
    HLGExpr.from_collection = staticmethod(_with_thunks(HLGExpr.from_collection))


def _key(thunk: Any) -> Key:
    """The key of a thunk, which no other has in any process that a scheduler may know of."""
    fresh = int.from_bytes(os.urandom(8), "little") | 1
    return f"thunk-{_core.thunk_number(thunk, fresh):016x}"


def _graph(thunk: Any) -> HighLevelGraph:
    key = _key(thunk)
    return HighLevelGraph({key: _ThunkLayer(thunk)}, {key: set()})


def _rebuild(dsk: Any, key: Key, rename: dict[str, str] | None = None) -> Any:
    """What is handed back by ``dask.persist`` and ``dask.optimize``.

    A value is a thunk again. A graph, or a future, is dask's: a thunk cannot hold either.
    """
    key = (rename or {}).get(key, key)
    if isinstance(dsk, HighLevelGraph) or len(dsk) > 1:
        return _delayed(key, dsk)
    found = dsk[key]
    if isinstance(found, GraphNode | TaskRef) or _is_future(found):
        return _delayed(key, dsk)
    return _core.autodaskthunk.fromexpr(found)


def _delayed(key: Key, dsk: Any) -> Any:
    """Dask's own value for a key; it wants to know the layer where that has another name."""
    layers = getattr(dsk, "layers", ())
    return Delayed(key, dsk, layer=next(iter(layers)) if len(layers) == 1 else None)


def _is_future(value: Any) -> bool:
    return getattr(type(value), "__dask_future__", False) is True


# The graph ----------------------------------------------------------------------------------------


class _ThunkLayer(Layer):  # type: ignore[misc]
    """The layer of one thunk: its tasks, once they are asked for."""

    def __init__(self, thunk: Any) -> None:
        super().__init__()
        self.thunk = thunk

    @functools.cached_property
    def _tasks(self) -> dict[Key, GraphNode]:
        return _compile([self.thunk])

    def is_materialized(self) -> bool:
        return "_tasks" in self.__dict__

    def get_output_keys(self) -> set[Key]:
        return {_key(self.thunk)}

    def __getitem__(self, key: Key) -> GraphNode:
        return self._tasks[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # Whoever it is sent to needs no daisy.
        return MaterializedLayer, (self._tasks,)


def _compile(thunks: list[Any]) -> dict[Key, GraphNode]:
    """The tasks of thunks, in which work that several need is there once."""
    pending = [thunk for thunk in thunks if _core.known(thunk, _PENDING) is _PENDING]
    graph = _core.graph(pending, fuse=True)
    if not _may_be_repeated(graph):
        _core.force_all(pending)
        pending = []
    made = _tasks_of(graph, pending) if pending else {}
    for thunk in thunks:
        key = _key(thunk)
        if key not in made:
            made[key] = DataNode(key, strict(thunk))
    return made


def _may_be_repeated(graph: Any) -> bool:
    """Whether tasks of dask's can stand for the graph, however often they run.

    The thunk keeps its expression, so its work may be done again. A draw of a random generator
    would be another one then, and a task has the context of whoever runs it. Such thunks are
    forced here, by `strict`'s scheduler, and what they are is data to dask.
    """
    return graph.here and all(
        node.pure and node.after is None and node.context is None for node in graph.nodes
    )


def _tasks_of(graph: Any, thunks: list[Any]) -> dict[Key, GraphNode]:
    made = DaskGraph(graph)
    outputs = {
        _key(thunk): made.key_of(output)
        for thunk, output in zip(thunks, graph.outputs, strict=True)
    }
    sites = {key: graph.nodes[number].site for key, number in made.numbers.items()}
    notes = {key: Note(site) for key, site in sites.items() if site is not None}
    # No frame of ours is there when a task of dask's fails, so notes are in the tasks.
    wanted = set(outputs.values())
    tasks = cluster(made.tasks, wanted, notes, _AT_ONCE)
    for key, output in outputs.items():
        tasks[key] = Task(key, _whole, TaskRef(output))
    return tasks


@portable
def _whole(value: Any) -> Any:
    """What a function gives may have thunks in it, if daisy is there to have made them."""
    import sys

    daisy = sys.modules.get("daisy")
    return value if daisy is None else daisy.strict(value)


class _Optimizer:
    """Compiles all thunks of a graph together. Dask groups collections by it."""

    def __call__(self, dsk: Any, keys: Any, **_options: Any) -> HighLevelGraph:
        layers = dict(dsk.layers)
        thunks = [layer.thunk for layer in layers.values() if isinstance(layer, _ThunkLayer)]
        if len(thunks) < 2:
            return dsk
        name = str(next(flatten([keys] if isinstance(keys, str) else keys)))
        ours = [key for key, layer in layers.items() if isinstance(layer, _ThunkLayer)]
        made = MaterializedLayer(_compile(thunks))
        dependencies = {
            key: ({name} if needs & set(ours) else set()) | (needs - set(ours))
            for key, needs in dsk.dependencies.items()
            if key not in ours
        }
        kept = {key: layer for key, layer in layers.items() if key not in ours}
        return HighLevelGraph({**kept, name: made}, {**dependencies, name: set()})

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # A layer that is pickled is made of tasks already.
        return functools.partial, (dask.base.dont_optimize,)


class _Scheduler:
    """daisy's engine, where nobody says which; to dask the same as its own threads.

    Collections whose schedulers differ cannot be computed together.
    """

    def __call__(self, dsk: Any, keys: Any, **options: Any) -> Any:
        return daisy_get(dsk, keys, **options)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Scheduler) or other is dask.threaded.get

    def __hash__(self) -> int:
        return hash(dask.threaded.get)


# The way in ---------------------------------------------------------------------------------------


class _Handle:
    """A thunk with `dask` for an attribute of its own."""

    def __init__(self, thunk: Any) -> None:
        self.dask = _graph(thunk)
        self.__dask_optimize__ = _core.autodaskthunk.__dask_optimize__
        self.__dask_keys__ = thunk.__dask_keys__
        self.__dask_postcompute__ = thunk.__dask_postcompute__


def _with_thunks(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Dask's way from a collection to an expression, which looks for an attribute `dask` first.

    On a thunk that is an attribute of the value, whatever the value is.
    """

    @functools.wraps(plain)
    def from_collection(collection: Any, optimize_graph: bool = True) -> Any:
        # Not `isinstance`: a thunk of lazy's would be forced, to answer for its value's class.
        if issubclass(type(collection), _core.autodaskthunk):
            collection = _Handle(collection)
        return plain(collection, optimize_graph)

    return from_collection
