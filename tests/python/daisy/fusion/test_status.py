"""What floating-point trouble leads to: each category, with every setting, as NumPy says it."""

import itertools
import warnings

import numpy as np
import pytest
from scipy import special
from tests.python.daisy.fusion.bits import MODES, SIZES, same_bits

import daisy
from daisy import autodask, strict

CATEGORIES = ("divide", "over", "under", "invalid")
SETTINGS = ("ignore", "warn", "raise", "call", "print", "log")
TROUBLE = {"divide": 0.0, "over": 1e-200, "under": 1e200, "invalid": -1.0}
"""An element for which `chain` meets that category first."""


def chain(x):
    """One operation after another, each on the result of the one before."""
    a = 1 / x
    b = a * a
    c = np.sqrt(x + 0.0 * b)
    return np.exp(-c * c) + 1


def tree(x):
    """Work side by side, of which some meets trouble."""
    a, b = x * x, 1 / x
    return np.log(x) + a, np.where(b > 1, b, a), np.exp(b) - np.sqrt(x - 0.25)


class Listener:
    """What `call` and `log` are told, which `heard` gives once."""

    def __init__(self):
        self.said = []

    def __call__(self, kind, flag):
        self.said.append((kind, flag))

    def write(self, text):
        self.said.append(text)

    def heard(self):
        said, self.said = self.said, []
        return said


def troubled(category, size=100, place=0):
    x = np.linspace(1.0, 2.0, size)
    x[place] = TROUBLE[category]
    return x


@pytest.fixture
def listening(capfd):
    """A listener to whom NumPy speaks, and all that is printed."""
    listener = Listener()
    with np.errstate(call=listener):
        yield listener, lambda: (listener.heard(), *capfd.readouterr())


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("place", [0, 63, -1])
def test_each_setting(listening, category, setting, place):
    """Ignored, warned of, raised, told, printed, logged: as often, in the same words and order."""
    for size in (100, 1000, 70_000):
        with np.errstate(**{category: setting}):
            same_bits(chain, troubled(category, size, place), heard=listening[1])


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("setting", ["warn", "call", "log", "ignore"])
def test_side_by_side(listening, category, setting):
    """The same of work that has no order, in some order."""
    listener, _ = listening
    with np.errstate(**{category: setting}):
        for x in (troubled(category), np.array([0.0, 1e-200, 1e200, -1.0, 0.1, np.nan, np.inf])):
            same_bits(tree, x, ordered=False, heard=lambda: sorted(listener.heard()))


COMBINATIONS = [*itertools.product(("ignore", "warn", "raise", "call", "log"), repeat=4)]


@pytest.mark.parametrize("start", range(5))
def test_combinations(listening, start):
    """Every category has a setting of its own."""
    x = np.array([1.0, 0.0, 1e-200, -1.0, 1e200, 3.0])
    for settings in COMBINATIONS[start::15]:
        with np.errstate(**dict(zip(CATEGORIES, settings, strict=True))):
            for size in (3, 6, 600):
                same_bits(chain, np.resize(x, size), heard=listening[1])


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("size", SIZES)
def test_warnings_as_errors(category, size):
    """Then the first one is raised, and there is no second."""
    same_bits(chain, troubled(category, size), filters="error")
    same_bits(chain, np.linspace(1, 2, size), filters="error")


def test_settings_for_good():
    """`np.seterr` and `np.seterrcall` count like a block."""
    listener = Listener()
    with np.errstate():
        np.seterr(all="call")
        np.seterrcall(listener)
        same_bits(chain, troubled("divide"), heard=listener.heard)
        np.seterr(all="raise")
        same_bits(chain, troubled("divide"), heard=listener.heard)


def test_a_listener_that_raises():
    """Its exception ends the computation."""

    def refuse(kind, flag):
        raise LookupError(f"{kind} {flag}")

    with np.errstate(all="call", call=refuse):
        same_bits(chain, troubled("over"))
        same_bits(chain, troubled("invalid", 5000))


def test_a_listener_that_computes():
    """It may use daisy and NumPy itself."""
    traced = autodask(chain)
    said = []

    def listen(kind, flag):
        with np.errstate(all="ignore"):
            said.append((kind, flag, float(strict(traced(np.array([0.0, 1.0])))[1])))

    with np.errstate(all="call", call=listen):
        same_bits(chain, troubled("divide", 1000), heard=lambda: [said.pop() for _ in said[:]])


def test_the_setting_of_the_call_counts():
    """Not that of the place where the value is asked for, for each thunk its own."""
    traced, x = autodask(chain), troubled("divide")
    with np.errstate(divide="raise"):
        strictly = traced(x)
    with np.errstate(all="ignore"):
        silently = traced(x)
    with np.errstate(divide="call", call=lambda *_: None), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(strict(silently)[1:]).all()
        with pytest.raises(FloatingPointError, match="divide by zero encountered in divide"):
            strict(strictly)


@daisy.inline
def shared(x):
    return 1 / (x - x)


def test_work_used_twice_warns_once():
    """What two results need is done once, and says once what it has to say."""

    def twice(x):
        y = shared(x)
        return y + 1, y * 2, y

    same_bits(twice, np.ones(100), ordered=False)


@pytest.mark.parametrize("setting", ["ignore", "warn", "raise"])
def test_settings_of_scipy(setting):
    """`scipy.special` has settings of its own, which it keeps for each thread: the calling one."""

    def function(x):
        a = special.gamma(x * 1) + special.loggamma(x - 1)
        return a + special.digamma(x * 2), special.ndtri(x * 3)

    calling = [mode for mode in MODES if mode["workers"] == 1]
    for size in (3, 1000, 70_000):
        x = np.full(size, 2.5)
        x[size // 2] = -1.0
        with special.errstate(all=setting):
            same_bits(function, x, ordered=False, modes=calling)


INTEGERS = {
    "division": lambda x: (x + x) // (x - x) + 1,
    "remainder": lambda x: (x * 2) % (x - x) + 1,
    "smallest by -1": lambda x: (x * 0 + np.iinfo(x.dtype).min) // (x - x - 1) + 1,
    "wrapping": lambda x: (x * np.iinfo(x.dtype).max) * 2 + 1,
    "power": lambda x: (x + 1) ** (x - 3),
    "shift": lambda x: (x + 1) << (x * 50) >> 1,
    "truth": lambda x: np.exp(x * 100) > 1,
}


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("char", "bBhHiIlL")
def test_integers(name, char):
    """Division by zero has a warning, an overflow has none, some powers have an error."""
    for x in (np.arange(1, 6).astype(char), np.array(3, char), np.array(3, char)[()]):
        for setting in ("ignore", "warn", "raise"):
            with np.errstate(all=setting):
                same_bits(INTEGERS[name], x, ordered=False)


CASTS = {
    "too large": lambda x: (x * 1e300).astype("f4") * 2,
    "too small": lambda x: (x * 1e-300).astype("f4") * 2,
    "no integer": lambda x: (x * np.nan).astype("i4") + 1,
    "out of range": lambda x: (x * 1e30).astype("i2") + 1,
    "half": lambda x: np.add(x * 1e5, 1, dtype="e", casting="unsafe") * 2,
    "complex to real": lambda x: (x * 1j + x).astype("f8") * 2,
    "complex overflow": lambda x: (x * 1e200j) * (x * 1e200) + 1,
    "scalar": lambda x: x[0] * 1e308 * 10 + x,
    "sum": lambda x: (x * 1e308).sum() + (x * np.inf).mean(),
    "difference": lambda x: (x * np.inf - np.inf).sum(),
    "largest": lambda x: (x * np.nan).max() + np.maximum(x * np.inf - np.inf, 1),
    "comparison": lambda x: (x * np.nan < 1) | (x > x * np.nan),
    "mean of nothing": lambda x: (x[:0] * 2).mean(),
    "special": lambda x: np.float_power(x - x, -1) + np.arccosh(x * 0.1),
}


@pytest.mark.parametrize("name", CASTS)
@pytest.mark.parametrize("setting", ["ignore", "warn", "raise"])
def test_casts_and_reductions(name, setting):
    """They have texts of their own."""
    for size in (2, 1000):
        with np.errstate(all=setting):
            same_bits(CASTS[name], np.linspace(1.0, 4.0, size), ordered=False)
            same_bits(CASTS[name], np.linspace(1.0, 4.0, size), filters="error", ordered=False)
