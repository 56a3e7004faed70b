"""Callables that look at the container, not at what is in it: done now unless given a thunk."""

from __future__ import annotations

import collections
import copy
import functools
import operator
import typing
from typing import Any, Final

__all__ = ["STRUCTURAL"]

STRUCTURAL: Final[tuple[Any, ...]] = (
    *(range, len, list, dict, tuple, slice, id, vars, staticmethod, classmethod, property),
    *(zip, enumerate, reversed, iter, next),
    *(issubclass, super),
    *(functools.partial, operator.itemgetter, operator.attrgetter, operator.methodcaller),
    *(collections.namedtuple, copy.copy),
    *(typing.NamedTuple, operator.length_hint),
)
"""`isinstance`, `type`, `getattr`, `hasattr`, `callable` are facts: see `daisy.tracing.facts`."""
