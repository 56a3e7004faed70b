"""The element-wise functions that are timed: as a user writes them, and as each peer wants them.

`CASES` has them by name. A plain function is what NumPy runs; `traced` is what daisy is given, the
same work with the helpers marked `inline`. The peers get what suits them best: numexpr a text,
Numba a loop over the elements where its own fusing would not do, JAX the function with JAX's
modules.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType
from typing import Any, cast

import numpy as np
import thermofeel
from scipy import special

from daisy import autodask, inline

Function = Callable[..., Any]
RATE, VOLATILITY = 0.03, 0.2
prange = range  # Numba is given its own in this place


def f(a: Any, b: Any) -> Any:
    """The sum that both programs of the README share."""
    return a + b


def plain_g(a: Any, b: Any) -> Any:
    """The first program of the README."""
    return f(f(a, b), f(a, b))


def one_more(a: Any, b: Any) -> Any:
    """The function `g` of the README's second program."""
    return a + b + 1


def plain_h(a: Any, b: Any) -> Any:
    """The second program of the README."""
    return f(a, b) + one_more(a, b)


inline_f, inline_one_more = inline(f), inline(one_more)


def traced_g(a: Any, b: Any) -> Any:
    """The first program, opened up."""
    return inline_f(inline_f(a, b), inline_f(a, b))


def traced_h(a: Any, b: Any) -> Any:
    """The second program, opened up."""
    return inline_f(a, b) + inline_one_more(a, b)


def black_scholes(price: Any, strike: Any, time: Any) -> Any:
    """A call and a put, with all that they share computed once by the plain function, too."""
    spread = VOLATILITY * np.sqrt(time)
    first = (np.log(price / strike) + (RATE + VOLATILITY**2 / 2) * time) / spread
    second = first - spread
    discounted = strike * np.exp(-RATE * time)
    one = 0.5 + 0.5 * special.erf(first / math.sqrt(2))
    other = 0.5 + 0.5 * special.erf(second / math.sqrt(2))
    call = price * one - discounted * other
    return call, call + discounted - price


def haversine(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> Any:
    """The distance of two places on the globe, in km."""
    lat1, lon1 = np.radians(lat1), np.radians(lon1)
    lat2, lon2 = np.radians(lat2), np.radians(lon2)
    a = np.sin((lat2 - lat1) / 2) ** 2
    b = np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(a + b))


utci = thermofeel.calculate_utci_polynomial


def black_scholes_loop(price: Any, strike: Any, time: Any) -> Any:
    """The same as a loop for Numba, which has no `scipy.special`."""
    call, put = np.empty_like(price), np.empty_like(price)
    for n in prange(price.size):
        spread = VOLATILITY * math.sqrt(time[n])
        first = (math.log(price[n] / strike[n]) + (RATE + VOLATILITY**2 / 2) * time[n]) / spread
        discounted = strike[n] * math.exp(-RATE * time[n])
        one = 0.5 + 0.5 * math.erf(first / math.sqrt(2))
        other = 0.5 + 0.5 * math.erf((first - spread) / math.sqrt(2))
        call[n] = price[n] * one - discounted * other
        put[n] = call[n] + discounted - price[n]
    return call, put


def sum_twice(a: Any, b: Any) -> Any:
    """The first program for Numba, which cannot enter helpers that it has not compiled."""
    return (a + b) + (a + b)


def sum_and_one_more(a: Any, b: Any) -> Any:
    """The second program for Numba."""
    return (a + b) + (a + b + 1)


HAVERSINE = (
    "12742.0 * arcsin(sqrt(sin((p2 - p1) / 2)**2 + cos(p1) * cos(p2) * sin((l2 - l1) / 2)**2))"
)
for degrees, name in (("lat1", "p1"), ("lat2", "p2"), ("lon1", "l1"), ("lon2", "l2")):
    HAVERSINE = HAVERSINE.replace(name, f"({degrees} * {math.pi / 180!r})")


@dataclass(frozen=True, eq=False)
class Case:
    """One function in all its forms; an empty `text` where numexpr cannot compute it.

    numexpr has no `erf`, and takes no text as long as the polynomial.
    """

    plain: Function
    traced: Function
    loop: Function
    text: str
    limits: dict[str, tuple[float, float]]
    dtype: str = "f8"

    def arguments(self, size: int) -> list[Any]:
        """Arrays of that many elements between the limits."""
        rng = np.random.default_rng(size)
        return [rng.uniform(*ends, size).astype(self.dtype) for ends in self.limits.values()]

    @cached_property
    def for_numba(self) -> Function:
        """The loop, compiled for all cores once it is called."""
        from numba import njit
        from numba import prange as parallel_range

        return cast(Function, njit(parallel=True)(over(self.loop, {"prange": parallel_range})))

    @cached_property
    def for_jax(self) -> Function:
        """The function over JAX's modules in the place of NumPy's and scipy's."""
        import jax
        import jax.numpy
        import jax.scipy.special

        jax.config.update("jax_enable_x64", True)
        modules = {"np": jax.numpy, "special": jax.scipy.special}
        return cast(Function, jax.jit(over(self.plain, modules)))


def over(function: Function, names: dict[str, Any]) -> Function:
    """A function for which some globals are others."""
    assert isinstance(function, FunctionType)
    return FunctionType(function.__code__, {**function.__globals__, **names})


LAT, LON, WHOLE = (-90.0, 90.0), (-180.0, 180.0), (-1000.0, 1000.0)
PRICES = {"price": (80.0, 120.0), "strike": (80.0, 120.0), "time": (0.1, 2.0)}
PLACES = {"lat1": LAT, "lon1": LON, "lat2": LAT, "lon2": LON}
WEATHER = {"t2m": (-20.0, 40.0), "mrt": (-20.0, 60.0), "va": (0.5, 17.0), "wvp": (0.1, 5.0)}
PAIR = {"a": WHOLE, "b": WHOLE}

CASES = {
    "g": Case(plain_g, autodask(traced_g), sum_twice, "(a + b) + (a + b)", PAIR, "i8"),
    "h": Case(plain_h, autodask(traced_h), sum_and_one_more, "(a + b) + (a + b + 1)", PAIR, "i8"),
    "Black-Scholes": Case(black_scholes, autodask(black_scholes), black_scholes_loop, "", PRICES),
    "haversine": Case(haversine, autodask(haversine), haversine, HAVERSINE, PLACES),
    "UTCI": Case(utci, autodask(utci), utci, "", WEATHER),
}
