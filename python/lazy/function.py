"""Functions in which everything is lazy."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, TypeVar, overload

from daisy._core import is_thunk, thunk
from lazy.rebuilding import rebuild
from lazy.runtime import Runtime, is_lazy_function
from lazy.source import find
from lazy.transform import RUNTIME, lazify

__all__ = ["lazy_function"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def lazy_function(func: F, /, *, cls: type = thunk) -> F: ...
@overload
def lazy_function(*, cls: type = thunk) -> Callable[[F], F]: ...
def lazy_function(func: Any = None, /, *, cls: type = thunk) -> Any:
    """Make a function in which everything is lazy.

    Calling it gives a thunk and runs nothing. When that thunk is forced the statements run in
    order, and in them every name, constant, operator, comparison, call, display, comprehension,
    f-string and import is a thunk: a value is computed when it is needed and not before. Functions
    made in it are lazy functions. ``if``, ``while``, ``for``, ``assert``, ``match``, ``raise`` and
    ``with`` need values and force them. ``strict`` and its subclasses are called at once.

    Args:
        func: a function written in Python, with its source at hand.
        cls: the class of the thunks.

    Returns:
        The lazy function; without `func`, a decorator.

    Raises:
        SourceError: the source of `func` cannot be found.
        TypeError: `func` is not a function written in Python.

    >>> from lazy import lazy_function, strict
    >>> @lazy_function
    ... def first(a, b):
    ...     return a + 1
    >>> strict(first(1, 1 / 1))
    2
    """
    if func is None and not is_thunk(func):
        return lambda func: lazy_function(func, cls=cls)
    if is_thunk(func) or not isinstance(func, types.FunctionType):
        kind = type(func).__name__
        raise TypeError(f"lazy_function takes a function written in Python, and got a {kind}")
    if is_lazy_function(func):
        return func
    source = find(func)
    runtime = Runtime(cls, func.__globals__)
    return runtime.function(rebuild(source, lazify(source.node), func, {}, {RUNTIME: runtime}))
