"""A value that is not there."""

from __future__ import annotations

from typing import Any

from daisy._core import thunk

__all__ = ["undefined"]


# An AttributeError, because tools look at every name of a module (`hasattr(value, "__wrapped__")`),
# and a thunk has the attributes of its value: this one has none.
class UndefinedError(AttributeError):
    """What forcing :data:`undefined` raises. Its name is ``undefined``, too."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _error, ()


UndefinedError.__name__ = UndefinedError.__qualname__ = "undefined"


def _error() -> UndefinedError:
    return UndefinedError("the value `undefined` was needed, and nothing may look at it")


def _undefined() -> Any:
    raise _error()


undefined: Any = thunk(_undefined)
"""A thunk that can be passed on and computed with, and that raises when it is forced.

>>> from lazy import strict, undefined
>>> t = undefined + 1
>>> try:
...     strict(t)
... except Exception as error:
...     print(type(error).__name__)
undefined
"""
