"""Graphs in all their forms become one dict of nodes."""

from collections import OrderedDict
from types import MappingProxyType

import dask
from dask._task_spec import Alias, DataNode, GraphNode, Task, TaskRef
from dask.highlevelgraph import HighLevelGraph

from daisy.taskgraph.conversion import to_nodes


class Other(Task):
    """A task class of someone else's."""

    __slots__ = ()


def test_a_dict_of_nodes_is_taken_as_it_is():
    """Nothing is copied where nothing needs changing."""
    graph = {"a": DataNode("a", 1), "b": Task("b", abs, TaskRef("a")), "c": Alias("c", "b")}
    assert to_nodes(graph) is graph
    graph = {"a": Other("a", abs, 1)}
    assert to_nodes(graph) is graph
    assert to_nodes({}) == {}


def test_an_alias_of_itself_stands_for_nothing():
    """A future in a graph is such an alias: its value comes from elsewhere."""
    graph = {"a": Alias("a", "a"), "b": Alias("b", "c"), "c": DataNode("c", 1)}
    assert list(to_nodes(graph)) == ["b", "c"]
    assert "a" in graph


def test_mappings():
    """The result is a dict and nothing else."""
    node = DataNode("a", 1)
    for graph in (OrderedDict(a=node), MappingProxyType({"a": node})):
        assert type(to_nodes(graph)) is dict
        assert to_nodes(graph) == {"a": node}


def test_layers_and_expressions():
    """What collections hand over."""
    x = dask.delayed(abs)(-1)
    assert isinstance(x.dask, HighLevelGraph)
    assert list(to_nodes(x.dask)) == [x.key]
    expression = dask.base.collections_to_expr([x])
    assert all(isinstance(node, GraphNode) for node in to_nodes(expression).values())


def test_old_forms():
    """Tuples are tasks, and texts that are keys are references."""
    nodes = to_nodes({"a": 1, "b": (abs, "a"), "c": (abs, "kept")}, ["kept"])
    assert nodes["a"]() == 1
    assert nodes["b"].dependencies == {"a"}
    assert nodes["c"].dependencies == {"kept"}
