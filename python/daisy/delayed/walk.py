"""From values to a graph: a loop over what they depend on, since chains may be of any length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dask.highlevelgraph import HighLevelGraph, MaterializedLayer
from dask.utils import ensure_dict

if TYPE_CHECKING:
    from daisy.delayed.value import Delayed


def reachable(roots: list[Any]) -> Iterator[Any]:
    """Each value that the roots need, once; a value that was not built here ends the search."""
    pending, seen = list(roots), {id(root) for root in roots}
    while pending:
        value = pending.pop()
        yield value
        for needed in getattr(value, "_deps", ()):
            if id(needed) not in seen:
                seen.add(id(needed))
                pending.append(needed)


def tasks(root: Delayed) -> dict[Any, Any]:
    """All tasks under their keys, as any scheduler takes them."""
    graph: dict[Any, Any] = {}
    for value in reachable([root]):
        task = getattr(value, "_task", None)
        if task is None:
            graph.update(ensure_dict(value.dask))
        else:
            graph[value._key] = task
    return graph


def layers(root: Delayed) -> HighLevelGraph:
    """The same as dask has it, with a layer for each call."""
    found: dict[Any, Any] = {}
    dependencies: dict[Any, set[Any]] = {}
    for value in reachable([root]):
        task = getattr(value, "_task", None)
        if task is None:
            _take(value, found, dependencies)
            continue
        found[value._key] = MaterializedLayer({value._key: task}, annotations=value._annotations)
        needed = [name for one in value._deps for name in one.__dask_layers__()]
        dependencies[value._key] = set(needed)
    return HighLevelGraph(found, dependencies)


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
