"""Functions and methods that change what they are given: refused on data."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np

from daisy.tracing.tables.lookup import ModuleTable

__all__ = [
    "AMBIGUOUS_METHODS",
    "HEAPS",
    "METHODS",
    "changes_by_keyword",
    "mutates",
    "output_position",
    "output_position_of_method",
]

_FUNCTIONS: Final = ModuleTable(
    {
        "numpy": "copyto put place putmask fill_diagonal put_along_axis",
        "numpy.random": "shuffle",
        "random": "shuffle",
        "builtins": "setattr delattr",
        "operator": "setitem delitem iadd iand iconcat ifloordiv ilshift imatmul imod imul ior ipow"
        " irshift isub itruediv ixor",
        "heapq": "heappush heappop heapify heapreplace heappushpop",
        "bisect": "insort insort_left insort_right",
    }
)

HEAPS: Final = ModuleTable(
    {
        "heapq": "heappush heappop heapify heapreplace heappushpop",
        "bisect": "insort insort_left insort_right",
    }
)
"""Those that work on a real list, and compare what is in it."""

METHODS: Final = frozenset(
    "sort fill put itemset resize setflags setfield extend remove pop popitem clear update"
    " setdefault reverse discard appendleft extendleft popleft rotate shuffle move_to_end"
    " intersection_update difference_update symmetric_difference_update"
    " __setitem__ __delitem__ __setattr__ __delattr__ __iadd__ __imul__ __ior__ __iand__ __isub__"
    " __ixor__".split()
)
"""Methods with these names change the object that they are called on."""

AMBIGUOUS_METHODS: Final = frozenset({"append", "insert", "partition", "add"})
"""Methods that change a list, an array or a set, and give a new string, index or frame."""

_METHOD_OUTPUTS: Final = {
    **dict.fromkeys("all any argmax argmin choose dot max min round".split(), 1),
    **dict.fromkeys("clip compress cumprod cumsum mean prod ptp std sum take var".split(), 2),
    "trace": 4,
}


def mutates(func: Any) -> bool:
    """Whether a function changes an argument.

    Args:
        func: any callable but a thunk.

    >>> mutates(np.copyto), mutates(np.concatenate), mutates(np.add.at), mutates(list.sort)
    (True, False, True, True)
    """
    if func in _FUNCTIONS:
        return True
    name = getattr(func, "__name__", None)
    if type(func) is types.MethodDescriptorType or type(func) is types.WrapperDescriptorType:
        return name in METHODS or (name in AMBIGUOUS_METHODS and func.__objclass__ is not str)
    if name == "at":
        return isinstance(getattr(func, "__self__", None), np.ufunc)
    return name == "shuffle" and hasattr(func, "__self__")


def changes_by_keyword(func: Any, kwargs: dict[str, Any]) -> str | None:
    """The keyword argument by which a call changes what it is given.

    Args:
        func: the callable, or the name of the method.
        kwargs: the keyword arguments of the call.

    Returns:
        The name, or None.

    >>> changes_by_keyword("drop", {"inplace": True}), changes_by_keyword("drop", {"axis": 0})
    ('inplace', None)
    """
    for name, value in kwargs.items():
        if name == "inplace" or name.startswith("overwrite_"):
            if value is not False and value is not None:
                return name
        elif name == "copy" and func is np.nan_to_num and value is False:
            return name
    return None


@lru_cache(maxsize=1024)
def output_position(func: Callable[..., Any]) -> int | None:
    """Where in its positional arguments a NumPy function takes the array it writes to.

    Args:
        func: a ufunc or a function of NumPy or SciPy.

    Returns:
        The index of the first of them, or None.

    >>> output_position(np.add), output_position(np.clip), output_position(np.where)
    (2, 3, None)
    """
    if isinstance(func, np.ufunc):
        return func.nin
    try:
        parameters = inspect.signature(func).parameters
    except (TypeError, ValueError):
        return None
    for index, parameter in enumerate(parameters.values()):
        if parameter.name == "out":
            can = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            return index if can else None
        if parameter.kind == parameter.VAR_POSITIONAL:
            return None
    return None


def output_position_of_method(name: str) -> int | None:
    """The same for a method of arrays, without the array itself.

    Args:
        name: the name of the method.
    """
    return _METHOD_OUTPUTS.get(name)
