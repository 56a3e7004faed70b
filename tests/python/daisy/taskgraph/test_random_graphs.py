"""Random graphs on daisy and on dask: the same values, or the same errors in the same words."""

import functools

import dask
import pytest
from dask._task_spec import Alias, DataNode, Dict, List, Set, Task, TaskRef, Tuple
from dask.core import flatten
from hypothesis import given, settings
from hypothesis import strategies as st

import daisy

WAYS = {
    "plain": {},
    "one worker": {"num_workers": 1},
    "observed": {"callbacks": [(None,) * 5], "num_workers": 3},
    "observed, one worker": {"callbacks": [(None,) * 5], "num_workers": 1},
    "in batches": {"cache": {}, "chunksize": 3, "num_workers": 2},
}


class Broken(Exception):
    """What a failing task raises."""


def join(*args, **kwargs):
    """A value that tells what went in, in which place."""
    return (args, tuple(sorted(kwargs.items())))


def fail(name, *_args):
    raise Broken(name)


class Other(Task):
    """A task class of someone else's."""

    __slots__ = ()


def freeze(*args):
    """Items of sets have to be hashable."""
    return repr(args)


KEYS = st.one_of(
    st.integers(0, 12).map(lambda i: f"k{i}"),
    st.tuples(st.just("t"), st.integers(0, 5)),
)
VALUES = st.one_of(
    st.integers(-3, 3), st.text("ab", max_size=2), st.none(), st.just([1, ("k1", "k2")])
)


def arguments(refs):
    """What may stand in the place of an argument, containers in one another included."""
    leaves = st.one_of(refs, VALUES)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: List(*items)),
            st.lists(inner, max_size=3).map(lambda items: Tuple(*items)),
            st.lists(st.builds(functools.partial(Task, None, freeze), inner), max_size=2).map(
                lambda items: Set(*items)
            ),
            st.dictionaries(st.sampled_from("pq"), inner, max_size=2).map(Dict),
            st.lists(inner, max_size=2).map(lambda items: Task(None, join, *items)),
            st.lists(st.integers(0, 3), max_size=2),  # plain: nothing in it is looked for
        ),
        max_leaves=5,
    )


def node(draw, key, refs, failing):
    """A node of any kind."""
    inner = arguments(refs)
    kind = draw(st.sampled_from(["task"] * 4 + ["other", "alias", "data", "list", "dict"]))
    if failing and draw(st.integers(0, 8)) == 0:
        return Task(key, fail, str(key), *draw(st.lists(inner, max_size=2)))
    if kind in ("task", "other"):
        args = draw(st.lists(inner, max_size=3))
        kwargs = draw(st.dictionaries(st.sampled_from("xy"), inner, max_size=1))
        return (Task if kind == "task" else Other)(key, join, *args, **kwargs)
    if kind == "alias":
        return Alias(key, draw(refs).key)
    if kind == "list":
        return List(*draw(st.lists(inner, max_size=3)))
    if kind == "dict":
        return Dict({"p": draw(inner)})
    return DataNode(key, draw(VALUES))


@st.composite
def graphs(draw, failing=False, wild=False):
    """A graph and keys; `wild` ones may have cycles and miss keys."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=10, unique=True))
    graph = {}
    for number, key in enumerate(keys):
        known = keys if wild else keys[:number]
        if wild and draw(st.integers(0, 7)) == 0:
            known = [known[0], "nowhere"]
        if known:
            graph[key] = node(draw, key, st.sampled_from(known).map(TaskRef), failing)
        else:
            graph[key] = DataNode(key, draw(VALUES))
    names = [*keys, "missing"] if wild else keys
    wanted = st.sampled_from(names)
    return graph, draw(st.one_of(wanted, st.recursive(wanted, st.lists, max_leaves=4)))


def outcome(get, graph, keys):
    """The value, or the error's type and text."""
    try:
        return get(dict(graph), keys)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(graphs())
def test_values(case):
    """The same values on every way."""
    expected = outcome(dask.get, *case)
    for way in WAYS:
        assert outcome(get_of(way), *case) == expected, way


@settings(max_examples=60, deadline=None)
@given(graphs(failing=True))
def test_failing_tasks(case):
    """The error of a task; with several that fail, of the first one if there is one worker."""
    expected = outcome(dask.get, *case)
    for way in WAYS:
        got = outcome(get_of(way), *case)
        if raised(expected) is Broken and "one worker" not in way:
            assert raised(got) is Broken, way
        else:
            assert got == expected, way


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(graphs(wild=True))
def test_cycles_and_missing_keys(case):
    """Told in the same words, wherever in the part that is needed they are."""
    graph, keys = case
    if asks_for_a_missing_dependency(graph, keys):
        return  # there dask may wait forever
    # A cycle in another part is one to dask, which puts the whole graph in order, but need not be.
    graph = needed(graph, keys)
    expected = outcome(dask.get, graph, keys)
    for way in WAYS:
        assert outcome(get_of(way), graph, keys) == expected, way


def needed(graph, keys):
    """The part of a graph that keys need."""
    stack, found = [*flatten([keys])], {}
    while stack:
        key = stack.pop()
        if key in graph and key not in found:
            found[key] = graph[key]
            stack += graph[key].dependencies
    return found


def get_of(way):
    """`daisy.get` on one way, with a cache of its own."""
    fresh = {name: {} if name == "cache" else value for name, value in WAYS[way].items()}
    return functools.partial(daisy.get, **fresh)


def raised(outcome):
    """The type of the error, if there was one."""
    return outcome[0] if isinstance(outcome, tuple) and outcome else None


def asks_for_a_missing_dependency(graph, keys):
    return not {*flatten([keys])} <= {*graph} and any(
        not node.dependencies <= {*graph} for node in graph.values()
    )
