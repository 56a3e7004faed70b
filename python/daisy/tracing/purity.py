"""Purity: whether equal calls of something can be one call. The one place that is asked.

It is asked while a graph is compiled, so it runs no code of the user's.
"""

from __future__ import annotations

import inspect
import types
from typing import Any, Final

from daisy import _core
from daisy.tracing.kinds import CONTAINER, STATIC, kind_of, kind_of_class
from daisy.tracing.tables.classes import is_known_class, is_plain_constructor
from daisy.tracing.tables.impure import is_impure
from daisy.tracing.tables.origin import is_class, owner_of

__all__ = ["is_pure"]

_MAKES_ITERATOR: Final = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def is_pure(func: Any) -> bool:
    """Whether equal calls of `func` are one piece of work.

    Args:
        func: any callable but a thunk.

    Returns:
        False for the impure table, for generator functions, for classes other than those of
        builtin, NumPy and pandas values, and for methods of objects whose class is not known.

    >>> import random
    >>> is_pure(len), is_pure(random.random), is_pure(lambda x: x)
    (True, False, True)
    """
    if is_class(func):
        return not is_impure(func) and _is_value_class(func)
    if type(func) is types.FunctionType:
        return not is_impure(func) and not func.__code__.co_flags & _MAKES_ITERATOR
    owner = owner_of(func)
    if _core.is_thunk(owner):
        return False  # Nothing may be asked of it: its class would be that of its value.
    if owner is not None and not issubclass(type(owner), type | types.ModuleType):
        return is_known_class(type(owner)) and not is_impure(func)
    if kind_of(func) != STATIC and not is_known_class(type(func)):
        return False
    return not is_impure(func)


def _is_value_class(cls: type) -> bool:
    return is_plain_constructor(cls) or kind_of_class(cls) == CONTAINER
