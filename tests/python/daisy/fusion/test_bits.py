"""The measure itself: what can be told apart is told apart, so that no test passes for nothing."""

import copy
import warnings

import numpy as np
import pytest
from tests.python.daisy.fusion import bits
from tests.python.daisy.fusion.bits import image, same_bits, sharing

NAN = np.array([0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001], np.uint64).view("d")
GRID = np.arange(6.0).reshape(2, 3)
PAIRS = {
    "zeros": (np.array([0.0]), np.array([-0.0])),
    "signs of NaN": (NAN[:1], NAN[1:2]),
    "payloads of NaN": (NAN[:1], NAN[2:]),
    "dtype": (np.array([0.0]), np.array([0])),
    "order of bytes": (np.array([0.0]), np.array([0.0], ">f8")),
    "name of a dtype": (np.array([1], "l"), np.array([1], "q")),
    "shape": (np.zeros((2, 1)), np.zeros((1, 2))),
    "layout": (GRID, np.asfortranarray(GRID)),
    "strides": (GRID[0], np.repeat(GRID[0], 2)[::2]),
    "owner": (GRID[0].copy(), GRID[0]),
    "subclass": (GRID, np.asmatrix(GRID).copy()),
    "scalar": (np.float64(1), np.array(1.0)),
    "Python's number": (np.float64(1), 1.0),
    "Python's zeros": (0.0, -0.0),
    "truth": (True, 1),
    "parts": (complex(0.0, -0.0), complex(0.0, 0.0)),
    "objects": (np.array([1, 2], object), np.array([1, 2.0], object)),
    "masks": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    "under the mask": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 3], mask=[0, 1])),
    "containers": ([1], (1,)),
}


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_told_apart(one, other):
    """Two values that a user can tell apart have two images, and each one of its own."""
    assert image(one) != image(other)
    assert image(one) == image(one)
    assert image(copy.deepcopy(other)) == image(copy.deepcopy(other))


def test_padding_is_no_value():
    """What is beside the ten bytes of a long double is nobody's."""
    one = np.array([1.5, 2.5], "g")
    other = one.copy()
    other.view(np.uint8)[15] ^= 255
    assert image(one) == image(other)


def test_views_are_seen():
    """A result that is a view of an argument is not the same as a copy of it."""
    assert sharing([GRID.T], (GRID,)) == [[True]]
    assert sharing([GRID.T.copy()], (GRID,)) == [[False]]


@pytest.mark.parametrize(
    "traced",
    [
        lambda x: -(x + 1),
        lambda x: (x + 1).astype("f4"),
        lambda x: x + 1 if warnings.warn("one more", stacklevel=1) is None else x,
        lambda x: 1 // 0,
        lambda x: x.__iadd__(1),
    ],
    ids=["value", "dtype", "warning", "error", "argument"],
)
def test_a_difference_fails(monkeypatch, traced):
    """Whatever daisy did differently would be found."""
    monkeypatch.setattr(bits, "autodask", lambda function: traced)
    with pytest.raises(AssertionError):
        same_bits(lambda x: x + 1, np.zeros(3))
