"""What is known of a leaf without computing anything, and so is static.

Of all branches that would force a thunk, more than half ask only for these things. The same can be
known of nodes whose shape and dtype follow from their inputs: :func:`known_array` is the one place
to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from daisy import _core
from daisy.tracing.kinds import CONTAINER, DATA, STATIC, THUNK, kind_of, takes_part

__all__ = ["ARRAY_ATTRIBUTES", "FACTS", "UNKNOWN", "known_array", "known_attribute", "known_value"]

UNKNOWN: Final[Any] = object()
"""The answer where nothing is known."""

ARRAY_ATTRIBUTES: Final = frozenset({"shape", "ndim", "dtype", "size"})


def known_value(value: Any) -> Any:
    """The value of a leaf or a computed thunk, and of what is no thunk.

    Args:
        value: anything.

    Returns:
        The value, or UNKNOWN.
    """
    return _core.known(value, UNKNOWN) if kind_of(value) == THUNK else value


def known_array(value: Any) -> Any:
    """The array of a leaf that is exactly an ndarray.

    Args:
        value: anything.

    Returns:
        The array, of which only shape and dtype may be looked at, or UNKNOWN.
    """
    value = known_value(value)
    return value if type(value) is np.ndarray else UNKNOWN


def known_attribute(value: Any, name: str) -> Any:
    """An attribute of data that is a fact.

    Args:
        value: a thunk or data.
        name: the attribute.

    Returns:
        Its value, or UNKNOWN.
    """
    if name in ARRAY_ATTRIBUTES:
        array = known_array(value)
        return UNKNOWN if array is UNKNOWN else getattr(array, name)
    if name == "__class__":
        known = known_value(value)
        return UNKNOWN if known is UNKNOWN else known.__class__
    return UNKNOWN


def _type(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if len(args) != 1 or kwargs:
        return UNKNOWN if _is_deferred(args, kwargs) else type(*args, **kwargs)
    return _ask(type, args, kwargs)


def _is_deferred(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return any(kind_of(value) >= DATA for value in (*args, *kwargs.values()))


def _ask(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`func` of the first argument's known value; the other arguments must be static."""
    if not args or _is_deferred(args[1:], kwargs):
        return UNKNOWN
    value = known_value(args[0])
    return UNKNOWN if value is UNKNOWN else func(value, *args[1:], **kwargs)


def _of_any(func: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
    return lambda args, kwargs: _ask(func, args, kwargs)


def _len(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if len(args) != 1 or kwargs:
        return UNKNOWN
    array = known_array(args[0])
    return UNKNOWN if array is UNKNOWN else len(array)


def _of_array(func: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
    def ask(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        values = [_shape_and_type(value) for value in args]
        if any(value is UNKNOWN for value in values) or takes_part(kwargs):
            return UNKNOWN
        return func(*values, **kwargs)

    return ask


def _shape_and_type(value: Any) -> Any:
    """A value as far as these functions look at it; static ones are all there."""
    kind = kind_of(value)
    if kind == STATIC or (kind == CONTAINER and not takes_part(value)):
        return value
    return known_array(value)


def _same_array(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`asarray` of an array that already is what is asked for: that leaf, and no copy."""
    array = known_array(args[0]) if args else UNKNOWN
    names = ("dtype", "order")
    if array is UNKNOWN or len(args) > 3 or not set(kwargs) <= set(names):
        return UNKNOWN
    wanted = dict(zip(names, args[1:], strict=False)) | kwargs
    return args[0] if _satisfies(array, wanted.get("dtype"), wanted.get("order")) else UNKNOWN


def _satisfies(array: Any, dtype: Any, order: Any) -> bool:
    if kind_of(dtype) != STATIC or (dtype is not None and np.dtype(dtype) != array.dtype):
        return False
    if order in ("C", "F"):
        return bool(array.flags[f"{order}_CONTIGUOUS"])
    return order in (None, "K", "A")


def _atleast_1d(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    array = known_array(args[0]) if len(args) == 1 and not kwargs else UNKNOWN
    return args[0] if array is not UNKNOWN and array.ndim > 0 else UNKNOWN


FACTS: Final[dict[Any, Callable[[tuple[Any, ...], dict[str, Any]], Any]]] = {
    type: _type,
    isinstance: _of_any(isinstance),
    callable: _of_any(callable),
    hasattr: _of_any(hasattr),
    len: _len,
    np.ndim: _of_array(np.ndim),
    np.shape: _of_array(np.shape),
    np.size: _of_array(np.size),
    np.isscalar: _of_any(np.isscalar),  # it looks at the type only
    np.iterable: _of_array(np.iterable),
    np.issubdtype: _of_array(np.issubdtype),
    np.result_type: _of_array(np.result_type),
    np.asarray: _same_array,
    np.asanyarray: _same_array,
    np.atleast_1d: _atleast_1d,
}
"""Functions that ask for facts. Each takes the arguments and gives the answer or UNKNOWN."""
