"""Operators on values: each makes a task, which is pure, as in dask."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from dask.delayed import right

from daisy.delayed.leaf import DelayedLeaf
from daisy.delayed.value import Delayed

NAMES = (
    "abs neg pos invert add sub mul floordiv truediv mod pow and_ or_ xor lshift rshift eq ge gt ne"
    " le lt getitem matmul"
)


def operation(cls: type, op: Any, inv: bool = False) -> Callable[..., Delayed]:
    """The method of an operator, or of its reflected form."""
    # Wrapped as dask wraps it, so that the keys of equal operations are equal.
    leaf = DelayedLeaf(right(op) if inv else op, f"operator-{op.__name__}-{inv}", pure=True)
    # A function, so that it is bound to the value on its left.
    return lambda *args: leaf(*args)  # noqa: PLW0108


def bind() -> None:
    """Give `Delayed` its operators, by the function with which dask gives its class its own."""
    Delayed._get_binary_operator = classmethod(operation)
    Delayed._get_unary_operator = classmethod(operation)
    for name in NAMES.split():
        Delayed._bind_operator(getattr(operator, name))
