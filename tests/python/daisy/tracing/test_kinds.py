"""What kind of value something is."""

import datetime
import enum
import functools
import logging
import pathlib
import re
from collections import OrderedDict, deque, namedtuple
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from daisy import autodask, inline, thunk
from daisy._core import autodaskthunk
from daisy.tracing.kinds import (
    CONTAINER,
    DATA,
    ITERATOR,
    LOOK,
    STATIC,
    THUNK,
    VIEW,
    kind_of,
    takes_part,
)


class Colour(enum.Enum):
    RED = 1


class Number(int):
    pass


class Listed(list):
    pass


Point = namedtuple("Point", "x y")


def plain(x):
    return x


STATICS = [
    *(1, 2.0, 3j, True, Fraction(1, 2), np.float64(1), np.int8(1), np.bool_(True)),
    *("text", b"bytes", None, ..., NotImplemented, int, Colour, plain, len, np.add, np.sum),
    *(np, np.dtype("f8"), Colour.RED, ValueError("x"), datetime.date(2020, 1, 1)),
    *(datetime.timedelta(1), datetime.timezone.utc, pd.Timestamp("2020"), pathlib.Path("x")),
    *(re.compile("x"), range(3), pd.NA, np.finfo(float), logging.getLogger("x"), object()),
    *(list[int], int | str, pd.CategoricalDtype(), autodask(plain), inline(plain)),
]


@pytest.mark.parametrize("value", STATICS, ids=lambda value: type(value).__name__)
def test_static(value):
    """What design calls static is plain Python while tracing."""
    assert kind_of(value) == STATIC or not takes_part(value)


DATAS = [
    *(np.zeros(1), pd.Series([1]), pd.DataFrame(), bytearray(), deque(), OrderedDict()),
    *(Number(1), Listed(), np.zeros(1, "i,f")[0], np.random.default_rng(0), re.match("x", "x")),
]


@pytest.mark.parametrize("value", DATAS, ids=lambda value: type(value).__name__)
def test_data(value):
    """Arrays, frames, objects and other container classes are data, and so are records."""
    assert kind_of(value) == DATA


@pytest.mark.parametrize("value", [[], (), {}, set(), frozenset(), Point(1, 2)], ids=repr)
def test_containers(value):
    """Containers are exactly the builtin ones and namedtuples."""
    assert kind_of(value) == CONTAINER


@pytest.mark.parametrize("cls", [thunk, autodaskthunk, type("Sub", (thunk,), {})])
def test_thunks_are_not_computed_by_asking(cls):
    """Asking for the kind of a thunk looks at its type only."""

    def fail():
        raise AssertionError("computed")

    assert kind_of(cls(fail)) == THUNK


def test_views_and_iterators_over_containers():
    """Views and iterators of Python's own are told from data."""
    assert kind_of({}.items()) == VIEW
    assert kind_of(iter([])) == kind_of(zip([])) == kind_of(i for i in ()) == ITERATOR


@pytest.mark.parametrize(
    "make",
    [
        lambda x: slice(x),
        lambda x: functools.partial(plain, x),
        lambda x: [x],
        lambda x: {"a": (1, [x])},
        lambda x: {"a": x}.values(),
        lambda x: Point(1, x),
        lambda x: x.sum,
    ],
)
def test_what_takes_part_is_found_however_deep(make):
    """A thunk takes part inside containers, slices, partials and bound methods."""
    assert takes_part(make(np.zeros(1)))
    assert not takes_part(make(np.float64(1)))


def test_bound_methods_of_static_objects_are_static():
    """`"x".upper` does not take part, though a bound method could."""
    assert kind_of("x".upper) == LOOK
    assert not takes_part("x".upper)


def test_a_container_that_holds_itself_is_looked_at_once():
    """The search for thunks ends."""
    loop = [1]
    loop.append(loop)
    assert not takes_part(loop)


def test_the_memory_of_types_is_bounded():
    """Making classes for ever does not fill the cache."""
    from daisy.tracing import kinds

    for index in range(kinds._KEPT + 10):
        kind_of(type(f"C{index}", (), {})())
    assert len(kinds._kinds) <= kinds._KEPT + len(kinds._declared)
    assert kind_of([]) == CONTAINER
