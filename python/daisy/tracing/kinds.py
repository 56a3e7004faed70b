"""What kind of value it is that a traced function holds: the first question of every rule.

The answer goes by the type of the value and is remembered by type. A value is never asked itself
(no ``isinstance``, no ``__class__``), because asking a thunk for its class may compute it.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import logging
import operator
import pathlib
import re
import sys
import types
import typing
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from daisy import _core
from daisy.tracing.tables.origin import module_of

__all__ = [
    "CONTAINER",
    "DATA",
    "ITERATOR",
    "LOOK",
    "STATIC",
    "THUNK",
    "VIEW",
    "add_static_type",
    "is_data",
    "is_namedtuple_class",
    "kind_of",
    "kind_of_class",
    "parts",
    "takes_part",
]

STATIC: Final = 0
"""Plain Python while tracing."""
CONTAINER: Final = 1
"""Exactly list, tuple, dict, set, frozenset, and namedtuples: real, whatever is in it."""
VIEW: Final = 2
"""The keys, values or items of a real dict."""
ITERATOR: Final = 3
"""Python's own iterators over containers, and generator expressions of the traced function."""
LOOK: Final = 4
"""Static unless something in it takes part: slices, partials and bound methods."""
DATA: Final = 5
"""Everything else: arrays, frames, the user's own objects, other container classes."""
THUNK: Final = 6
"""A value that has not been computed yet."""

CONTAINER_TYPES: Final = (list, tuple, dict, set, frozenset)
VIEW_TYPES: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()))
ITERATOR_TYPES: Final[tuple[type, ...]] = (
    type(iter([])),
    type(iter(())),
    type(iter({}.keys())),
    type(iter({}.values())),
    type(iter({}.items())),
    type(reversed({}.keys())),
    type(reversed({}.values())),
    type(reversed({}.items())),
    type(iter(set())),
    type(iter("")),
    type(iter("\u1234")),
    type(iter(b"")),
    type(iter(range(0))),
    type(iter(range(1 << 80))),
    type(reversed([])),
    reversed,
    zip,
    enumerate,
    map,
    filter,
    types.GeneratorType,
)
LOOK_TYPES: Final = (
    slice,
    functools.partial,
    types.MethodType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
)
# Exact types only: a user's subclass of int or str is an object of the user's own.
_STATIC_EXACT: Final = (
    *(int, float, complex, bool, str, bytes, range, object, property, staticmethod, classmethod),
    *(type(None), type(...), type(NotImplemented), fractions.Fraction, decimal.Decimal),
    *(types.FunctionType, types.WrapperDescriptorType, types.MethodDescriptorType),
    *(types.ClassMethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType),
    *(types.GenericAlias, types.UnionType, typing.TypeVar, typing.ParamSpec, re.Pattern),
    *(operator.itemgetter, operator.attrgetter, operator.methodcaller),
    *(np.ufunc, type(np.concatenate), type(np._NoValue), np.finfo, np.iinfo),
    *(type(sys.version_info), type(sys.flags), type(sys.float_info), type(sys.int_info)),
    type(functools.lru_cache(maxsize=1)(lambda: None)),
)
# Their subclasses as well.
_STATIC_BASES: Final = (
    *(type, types.ModuleType, BaseException, enum.Enum, pathlib.PurePath, np.dtype),
    *(datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo),
    *(logging.Logger, logging.LoggerAdapter),
)
# Functions written in Cython say what they are by name only.
_STATIC_NAMES: Final = frozenset(
    {"cython_function_or_method", "fused_cython_function", "_GenericAlias", "_UnionGenericAlias"}
    | {"_SpecialForm", "NAType", "BaseOffset"}
)
# What is done at once with a real container, whatever is in it.
_OPERATIONS: Final = frozenset(
    "__getitem__ __iter__ __len__ __bool__ __contains__ __reversed__ __call__ __mul__ __rmul__"
    " __neg__ __pos__ __invert__ __getattribute__ __getattr__".split()
)
_KEPT: Final = 4096

_kinds: dict[type, int] = {}
_declared: dict[type, int] = {}


def _declare(kind: int, classes: Iterable[type]) -> None:
    for cls in classes:
        _declared[cls] = kind


_declare(STATIC, _STATIC_EXACT)
_declare(CONTAINER, CONTAINER_TYPES)
_declare(VIEW, VIEW_TYPES)
_declare(ITERATOR, ITERATOR_TYPES)
_declare(LOOK, LOOK_TYPES)
_declare(THUNK, (_core.thunk, _core.autodaskthunk))
_kinds.update(_declared)


def add_static_type(cls: type) -> None:
    """Declare that values of exactly this class are plain Python while tracing.

    Args:
        cls: a class whose instances cannot be changed and are cheap to work with.
    """
    _declare(STATIC, (cls,))
    _kinds[cls] = STATIC


def kind_of(value: Any) -> int:
    """What kind of value it is; never computes a thunk.

    Args:
        value: anything.

    Returns:
        One of the constants of this module.

    >>> kind_of(3) == STATIC, kind_of([]) == CONTAINER, kind_of(bytearray()) == DATA
    (True, True, True)
    """
    kind = _kinds.get(type(value))
    return _classified(value) if kind is None else kind


def _classified(value: Any) -> int:
    return kind_of_class(type(value))


def kind_of_class(cls: type) -> int:
    """What kind of values the instances of a class are, thunks left aside.

    Args:
        cls: any class.

    Returns:
        One of the constants of this module.
    """
    kind = _kinds.get(cls)
    if kind is None:
        kind = _kind_of_new_class(cls)
        _remember(cls, kind)
    return kind


def _remember(cls: type, kind: int) -> None:
    if len(_kinds) > _KEPT:
        _kinds.clear()
        _kinds.update(_declared)
    _kinds[cls] = kind


def _kind_of_new_class(cls: type) -> int:
    if issubclass(cls, _core.thunk):
        return THUNK
    if issubclass(cls, _STATIC_BASES):
        return STATIC
    if issubclass(cls, np.generic):
        # A structured scalar is a view into its array, and can be changed.
        return DATA if issubclass(cls, np.void) else STATIC
    if is_namedtuple_class(cls):
        return CONTAINER
    named = any(base.__name__ in _STATIC_NAMES for base in cls.__mro__)
    return STATIC if named or _is_pandas_dtype(cls) else DATA


def is_namedtuple_class(cls: type) -> bool:
    """Whether `cls` was made by ``namedtuple`` or ``NamedTuple``, or derives from such a class.

    One in which an operation means something else than it does for a tuple is a class of the
    user's own, like any other.

    Args:
        cls: a class.
    """
    if not (issubclass(cls, tuple) and hasattr(cls, "_fields") and hasattr(cls, "_make")):
        return False
    own = cls.__mro__[: cls.__mro__.index(tuple)]
    return not any(_OPERATIONS & vars(base).keys() for base in own)


def _is_pandas_dtype(cls: type) -> bool:
    pandas = sys.modules.get("pandas")
    if pandas is None or not module_of(cls).startswith("pandas"):
        return False
    return issubclass(cls, pandas.api.extensions.ExtensionDtype)


def is_data(value: Any) -> bool:
    """Whether it is a thunk, or data, which counts as one.

    Args:
        value: anything; containers are not looked into.
    """
    kind = kind_of(value)
    return kind >= DATA


def parts(value: Any, kind: int) -> Iterable[Any]:
    """What is directly in a container, view, slice, partial or bound method.

    Args:
        value: a value of kind CONTAINER, VIEW or LOOK.
        kind: its kind.
    """
    if kind == CONTAINER:
        return (*value, *value.values()) if type(value) is dict else value
    if kind == VIEW:
        mapping = value.mapping
        return (*mapping, *mapping.values())
    return _parts_of_look(value)


def _parts_of_look(value: Any) -> tuple[Any, ...]:
    if type(value) is slice:
        return (value.start, value.stop, value.step)
    if type(value) is functools.partial:
        return (value.func, *value.args, *value.keywords.values())
    return (value.__self__,)


def takes_part(value: Any) -> bool:
    """Whether a thunk or data is `value`, or in it however deep.

    Args:
        value: anything. Of an iterator it cannot be known, so the answer is yes.

    >>> import numpy as np
    >>> takes_part([1, {"a": (2, None)}]), takes_part({"a": [np.zeros(3)]})
    (False, True)
    """
    kind = kind_of(value)
    if kind == STATIC:
        return False
    if kind >= DATA or kind == ITERATOR:
        return True
    return _any_takes_part(value, kind)


def _any_takes_part(value: Any, kind: int) -> bool:
    """A loop, not a recursion. Types are looked at first: most big containers hold few types."""
    pending = [(value, kind)]
    seen: set[int] = set()
    while pending:
        holder, kind = pending.pop()
        if id(holder) in seen and kind == CONTAINER:
            continue
        seen.add(id(holder))
        items = parts(holder, kind)
        found = {cls: _kinds.get(cls) for cls in _core.classes(items)}
        if all(kind == STATIC for kind in found.values()):
            continue
        for item in items:
            kind = kind_of(item)
            if kind >= DATA or kind == ITERATOR:
                return True
            if kind != STATIC:
                pending.append((item, kind))
    return False
