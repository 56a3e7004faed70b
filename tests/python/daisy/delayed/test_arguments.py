"""What calls are given: whatever dask finds in an argument is found, and nothing else."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, namedtuple
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask import delayed as dasks
from hypothesis import given, settings
from hypothesis import strategies as st

from daisy import Delayed, delayed

Pair = namedtuple("Pair", "left right")


@dataclasses.dataclass
class Record:
    value: Any
    other: Any = None


def show(*args: Any, **kwargs: Any) -> str:
    """All arguments as text, with their classes; values that were not computed by their class."""

    def text(one: Any) -> Any:
        if isinstance(one, dasks(1).__class__.__mro__[1]):
            return "Delayed"
        if isinstance(one, list | tuple | set | frozenset):
            return type(one).__name__, [text(item) for item in one]
        if isinstance(one, dict):
            return type(one).__name__, [(text(k), text(v)) for k, v in one.items()]
        if isinstance(one, Record):
            return "Record", text(one.value), text(one.other)
        return type(one).__name__, str(one)

    return str((text(args), text(kwargs)))


GIVEN = {
    "list": lambda x: [x, 1],
    "tuple": lambda x: (x,),
    "deep": lambda x: [[([x],)], (), []],
    "set": lambda x: {x},
    "frozen": lambda x: frozenset([x]),
    "dict": lambda x: {"a": x, 1: [x]},
    "key": lambda x: {x: 1},
    "ordered": lambda x: OrderedDict(a=x),
    "slice": lambda x: slice(x, None),
    "named": lambda x: Pair(x, 1),
    "record": lambda x: Record(x),
    "record of nothing": lambda x: Record(1),
    "iterator": lambda x: iter([x, 2]),
    "iterator inside": lambda x: [iter((x, 2)), x],
    "iterator alone": lambda x: [iter([x])],
    "array": lambda x: da.ones(3).sum(),
    "arrays": lambda x: [da.ones(3).sum(), da.zeros(2).max(), x],
    "numbers": lambda x: np.arange(3),
    "numbers and a value": lambda x: [np.arange(3), x],
    "text": lambda x: ["x", x, b"y", None, ...],
    "function": lambda x: [len, x],
    "foreign": lambda x: [dasks(abs)(-3), x],
    "foreign alone": lambda x: dasks(abs)(-3),
    "item": lambda x: [x][0] + 1,
}


def plain(name: str, make: Any, named: bool) -> str:
    argument = GIVEN[name](make(abs)(-2))
    call = make(show)(1, key=argument, last=2) if named else make(show)(argument, 3)
    return str(call.compute(scheduler="sync"))


@pytest.mark.parametrize("named", [False, True], ids=["positional", "by keyword"])
@pytest.mark.parametrize("name", GIVEN)
def test_as_dask_finds_it(name: str, named: bool) -> None:
    """A function is called with the same, whether dask or daisy looked into its arguments."""
    assert plain(name, delayed, named) == plain(name, dasks, named)


@pytest.mark.parametrize("name", GIVEN)
def test_on_the_engine_as_on_a_graph(name: str) -> None:
    """The engine, which needs no graph, computes what a graph of the same values does."""
    value = delayed(show)(*[GIVEN[name](delayed(abs)(-2)) for _ in range(2)])
    assert value.compute() == value.compute(scheduler="sync") == dask.compute(value)[0]


def test_an_iterator_is_used_up_once() -> None:
    """An iterator with values in it is searched once, at the call, as with dask."""
    for make in (delayed, dasks):
        items = iter([make(abs)(-1), 5])
        assert make(list)(items).compute(scheduler="sync") == [1, 5]
        assert list(items) == []


def test_left_alone() -> None:
    """Without a search containers are what they were, with the values in them."""
    inner = delayed(abs)(-1)
    (found,) = delayed([inner], traverse=False).compute()
    assert isinstance(found, Delayed)


MIXED = {
    "list": lambda *xs: list(xs),
    "tuple": lambda *xs: ([xs],),
    "dict": lambda *xs: dict(enumerate(xs)),
    "record": lambda *xs: Record(xs[0], [xs[1], {"x": xs[2], "y": xs[3]}]),
}


@pytest.mark.parametrize("make", [delayed, dasks], ids=["ours", "dask's"])
@pytest.mark.parametrize("name", MIXED)
def test_collections_of_several_kinds(name: str, make: Any) -> None:
    """Arrays, values and arrays again are where they were; dask itself confuses them."""

    def mixed() -> Any:
        a, b = da.ones(3).sum(), da.zeros(2).max()
        return MIXED[name](a, make(abs)(-2), b, make(abs)(-5))

    wanted = MIXED[name](3.0, 2, 0.0, 5)
    assert delayed(lambda x: x)(mixed()).compute() == wanted
    assert delayed(lambda *, x: x)(x=mixed()).compute() == wanted
    assert delayed(mixed()).compute() == wanted
    assert delayed(dict)(a=da.ones(3).sum(), b=make(abs)(-2), c=da.zeros(2).max()).compute() == {
        "a": 3.0,
        "b": 2,
        "c": 0.0,
    }


def test_too_deep() -> None:
    """Lists so deep in each other that dask gives up are an error here, too."""
    deep: Any = delayed(abs)(-1)
    for _ in range(3000):
        deep = [deep]
    with pytest.raises(RecursionError):
        delayed(len)(deep)


def test_a_list_in_many_places() -> None:
    """A list that stands in itself, or in others ever again, is looked into once."""
    many: Any = [1]
    for _ in range(60):
        many = [many, many]
    assert delayed(len)(many).compute() == 2
    own: Any = [1]
    own += [own, own]
    assert delayed(len)(own).compute() == 3


values = st.recursive(
    st.integers(0, 3) | st.sampled_from(["value", "other"]),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=12,
)


def with_values(shape: Any, make: Any) -> Any:
    if shape == "value":
        return make(abs)(-7)
    if isinstance(shape, list | tuple):
        return type(shape)(with_values(one, make) for one in shape)
    return shape


@given(st.lists(values, max_size=3), st.dictionaries(st.sampled_from("abc"), values, max_size=2))
@settings(max_examples=60, deadline=None)
def test_any_lists_and_tuples(args: list[Any], named: dict[str, Any]) -> None:
    """Lists and tuples in each other, with values anywhere, arrive as dask hands them over."""
    said = []
    for make in (delayed, dasks):
        positional = [with_values(one, make) for one in args]
        keywords = {name: with_values(one, make) for name, one in named.items()}
        said.append(make(show)(*positional, **keywords).compute(scheduler="sync"))
    ours = delayed(show)(
        *[with_values(one, delayed) for one in args],
        **{name: with_values(one, delayed) for name, one in named.items()},
    )
    assert said == [ours.compute()] * 2
