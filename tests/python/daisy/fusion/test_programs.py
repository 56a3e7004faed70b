"""Real functions: options, distances, a polynomial of the weather, spectral indices."""

import numpy as np
import pytest
import thermofeel
from scipy.special import erf
from tests.python.daisy.fusion.bits import SIZES, same_bits
from tests.python.daisy.fusion.values import special

from daisy import autodask, inline, strict


@inline
def normal(x):
    return 0.5 + 0.5 * erf(x / np.sqrt(2))


@inline
def terms(price, strike, time, rate, volatility):
    spread = volatility * np.sqrt(time)
    first = (np.log(price / strike) + (rate + volatility * volatility / 2) * time) / spread
    return first, first - spread, strike * np.exp(-rate * time)


def call(*option):
    first, second, discounted = terms(*option)
    return option[0] * normal(first) - discounted * normal(second)


def put(*option):
    first, second, discounted = terms(*option)
    return discounted * normal(-second) - option[0] * normal(-first)


call, put = inline(call), inline(put)


def black_scholes(price, strike, time, rate, volatility):
    return (
        call(price, strike, time, rate, volatility),
        put(price, strike, time, rate, volatility),
    )


def haversine(lat1, lon1, lat2, lon2):
    lat1, lon1, lat2, lon2 = map(np.radians, (lat1, lon1, lat2, lon2))
    a = np.sin((lat2 - lat1) / 2) ** 2
    b = np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 6371.0 * 2 * np.arcsin(np.sqrt(a + b))


def indices(n, r, g, b, s1, l=0.5, gain=2.5):
    return {
        "NDVI": (n - r) / (n + r),
        "EVI": gain * (n - r) / (n + 6.0 * r - 7.5 * b + 1.0),
        "SAVI": (1.0 + l) * (n - r) / (n + r + l),
        "AVI": (n * (1.0 - r) * (n - r)) ** (1 / 3),
        "NDWI": (g - n) / (g + n),
        "MSAVI": 0.5 * (2.0 * n + 1 - (((2 * n + 1) ** 2) - 8 * (n - r)) ** 0.5),
        "BITM": (((b**2.0) + (g**2.0) + (r**2.0)) / 3.0) ** 0.5,
        "NDBI": (s1 - n) / (s1 + n),
        "WDVI": n - 1.0 * r,
    }


def options(size, dtype="f8"):
    rng = np.random.default_rng(0)
    price, strike = rng.uniform(80, 120, (2, size))
    return [one.astype(dtype) for one in (price, strike, rng.uniform(0.1, 2, size))]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_black_scholes(size, dtype):
    """A call and a put, whose terms are computed once."""
    price, strike, time = options(size, dtype)
    same_bits(black_scholes, price, strike, time, 0.03, 0.2)
    same_bits(black_scholes, price, 100.0, time, 0.03, np.float64(0.2))


def test_black_scholes_at_the_edges():
    """No time is left, nothing moves, or nothing is worth anything; the same for one point."""
    zero = np.array([0.0, 1.0, 100.0, 0.0])
    for setting in ("ignore", "warn", "raise"):
        with np.errstate(all=setting):
            got = [same_bits_folded(black_scholes, zero, 100.0, zero[::-1], 0.03, 0.2)]
            got.append(same_bits_folded(black_scholes, 100.0, 90.0, 0.5, 0.03, 0.2))
    assert len(got) == 2


def same_bits_folded(function, *args):
    """As `same_bits`, of a function with equal work in it: that is done once, and warns once."""
    with np.errstate(**{one: "ignore" for one, how in np.geterr().items() if how == "warn"}):
        return same_bits(function, *args, ordered=False)


@pytest.mark.parametrize("size", SIZES)
def test_haversine(size):
    """Distances between places, and from one place to many."""
    lat1, lat2 = np.random.default_rng(1).uniform(-90, 90, (2, size))
    lon1, lon2 = np.random.default_rng(2).uniform(-180, 180, (2, size))
    same_bits(haversine, lat1, lon1, lat2, lon2)
    same_bits(haversine, lat1, lon1, 52.5, 13.4)
    same_bits(haversine, lat1[:50, None], lon1[:50, None], lat2[:40], lon2[:40])


@pytest.mark.parametrize("size", [*SIZES[:-1], 20_000])
def test_utci(size):
    """thermofeel's polynomial of three hundred operations, as its authors wrote it."""
    rng = np.random.default_rng(3)
    air, radiant = rng.uniform(-20, 40, (2, size))
    wind, vapour = rng.uniform(0.5, 17, size), rng.uniform(0.1, 5, size)
    polynomial = inline(thermofeel.calculate_utci_polynomial)

    def utci(air, radiant, wind, vapour):
        return polynomial(air, radiant, wind, vapour)

    plain = thermofeel.calculate_utci_polynomial(air, radiant, wind, vapour)
    assert np.array_equal(strict(autodask(utci)(air, radiant, wind, vapour)), plain)
    same_bits(utci, air, radiant, wind, vapour)
    same_bits(thermofeel.calculate_utci_polynomial, air, radiant, wind, vapour)


@pytest.mark.parametrize("dtype", ["f4", "f8", "u2", "i2"])
def test_spectral_indices(dtype):
    """Many small formulas over one set of bands, some of which divide by zero."""
    bands = np.random.default_rng(4).uniform(0, 1000, (5, 60, 70)).astype(dtype)
    with np.errstate(all="ignore"):
        same_bits(indices, *bands)
        same_bits(indices, *(special(dtype, 600, turn) for turn in range(5)))
