"""Values that change with their use: iterators, files and random generators.

One of them must not stand for several operations that use it in no order. These functions run on
workers, so they are portable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lazy.operator import refused
from lazy.portable import portable

__all__ = ["changes_with_use", "shared_call", "shared_iterator"]


@portable
def shared_iterator(value: Any) -> BaseException:
    """The refusal of an iterator that several operations would use up, one after the other.

    A random generator is refused in the same way: each use changes what the next one gets.
    """
    name = type(value).__name__
    if hasattr(type(value), "__next__"):
        return refused(
            f"this gives a {name}, which can be gone through once, and several operations use it",
            "give a list instead, or use it in one place",
        )
    return refused(
        f"this gives a {name}, which changes with each use, and several operations use it in no"
        " order that a graph can keep",
        "make it in the traced function itself, or mark what makes and what uses it with `inline`,"
        " or use it in one function",
    )


@portable
def shared_call(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """``func(*args, **kwargs)`` whose value several operations use: none that changes with use.

    >>> shared_call(max, 1, 2)
    2
    """
    value = func(*args, **kwargs)
    if changes_with_use(type(value)):
        raise shared_iterator(value)
    return value


@portable
def changes_with_use(kind: type) -> bool:
    """Whether objects of a class are others after each use: iterators, files, random generators.

    >>> changes_with_use(map), changes_with_use(list)
    (True, False)
    """
    import sys

    # A thunk has every method; where lazy was never imported there are none.
    lazy = sys.modules.get("lazy")
    if lazy and issubclass(kind, lazy.thunk):
        return False
    names = (("random", "Random"), ("numpy.random", "Generator"), ("numpy.random", "RandomState"))
    found = [getattr(sys.modules.get(module), name, None) for module, name in names]
    generators = tuple([cls for cls in found if isinstance(cls, type)])
    return hasattr(kind, "__next__") or issubclass(kind, generators)
