"""What trees ask before they take two equal calls for one.

The tables are daisy's, which hands them over when it is imported, to the core and to here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["is_known_class", "is_pure", "set_tables"]

_is_pure: Callable[[Any], bool] | None = None
_is_known_class: Callable[[type], bool] | None = None


def set_tables(is_pure: Callable[[Any], bool], is_known_class: Callable[[type], bool]) -> None:
    """Take over the tables.

    Args:
        is_pure: whether equal calls of a callable are one.
        is_known_class: whether the methods of instances of a class are known to be pure.
    """
    global _is_pure, _is_known_class
    _is_pure, _is_known_class = is_pure, is_known_class


def is_pure(func: Any) -> bool:
    """Whether equal calls of a callable are one; without tables all are.

    Args:
        func: any callable.
    """
    return _is_pure is None or _is_pure(func)


def is_known_class(cls: type) -> bool:
    """Whether the methods of instances of a class are known to be pure; without tables all are.

    Args:
        cls: any class.
    """
    return _is_known_class is None or _is_known_class(cls)
