"""What all tables say about one function, remembered: most calls are of functions seen before."""

from __future__ import annotations

import enum
import types
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from daisy.tracing.purity import is_pure
from daisy.tracing.tables.effects import is_effect, is_logging, is_warning
from daisy.tracing.tables.mutating import HEAPS, mutates, output_position
from daisy.tracing.tables.values import may_be_cheap

__all__ = ["ARRAY_FUNCTIONS", "Treatment", "Verdict", "verdict"]


class Treatment(enum.Enum):
    """How a call of a function is treated that has no rule of its own."""

    WARNING = enum.auto()
    LOGGING = enum.auto()
    EFFECT = enum.auto()
    HEAP = enum.auto()
    CHEAP = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one function.

    Attributes:
        treatment: which table it is in.
        is_pure: whether equal calls of it are one.
        mutates: whether it changes an argument.
        output: where among its positional arguments it takes what it writes to.
    """

    treatment: Treatment
    is_pure: bool
    mutates: bool
    output: int | None


ARRAY_FUNCTIONS: Final = (np.ufunc, type(np.concatenate))
"""The classes of NumPy's functions on arrays."""

_KEPT: Final = 4096
_known: dict[Any, Verdict] = {}


def verdict(func: Any) -> Verdict:
    """What the tables say about a callable.

    Args:
        func: any callable but a thunk.

    >>> verdict(np.add).output, verdict(print).treatment.name, verdict(len).is_pure
    (2, 'EFFECT', True)
    """
    if not _can_be_kept(func):
        return _judged(func)
    found = _known.get(func)
    if found is None:
        if len(_known) >= _KEPT:
            _known.clear()
        found = _known[func] = _judged(func)
    return found


def _can_be_kept(func: Any) -> bool:
    """Not what holds values of the user's alive: cells of functions, objects of methods."""
    kind = type(func)
    if kind is types.FunctionType:
        return func.__closure__ is None
    if kind is types.BuiltinFunctionType:
        return func.__self__ is None or type(func.__self__) is types.ModuleType
    return kind is type or kind in ARRAY_FUNCTIONS


def _judged(func: Any) -> Verdict:
    is_array_function = isinstance(func, ARRAY_FUNCTIONS)
    position = output_position(func) if is_array_function else None
    return Verdict(_treatment(func), is_pure(func), mutates(func), position)


def _treatment(func: Any) -> Treatment:
    if is_warning(func):
        return Treatment.WARNING
    if is_logging(func):
        return Treatment.LOGGING
    if is_effect(func):
        return Treatment.EFFECT
    if func in HEAPS:
        return Treatment.HEAP
    return Treatment.CHEAP if may_be_cheap(func) and not mutates(func) else Treatment.OTHER
