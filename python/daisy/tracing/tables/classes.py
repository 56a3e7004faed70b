"""What is known of the objects of a class: whether operations on them have an order."""

from __future__ import annotations

import array
import collections
import io
import random
from typing import Final

import numpy as np

from daisy.tracing.kinds import STATIC, kind_of_class
from daisy.tracing.tables.origin import module_of

__all__ = [
    "GENERATORS",
    "LEAF",
    "STATE",
    "VALUES",
    "is_known_class",
    "is_plain_constructor",
    "object_kind",
]

LEAF: Final = 1
"""Of a class that is not known: its methods may change it, functions that get it do not."""
STATE: Final = 2
"""Whatever gets it may change it, as an iterator or a file."""
VALUES: Final = 3
"""The same, but what its methods give is no part of it, as with random generators."""

GENERATORS: Final = (np.random.Generator, np.random.RandomState, random.Random)
"""The classes of random generators."""
_VALUES: Final = (bytearray, memoryview, array.array, collections.deque, collections.OrderedDict)
_VALUE_MODULES: Final = frozenset({"builtins", "collections", "numpy", "pandas", "types"})
_PLAIN_MODULES: Final = _VALUE_MODULES | {"datetime", "decimal", "fractions", "pathlib", "re"}
_KEPT: Final = 4096

_object_kinds: dict[type, int | None] = {}


def object_kind(cls: type) -> int | None:
    """Whether operations on objects of a class must run in the order written, and which.

    Args:
        cls: the class of data.

    Returns:
        None where no operation that is not refused changes them, else one of the constants.

    >>> object_kind(np.ndarray), object_kind(np.random.Generator) == VALUES
    (None, True)
    """
    try:
        return _object_kinds[cls]
    except KeyError:
        if len(_object_kinds) > _KEPT:
            _object_kinds.clear()
        kind = _object_kinds[cls] = _classified(cls)
        return kind


def _classified(cls: type) -> int | None:
    if issubclass(cls, GENERATORS):
        return VALUES
    if hasattr(cls, "__next__") or issubclass(cls, io.IOBase):
        return STATE
    if cls in _VALUES or (_package(cls) in _VALUE_MODULES and not _is_numpy_random(cls)):
        return None
    return LEAF


def is_known_class(cls: type) -> bool:
    """Whether the methods of the instances of a class are known to be pure.

    Args:
        cls: any class.
    """
    return object_kind(cls) is None or kind_of_class(cls) == STATIC


def is_plain_constructor(cls: type) -> bool:
    """Whether equal calls of a class give objects that can be one.

    Args:
        cls: any class.

    >>> is_plain_constructor(list), is_plain_constructor(object)
    (True, False)
    """
    if cls is object or hasattr(cls, "__next__"):
        return False
    return kind_of_class(cls) == STATIC or (
        _package(cls) in _PLAIN_MODULES and not _is_numpy_random(cls)
    )


def _package(cls: type) -> str:
    return module_of(cls).partition(".")[0]


def _is_numpy_random(cls: type) -> bool:
    return module_of(cls).startswith("numpy.random")
