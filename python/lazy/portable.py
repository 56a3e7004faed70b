"""Functions that run where neither lazy nor daisy is installed.

A function is usually pickled by its name, and the worker imports it. A portable function has a
name that cannot be imported, so cloudpickle, which dask and distributed use, sends its code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["portable"]

F = TypeVar("F", bound=Callable[..., Any])


def portable(func: F) -> F:
    """Make cloudpickle take a function by value.

    Args:
        func: a function that uses builtins, its arguments, its closure, and what it imports
            itself. It may have portable functions in its closure.

    Returns:
        The same function under a qualified name that no import finds.

    >>> @portable
    ... def twice(x):
    ...     return 2 * x
    >>> twice.__qualname__
    '<portable>.twice'
    """
    func.__qualname__ = f"<portable>.{func.__name__}"
    return func
