"""Results whose parts lie in one memory, in the plain function or only after folding."""

import numpy as np
import pytest

from daisy import autodask, strict

ADD_ONE = lambda x: x + 1
VIEWS = [
    lambda x: [(x + 1)[:2], x + 1],
    lambda x: [(x + 1)[:2], (x + 1)[1:]],
    lambda x: [(x + 1).T, (x + 1).T[1:]],
    lambda x: [(x + 1).reshape(2, 2), (x + 1).ravel()],
    lambda x: [np.reshape(x + 1, (2, 2)), {"all": x + 1}],
    lambda x: [np.split(x + 1, 2)[0], x + 1],
    lambda x: [np.asarray(x + 1), [x + 1]],
    lambda x: [memoryview(x + 1), x + 1],
    lambda x: [ADD_ONE(x)[:2], ADD_ONE(x)],
]


def arrays_of(value):
    """The arrays at all places of a result."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [array for item in value for array in arrays_of(item)]
    return [np.asarray(value)]


@pytest.mark.parametrize("func", VIEWS)
def test_views_of_equal_work_do_not_share_memory(engine, func):
    """Who changes one part of a result does not change another that was written by itself."""
    x = np.arange(4.0)
    first, second = arrays_of(strict(autodask(func)(x)))
    assert not np.shares_memory(first, second)
    for got, plain in zip((first, second), arrays_of(func(x)), strict=True):
        np.testing.assert_array_equal(got, plain)


def test_views_of_one_array_share_memory(engine):
    """What the plain function gives as views of one array stays that."""

    def views(x):
        y = x + 1
        return y[:2], y, y.T

    first, second, third = strict(autodask(views)(np.arange(4.0)))
    assert np.shares_memory(first, second)
    assert np.shares_memory(second, third)
