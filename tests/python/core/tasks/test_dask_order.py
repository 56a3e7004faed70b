"""The ranks of `dask.order`, found without it."""

import random

import dask
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask._task_spec import Alias, DataNode, List, Task, TaskRef, convert_legacy_graph
from dask.order import order
from hypothesis import given, settings
from hypothesis import strategies as st

from daisy._core import task_order


def nothing(*needs):
    """What the tasks do that nobody runs."""


def task(key, *needs):
    """A task that needs the values of some keys."""
    return Task(key, nothing, *map(TaskRef, needs))


def assert_same(graph):
    """The order is dask's. Values may stand for each other: they take no time."""
    ranks = order(graph)
    orders = task_order(graph), sorted(ranks, key=ranks.get)
    ours, theirs = (
        [None if isinstance(graph[key], DataNode) else key for key in keys] for keys in orders
    )
    assert ours == theirs


@st.composite
def graphs(draw):
    """Graphs of keys of all kinds, each of whose nodes needs some that were made before it."""
    kinds = st.sampled_from([str, int, lambda n: ("k", n), lambda n: ("k'", n, (n, None))])
    numbers = draw(st.lists(st.integers(0, 200), unique=True, max_size=25))
    keys = [draw(kinds)(number if number % 2 else number + 1000) for number in numbers]
    keys = list({str(key): key for key in keys}.values())
    graph = {}
    for place, key in enumerate(keys):
        many = draw(st.sampled_from([0, 1, 1, 2, 3, 8]))
        known = st.sampled_from(keys[:place]) if place else st.nothing()
        needs = draw(st.lists(known, max_size=many, unique=True)) if place else []
        graph[key] = draw(st.sampled_from([task, task, listed, aliased]))(key, *needs)
    return dict(draw(st.permutations(list(graph.items()))))


def listed(key, *needs):
    """A task with its needs in a list, or a value."""
    return Task(key, nothing, List(*map(TaskRef, needs))) if needs else DataNode(key, 1)


def aliased(key, *needs):
    """Another name of a node, or a value."""
    return Alias(key, needs[0]) if needs else DataNode(key, 1)


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_any_graph(graph):
    """Guards that no graph has another order than with dask."""
    assert_same(graph)


@pytest.mark.parametrize("seed", range(100))
def test_layers(seed):
    """Guards that wide layers, where paths part and meet, have dask's order."""
    chance = random.Random(seed)
    width, fan = chance.randint(1, 20), chance.choice([1, 2, 3, 5, 12])
    graph = {}
    for place in range(width * chance.randint(2, 12)):
        step = place // width
        before = [("k", n) for n in range((step - 1) * width, step * width) if n >= 0]
        needs = chance.sample(before, min(len(before), chance.choice([1, 2, fan])))
        graph["k", place] = task(("k", place), *needs)
    assert_same(graph)


def stencil(place, width):
    """A task needs three neighbours."""
    step, column = divmod(place, width)
    if not step:
        return []
    return [(step - 1) * width + n for n in (column - 1, column, column + 1) if 0 <= n < width]


def sums(place):
    """Of three nodes one is a root, one adds it to the sum of those before, one uses the sum."""
    if place % 3 == 0:
        return []
    return [place - 1, place - 3] if place % 3 == 1 and place > 1 else [place - 1]


SHAPES = {
    "one": [[]],
    "chain": [[n - 1] if n else [] for n in range(50)],
    "independent": [[] for _ in range(120)],
    "fan in": [*([] for _ in range(100)), list(range(100))],
    "fan out": [[], *([0] for _ in range(100))],
    "tree": [[2 * n - 64, 2 * n - 63] if n >= 32 else [] for n in range(63)],
    "stencil": [stencil(n, 9) for n in range(180)],
    "shuffle": [[] if n < 12 else list(range(12)) for n in range(24)],
    "sums so far": [sums(n) for n in range(300)],
    "diamonds": [[n - 2, n - 1] if n > 1 else [] for n in range(400)],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("key", [int, str, lambda n: ("name", n, 0), lambda n: (f"n{n}",)])
def test_shapes(shape, key):
    """Guards the shapes of which graphs are made, under each kind of key."""
    needs = enumerate(SHAPES[shape])
    assert_same({key(n): task(key(n), *map(key, some)) for n, some in needs})


def collections():
    """Collections whose graphs are known to be hard to order."""
    x = da.random.default_rng(0).random((40, 40), chunks=(5, 5))
    wide = da.ones((64, 8), chunks=(4, 8))
    words = db.from_sequence(range(40), npartitions=10)
    return {
        "mean": (x + x.T).mean(axis=0),
        "less its mean": x - x.mean(),
        "tensordot": da.tensordot(x, x, axes=1),
        "rechunk": x.rechunk((4, 10)).sum(axis=1),
        "overlap": da.overlap.overlap(x, depth=1, boundary="none").map_blocks(np.negative),
        "sums so far": da.cumsum(x, axis=0),
        "sums so far along a line": da.cumsum(x.ravel(), axis=0),
        "svd": da.linalg.svd(wide)[1],
        "bag": words.map(str).frequencies(),
        "fold": words.groupby(lambda n: n % 3),
    }


@pytest.mark.parametrize("name", collections())
@pytest.mark.parametrize("optimize", [False, True])
def test_arrays_and_bags(name, optimize):
    """Guards that what users compute runs in dask's order."""
    collection = collections()[name]
    (collection,) = dask.optimize(collection) if optimize else (collection,)
    assert_same(dict(convert_legacy_graph(dict(collection.__dask_graph__()))))


@pytest.mark.parametrize("method", ["groupby", "shuffle"])
def test_frames(method):
    """Guards that frames are computed in dask's order."""
    frame = dd.from_pandas(pd.DataFrame({"k": [n % 5 for n in range(60)], "v": 1}), npartitions=12)
    result = frame.groupby("k").v.mean() if method == "groupby" else frame.shuffle("k")
    assert_same(dict(convert_legacy_graph(dict(result.__dask_graph__()))))


def test_a_node_that_nobody_needs_and_that_needs_what_is_missing():
    """Guards that a key that stands nowhere does not end a run that does not need it."""
    assert_same(
        {"a": task("a", "gone"), "b": task("b", "gone", "c"), "c": task("c"), "d": task("d")}
    )


class Odd:
    """A key whose text cannot be made."""

    def __str__(self):
        raise LookupError("no text")


def test_a_key_without_a_text():
    """Guards that what a key raises comes out of the call, and only where its text is needed."""
    first, second = Odd(), Odd()
    assert task_order({first: task(first), "b": task("b", first)}) == [first, "b"]
    with pytest.raises(LookupError, match="no text"):
        task_order({first: task(first), second: task(second)})


def test_texts_that_are_no_utf8():
    """Guards that keys with lone surrogates sort as Python sorts them."""
    keys = ["\ud800", "a", "\uffff", "\U00010000", ("\ud800", 1), (), ("it's", 1), True, 10**30]
    assert_same({key: task(key) for key in keys})


def test_keys_of_one_hash():
    """Guards that keys are told apart where their hashes do not."""
    assert_same({-1: task(-1), -2: task(-2), "end": task("end", -2, -1), "more": task("more", -1)})


def test_a_circle():
    """Guards that a circle is said, and not walked in."""
    with pytest.raises(RuntimeError, match="Cycle"):
        task_order({"a": task("a", "b"), "b": task("b", "a")})
