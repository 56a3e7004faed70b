"""Callables that stand for a call of another: bound methods, descriptors, partials and getters."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from daisy.tracing import effects
from daisy.tracing.containers import CONTAINER_METHODS, call_container_method
from daisy.tracing.deferred_calls import Args, Kwargs, defer_call, known_or_deferred
from daisy.tracing.dispatch import ENTER, dispatch
from daisy.tracing.kinds import CONTAINER, DATA, ITERATOR, VIEW, kind_of
from daisy.tracing.known_functions import call_by_name
from daisy.tracing.local_functions import local_of
from daisy.tracing.methods import call_method
from daisy.tracing.operators import get_attribute_of, get_item_of
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import force_whole
from daisy.tracing.tables.effects import is_logging
from daisy.tracing.tables.mutating import mutates
from daisy.tracing.trace import Trace, refuse_store

__all__ = [
    "attribute_getter",
    "bound",
    "bound_builtin",
    "descriptor",
    "item_getter",
    "method_caller",
    "partial",
]


def bound_builtin(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """A builtin function, or a bound method written in C."""
    owner = func.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        return call_by_name(trace, site, func, args, kwargs)
    if type(owner) in CONTAINER_METHODS or type(owner) in (str, bytes):
        return call_container_method(trace, site, owner, func.__name__, args, kwargs)
    if kind_of(owner) in (VIEW, ITERATOR):
        return _method_of_view(trace, site, func, args, kwargs)
    if kind_of(owner) >= DATA and not isinstance(owner, type):
        return _bound_to_data(trace, site, func, args, kwargs)
    return known_or_deferred(trace, site, func, args, kwargs)


def _method_of_view(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """`isdisjoint` of a view, `__next__` of an iterator."""
    return func(*[force_whole(trace, site, value) for value in args], **kwargs)


def _bound_to_data(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Functions of `random` and the like are bound to an object; the tables know the function."""
    if mutates(func):
        refuse_store(site)
    owner = func.__self__
    module = type(owner).__module__ or ""
    if module.startswith(("random", "numpy.random")) and hasattr(func, "__name__"):
        return defer_call(trace, site, func, args, kwargs)
    return call_method(trace, site, owner, func.__name__, args, kwargs)


def bound(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """A bound method written in Python."""
    function, owner = func.__func__, func.__self__
    if type(function) in ENTER or local_of(function) is not None:
        return dispatch(trace, site, function, (owner, *args), kwargs)
    if is_logging(func):
        return effects.log(trace, site, func, args, kwargs)
    if kind_of(owner) >= DATA:
        return _bound_to_data(trace, site, func, args, kwargs)
    if kind_of(owner) == CONTAINER:
        return _method_of_namedtuple(trace, site, func, args, kwargs)
    return known_or_deferred(trace, site, func, args, kwargs)


_NAMEDTUPLE = ("_replace", "_asdict", "_make")


def _method_of_namedtuple(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if func.__name__ in _NAMEDTUPLE:
        return func(*args, **kwargs)
    return defer_call(trace, site, func.__func__, (func.__self__, *args), kwargs)


def descriptor(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """``str.upper(x)`` and ``list.append(x, y)``: the method, written as a function."""
    if args and type(args[0]) is func.__objclass__ and type(args[0]) in CONTAINER_METHODS:
        return call_container_method(trace, site, args[0], func.__name__, args[1:], kwargs)
    return known_or_deferred(trace, site, func, args, kwargs)


def partial(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """A call of the function that it holds."""
    return dispatch(trace, site, func.func, func.args + args, func.keywords | kwargs)


def item_getter(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """``operator.itemgetter``."""
    return _got(trace, site, func, args, kwargs, get_item_of)


def attribute_getter(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """``operator.attrgetter``."""
    return _got(trace, site, func, args, kwargs, _get_dotted)


def _got(
    trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs, get: Callable[..., Any]
) -> Any:
    if len(args) != 1 or kwargs:
        return func(*args, **kwargs)
    values = tuple([get(trace, site, args[0], what) for what in func.__reduce__()[1]])
    return values if len(values) > 1 else values[0]


def _get_dotted(trace: Trace, site: Site, owner: Any, names: str) -> Any:
    for name in names.split("."):
        owner = get_attribute_of(trace, site, owner, name)
    return owner


def method_caller(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """``operator.methodcaller``."""
    if len(args) != 1 or kwargs:
        return func(*args, **kwargs)
    reduced: tuple[Any, ...] = func.__reduce__()
    if isinstance(reduced[0], functools.partial):
        given = (*reduced[0].args, *reduced[1])
        return call_method(trace, site, args[0], given[0], given[1:], reduced[0].keywords)
    given = reduced[1]
    return call_method(trace, site, args[0], given[0], given[1:], {})
