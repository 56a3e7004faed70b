"""What is element by element and no operator: choices, limits, casts, and several outputs."""

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import SIZES, same_bits
from tests.python.daisy.fusion.values import special, tame

DTYPES = "?bBhHiIlLefdgFD"
PAIRS = [(one, other) for one in DTYPES for other in "?bIledFg"]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids="-".join)
def test_choices_and_casts(one, other):
    """`np.where`, `astype` and comparisons between all kinds of numbers."""

    def function(a, b):
        chosen = np.where(a < b, a, b)
        cast = (a + a).astype(b.dtype)
        return chosen * 2, cast + cast, np.where(chosen == a, 1, chosen), (a >= b) & (cast != b)

    for length in (1, 65, 600):
        same_bits(function, special(one, length), special(other, length, 1), ordered=False)


@pytest.mark.parametrize("casting", ["no", "equiv", "safe", "same_kind", "unsafe"])
@pytest.mark.parametrize("to", ["f4", "i2", ">f8", "O", "U5", "?", "c8"])
def test_castings(casting, to):
    """A cast that is not allowed is the same error; one that changes nothing may be no copy."""

    def function(x):
        y = (x * 2).astype(to, casting=casting)
        return y, y.astype(to, copy=False), x.astype(x.dtype, copy=False)

    for x in (np.arange(5.0), np.arange(5, dtype="i2"), np.arange(5, dtype="f4")):
        same_bits(function, x)


@pytest.mark.parametrize("char", DTYPES)
@pytest.mark.parametrize("limits", [(0, 1), (None, 2), (0.5, None), (3, 1), (-1, 300)], ids=str)
def test_clip(char, limits):
    """`np.clip` with numbers, arrays, and limits that are not there or do not fit."""
    low, high = limits

    def function(x):
        y = np.clip(x + x, low, high)
        return y * 2, x.clip(low, high) + 1

    def with_arrays(x, one, other):
        return np.clip(x * 1, one, other) + 1, np.clip(x, other, one)

    x = special(char, 200)
    same_bits(function, x, ordered=False)
    same_bits(with_arrays, x, tame(char, 200), special(char, 200, 1), ordered=False)


@pytest.mark.parametrize("char", "efdgbBl")
def test_several_outputs(char):
    """All outputs of a ufunc are used, or one of them only."""

    def function(a, b):
        fraction, whole = np.modf(a)
        mantissa, exponent = np.frexp(b)
        quotient, rest = np.divmod(a, b)
        again, _ = divmod(a + 1, b)
        return fraction + whole, mantissa * exponent, quotient - rest, again * 2, whole

    for make in (special, tame):
        for length in (1, 64, 900):
            same_bits(function, make(char, length), make(char, length, 1), ordered=False)


def test_keywords_of_ufuncs():
    """`dtype`, `casting`, `order`, `where` and `out` of a ufunc mean what they mean to NumPy."""

    def function(x, y, mask):
        one = np.add(x, y, dtype="f4", casting="same_kind") * 2
        other = np.multiply(x + 1, y, order="F") + one
        there = np.where(mask, np.subtract(x, y, where=mask), 0)
        return one, other, there, np.add(x, y, subok=False), np.add(x, 1, dtype=object)

    grid = np.arange(12.0).reshape(3, 4)
    same_bits(function, grid, grid.T.copy().T, grid > 4, ordered=False)


@pytest.mark.parametrize("name", "sum prod min max mean any all argmin argmax".split())
@pytest.mark.parametrize("char", "?bBlefdgFD")
def test_reductions(name, char):
    """A reduction of element-wise work has the bits of one of an array: sums are in pairs."""

    def function(a, b):
        return getattr(a * b, name)(), getattr(np, name)(a + b), (a - a.mean()).sum()

    def along(a, b):
        return getattr(a * b, name)(axis=0), getattr(np, name)(a + b, axis=-1, keepdims=True)

    for make in (special, tame):
        for length in (1, 7, 8, 9, 127, 128, 129, 1000, 5000):
            a, b = make(char, length), make(char, length, 1)
            same_bits(function, a, b, ordered=False)
        a, b = make(char, 600).reshape(20, 30), make(char, 600, 1).reshape(20, 30)
        same_bits(along, a, b, ordered=False)
        same_bits(along, a.T, b.T, ordered=False)


@pytest.mark.parametrize("name", "sum min max mean any argmax".split())
def test_reductions_of_large_arrays(name):
    """Also where several workers each have a part."""

    def function(a, b):
        product = a * b
        return getattr(product, name)(), product, getattr(np, name)(product - 1)

    rng = np.random.default_rng(0)
    for size in (*SIZES, 131_072, 300_001):
        for dtype in ("f8", "f4", "i8"):
            a, b = (rng.normal(size=(2, size)) * 100).astype(dtype)
            same_bits(function, a, b)


@pytest.mark.parametrize("name", "sum prod any all mean min max argmin argmax".split())
def test_empty_reductions(name):
    """Of nothing: a neutral element, or NumPy's error."""
    same_bits(lambda x: getattr(x * 2, name)(), np.zeros(0))
    same_bits(lambda x: getattr(np, name)(x * 2, axis=0), np.zeros((0, 3)))
    same_bits(lambda x: getattr(np, name)(x * 2, axis=1), np.zeros((0, 3)))


def test_sizes():
    """On both sides of all that is decided by size."""

    def function(a, b):
        c = np.sqrt(a * a + b * b)
        return c, np.where(c > 0.5, c - 0.5, a), (c * 10).astype("i4"), -c / 3

    for size in SIZES:
        a, b = np.linspace(0, 1, size), np.linspace(1, 0, size) ** 2
        same_bits(function, a, b)
        same_bits(function, a.astype("f4"), b.astype("f4"))
