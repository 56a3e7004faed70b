"""Operands of every shape and layout."""

import itertools

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits

SHAPES = [(), (1,), (0,), (5,), (1, 5), (4, 1), (4, 5), (4, 0), (3, 4, 5), (3, 1, 1), (2, 3, 4, 5)]


def function(a, b):
    c = a * b
    d = a + a
    return c + a, d - b, np.where(c > d, c, 1.5), (d * 2).astype("i4"), -a


def outer(a, b):
    return (a + 1) * (b + 2) - (a * 3), np.maximum(a * a, b)


def filled(shape, dtype="f8"):
    return (np.arange(np.prod(shape, dtype=int)) % 23 - 7).reshape(shape).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_broadcasting(shape):
    """Each operation has its own shape, or NumPy's error where there is none."""
    for other in SHAPES:
        same_bits(outer, filled(shape), filled(other) + 0.5)
        same_bits(function, filled(shape), filled(other, "f4"))


def test_work_before_it_is_spread():
    """What is computed of a row is computed for a row, and warns for a row."""

    def spread(row, column):
        return np.sqrt(row) + np.log(column), np.sqrt(column * 2) * row

    with np.errstate(all="warn"):
        same_bits(spread, np.linspace(-1, 1, 50), np.linspace(-2, 2, 40)[:, None], ordered=False)


def unaligned(array):
    raw = np.empty(array.nbytes + 1, np.uint8)
    made = raw[1:].view(array.dtype).reshape(array.shape)
    made[...] = array
    assert array.itemsize == 1 or not made.flags.aligned
    return made


def read_only(array):
    made = array.copy()
    made.flags.writeable = False
    return made


LAYOUTS = {
    "C": lambda a: a.copy(),
    "Fortran": np.asfortranarray,
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "every second": lambda a: np.repeat(np.repeat(a, 2, 0), 2, 1)[::2, ::2],
    "backwards": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "rows backwards": lambda a: a[::-1].copy()[::-1],
    "gaps between rows": lambda a: np.hstack([a, a])[:, : a.shape[1]],
    "one row": lambda a: np.broadcast_to(a[1], a.shape),
    "one number": lambda a: np.broadcast_to(a[1, 1], a.shape),
    "one column": lambda a: np.broadcast_to(a[:, :1], a.shape),
    "other bytes": lambda a: a.astype(a.dtype.newbyteorder()),
    "unaligned": unaligned,
    "read only": read_only,
    "field": lambda a: np.rec.fromarrays([a, a], names="x,y")["y"].view(np.ndarray),
    "real part": lambda a: (a + 1j).real,
}


@pytest.mark.parametrize(("one", "other"), [*itertools.product(LAYOUTS, LAYOUTS)], ids="-".join)
def test_layouts(one, other):
    """The layout of results is NumPy's for those operands, and the bits are."""
    a, b = filled((6, 7)), filled((7, 6)).T + 0.25
    same_bits(function, LAYOUTS[one](a), LAYOUTS[other](b))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["f4", "e", "i2", "c16", "g"])
def test_layouts_of_dtypes(layout, dtype):
    """As float16, which NumPy computes in another way where it is not contiguous."""

    def more(a, b):
        c = a * b + a
        return c, abs(c) + 1, c == a, np.square(c) - b

    a, b = filled((9, 130), dtype), filled((9, 130), dtype)[::-1]
    same_bits(more, LAYOUTS[layout](a), b)


@pytest.mark.parametrize("step", [1, 2, 3, -1, -2, 0])
@pytest.mark.parametrize("size", [100, 5000])
def test_strides(step, size):
    """Of vectors: forwards, backwards, and on the spot."""
    source = np.linspace(-3, 3, 3 * size)
    x = source[::step][:size] if step else np.broadcast_to(source[5], (size,))
    same_bits(function, x, source[:size])
    same_bits(function, source[:size], x)
    same_bits(function, x, x)


def test_overlapping():
    """Operands that are views of one array, shifted."""
    source = np.linspace(-3, 3, 2000)
    same_bits(function, source[:-1], source[1:])
    same_bits(function, source[::2], source[1::2])
    same_bits(function, source[:1000], source[999::-1])
    windows = np.lib.stride_tricks.sliding_window_view(source, 5)
    same_bits(function, windows, windows[::-1])


def test_one_object_twice():
    """Both operands are one array."""
    x = np.linspace(-3, 3, 3000)
    same_bits(function, x, x)
    same_bits(function, x, x[:])


def test_many_dimensions():
    """More of them than a loop of three or four is written for."""
    a = filled((2, 1, 3, 1, 2, 1, 2, 3))
    same_bits(outer, a, a.transpose(7, 5, 3, 1, 6, 4, 2, 0)[:, :1, :, :, :, :1, :1, :1])
    deep = np.ones((1,) * 40)
    same_bits(outer, deep, deep + 1)


def test_views_of_results():
    """Indexing and reshaping between two pieces of element-wise work."""

    def views(a):
        b = a * 2
        c = b[::-1] + b
        d = c.reshape(-1)[::3] - 1
        return d, c.T + b.T, b[1], (b[:, 2] * d[: b.shape[0]]), b.T

    same_bits(views, filled((30, 40)))
    same_bits(views, np.asfortranarray(filled((30, 40))))
