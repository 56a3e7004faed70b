"""``strict``: the way from a thunk to its value, and the base class of what is never deferred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daisy._core import force, is_thunk, lift, mentions_thunk

__all__ = ["strict"]

_CONTAINERS = frozenset({list, tuple, set, frozenset, dict})


class _StrictType(type):
    """Lets ``strict(x)`` be an evaluation, while its subclasses are constructed as any class is.

    A ``__new__`` would not do: Python would initialise what it returns a second time where that is
    an instance of a subclass.
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is strict:
            return evaluate(*args, **kwargs)
        return super().__call__(*args, **kwargs)


class strict(metaclass=_StrictType):
    """``strict(x)`` gives the value of `x`.

    A thunk is forced. A list, tuple, set, frozenset or dict (exactly; or a namedtuple) that holds
    thunks, nested or not, gives the same container with values, all of them computed in one graph,
    so that work that several need is done once. An object whose class defines ``__strict__`` gives
    what that method returns. Anything else is its own value.

    A subclass of ``strict`` is an ordinary class whose instances are never deferred: where a
    deferred call would be built (``thunk(Sub, x)``, ``Sub(x)`` in a traced function), it is called.

    Args:
        x: anything.

    Returns:
        The value, which is never a thunk.

    Raises:
        Exception: whatever computing `x` raises.

    The protocol of ``__strict__`` is that of the package lazy_python.

    >>> from lazy import strict, thunk
    >>> t = thunk(sum, [1, 2, 3])
    >>> strict(t)
    6
    >>> strict({"a": t, "b": [t, 1]})
    {'a': 6, 'b': [6, 1]}
    >>> strict("as it is")
    'as it is'
    >>> class Logged(strict):
    ...     def __init__(self, value):
    ...         self.value = value
    >>> Logged(3).value
    3
    """

    if TYPE_CHECKING:
        # What a metaclass does with a call is not looked at by type checkers.
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            """The value of the argument, or an instance of a subclass."""


def evaluate(x: Any, /) -> Any:
    """What ``strict(x)`` does."""
    if is_thunk(x):
        return _whole(force(x))
    own = getattr(type(x), "__strict__", None)
    if own is not None:
        return force(own(x))
    return _whole(x)


def _whole(value: Any) -> Any:
    """A container in which no thunk is left; the value itself where there is none in it.

    A deferred function can return a container with thunks in it, whence the loop.
    """
    while _may_hold(value) and mentions_thunk(value):
        value = force(lift(value))
    return value


def _may_hold(value: Any) -> bool:
    kind = type(value)
    return kind in _CONTAINERS or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
