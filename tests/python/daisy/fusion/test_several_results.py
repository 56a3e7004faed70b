"""Ufuncs of several results in the midst of a kernel, and all ways to take these apart."""

import numpy as np
import pytest
from scipy import special as scipy_special
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.test_fusion import peak
from tests.python.daisy.fusion.values import LENGTHS, moderate, special, tame

import daisy
from daisy import autodask, strict, thunk


def unpacked(a, b):
    quotient, rest = np.divmod(a, b)
    again, _ = divmod(a, b)
    fraction, whole = np.modf(a)
    mantissa, exponent = np.frexp(b)
    return quotient * 2, rest + b, again, fraction - whole, mantissa * exponent, exponent


def by_place(a, b):
    both, parts = divmod(a + b, b), np.modf(a)
    return both[0] + both[-1], both[1], parts[0] * 2, parts[-2] - 1, parts[1]


@pytest.mark.parametrize("char", "?bBhHiIlLefdg")
@pytest.mark.parametrize("function", [unpacked, by_place])
def test_every_dtype(function, char):
    """All results have NumPy's bits, and all is told as by NumPy."""
    for make in (special, moderate, tame):
        for length in (*LENGTHS, 8192):
            same_bits(function, make(char, length), make(char, length, 1), ordered=False)


@pytest.mark.parametrize("setting", ["ignore", "warn", "raise"])
def test_settings(setting):
    """A division by zero is told of as `np.errstate` says."""
    with np.errstate(all=setting):
        same_bits(unpacked, np.arange(-5.0, 5.0), np.arange(-3.0, 7.0), ordered=False)
        same_bits(unpacked, np.arange(-5, 5), np.arange(-3, 7), ordered=False)


@pytest.mark.parametrize("view", [lambda x: x.T, lambda x: x[::2], lambda x: x[:, ::-1]])
def test_layouts(view):
    """Each result lies as NumPy lays it out."""
    x = np.linspace(1, 9, 40).reshape(4, 10)
    same_bits(by_place, view(x), view(x + 1), ordered=False)
    same_bits(unpacked, view(x), 2.0, ordered=False)


def test_wrong_uses():
    """A wrong number of targets or a place that is not there is Python's error."""

    def too_few(x):
        (one,) = np.modf(x * 2)
        return one + 1

    def too_many(x):
        one, _, _ = np.modf(x * 2)
        return one + 1

    def beyond(x):
        return np.modf(x * 2)[2] + 1

    for function in (too_few, too_many, beyond):
        assert isinstance(same_bits(function, np.arange(9.0)), (ValueError, IndexError))


def test_the_tuple_itself():
    """Who takes the tuple gets one, beside those who take its items."""

    def function(x):
        both = np.modf(x * 2)
        one, other = both
        return both, one + 1, both[0:1], both[-1] * 2, len(both), other, both[np.int64(1)]

    same_bits(function, np.linspace(0, 3, 200))


def test_the_same_item_twice_is_one_object():
    """An item that is taken by its place and by unpacking is the same array."""

    def function(x):
        both = np.divmod(x * 2, 3.0)
        one, _ = both
        return one is both[0], both[1] is both[-1], one

    same_bits(function, np.arange(100.0))


def test_a_held_tuple_is_there_afterwards():
    """A thunk of the tuple, or of an item, keeps its value."""
    both = np.modf(thunk.fromexpr(np.linspace(0, 3, 200)) * 2)
    one = both[0]
    strict(one + both[1])
    assert strict(both)[0] is strict(one)


def test_numbers_and_subclasses():
    """What is not exactly an array has what NumPy gives for it."""

    class Own(np.ndarray):
        pass

    same_bits(unpacked, np.float64(7.5), np.float32(2))
    same_bits(unpacked, np.array(7.5), np.arange(1.0, 3.0))
    same_bits(unpacked, np.arange(1.0, 5).view(Own), np.arange(1.0, 5))
    same_bits(by_place, np.arange(5) * 1j, np.arange(5))


def test_ufuncs_of_scipy():
    """Up to four results, of which some are used."""

    def function(x):
        sine, _, delta, angle = scipy_special.ellipj(x * 0.1, x * 0.05)
        first, second = scipy_special.sici(x)
        return sine * delta, angle, first + second

    same_bits(function, np.linspace(0, 9, 1000), ordered=False)


def test_no_array_is_made_for_them():
    """Results that are used further take no memory of their own, nor those that nobody uses."""

    def function(x):
        quotient, rest = np.divmod(x * 3, 0.7)
        _, whole = np.modf(x)
        return quotient * rest + whole + divmod(x, 2)[1]

    x = np.linspace(0.1, 5, 200_000)
    marked = autodask(function)
    taken, result = peak(lambda: strict(marked(x)))
    assert result.tobytes() == function(x).tobytes()
    assert taken < 1.2 * x.nbytes
    with daisy.options(fuse=False):
        assert peak(lambda: strict(marked(x)))[0] > 2.9 * x.nbytes
