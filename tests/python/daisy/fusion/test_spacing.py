"""Loops that give other bits where elements lie in another way: kernels have them as NumPy does."""

import itertools

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits

CURVES = "exp log sin expm1 log1p cbrt sinh arcsinh arctan tanh exp2 log2 arccos".split()

BACKWARDS = {
    "one axis": lambda x: x.ravel()[::-1],
    "every second": lambda x: x.ravel()[::-2],
    "rows": lambda x: x[::-1],
    "columns": lambda x: x[:, ::-1],
    "both": lambda x: x[::-1, ::-1],
    "transposed": lambda x: x.T[::-1],
    "repeated": lambda x: np.broadcast_to(x[0, ::-1], x.shape),
}


def values(char, *shape):
    return np.random.default_rng(3).uniform(0.01, 0.99, shape).astype(char)


@pytest.mark.parametrize("char", "df")
@pytest.mark.parametrize("layout", BACKWARDS)
@pytest.mark.parametrize("name", CURVES)
def test_backwards(name, layout, char):
    """NumPy has slower functions for those; a kernel may gather elements for what comes next."""
    ufunc = getattr(np, name)

    def function(x):
        return ufunc(x) * 2 + x

    same_bits(function, BACKWARDS[layout](values(char, 20, 50)), modes=({"workers": 1},))


@pytest.mark.parametrize("char", "df")
@pytest.mark.parametrize("layout", BACKWARDS)
def test_two_operands(layout, char):
    """One of them backwards, or both."""

    def function(x, y):
        return np.arctan2(x, y) + x * y, (x + 0) ** y, (x + 1j) * (y - 1j)

    x, y = values(char, 20, 50), values(char, 20, 50)[::-1] * 3
    back = BACKWARDS[layout]
    for one, other in [(back(x), back(y)), (back(x), back(y).copy()), (back(x).copy(), back(y))]:
        same_bits(function, one, other, modes=({"workers": 1},))


SHAPES = [(), (1,), (1, 1), (5,), (3, 5), (3, 1), (2, 1, 1), (2, 3, 1)]
LONG = [(), (1,), (2, 1, 1), (300,)]


@pytest.mark.parametrize("char", "df")
@pytest.mark.parametrize("exponent", [2.0, 0.5, 3.0])
def test_powers(exponent, char):
    """One exponent for all is done in a way of its own, wherever NumPy happens to see it as one."""

    def function(x, y):
        return np.power(x, y) - 1, (x + 0) ** (y * 1), np.float_power(x, y)

    pairs = itertools.chain(itertools.product(SHAPES, SHAPES), itertools.product(LONG, LONG))
    for shape, other in pairs:
        x, y = values(char, *shape) * 3, np.full(other, exponent, char)
        same_bits(function, x, y, modes=({"workers": 1},))


@pytest.mark.parametrize("seed", range(40))
def test_single_elements(seed):
    """An array of one element has a stride, which may be any."""

    def function(x, y):
        return (x + 0) ** y, np.power(x, y) * 1

    x = np.random.default_rng(seed).uniform(0, 3, 8).astype("f4")
    for exponent in (2.0, 3.0):
        many = np.full(8, exponent, "f4")
        ones = [many[:1], many[::7][:1], many[::-1][-1:], np.broadcast_to(many[:1], (1,))]
        for one in (*ones, *(it[None] for it in ones), np.float32(exponent), exponent):
            shape = np.shape(one) or (1,)
            same_bits(function, x[:1].reshape(shape), one, modes=({"workers": 1},))
            same_bits(function, x[::-3][:1].reshape(shape), one, modes=({"workers": 1},))


@pytest.mark.parametrize("length", [1, 2, 3, 5, 64, 65])
def test_which_nan_of_a_complex_product(length):
    """It depends on the stride of what is multiplied, which may be computed in the same kernel."""

    def function(x):
        return np.conjugate(np.conjugate(x)) * x, np.where(x.real > 0, -1, x) * x

    nans = np.array([0xFFF800000002A934, 0xFFF80000000C5955], "u8").view("c16")
    same_bits(function, np.repeat(nans, length), modes=({"workers": 1},))
