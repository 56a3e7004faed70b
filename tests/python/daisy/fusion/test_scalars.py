"""Arrays with numbers: Python's, NumPy's and arrays of no dimension, on either side."""

import operator

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.values import special, tame

DTYPES = "?bBhHiIlLqQefdgFDG"
OPERATORS = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
    *(operator.mod, operator.pow, operator.and_, operator.or_, operator.xor),
    *(operator.lshift, operator.rshift),
    *(operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge),
]
PYTHON = [0, 1, 2, -1, 3, 200, 70_000, 2**40, 2**70, True, 0.0, -0.0, 0.5, 1e300, 1j, float("nan")]
EXPONENTS = [-2, -1, -0.5, 0, 0.5, 1, 1.0, 2, 2.0, 3, 4, 0.3, True, 2 + 0j]


def both_ways(one):
    """An operator twice on an array and a number, each way round."""
    return [
        lambda x, number: one(one(x, number), number),
        lambda x, number: one(number, one(number, x)),
    ]


FUNCTIONS = [function for one in OPERATORS for function in both_ways(one)]


@pytest.mark.parametrize("char", DTYPES)
def test_python_numbers(char):
    """A Python number takes the dtype of the array, fits in or is refused, as NumPy has it."""
    x = special(char, 30)
    for number in PYTHON:
        for function in FUNCTIONS:
            same_bits(function, x, number, ordered=False)


@pytest.mark.parametrize("char", DTYPES)
def test_exponents(char):
    """`**` with small numbers takes short cuts, which differ from `np.power`."""

    def function(x, n):
        y = x + x
        return y**n, (x * 1) ** n, n**y

    for make in (special, tame):
        x = make(char, 70)
        for exponent in EXPONENTS:
            same_bits(function, x, exponent, ordered=False)
            same_bits(function, x, np.array(exponent), ordered=False)
            same_bits(function, x, np.float32(np.real(exponent)), ordered=False)
            same_bits(lambda x, n: np.power(x + x, n) * 1, x, exponent, ordered=False)


@pytest.mark.parametrize("char", DTYPES)
def test_numpy_numbers(char):
    """A scalar or an array without dimensions counts with its own dtype."""

    def function(x, n):
        y = n * x
        return y + n, n - y, np.maximum(y, n), n + n, (y < n) | (n == x)

    for other in "?bHldeFg":
        x = special(char, 40)
        for value in (special(other, 9)[[0, 3, 8]]).tolist():
            zero_d = np.array(value, other)
            same_bits(function, x, zero_d, ordered=False)
            same_bits(function, x, zero_d[()], ordered=False)


@pytest.mark.parametrize("char", DTYPES)
def test_no_array_at_all(char):
    """Of numbers and arrays without dimensions come scalars, with warnings of their own."""

    def function(a, b):
        c = a * b
        return c + a, c - 1, np.add(c, b), np.sin(c * 1.5), (a / b) * 2

    values = special(char, 12)
    for one, other in zip(values, np.roll(values, 5), strict=True):
        same_bits(function, one, other, ordered=False)
        same_bits(function, np.array(one), np.array(other), ordered=False)
        same_bits(function, np.array(one), 3, ordered=False)
        same_bits(function, values[:1], np.array(other), ordered=False)
