"""Values that change with their use."""

import io
import random

import numpy as np
import pytest

from lazy import thunk
from lazy.errors import Refusal
from lazy.state import changes_with_use, shared_call, shared_iterator

CHANGING = [
    *(iter([]), iter({}), map(abs, []), zip(), (x for x in ()), io.StringIO(), io.BytesIO()),
    *(random.Random(1), np.random.default_rng(1), np.random.RandomState(1)),
]
LASTING = [1, "text", [1], (1,), {1: 2}, {1}, range(3), np.arange(3), abs, None, thunk(abs, 1)]


@pytest.mark.parametrize("value", CHANGING, ids=lambda value: type(value).__name__)
def test_what_changes_with_its_use(value):
    """Two operations that share one of these would take from each other."""
    assert changes_with_use(type(value))


@pytest.mark.parametrize("value", LASTING, ids=lambda value: type(value).__name__)
def test_what_does_not(value):
    """The twin: values, also those that one can loop over, and thunks, which have every method."""
    assert not changes_with_use(type(value))


def test_a_class_that_derives_from_a_generator():
    """A generator of the user's own kind is one as well."""
    assert changes_with_use(type("Mine", (random.Random,), {}))


def test_a_call_whose_value_is_shared():
    """The value comes out if it lasts, however the function is called."""
    assert shared_call(sorted, [2, 1], reverse=True) == [2, 1]


@pytest.mark.parametrize("call", [(iter, [1]), (random.Random, 1)], ids=["iterator", "generator"])
def test_a_call_whose_value_would_be_used_up(call):
    """It is refused when it is there, before anyone has taken anything from it."""
    with pytest.raises(Refusal, match="several operations use it") as caught:
        shared_call(*call)
    assert len(caught.value.ways_out) == 1


def test_what_the_refusal_says():
    """Which kind of value it is, and what can be done about this kind."""
    once = shared_iterator(iter([1]))
    assert "a list_iterator, which can be gone through once" in str(once)
    assert "give a list instead" in str(once)
    each = shared_iterator(random.Random(1))
    assert "a Random, which changes with each use" in str(each)
    assert "`inline`" in str(each)
