"""Methods that are pure on every value of a class with such a method that is known here.

What a deferred function gives has a class that is not known while tracing. A method that arrays,
frames, strings or numbers have can be folded. One that only the user's own class can have may
change its object, so it is never folded, and runs in the order written.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import re
import sys
from typing import Any, Final

import numpy as np

__all__ = ["is_known_name"]

_CLASSES: Final[tuple[type, ...]] = (
    *(np.ndarray, np.generic, np.dtype, int, float, complex, str, bytes, bool, slice, range),
    *(list, tuple, dict, set, frozenset, fractions.Fraction, decimal.Decimal),
    *(datetime.datetime, datetime.timedelta, re.Pattern, re.Match),
)
_PANDAS: Final = "DataFrame Series Index MultiIndex DatetimeIndex Timestamp Timedelta Categorical"
_PANDAS_API: Final = "DataFrameGroupBy SeriesGroupBy Rolling Expanding Resampler"

_names: set[str] = set().union(*map(dir, _CLASSES))
_waiting: set[str] = {"pandas"}


def is_known_name(name: str) -> bool:
    """Whether values of NumPy, pandas or builtin types have an attribute of this name.

    Args:
        name: the name of a method or another attribute.

    >>> is_known_name("sum"), is_known_name("increment")
    (True, False)
    """
    if _waiting and "pandas" in sys.modules:
        _add_pandas(sys.modules["pandas"])
    return name in _names


def _add_pandas(pandas: Any) -> None:
    owners = [(pandas, _PANDAS), (getattr(pandas.api, "typing", None), _PANDAS_API)]
    for owner, names in owners:
        for name in names.split():
            _names.update(dir(getattr(owner, name, object)))
    series = getattr(pandas, "Series", None)
    for accessor in ("str", "dt", "cat"):
        _names.update(dir(getattr(series, accessor, object)))
    _waiting.clear()
