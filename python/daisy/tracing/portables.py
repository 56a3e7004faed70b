"""Functions that run inside the graph and come from here: workers need no daisy to run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from daisy.portable import portable
from lazy.operator import refused

__all__ = [
    "guarded_method",
    "identity",
    "merge_dicts",
    "on_copy",
    "regenerate",
    "unpack_function",
    "wait_for",
]


@portable
def wait_for(*_: Any) -> None:
    """Nothing: it is there so that what it is given runs before what comes after it."""


@portable
def identity(value: Any) -> Any:
    """The value itself."""
    return value


@portable
def merge_dicts(*mappings: Any) -> dict[Any, Any]:
    """``{**a, **b}`` for any number of mappings."""
    merged: dict[Any, Any] = {}
    for mapping in mappings:
        merged = {**merged, **mapping}
    return merged


@portable
def regenerate(items: Iterable[Any]) -> Iterator[Any]:
    """A generator of items that were computed before."""
    yield from items


@lru_cache(maxsize=64)
def unpack_function(count: int) -> Callable[[Any], tuple[Any, ...]]:
    """A function that unpacks its argument to `count` targets, with Python's own errors.

    Args:
        count: how many targets there are.

    Returns:
        A function from an iterable to a tuple of that length.

    >>> unpack_function(2)("ab")
    ('a', 'b')
    >>> unpack_function(2)("abc")
    Traceback (most recent call last):
    ValueError: too many values to unpack (expected 2)
    """
    names = "".join(f"item{index}, " for index in range(count))
    space: dict[str, Any] = {}
    exec(f"def unpack(value):\n    ({names}) = value\n    return ({names})", space)
    unpack: Callable[[Any], tuple[Any, ...]] = space["unpack"]
    return portable(unpack)


@lru_cache(maxsize=64)
def on_copy(operator: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The in-place operator on a private copy of its first operand.

    The copy keeps what the in-place operator means (an array keeps its dtype) and leaves alone
    whatever else the folded graph computes from the same operand.

    Args:
        operator: one of ``operator.iadd`` and its like.

    Returns:
        A function of two operands.
    """
    method = f"__{operator.__name__.rstrip('_')}__"

    def inplace(x: Any, y: Any) -> Any:
        import copy

        import numpy as np

        if not hasattr(type(x), method):
            return operator(x, y)
        flat = type(x).__module__.partition(".")[0] in ("numpy", "pandas", "builtins")
        own = copy.copy(x) if flat else copy.deepcopy(x)
        if isinstance(x, np.ndarray) and own.flags.owndata > x.flags.owndata:
            # What an operator gives of a subclass is a view of a plain array, with attributes, of
            # which some (the mask of a masked array) are arrays of its own.
            own, copied = own.view(), own
            for name, value in getattr(copied, "__dict__", {}).items():
                owned = getattr(x.__dict__.get(name), "flags", None)
                own.__dict__[name] = value.copy() if getattr(owned, "owndata", False) else value
        return operator(own, y)

    inplace.__name__ = operator.__name__
    return portable(inplace)


@lru_cache(maxsize=16)
def guarded_method(name: str) -> Callable[..., Any]:
    """The call of a method that changes some objects and gives a new one for others.

    Args:
        name: `append`, `insert` or `partition`.

    Returns:
        A function of the object and the arguments, which refuses an object that would change.
    """

    def guarded(owner: Any, *args: Any, **kwargs: Any) -> Any:
        module = type(owner).__module__.partition(".")[0]
        if isinstance(owner, (str, bytes)) or (
            module == "pandas" and type(owner).__name__ != "DataFrame"
        ):
            return getattr(owner, name)(*args, **kwargs)
        raise refused(
            f"`.{name}(...)` changes this {type(owner).__name__}, later than it is written",
            "move it into a function of its own, which is then one node",
        )

    guarded.__name__ = name
    return portable(guarded)
