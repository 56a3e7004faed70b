"""When two values are the same constant."""

from __future__ import annotations

import struct
import sys
from typing import Any

__all__ = ["constant_key"]

_BY_VALUE = frozenset({int, bool, str, bytes, type(None), type(...), type(NotImplemented)})
_DEPTH = 20


def constant_key(value: Any) -> tuple[Any, ...]:
    """A key that is equal for the same constants, and for the same object otherwise.

    Constants are the same when type and value are: ``1``, ``1.0`` and ``True`` are three, ``0.0``
    and ``-0.0`` two, and a NaN is the same as one with its own bits. NumPy scalars, and tuples and
    frozensets of constants, are constants. The key of another value is for as long as it lives.

    Args:
        value: anything. It is never asked for its truth, equality or hash unless it is a constant.

    Returns:
        The key, which can be hashed.

    >>> constant_key(1) == constant_key(True), constant_key((1, "a")) == constant_key((1, "a"))
    (False, True)
    """
    return _key(value, _DEPTH)


def _key(value: Any, depth: int) -> tuple[Any, ...]:
    kind = type(value)
    if kind in _BY_VALUE:
        return kind, value
    if kind is float:
        return kind, struct.pack("d", value)
    if kind is complex:
        return kind, struct.pack("dd", value.real, value.imag)
    if kind is tuple and depth:
        return kind, tuple([_key(item, depth - 1) for item in value])
    if kind is frozenset and depth:
        return kind, frozenset([_key(item, depth - 1) for item in value])
    return _scalar_key(value) or (object, id(value))


def _scalar_key(value: Any) -> tuple[Any, ...] | None:
    """The key of a NumPy scalar. NumPy is not imported here, only looked for."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not issubclass(type(value), numpy.generic) or value.dtype.hasobject:
        return None
    return type(value), value.dtype.str, value.tobytes()
