"""Values that are the same in every call: they cannot be changed, and what they mean is theirs."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

__all__ = ["is_atom", "is_constant", "is_number", "is_static_argument"]

_NUMBERS: Final = frozenset({int, float, complex, bool})
_ATOMS: Final = _NUMBERS | {str, bytes, type(None), type(...), type(NotImplemented), range}
_FUNCTIONS: Final = (np.ufunc, type(np.concatenate))
_NUMPY_SCALARS: Final = frozenset(
    cls for cls in np.sctypeDict.values() if not issubclass(cls, np.void | np.object_)
)
_LONGEST: Final = 1000
"""Longer strings, and tuples of more items, are data of the caller's."""
_DEEPEST: Final = 4


def is_number(value: Any) -> bool:
    """Whether it is one of Python's own numbers.

    Args:
        value: anything.
    """
    return type(value) in _NUMBERS


def is_atom(value: Any) -> bool:
    """Whether it is one of Python's own values that have nothing in them.

    Args:
        value: anything.

    >>> is_atom("a"), is_atom([]), is_atom(np.float64(1))
    (True, False, False)
    """
    return type(value) in _ATOMS


def is_constant(value: Any) -> bool:
    """Whether it cannot be changed, and no code of the user's runs when it is looked at.

    Functions are not among them: they can be given other code.

    Args:
        value: anything.

    >>> is_constant((1, slice(None))), is_constant(([],)), is_constant(np.dtype("f8"))
    (True, False, True)
    """
    return _is_constant(value, _DEEPEST)


def _is_constant(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind in _ATOMS or kind in _NUMPY_SCALARS or kind in _FUNCTIONS:
        return True
    if kind is slice:
        return _are_constant((value.start, value.stop, value.step), depth)
    if kind is tuple:
        return len(value) <= _LONGEST and _are_constant(value, depth)
    if issubclass(kind, np.dtype):
        return value.names is None and value.subdtype is None and value.metadata is None
    return kind is type or _is_module_function(value)


def _are_constant(values: Iterable[Any], depth: int) -> bool:
    return depth > 0 and all(_is_constant(value, depth - 1) for value in values)


def _is_module_function(value: Any) -> bool:
    if type(value) is not types.BuiltinFunctionType:
        return False
    return value.__self__ is None or type(value.__self__) is types.ModuleType


def is_static_argument(value: Any) -> bool:
    """Whether a static argument may be kept, to be compared with those of later calls.

    Args:
        value: an argument.
    """
    if type(value) in (str, bytes):
        return len(value) <= _LONGEST
    return is_constant(value)
