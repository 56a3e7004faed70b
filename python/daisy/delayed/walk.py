"""From values to a graph: a loop over what they depend on, since chains may be of any length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dask import config
from dask._task_spec import GraphNode
from dask.highlevelgraph import HighLevelGraph, MaterializedLayer
from dask.utils import ensure_dict

from daisy.delayed import arguments, names
from daisy.delayed.layer import CallLayer


def tasks(root: Any) -> dict[Any, Any]:
    """All tasks under their keys, as any scheduler takes them, each behind what it needs."""
    graph: dict[Any, Any] = {}
    with names.hashed_once():
        for value in _reachable(root):
            if _is_built(value):
                # The last one stays: a value that has the key of one it needs is a circle then.
                graph[value._key] = value._as_task()
            else:
                graph.update(ensure_dict(value.dask))
    return graph


def layers(root: Any) -> HighLevelGraph:
    """The same as dask has it, with a layer for each call."""
    found: dict[Any, Any] = {}
    dependencies: dict[Any, set[Any]] = {}
    of_collections = config.get("collection_annotations", None)
    with names.hashed_once():
        for value in _reachable(root):
            if not _is_built(value):
                _take(value, found, dependencies)
                continue
            found[value._key] = _layer(value, of_collections)
            needs = arguments.needs_of(value)
            dependencies[value._key] = {name for one in needs for name in one.__dask_layers__()}
    return HighLevelGraph(found, dependencies)


def _layer(value: Any, of_collections: Any) -> MaterializedLayer:
    task = value._as_task()
    if isinstance(task, GraphNode):
        return CallLayer(value._key, task, value._annotations, of_collections)
    return MaterializedLayer({value._key: task}, annotations=value._annotations)


def _is_built(value: Any) -> bool:
    """Whether a value knows its task; others have a graph."""
    return getattr(type(value), "_builds_here", False) and value._is_built()


def is_plain(root: Any) -> bool:
    """Whether all of a graph was built here, of tasks, and nothing is annotated."""
    return all(
        _is_built(value) and value._annotations is None and isinstance(value._as_task(), GraphNode)
        for value in _reachable(root)
    )


def _reachable(root: Any) -> Iterator[Any]:
    """Each value that the root needs, once, behind what it needs; graphs of dask's as one."""
    pending, opened, done = [root], set[int](), set[int]()
    while pending:
        value = pending[-1]
        if id(value) not in opened:
            opened.add(id(value))
            needs = [need for need in _needs(value) if id(need) not in opened]
            # The one named first is to be on top.
            pending.extend(reversed(needs))
            continue
        pending.pop()
        if id(value) not in done:
            done.add(id(value))
            yield value


def _needs(value: Any) -> Iterator[Any]:
    yield from arguments.needs_of(value) if _is_built(value) else ()


def _take(value: Any, found: dict[Any, Any], dependencies: dict[Any, set[Any]]) -> None:
    """Take the layers of a value of dask's."""
    graph = value.dask
    if isinstance(graph, HighLevelGraph):
        found.update(graph.layers)
        dependencies.update({name: set(needed) for name, needed in graph.dependencies.items()})
        return
    (name,) = value.__dask_layers__()
    found[name] = MaterializedLayer(ensure_dict(graph))
    dependencies[name] = set()
