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
    """All tasks under their keys, as any scheduler takes them."""
    graph: dict[Any, Any] = {}
    with names.hashed_once():
        for value in _reachable(root):
            if _is_built(value):
                # The first is kept: a value that has the key of one it needs is a circle then.
                graph.setdefault(value._key, value._as_task())
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
            if value._key in found:
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


def _reachable(root: Any) -> Iterator[Any]:
    """Each value that the root needs, once; one that was not built here ends the search."""
    pending, seen = [root], {id(root)}
    while pending:
        value = pending.pop()
        yield value
        if _is_built(value):
            for need in arguments.needs_of(value):
                if id(need) not in seen:
                    seen.add(id(need))
                    pending.append(need)


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
