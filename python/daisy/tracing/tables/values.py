"""Callables that look at values: done now when no thunk takes part, else deferred."""

from __future__ import annotations

import copy
import datetime
import decimal
import enum
import fractions
import math
import pathlib
import re
import types
from typing import Any, Final

import numpy as np

from daisy.tracing.kinds import STATIC, kind_of, kind_of_class, takes_part
from daisy.tracing.tables.lookup import ModuleTable

__all__ = ["BUILTINS", "is_done_on_static", "may_be_cheap"]

BUILTINS: Final[tuple[Any, ...]] = (
    *(set, frozenset, sorted, min, max, any, all, sum, int, float, complex, bool, str, bytes),
    *(abs, round, repr, format, hash, divmod, pow, chr, ord, ascii, bin, hex, oct),
    *(copy.deepcopy, re.compile),
)

_FUNCTIONS: Final = ModuleTable(
    {
        "math": " ".join(name for name in dir(math) if not name.startswith("_")),
        "cmath": "phase polar rect exp log log10 sqrt acos asin atan cos sin tan acosh asinh atanh"
        " cosh sinh tanh isfinite isinf isnan isclose",
        "operator": "abs add and_ concat contains countOf eq floordiv ge getitem gt index indexOf"
        " inv invert is_ is_not le lshift lt mod mul matmul ne neg not_ or_ pos pow rshift sub"
        " truediv truth xor is_none is_not_none",
        "os.path": "basename commonpath commonprefix dirname join normcase normpath split splitext"
        " isabs",
        "os": "fspath",
        "string": "capwords",
        "fractions": "Fraction.from_float Fraction.from_decimal",
        "numpy": "isscalar ndim shape size iterable issubdtype result_type promote_types can_cast"
        " broadcast_shapes min_scalar_type common_type isrealobj iscomplexobj isreal iscomplex"
        " isclose allclose round around nan_to_num real imag angle mintypecode typename"
        " isneginf isposinf",
        "pandas": "isna isnull notna notnull",
        "statistics": "mean fmean median",
    }
)
_CLASSES: Final = (np.finfo, np.iinfo, fractions.Fraction, decimal.Decimal)
_BASES: Final = (
    *(np.generic, np.dtype, pathlib.PurePath, datetime.date, datetime.time, datetime.timedelta),
    *(datetime.tzinfo, enum.Enum),
)
# The methods of numbers, strings, dates and types of arrays give static values of the same kinds.
_OWNERS: Final = (
    *(int, float, complex, str, bytes, fractions.Fraction, decimal.Decimal, range),
    *(np.generic, np.dtype, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo),
)
_DESCRIPTORS: Final = (types.MethodDescriptorType, types.WrapperDescriptorType)


def is_done_on_static(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call is cheap, pure, and has only arguments that no thunk takes part in.

    Args:
        func: a callable that is not in another table.
        args: its positional arguments.
        kwargs: its keyword arguments.

    >>> is_done_on_static(math.sin, (1.0,), {}), is_done_on_static(np.sin, ([1.0],), {})
    (True, False)
    """
    if isinstance(func, np.ufunc) and not _are_scalars((*args, *kwargs.values())):
        return False
    return may_be_cheap(func) and not takes_part(args) and not takes_part(kwargs)


def may_be_cheap(func: Any) -> bool:
    """Whether calls of `func` are cheap and pure where no thunk and no data takes part.

    Args:
        func: any callable but a thunk. Ufuncs are cheap on scalars only.
    """
    if isinstance(func, np.ufunc):
        return True
    if isinstance(func, type):
        return func in _CLASSES or (issubclass(func, _BASES) and kind_of_class(func) == STATIC)
    if func in _FUNCTIONS:
        return True
    if isinstance(func, _DESCRIPTORS):
        return issubclass(func.__objclass__, _OWNERS)
    owner = getattr(func, "__self__", None)
    return owner is not None and _is_cheap_method(func, owner)


def _is_cheap_method(func: Any, owner: Any) -> bool:
    """Methods of a value, not of its class: `date.today` is a method of a class."""
    if isinstance(owner, type):
        return func.__name__ in ("fromkeys", "fromhex", "from_bytes", "fromisoformat", "maketrans")
    return isinstance(owner, _OWNERS)


def _are_scalars(values: tuple[Any, ...]) -> bool:
    return all(kind_of(value) == STATIC for value in values)
