"""A function on a million int64 that computes the same sum twice, against the plain function."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.harness import Figure, alternate, faster
from daisy import autodask, inline
from lazy import strict

ARRAY = np.arange(1_000_000)


@inline
def f(a: Any, b: Any) -> Any:
    """A piece that g uses twice with the same arguments."""
    return a + b


def g(a: Any, b: Any) -> Any:
    """Three additions, of which two are the same."""
    return f(f(a, b), f(a, b))


autodask_g = autodask(g, inline=True)


def ours() -> Any:
    """Trace, fold and run on the native engine."""
    return strict(autodask_g(ARRAY, ARRAY))


def numpy() -> Any:
    """The plain function."""
    return g(ARRAY, ARRAY)


def measure() -> list[Figure]:
    """The speed-up, after a check that both give the same bits."""
    if not np.array_equal(ours(), numpy()):
        raise AssertionError("autodask and NumPy disagree")
    times = alternate([(ours, 1), (numpy, 1)], rounds=101)
    return [faster("g on a million int64, against plain NumPy", 1.5, *times)]
