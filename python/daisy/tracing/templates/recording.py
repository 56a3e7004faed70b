"""Traced functions whose helpers first ask whether what they are to do may be part of a template.

They are twins of the traced functions: the same code in other cells. So a call that is not
recorded pays nothing for those that are. What the core's short cut takes is never asked about: it
takes operations on thunks and numbers, and calls of functions that no table names.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from daisy import _core
from daisy.tracing.helpers import PLAIN_HELPERS
from daisy.tracing.templates.admission import ADMISSION
from daisy.tracing.trace import current
from lazy.rebuilding import HELPER_PREFIX

__all__ = ["allow", "twin_of"]

_WITHOUT_SITE = ("slice",)
_allowed: WeakSet[types.FunctionType] = WeakSet()
# A twin reaches its function through globals or cells, so a table of twins would keep both alive.
_TWIN = "recording twin of a traced function"


def allow(function: types.FunctionType) -> None:
    """Say that a function is written with nothing but what is known to be repeatable.

    Args:
        function: a rewritten function.
    """
    _allowed.add(function)


def twin_of(function: Any) -> types.FunctionType | None:
    """The function that does the same and asks first; None for one that may not be recorded.

    Args:
        function: a rewritten function.
    """
    if type(function) is not types.FunctionType or function not in _allowed:
        return None
    kept: types.FunctionType | None = vars(function).get(_TWIN)
    if kept is None:
        kept = vars(function)[_TWIN] = _twin(function)
    return kept


def _twin(function: types.FunctionType) -> types.FunctionType:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    closure = tuple([_HELPERS.get(name, cell) for name, cell in cells])
    twin = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        closure,
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__qualname__ = function.__qualname__
    return twin


def _asking(name: str, helper: Callable[..., Any]) -> Callable[..., Any]:
    rule = ADMISSION.get(name)
    first = 0 if name in _WITHOUT_SITE else 1

    def ask(*args: Any, **kwargs: Any) -> Any:
        recorder = current().recorder
        if recorder is not None and recorder.is_open:
            is_admitted = rule is not None and rule(recorder, *args[first:], **kwargs)
            if not is_admitted:
                recorder.close(f"{name} at {args[:1]!r}")
        return helper(*args, **kwargs)

    return _core.with_short_cut(name, ask)


_HELPERS = {
    HELPER_PREFIX + name: types.CellType(_asking(name, helper))
    for name, helper in PLAIN_HELPERS.items()
}
