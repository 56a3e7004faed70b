"""What the core asks the tables: each answer is one function."""

from __future__ import annotations

import inspect
import types
from typing import Any

from daisy.tracing.known_functions import BY_FUNCTION
from daisy.tracing.local_functions import local_of
from daisy.tracing.purity import is_pure
from daisy.tracing.tables import mutating
from daisy.tracing.tables.classes import is_known_class
from daisy.tracing.tables.effects import is_effect, is_logging, is_warning
from daisy.tracing.tables.values import may_be_cheap

__all__ = ["known_class", "mutates", "ordinary", "purity"]

_CHANGING = ("out", "inplace", "copy")


def purity(func: Any) -> bool:
    """Whether equal calls of a callable are one."""
    return is_pure(func)


def mutates(func: Any) -> bool:
    """Whether a function changes what it is given."""
    return mutating.mutates(func)


def known_class(cls: type) -> bool:
    """Whether the methods of instances of a class are known to be pure."""
    return is_known_class(cls)


def ordinary(func: Any) -> bool:
    """Whether each call of a function is one node, whatever it is called with.

    Args:
        func: any callable.

    Returns:
        False also for functions with a parameter by which they can change what they are given.
    """
    if type(func) is not types.FunctionType or local_of(func) is not None or func in BY_FUNCTION:
        return False
    if is_effect(func) or is_warning(func) or is_logging(func) or may_be_cheap(func):
        return False
    return is_pure(func) and not mutates(func) and not _can_change(func.__code__)


def _can_change(code: types.CodeType) -> bool:
    count = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[:count]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        return True
    return any(name in _CHANGING or name.startswith("overwrite_") for name in names)
