"""Origin: whose method a callable is, what it is called, and where it comes from.

This is asked while a graph is compiled, under a lock, so no code of the user's may run: a proxy may
compute a thunk as soon as it is asked for an attribute. So what a callable says of itself is read
as it is stored, where its type is not one of Python's or NumPy's own.
"""

from __future__ import annotations

import inspect
import types
from typing import Any, Final

import numpy as np

__all__ = ["is_class", "module_of", "name_of", "owner_of"]

_PLAIN: Final = frozenset(
    {types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType}
    | {types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType}
    | {type, types.ModuleType, np.ufunc, type(np.concatenate)}
)
"""Types that look up attributes themselves."""
_STORED: Final = (types.GetSetDescriptorType, types.MemberDescriptorType)
"""Where the attributes of types written in C are."""


def is_class(value: Any) -> bool:
    """Whether something is a class. `isinstance` would ask a proxy for its ``__class__``.

    Args:
        value: anything.
    """
    return issubclass(type(value), type)


def owner_of(func: Any) -> Any:
    """What a method is bound to; for functions of modules written in C, the module.

    Args:
        func: any callable but a thunk.

    Returns:
        None for whatever is not bound.

    >>> owner_of([].append), owner_of(len).__name__, owner_of(is_class)
    ([], 'builtins', None)
    """
    if is_class(func):
        return None
    return _read(func, "__self__")


def name_of(func: Any) -> str:
    """The name of a callable; empty if it has none.

    Args:
        func: any callable but a thunk.

    >>> name_of(len), name_of(inspect.Signature().replace)
    ('len', 'replace')
    """
    name = _read(_function_of(func), "__name__")
    return name if type(name) is str else ""


def module_of(func: Any) -> str:
    """The module of a callable, which for methods is that of the object's class.

    Args:
        func: any callable but a thunk.

    >>> import random
    >>> module_of(random.random), module_of(len), module_of(is_class)
    ('random', 'builtins', 'daisy.tracing.tables.origin')
    """
    owner = owner_of(func)
    is_module = issubclass(type(owner), types.ModuleType)
    if owner is None or is_module or is_class(owner):
        name = _read(_function_of(func), "__module__")
    else:
        name = _read(type(owner), "__module__")
    if is_module and type(name) is not str:
        name = _read(owner, "__name__")
    return name if type(name) is str else ""


def _function_of(func: Any) -> Any:
    """A bound method has no name of its own, and any callable can be in it."""
    while type(func) is types.MethodType:
        func = func.__func__
    return func


def _read(value: Any, name: str) -> Any:
    """An attribute that is there without anybody being asked, or None."""
    if type(value) in _PLAIN:
        return getattr(value, name, None)
    found = inspect.getattr_static(value, name, None)
    if type(found) not in _STORED:
        return found if type(found) is str else None
    try:
        return found.__get__(value)
    except AttributeError:
        # A slot that is empty.
        return None
