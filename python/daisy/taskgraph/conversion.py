"""From whatever is given as a graph to one dict of dask's task nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dask._task_spec import (
    Alias,
    DataNode,
    Dict,
    GraphNode,
    List,
    Set,
    Task,
    Tuple,
    convert_legacy_graph,
)
from dask.utils import ensure_dict

__all__ = ["to_nodes"]

# An alias is not among them: one of its own key stands for nothing, and is left out.
_PLAIN = frozenset({Task, DataNode, List, Tuple, Set, Dict})


def to_nodes(graph: Any, also: Iterable[Any] = ()) -> dict[Any, GraphNode]:
    """The graph as a dict by key, each value a node.

    Args:
        graph: a mapping of nodes, legacy tasks or values; a graph in layers; an expression.
        also: keys that legacy tasks may name although the graph does not have them.

    Returns:
        The same dict where nothing needed changing, which is told in one pass without a loop.
    """
    plain = _to_dict(graph)
    if _is_converted(plain):
        return plain
    converted: dict[Any, GraphNode] = convert_legacy_graph(plain, {*plain, *also})
    return converted


def _to_dict(graph: Any) -> dict[Any, Any]:
    if type(graph) is dict:
        return graph
    if not isinstance(graph, Mapping):
        return _to_dict(graph.__dask_graph__())
    # A graph in layers is flattened a layer at a time: key by key it would look each one up.
    plain = ensure_dict(graph)
    return plain if type(plain) is dict else dict(plain)


def _is_converted(graph: dict[Any, Any]) -> bool:
    kinds = set(map(type, graph.values()))
    if kinds <= _PLAIN:
        return True
    if not all(issubclass(kind, GraphNode) for kind in kinds):
        return False
    return not any(isinstance(node, Alias) and node.target == key for key, node in graph.items())
