"""Blocks that stay plain Python (`with`, `try`), and values that are thrown away."""

from __future__ import annotations

import contextlib
import decimal
import types
import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from daisy import _core
from daisy.tracing import refusals
from daisy.tracing.containers import CONTAINER_METHODS
from daisy.tracing.kinds import CONTAINER, DATA, ITERATOR, kind_of, parts, takes_part
from daisy.tracing.known_functions import BY_FUNCTION
from daisy.tracing.local_functions import local_of
from daisy.tracing.sites import Site
from daisy.tracing.tables.effects import is_effect, is_logging, is_warning
from daisy.tracing.tables.mutating import AMBIGUOUS_METHODS, METHODS
from daisy.tracing.tables.values import may_be_cheap
from daisy.tracing.trace import Trace, current, refuse
from lazy.strictness import strict

__all__ = ["discard", "guard"]

Reader = tuple[str, Callable[[], Any]]

_CONTEXTS: Final = (
    *(np.errstate, np.printoptions, contextlib.suppress, contextlib.nullcontext),
    *(warnings.catch_warnings, decimal.localcontext),
)
"""Context managers that change nothing but what happens inside of them."""

_NOTHING = object()


def guard(site: Site, kind: str, names: tuple[Reader, ...], callees: tuple[Reader, ...], /) -> None:
    """Refuse a block in which anything would be put off or would compute a thunk made outside.

    Args:
        site: the block.
        kind: "with" or "try".
        names: what takes part in an operation in the block, each with a function that reads it.
        callees: what is called in it, each the same.
    """
    trace = current()
    for name, read in names:
        if _may_be_put_off(_read(read)):
            _refuse_block(site, kind, f"an operation on `{name}` in it would be put off")
    for text, read in callees:
        callee = _read(read)
        if callee is _NOTHING or not _is_done_now(trace, callee):
            _refuse_block(site, kind, f"the call of `{text}` in it would be put off")


def _may_be_put_off(value: Any) -> bool:
    return value is not _NOTHING and (kind_of(value) == ITERATOR or takes_part(value))


def _refuse_block(site: Site, kind: str, reason: str) -> None:
    refuse(
        site,
        f"this `{kind}` is left before the graph runs, and {reason}",
        refusals.OWN_FUNCTION,
        refusals.STRICT,
        refusals.INLINE_FALSE,
    )


def _read(read: Callable[[], Any]) -> Any:
    """A name that is not bound yet is bound in the block, if at all."""
    try:
        return read()
    except (NameError, AttributeError):
        return _NOTHING


def _is_done_now(trace: Trace, callee: Any) -> bool:
    """Whether a call with static arguments is made while tracing."""
    if kind_of(callee) >= DATA:
        return False
    if isinstance(callee, type):
        return callee in _CONTEXTS or _is_class_done_now(callee)
    owner = getattr(callee, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType):
        return _is_method_done_now(trace, callee, owner)
    return local_of(callee) is None and _is_function_done_now(callee)


def _is_class_done_now(cls: type) -> bool:
    if type(cls) is type and cls in BY_FUNCTION:
        return True
    return issubclass(cls, BaseException | strict) or may_be_cheap(cls)


def _is_function_done_now(func: Any) -> bool:
    if is_effect(func) or is_warning(func) or is_logging(func):
        return True
    return func in BY_FUNCTION or may_be_cheap(func)


def _is_method_done_now(trace: Trace, method: Any, owner: Any) -> bool:
    name = getattr(method, "__name__", "")
    if type(owner) in CONTAINER_METHODS:
        changes = name in METHODS or name in AMBIGUOUS_METHODS
        if changes and type(owner) in (list, dict, set) and trace.ownership.is_foreign(owner):
            return False
        return not takes_part(owner)
    return isinstance(owner, str | bytes) or is_logging(method) or may_be_cheap(method)


def discard(site: Site, value: Any, /) -> Any:
    """An expression statement with a call in it: the result of a call put off would be lost."""
    trace = current()
    if value is not trace.done_now and _is_put_off(value):
        refuse(
            site,
            "the result of this call is thrown away, so the call would never be made",
            "use its result, or leave the call out",
            *(refusals.OWN_FUNCTION, refusals.INLINE_FALSE),
        )
    return value


def _is_put_off(value: Any) -> bool:
    kind = kind_of(value)
    if kind == CONTAINER:
        return any(_is_put_off(item) for item in parts(value, kind))
    return kind > DATA and _core.known(value, _NOTHING) is _NOTHING
