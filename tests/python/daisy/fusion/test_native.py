"""Chains of plain arithmetic, which kernels do by themselves: the bits are NumPy's all the same."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.expressions import Maker, listed, settings_of_errors
from tests.python.daisy.fusion.test_layouts import LAYOUTS
from tests.python.daisy.fusion.values import special, tame

from daisy import Refusal

NATIVE = listed(
    """
    {} + {} | {} - {} | {} * {} | {} / {} | {} + {} | {} - {} | {} * {} | -{} | np.square({})
    abs({}) | np.sqrt({}) | {} ** 2 | {} + 1 | {} * 3 | 1 - {} | 2 / {} | {} + {} * 0 | -{} - {}
    np.maximum({}, {}) | {} > {}
    """
)
"""What is native for most dtypes, and two that end a chain."""
LENGTHS = (1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 200, 1000, 5000, 70_000)
WORDS = ("divide by zero", "overflow", "underflow", "invalid value")
NAMES = ("add", "subtract", "multiply", "divide")
RAISED = [(FloatingPointError, f"{what} encountered in {name}") for what in WORDS for name in NAMES]
TROUBLE = {"divide": 0.0, "over": 1e200, "under": 1e-200, "invalid": np.inf}


class Chains(Maker):
    """Makes programs of native operations."""

    def step(self):
        self.bind(NATIVE, 1)


@st.composite
def chains(draw):
    """A program of native operations and its arguments, of one length or one element."""
    char, length = draw(st.sampled_from("ddddfflLiIq")), draw(st.sampled_from(LENGTHS))
    args = []
    for turn in range(draw(st.integers(1, 4))):
        make = draw(st.sampled_from([special, tame, tame, tame]))
        array = make(char, length, turn)
        kinds = [array, array[::-1], np.repeat(array, 2)[::2], array[:1], array[0], 2, 0.5]
        args.append(kinds[draw(st.integers(0, 15)) % 7] if turn else array)
    return Chains(draw, args, ()).make(draw(st.integers(2, 25))), args


@settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=[*HealthCheck])
@given(chains(), settings_of_errors)
def test_random_chains(made, status):
    """Whatever is chained, of which values and under which settings."""
    program, args = made
    with np.errstate(**status, call=lambda kind, flag: None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            errors = program.errors(args)
        try:
            same_bits(program.function(), *args, ordered=False, errors=errors)
        except Refusal:
            assume(False)


def chain(x, y):
    """All operations in one chain, and a few beside it."""
    a = (x * y + 1) / y - x
    return np.sqrt(abs(-a)) + np.square(a), 2 - a * 0.5


def integers(x, y):
    a = x * y + x
    return -a * 3 - y, np.square(a - 1) + a


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("char", "df")
def test_every_length(char, length):
    """Also where it is no multiple of what is done at once."""
    same_bits(chain, tame(char, length), tame(char, length, 1))
    with np.errstate(all="ignore"):
        same_bits(chain, special(char, length), special(char, length, 1))


@pytest.mark.parametrize("char", "lLiIqQbH")
def test_integers_wrap(char):
    """Without a warning, at their limits."""
    for length in (65, 1500):
        same_bits(integers, special(char, length), special(char, length, 1))
        same_bits(integers, special(char, length), 3)


@pytest.mark.parametrize("char", "df")
def test_which_nan_it_is(char):
    """Of two NaNs the payload of one remains, the same as in plain NumPy."""

    def sums(x, y):
        return (x + y) * 2 - y, y * x - x, -(x - y) / x, abs(x) * y + y * y

    nans = special(char, 100)
    nans = nans[np.isnan(nans)][:3]
    for one, other in itertools.product(nans, nans):
        for length in (64, 200, 1500):
            same_bits(sums, np.full(length, one), np.full(length, other), modes=({"workers": 1},))
            same_bits(sums, np.full(length, one), other, modes=({"workers": 1},))


def test_which_nan_it_is_from_tape_to_tape():
    """What is done again for a NaN is done with what loops make of it, not what a tape made."""

    def spread(x, y, z):
        v = x + y * y
        s = np.sin(z)
        return v * s + 1, v * 2 - s

    nans = special("d", 100)
    nans = nans[np.isnan(nans)][:3]
    for one, other in itertools.permutations(nans, 2):
        for length in (64, 1500):
            args = np.full(length, one), np.full(length, other), tame("d", length)
            same_bits(spread, *args, modes=({"workers": 1},))


@pytest.mark.parametrize("gaps", [0, 1, 50, 5000])
def test_nans_here_and_there(gaps):
    """What has no NaN near it is none the worse for those elsewhere."""
    x, y = tame("d", 100_000), tame("d", 100_000, 1)
    if gaps:
        x[::gaps] = np.nan
        y[7 :: gaps + 1] = -np.nan
    x[-1] = y[-1] = np.nan
    same_bits(chain, x, y)


@pytest.mark.parametrize("category", TROUBLE)
@pytest.mark.parametrize("place", [0, 70, -1])
def test_trouble_in_the_midst(category, place):
    """What a chain meets on the way is told, although nothing of it is seen in the end."""

    def hidden(x, y):
        return 1 / (x * x * y) * 0 + 1, (x - x) * 2 + y

    for length in (100, 5000, 70_000):
        x = np.linspace(1.0, 2.0, length)
        x[place] = TROUBLE[category]
        for setting in ("ignore", "warn", "raise"):
            with np.errstate(all=setting):
                same_bits(hidden, x, np.ones(length), ordered=False, errors=RAISED)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout):
    """Operands that lie in any way, or are one for many elements."""
    a, b = tame("d", 9 * 130).reshape(9, 130), tame("d", 9 * 130, 1).reshape(9, 130)
    same_bits(chain, LAYOUTS[layout](a), b)
    same_bits(chain, a, LAYOUTS[layout](b))
    same_bits(chain, a[2], b[:, :1])
    same_bits(chain, a[2, ::-1], b[1, 1])


def test_chains_round_other_work():
    """Chains before, between and behind what only NumPy does, on values of several dtypes."""

    def mixed(x, n):
        a = np.exp(x * 0.5 + 1) - x
        b = np.where(a * a - 2 > x, -a * x, x / 3 + a)
        c = (n * n + n) * 3
        return b * b + a, np.sin(c * 0.001) * x + c, (c - n) * 2, np.float32(2) * x - c

    for length in (10, 100, 3000, 100_000):
        same_bits(mixed, tame("d", length), np.arange(length) % 50)
        same_bits(mixed, tame("f", length), np.arange(length, dtype="i4") % 50)
