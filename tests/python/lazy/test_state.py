"""Values that change with their use, where several operations would use one of them."""

import io
import random

import numpy as np
import pytest

from lazy import thunk
from lazy.state import changes_with_use, shared_call


@pytest.mark.parametrize("kind", [map, io.StringIO, random.Random, np.random.Generator])
def test_what_changes_with_its_use(kind):
    """Guards iterators, files and random generators, and classes that derive from them."""
    assert changes_with_use(kind)
    if kind is not np.random.Generator:
        assert changes_with_use(type("Derived", (kind,), {}))


@pytest.mark.parametrize("kind", [list, str, np.ndarray, thunk, range])
def test_what_is_the_same_after_each_use(kind):
    """The twin: a thunk has the methods of an iterator, and is none."""
    assert not changes_with_use(kind)


def test_a_shared_value_is_given_out():
    """Guards the call itself, with its keywords."""
    assert shared_call(dict, [(1, 2)], a=3) == {1: 2, "a": 3}


@pytest.mark.parametrize(
    ("func", "way_out"), [(lambda: iter([1]), "list"), (random.Random, "inline")]
)
def test_a_shared_value_that_changes_is_refused(func, way_out):
    """Guards that the refusal names a way out that fits the value."""
    with pytest.raises(BaseException, match=way_out) as caught:
        shared_call(func)
    assert not isinstance(caught.value, Exception)
