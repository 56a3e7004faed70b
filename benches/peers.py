"""The same function run by each peer, ready to be timed, and checked against NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benches.formulas import Case
from lazy import strict

Call = Callable[[], Any]


def plain(case: Case, args: Sequence[Any]) -> Call:
    """NumPy itself."""
    return lambda: case.plain(*args)


def ours(case: Case, args: Sequence[Any]) -> Call:
    """daisy, as a user writes it: the call and the forcing, each time."""
    traced = case.traced
    if len(args) == 2:
        a, b = args
        return lambda: strict(traced(a, b))
    return lambda: strict(traced(*args))


def numba(case: Case, args: Sequence[Any]) -> Call:
    """Compiled for these arguments, over all cores."""
    compiled = case.for_numba
    return lambda: compiled(*args)


def jax(case: Case, args: Sequence[Any]) -> Call:
    """Compiled with 64 bits, the arrays being JAX's already, and waited for."""
    import jax

    compiled = case.for_jax
    there = [jax.numpy.asarray(one) for one in args]
    return lambda: jax.block_until_ready(compiled(*there))


def numexpr(case: Case, args: Sequence[Any]) -> Call:
    """The text of the formula, which numexpr compiles once and looks up after that."""
    from numexpr import evaluate

    names = dict(zip(case.limits, args, strict=True))
    return lambda: evaluate(case.text, local_dict=names, global_dict={})


def copy(case: Case, args: Sequence[Any]) -> Call:
    """One copy of an argument into memory that is mapped and was touched before."""
    source, target = args[0], np.zeros_like(args[0])
    return lambda: np.copyto(target, source)


def sides(case: Case, args: Sequence[Any]) -> dict[str, Call]:
    """Who computes a case, by name."""
    found = {"daisy": ours, "NumPy": plain, "Numba": numba, "JAX": jax, "copy": copy}
    if case.text:
        found["numexpr"] = numexpr
    return {name: side(case, args) for name, side in found.items()}


def check(calls: dict[str, Call]) -> None:
    """daisy has to give NumPy's bits, the peers about the same numbers."""
    expected = calls["NumPy"]()
    if not same_bits(calls["daisy"](), expected):
        raise AssertionError("daisy and NumPy disagree")
    for name in calls.keys() - {"daisy", "NumPy", "copy"}:
        if not np.allclose(calls[name](), expected, rtol=1e-6, atol=1e-6):
            raise AssertionError(f"{name} and NumPy disagree")


def same_bits(left: Any, right: Any) -> bool:
    """Whether two results have the same dtypes, shapes and bytes."""
    if isinstance(right, tuple):
        return len(left) == len(right) and all(map(same_bits, left, right))
    kinds = (left.dtype, left.shape) == (right.dtype, right.shape)
    return bool(kinds) and bool(np.array_equal(as_bytes(left), as_bytes(right)))


def as_bytes(array: Any) -> Any:
    """The bytes of an array."""
    return np.ascontiguousarray(array).view(np.uint8)
