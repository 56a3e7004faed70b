"""Compiled graphs as graphs of dask's own task classes, which run without daisy.

A key is ``<name>-<token>-<number>``: the name of the function, a token for each evaluation (two
evaluations are never taken for one, since an array may have changed between them), and the number
of the node. Nothing here recurses over the graph.
"""

from __future__ import annotations

import functools
import operator
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from dask._task_spec import DataNode, Dict, GraphNode, List, Set, Task, TaskRef, Tuple
from dask.utils import funcname, methodcaller

from daisy import _core
from daisy.groups import group_call, group_name, site_of
from daisy.portable import portable
from daisy.tracing.sites import refusal_at
from lazy.operator import (
    build_dict,
    build_list,
    build_set,
    build_tuple,
    call_in,
    duplicate,
)
from lazy.operator import getattr as get_attribute
from lazy.state import shared_call
from lazy.tree import LTree

__all__ = ["DaskGraph", "Key", "is_large", "ltree_to_dask"]

Key: TypeAlias = str

_SMALL = (int, float, complex, bool, type(None), type(...), type, slice, range)
_SMALL_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_LARGE = 64 * 1024
"""Bytes of a value that is large."""
_DEEPEST = 16
"""How deep containers may stand in each other in one task: dask recurses over them."""

_take_first = operator.itemgetter(0)


def ltree_to_dask(tree: Any, fuse: bool = False) -> tuple[dict[Key, GraphNode], Key]:
    """A dask graph of what an expression tree computes, each distinct piece of work once.

    Args:
        tree: an :class:`~lazy.tree.LTree`, such as ``LTree.parse(t)``, or a thunk.
        fuse: whether connected element-wise work on arrays is one task, as in what `register_get`'s
            schedulers are given; if not, each operation is a task, to be looked at.

    Returns:
        A dict of ``dask._task_spec`` nodes, and the key of the result. ``dask.get(graph, key)``
        gives the value. Workers need no daisy to run it. Its tasks run in the context
        (:mod:`contextvars`) of whoever runs them.

    Raises:
        TypeError: `tree` is neither.
        Refusal: it has calls that were made in several contexts.

    >>> import dask
    >>> from daisy import ltree_to_dask, thunk
    >>> from lazy import parse
    >>> graph, key = ltree_to_dask(parse(thunk(sum, [1, 2]) + thunk(sum, [1, 2])))
    >>> len(graph), dask.get(graph, key)
    (2, 6)
    >>> import numpy as np
    >>> from daisy import autodask
    >>> made = autodask(lambda x: (x + 1) * np.sqrt(x))(np.arange(3.0))
    >>> len(ltree_to_dask(made)[0]), len(ltree_to_dask(made, fuse=True)[0])
    (4, 1)
    """
    if isinstance(tree, LTree):
        tree = tree.lcompile()
    if not _core.is_thunk(tree):
        raise TypeError(
            f"ltree_to_dask wants an LTree, which `LTree.parse(t)` makes of a thunk, not"
            f" {tree!r:.60}"
        )
    graph = _core.graph([tree], fuse=fuse)
    _check_contexts(graph)
    made = DaskGraph(graph)
    return made.tasks, made.key_of(graph.outputs[0])


def _check_contexts(graph: Any) -> None:
    """Refuse a graph of several contexts: none can be pickled, and whoever runs it has one."""
    for node in graph.nodes:
        if node.context is not None:
            raise refusal_at(
                site_of(node),
                "this was called in another context (`np.errstate`, `decimal.localcontext` or"
                " another context variable) than the rest, and a graph of dask's runs in one",
                "compute it with `strict`, which gives each call its own",
                "make a graph of what was called in each context by itself",
            )


class DaskGraph:
    """The dask graph of one compiled graph.

    Args:
        graph: what ``_core.graph`` gives, or the core gives a scheduler.
        large_apart: whether an array or a text that is large is a node of its own in any case.

    Attributes:
        tasks: the graph, by key.
        numbers: for each key of a node the number of the node.
    """

    def __init__(self, graph: Any, large_apart: bool = False) -> None:
        self.tasks: dict[Key, GraphNode] = {}
        self.numbers: dict[Key, int] = {}
        self._token = uuid.uuid4().hex
        self._graph = graph
        self._nodes = graph.nodes
        self._uses = _count_uses(graph)
        self._constants = _Constants(self, large_apart)
        self._inlined: dict[int, _Inlined] = {}
        self._methods: dict[int, tuple[Any, str, int | None]] = {}
        self._keys: list[Key | None] = [None] * len(self._nodes)
        self._constants.count(self._nodes)
        for number, node in enumerate(self._nodes):
            self._add(number, node)

    def key_of(self, value: Any) -> Key:
        """The key of an output; a value that was there gets a node of its own.

        Args:
            value: a reference to a node, or a value.
        """
        if isinstance(value, _core.Ref):
            key = self._keys[value.index]
            assert key is not None, "what is asked for is never part of another task"
            return key
        return self.add_data(value)

    def wanted(self) -> list[Key]:
        """The keys of the outputs, then of what the user holds, in the core's order."""
        held = [number for number, node in enumerate(self._nodes) if node.held]
        keys = [self.key_of(output) for output in self._graph.outputs]
        return keys + [self.key_of_number(number) for number in held]

    def key_of_number(self, number: int) -> Key:
        """The key of a node by its number."""
        key = self._keys[number]
        assert key is not None
        return key

    def add_data(self, value: Any) -> Key:
        """Add a value as a node of its own.

        Args:
            value: any constant.

        Returns:
            Its key.
        """
        key = f"value-{self._token}-{len(self.tasks)}"
        self.tasks[key] = DataNode(key, value)
        return key

    def _add(self, number: int, node: Any) -> None:
        if self._uses[number] == 1 and self._may_be_part(number, node):
            return
        key = f"{_name_of(node, self._methods)}-{self._token}-{number}"
        self._keys[number] = key
        self.numbers[key] = number
        self.tasks[key] = self._task(key, node)

    # What becomes part of the one task that uses it ------------------------------------------

    def _may_be_part(self, number: int, node: Any) -> bool:
        """A container, a copy or a bound method used once stands inside the task that uses it."""
        if self._is_method(number, node):
            self._methods[number] = (self._argument(node.args[0]), node.args[1], node.after)
            return True
        if node.func is duplicate:
            self._inlined[number] = _Inlined(Task(None, duplicate, self._argument(node.args[0])), 1)
            return True
        make = _CONTAINERS.get(node.func)
        if make is None or node.kwargs or node.after is not None:
            return False
        depth = 1 + max((self._depth(value) for value in node.args), default=0)
        if depth > _DEEPEST:
            return False
        items = [self._item(value) for value in node.args]
        self._inlined[number] = _Inlined(make(items), depth)
        return True

    def _is_method(self, number: int, node: Any) -> bool:
        if node.func is not get_attribute or type(node.args[1]) is not str:
            return False
        return node.context is None and number in self._called

    @functools.cached_property
    def _called(self) -> set[int]:
        """The numbers of nodes that are only called."""
        return {
            node.func.index
            for node in self._nodes
            if isinstance(node.func, _core.Ref) and not _RESERVED & node.kwargs.keys()
        }

    def _depth(self, value: Any) -> int:
        if not isinstance(value, _core.Ref):
            return 0
        inlined = self._inlined.get(value.index)
        return 0 if inlined is None else inlined.depth

    def _item(self, value: Any) -> Any:
        """An item of one of dask's containers, which takes a single container for its items."""
        made = self._argument(value)
        if isinstance(made, list | tuple | set | dict):
            return DataNode(None, made)
        return made

    # Tasks ----------------------------------------------------------------------------------

    def _task(self, key: Key, node: Any) -> GraphNode:
        args = [self._argument(value) for value in node.args]
        kwargs = {name: self._argument(value) for name, value in node.kwargs.items()}
        func, afters = self._function(node.func, args)
        waits = [
            TaskRef(self.key_of_number(after))
            for after in (node.after, *afters)
            if after is not None
        ]
        if _RESERVED & kwargs.keys():
            func, args, kwargs = _call_with, [func, Tuple(*args), Dict(kwargs)], {}
        if waits:
            func = _after(func, waits)
        if node.shared:
            func, args = shared_call, [func, *args]
        if node.context is not None:
            func, args = call_in, [node.context, func, *args]
        if isinstance(func, GraphNode | TaskRef):
            func, args = operator.call, [func, *args]
        return Task(key, func, *args, **kwargs)

    def _function(self, func: Any, args: list[Any]) -> tuple[Any, tuple[int | None, ...]]:
        """The callable, and what it waits for; the object of a method becomes an argument."""
        if isinstance(func, _core.CarriedGroup):
            func, program = group_call(func)
            args[:0] = program
            return func, ()
        if not isinstance(func, _core.Ref):
            return func, ()
        method = self._methods.get(func.index)
        if method is None:
            return self._argument(func), ()
        owner, name, after = method
        args.insert(0, owner)
        return methodcaller(name), (after,)

    def _argument(self, value: Any) -> Any:
        if isinstance(value, _core.Ref):
            inlined = self._inlined.get(value.index)
            return TaskRef(self.key_of_number(value.index)) if inlined is None else inlined.node
        return self._constants.argument(value)


class _Inlined:
    """A container that stands inside a task."""

    __slots__ = ("depth", "node")

    def __init__(self, node: Any, depth: int) -> None:
        self.node = node
        self.depth = depth


class _Constants:
    """Constants that several tasks use stand in the graph once."""

    def __init__(self, graph: DaskGraph, large_apart: bool) -> None:
        self._graph = graph
        self._large_apart = large_apart
        self._uses: dict[int, int] = {}
        self._keys: dict[int, Key] = {}

    def count(self, nodes: list[Any]) -> None:
        """Count the uses of all constants that are worth it."""
        for node in nodes:
            for value in _values_of(node):
                if not isinstance(value, _core.Ref) and not _is_small(value):
                    self._uses[id(value)] = self._uses.get(id(value), 0) + 1

    def argument(self, value: Any) -> Any:
        """The constant as an argument of a task."""
        if self._uses.get(id(value), 0) > 1 or (self._large_apart and is_large(value)):
            key = self._keys.get(id(value))
            if key is None:
                key = self._keys[id(value)] = self._graph.add_data(value)
            return TaskRef(key)
        if isinstance(value, GraphNode | TaskRef):
            return DataNode(None, value)
        return value


def is_large(value: Any) -> bool:
    """Whether a value has so many bytes, as far as it says, that it is to travel by itself.

    >>> is_large(bytes(100)), is_large(bytes(100_000))
    (False, True)
    """
    size = len(value) if isinstance(value, str | bytes) else getattr(value, "nbytes", 0)
    return isinstance(size, int) and size >= _LARGE


def _is_small(value: Any) -> bool:
    kind = type(value)
    if kind in _SMALL or isinstance(value, (type, *_SMALL_FUNCTIONS)):
        return True
    return kind in (str, bytes) and len(value) < 64


def _values_of(node: Any) -> Iterator[Any]:
    yield from node.args
    yield from node.kwargs.values()


def _count_uses(graph: Any) -> list[int]:
    """How often each node is used. What the user asked for or holds counts as used by others."""
    uses = [2 if node.held else 0 for node in graph.nodes]
    for node in graph.nodes:
        for value in (node.func, *_values_of(node)):
            if isinstance(value, _core.Ref):
                uses[value.index] += 1
        if node.after is not None:
            uses[node.after] += 2
    for output in graph.outputs:
        if isinstance(output, _core.Ref):
            uses[output.index] += 2
    return uses


def _after(func: Any, waits: list[TaskRef]) -> Task:
    """The function, once what it waits for has run: the first of a tuple that needs them all."""
    return Task(None, _take_first, Tuple(func, *waits))


@portable
def _call_with(func: Any, args: Any, kwargs: Any) -> Any:
    return func(*args, **kwargs)


def _dict_of(items: list[Any]) -> Dict:
    half = len(items) // 2
    pairs = zip(items[:half], items[half:], strict=True)
    return Dict(*(part for pair in pairs for part in pair))


_CONTAINERS: dict[Callable[..., Any], Callable[[list[Any]], GraphNode]] = {
    build_list: lambda items: List(*items),
    build_tuple: lambda items: Tuple(*items),
    build_set: lambda items: Set(*items),
    build_dict: _dict_of,
}
_RESERVED = frozenset({"_data_producer", "self", "obj", "_methodcaller__obj"})
"""Keyword arguments that dask's own classes would take for theirs."""


def _name_of(node: Any, methods: dict[int, tuple[Any, str, int | None]]) -> str:
    if isinstance(node.func, _core.CarriedGroup):
        return group_name(node.func, node.args)
    if isinstance(node.func, _core.Ref):
        method = methods.get(node.func.index)
        return "call" if method is None else method[1]
    return str(funcname(node.func)) or "call"
