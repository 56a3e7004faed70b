"""The functions that thunk operators stand for.

Where the standard library's ``operator`` has the function, it is that very function, so a graph can
be read, pickled and run anywhere. The others are made portable: they are pickled by value. The
tables give each operator its number, which the tracer and the core share: their order is fixed.

    >>> from lazy.operator import BINARY, build_list
    >>> BINARY[0](1, 2)
    3
    >>> build_list(1, 2)
    [1, 2]
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from operator import (
    abs,
    add,
    and_,
    call,
    eq,
    floordiv,
    ge,
    getitem,
    gt,
    iadd,
    iand,
    ifloordiv,
    ilshift,
    imatmul,
    imod,
    imul,
    inv,
    invert,
    ior,
    ipow,
    irshift,
    is_,
    is_not,
    isub,
    itruediv,
    ixor,
    le,
    lshift,
    lt,
    matmul,
    mod,
    mul,
    ne,
    neg,
    not_,
    or_,
    pos,
    pow,
    rshift,
    sub,
    truediv,
    xor,
)
from typing import Any

from lazy.portable import portable

__all__ = [
    "BINARY",
    "COMPARE",
    "GUARDED",
    "INPLACE",
    "UNARY",
    "abs",
    "add",
    "and_",
    "build_dict",
    "build_frozenset",
    "build_list",
    "build_namedtuple",
    "build_set",
    "build_slice",
    "build_tuple",
    "call",
    "ceil",
    "contains_in",
    "divmod",
    "duplicate",
    "eq",
    "floor",
    "floordiv",
    "ge",
    "getattr",
    "getitem",
    "gt",
    "iadd",
    "iand",
    "ifloordiv",
    "ilshift",
    "imatmul",
    "imod",
    "imul",
    "inplace_add",
    "inplace_and_",
    "inplace_floordiv",
    "inplace_lshift",
    "inplace_matmul",
    "inplace_mod",
    "inplace_mul",
    "inplace_or_",
    "inplace_pow",
    "inplace_rshift",
    "inplace_sub",
    "inplace_truediv",
    "inplace_xor",
    "inv",
    "invert",
    "ior",
    "ipow",
    "irshift",
    "is_",
    "is_not",
    "isub",
    "itruediv",
    "ixor",
    "le",
    "lshift",
    "lt",
    "matmul",
    "mod",
    "mul",
    "ne",
    "neg",
    "not_",
    "not_contains",
    "or_",
    "pos",
    "pow",
    "round",
    "rshift",
    "sub",
    "truediv",
    "trunc",
    "xor",
]

getattr = builtins.getattr
divmod = builtins.divmod
round = builtins.round
floor = math.floor
ceil = math.ceil
trunc = math.trunc


@portable
def contains_in(item: Any, container: Any) -> Any:
    """``item in container``, with the operands in the order of the source."""
    return item in container


@portable
def not_contains(item: Any, container: Any) -> Any:
    """``item not in container``."""
    return item not in container


@portable
def build_list(*items: Any) -> list[Any]:
    """``[*items]``."""
    return [*items]


@portable
def build_tuple(*items: Any) -> tuple[Any, ...]:
    """``(*items,)``."""
    return items


@portable
def build_set(*items: Any) -> set[Any]:
    """``{*items}``."""
    return {*items}


@portable
def build_frozenset(*items: Any) -> frozenset[Any]:
    """``frozenset(items)``."""
    return frozenset(items)


@portable
def build_dict(*items: Any) -> dict[Any, Any]:
    """A dict of `items`: all keys first, then as many values.

    >>> build_dict("a", "b", 1, 2)
    {'a': 1, 'b': 2}
    """
    half = len(items) // 2
    return dict(zip(items[:half], items[half:], strict=True))


@portable
def build_slice(start: Any, stop: Any, step: Any) -> slice:
    """``slice(start, stop, step)``."""
    return slice(start, stop, step)


@portable
def build_namedtuple(cls: Any, *items: Any) -> Any:
    """A namedtuple of class `cls`."""
    return cls._make(items)


@portable
def duplicate(value: Any) -> Any:
    """A copy for the second of two places that folding gave one value.

    What cannot be copied (a lock, a generator) stays one: there the plain function's two objects
    cannot be had from one computation.
    """
    import copy

    if type(value) is object:
        return value  # nothing in it can change, and it stands for itself: `x is MISSING`
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


@portable
def refused(reason: str, way: str) -> BaseException:
    """A refusal to raise, also where daisy is not installed.

    Args:
        reason: why it is refused, a sentence without its full stop.
        way: what the user can write instead.

    Returns:
        A :class:`~lazy.errors.Refusal`; on a worker without daisy, a ``TypeError``.

    >>> print(refused("this cannot be", "write another thing"))
    this cannot be
    Way out: write another thing.
    """
    try:
        from lazy.errors import Refusal
    except ImportError:
        return TypeError(f"{reason}; {way}")
    return Refusal(reason, ways_out=(way,))


@portable
def call_in(context: Any, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """``func(*args, **kwargs)`` in a copy of a context, which several threads may do at once.

    >>> from contextvars import copy_context
    >>> call_in(copy_context(), max, 1, 2)
    2
    """
    return context.copy().run(func, *args, **kwargs)


Function = Callable[..., Any]

BINARY: tuple[Function, ...] = (
    add,
    sub,
    mul,
    truediv,
    floordiv,
    mod,
    pow,
    lshift,
    rshift,
    and_,
    or_,
    xor,
    matmul,
    divmod,
)
"""The binary operators."""

INPLACE: tuple[Function, ...] = (
    iadd,
    isub,
    imul,
    itruediv,
    ifloordiv,
    imod,
    ipow,
    ilshift,
    irshift,
    iand,
    ior,
    ixor,
    imatmul,
)
"""The in-place operators, in the order of :data:`BINARY`: they change their first operand."""


def _guarded(binary: Function, operator: Function, symbol: str) -> Function:
    """``x op= y`` for values that nobody sees change: it gives ``x op y``, or refuses.

    Whether a value can be changed is a question to its type. One without the in-place method (a
    number, a string, a tuple, a NumPy scalar) cannot: there Python itself computes ``x op y``.
    """
    suffix = binary.__name__
    method = f"__i{suffix.strip('_')}__"

    def inplace(x: Any, y: Any) -> Any:
        if not hasattr(type(x), method):
            return operator(x, y)  # not `x op y`: Python's errors name the operator
        raise refused(
            f"`x {symbol}= y` would change this {type(x).__name__} later than written, where others"
            " that hold it could see it",
            f"write `x = x {symbol} y`",
        )

    inplace.__name__ = f"inplace_{suffix}"
    inplace.__doc__ = f"``x {symbol} y`` for ``x {symbol}= y``; refused for values that can change."
    return portable(inplace)


GUARDED: tuple[Function, ...] = tuple(
    map(_guarded, BINARY, INPLACE, "+ - * / // % ** << >> & | ^ @".split())
)
"""What ``x op= y`` on a thunk stands for, in the order of :data:`BINARY`."""

(
    inplace_add,
    inplace_sub,
    inplace_mul,
    inplace_truediv,
    inplace_floordiv,
    inplace_mod,
    inplace_pow,
    inplace_lshift,
    inplace_rshift,
    inplace_and_,
    inplace_or_,
    inplace_xor,
    inplace_matmul,
) = GUARDED

UNARY: tuple[Function, ...] = (neg, pos, invert, abs, not_)
"""The unary operators."""

COMPARE: tuple[Function, ...] = (
    lt,
    le,
    eq,
    ne,
    gt,
    ge,
    is_,
    is_not,
    contains_in,
    not_contains,
)
"""The comparisons, each with its operands in the order of the source."""
