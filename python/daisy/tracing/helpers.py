"""The helpers that a rewritten function calls, by the names that the rewriting gives them.

The core puts short cuts before the ones that are called most. What a helper means is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daisy import _core
from daisy.tracing import arms, calls, containers, guards, operators, strict_points
from daisy.tracing.local_functions import local

__all__ = ["HELPERS", "PLAIN_HELPERS"]

PLAIN_HELPERS: dict[str, Callable[..., Any]] = {
    "attribute": operators.attribute,
    "binary": operators.binary,
    "boolean": arms.boolean,
    "call": calls.call,
    "chain": arms.chain,
    "compare": operators.compare,
    "conditional": arms.conditional,
    "del_attribute": containers.del_attribute,
    "del_item": containers.del_item,
    "dict_display": containers.dict_display,
    "discard": guards.discard,
    "format": operators.format_,
    "guard": guards.guard,
    "inplace": operators.inplace,
    "item": operators.item,
    "iterate": strict_points.iterate,
    "key": strict_points.key,
    "local": local,
    "merge": containers.merge,
    "method": calls.method,
    "not_": operators.not_of,
    "raise_": strict_points.raise_,
    "set_attribute": containers.set_attribute,
    "set_display": containers.set_display,
    "set_item": containers.set_item,
    "slice": operators.slice_,
    "star": strict_points.star,
    "starstar": strict_points.starstar,
    "subject": strict_points.subject,
    "truth": strict_points.truth,
    "unary": operators.unary,
    "unpack": strict_points.unpack,
    "unpack_star": strict_points.unpack_star,
}
"""All helpers by name, without the prefix, as Python has them."""

HELPERS: dict[str, Callable[..., Any]] = {
    name: _core.with_short_cut(name, helper) for name, helper in PLAIN_HELPERS.items()
}
"""The same, with the short cuts of the core in front."""
