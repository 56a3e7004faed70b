"""Operators, comparisons, attribute and item access, formats."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from daisy.tracing import refusals
from daisy.tracing.facts import UNKNOWN, known_attribute, known_value
from daisy.tracing.kinds import (
    CONTAINER,
    DATA,
    ITERATOR,
    LOOK,
    STATIC,
    THUNK,
    VIEW,
    kind_of,
    takes_part,
)
from daisy.tracing.nodes import attribute_node, change_node, operation
from daisy.tracing.portables import on_copy
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import force, force_whole, iterate_over
from daisy.tracing.trace import Trace, changeable, current, refuse
from lazy.operator import BINARY, COMPARE, GUARDED, INPLACE, UNARY, getitem, not_
from lazy.operator import getattr as get_attribute

__all__ = [
    "attribute",
    "binary",
    "compare",
    "format_",
    "get_attribute_of",
    "get_item_of",
    "holds_changeable",
    "inplace",
    "item",
    "not_of",
    "slice_",
    "unary",
]

_ADD, _MUL = BINARY[0], BINARY[2]
_IS, _IS_NOT, _IN, _NOT_IN = COMPARE[6:10]
_HASHING = (dict, set, frozenset)


def binary(site: Site, code: int, a: Any, b: Any, /) -> Any:
    """``a op b``; `code` is an index into ``lazy.operator.BINARY``."""
    trace = current()
    try:
        return _binary(trace, site, BINARY[code], a, b)
    except BaseException as error:
        trace.locate(error, site)
        raise


def _binary(trace: Trace, site: Site, func: Callable[..., Any], a: Any, b: Any) -> Any:
    kinds = kind_of(a), kind_of(b)
    if kinds == (STATIC, STATIC):
        return func(a, b)
    if DATA in kinds or THUNK in kinds:
        return operation(trace, site, func, (a, b))
    if _is_structural(func, a, b) or not (takes_part(a) or takes_part(b)):
        return func(a, b)
    return operation(trace, site, func, (a, b))


def _is_structural(func: Callable[..., Any], a: Any, b: Any) -> bool:
    """`+` and `*` of sequences, and the operators of sets and dicts, look at no value in them."""
    left, right = type(a), type(b)
    if func is _MUL:
        return type(b) in (int, bool) or type(a) in (int, bool)
    if func is _ADD:
        return left is right and left in (list, tuple)
    return left in _HASHING and right in _HASHING


def inplace(site: Site, code: int, x: Any, y: Any, fresh: bool, /) -> Any:
    """``x op= y``; `fresh`: nothing but `x` refers to its value, the result of an operator."""
    trace = current()
    try:
        return _inplace(trace, site, code, x, y, fresh)
    except BaseException as error:
        trace.locate(error, site)
        raise


def _inplace(trace: Trace, site: Site, code: int, x: Any, y: Any, fresh: bool) -> Any:
    if kind_of(x) >= DATA:
        if fresh:
            return operation(trace, site, on_copy(INPLACE[code]), (x, y))
        _check_inplace(site, code, x)
        return operation(trace, site, GUARDED[code], (x, y))
    if type(x) not in (list, dict, set):
        # What cannot be changed: the same as `x op y`, but for the words of Python's errors.
        deferred = kind_of(y) >= DATA or takes_part(x) or takes_part(y)
        return _binary(trace, site, (GUARDED if deferred else INPLACE)[code], x, y)
    changeable(trace, site, x)
    if type(x) is list and BINARY[code] is _MUL:
        y = force(trace, site, y)
    elif type(x) is list and kind_of(y) not in (STATIC, CONTAINER):
        y = iterate_over(trace, site, y)
    else:
        y = force(trace, site, y)
    return INPLACE[code](x, y)


def _check_inplace(site: Site, code: int, x: Any) -> None:
    """What is there already is refused at once; what is not yet, when it runs."""
    known = known_value(x)
    method = f"__{INPLACE[code].__name__.rstrip('_')}__"
    if known is not UNKNOWN and hasattr(type(known), method):
        refuse(
            site,
            f"this would change a {type(known).__name__} that others may hold, later than written",
            "write `x = x op y` instead of `x op= y`, which makes a new value",
            refusals.INLINE_FALSE,
        )


def unary(site: Site, code: int, a: Any, /) -> Any:
    """``-a`` and the like; `code` is an index into ``lazy.operator.UNARY``."""
    trace = current()
    try:
        if kind_of(a) >= DATA:
            return operation(trace, site, UNARY[code], (a,))
        return UNARY[code](a)
    except BaseException as error:
        trace.locate(error, site)
        raise


def not_of(site: Site, a: Any, /) -> Any:
    """``not a``: of a container it looks at the length only."""
    if kind_of(a) < DATA:
        return not a
    trace = current()
    try:
        return operation(trace, site, not_, (a,))
    except BaseException as error:
        trace.locate(error, site)
        raise


def compare(site: Site, code: int, a: Any, b: Any, /) -> Any:
    """``a < b`` and the like, ``is`` and ``in``; `code` is an index into ``COMPARE``."""
    trace = current()
    try:
        return compared(trace, site, COMPARE[code], a, b)
    except BaseException as error:
        trace.locate(error, site)
        raise


def compared(trace: Trace, site: Site, func: Callable[..., Any], a: Any, b: Any) -> Any:
    """One comparison.

    Args:
        trace: the run.
        site: what was written.
        func: one of ``lazy.operator.COMPARE``.
        a: the first operand in the source.
        b: the second.
    """
    if func is _IS or func is _IS_NOT:
        return _identity(trace, site, func, a, b)
    kinds = kind_of(a), kind_of(b)
    if kinds == (STATIC, STATIC):
        return func(a, b)
    if func is _IN or func is _NOT_IN:
        return _membership(trace, site, func, a, b)
    if takes_part(a) or takes_part(b):
        return operation(trace, site, func, (a, b))
    return func(a, b)


def _identity(trace: Trace, site: Site, func: Callable[..., Any], a: Any, b: Any) -> Any:
    """Of leaves it is known. A thunk is itself, whatever its value."""
    left, right = known_value(a), known_value(b)
    if left is not UNKNOWN and right is not UNKNOWN:
        return func(left, right)
    if a is b:
        return func is _IS
    return operation(trace, site, func, (a, b))


def _membership(trace: Trace, site: Site, func: Callable[..., Any], a: Any, b: Any) -> Any:
    if kind_of(b) >= DATA:
        return change_node(trace, site, func, (a, b))
    hashed = type(b) in _HASHING or type(b).__name__ == "dict_keys"
    if takes_part(a) or (not hashed and takes_part(b)):
        if kind_of(b) in (CONTAINER, VIEW, STATIC):
            return operation(trace, site, func, (a, b))
        items = (force_whole(trace, site, item) for item in iterate_over(trace, site, b))
        return func(force_whole(trace, site, a), items)
    return func(a, b)


def attribute(site: Site, owner: Any, name: str, /) -> Any:
    """``owner.name``."""
    trace = current()
    try:
        return get_attribute_of(trace, site, owner, name)
    except BaseException as error:
        trace.locate(error, site)
        raise


def get_attribute_of(trace: Trace, site: Site, owner: Any, name: str) -> Any:
    """An attribute: of static values now, a fact where it is one, else deferred.

    Args:
        trace: the run.
        site: what was written.
        owner: the object.
        name: the attribute.
    """
    kind = kind_of(owner)
    if kind >= DATA:
        known = known_attribute(owner, name)
        if known is not UNKNOWN:
            return known
        return attribute_node(trace, site, get_attribute, owner, name)
    if kind == CONTAINER and _is_property(owner, name):
        return operation(trace, site, get_attribute, (owner, name))
    value = getattr(owner, name)
    if kind in (STATIC, LOOK):
        trace.ownership.mark(value)
    return value


def _is_property(owner: Any, name: str) -> bool:
    """A namedtuple's class can have properties, which are functions of the user's."""
    for cls in type(owner).__mro__:
        if name in vars(cls):
            return isinstance(vars(cls)[name], property | functools.cached_property)
    return False


def item(site: Site, owner: Any, index: Any, /) -> Any:
    """``owner[index]``."""
    trace = current()
    try:
        return get_item_of(trace, site, owner, index)
    except BaseException as error:
        trace.locate(error, site)
        raise


def get_item_of(trace: Trace, site: Site, owner: Any, index: Any) -> Any:
    """An item: of real containers now, unless the index is deferred.

    Args:
        trace: the run.
        site: what was written.
        owner: the object.
        index: the index, key or slice.
    """
    if kind_of(owner) >= DATA:
        return operation(trace, site, getitem, (owner, index), owner)
    if takes_part(index):
        return _deferred_item(trace, site, owner, index)
    return owner[index]


def _deferred_item(trace: Trace, site: Site, owner: Any, index: Any) -> Any:
    """What is taken out of a container made here may be changed here: then it must be known which.

    An item that is itself a list, dict or set would be a copy if it were taken out later.
    """
    if kind_of(owner) == CONTAINER and holds_changeable(owner):
        return owner[force_whole(trace, site, index)]
    return operation(trace, site, getitem, (owner, index))


def holds_changeable(owner: Any) -> bool:
    """Whether a real container holds another that can be changed, directly or in tuples.

    Args:
        owner: the container.
    """
    pending = list(owner.values() if type(owner) is dict else owner)
    while pending:
        item = pending.pop()
        if type(item) in (list, dict, set) or kind_of(item) in (VIEW, ITERATOR):
            return True
        if isinstance(item, tuple):
            pending.extend(item)
    return False


def format_(site: Site, plain: Callable[..., str], /, *values: Any) -> Any:
    """An f-string: `plain` gives it for the values in it."""
    trace = current()
    try:
        if takes_part(values):
            return operation(trace, site, plain, values)
        return plain(*values)
    except BaseException as error:
        trace.locate(error, site)
        raise


def slice_(start: Any, stop: Any, step: Any, /) -> slice:
    """``start:stop:step`` in brackets."""
    return slice(start, stop, step)
