"""What a traced function reads besides its arguments: globals, builtins, cells, defaults."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Any

from lazy.rebuilding import HELPER_PREFIX

__all__ = ["cells_of", "defaults_of", "global_names", "module_entry"]

_MODULE_NAMES = frozenset(dir(types.ModuleType))


@functools.lru_cache(maxsize=1024)
def global_names(code: types.CodeType) -> frozenset[str]:
    """The names that the code, and the code in it, looks up among globals and builtins.

    Attributes go through helpers, so no other names are left in such code; one too many would do
    no harm.

    Args:
        code: the code of a rewritten function.

    >>> sorted(global_names((lambda x: [len(x) + y for y in z]).__code__))
    ['len', 'z']
    """
    names: set[str] = set()
    pending = [code]
    while pending:
        one = pending.pop()
        names.update(one.co_names)
        pending += [const for const in one.co_consts if isinstance(const, types.CodeType)]
    return frozenset(names)


def cells_of(function: types.FunctionType) -> Iterator[types.CellType]:
    """The cells that the user's function has; helpers are not among them.

    Args:
        function: a rewritten function.
    """
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if not name.startswith(HELPER_PREFIX):
            yield cell


def defaults_of(function: types.FunctionType) -> tuple[Any, ...]:
    """The values of parameters that are not given. Nobody can change which they are.

    Args:
        function: a rewritten function.
    """
    return (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())


def module_entry(module: Any, name: str) -> bool:
    """Whether an attribute of an object is an entry of a module's dict, and nothing else.

    Args:
        module: anything.
        name: the name of the attribute.

    >>> import math
    >>> module_entry(math, "pi"), module_entry(math, "__dict__")
    (True, False)
    """
    return (
        type(module) is types.ModuleType and name not in _MODULE_NAMES and name in module.__dict__
    )
