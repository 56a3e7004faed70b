"""Calls: each is decided when it is reached, by what is called and what it is given.

`dispatch` finds the rule, in the tables at the end of this file.
"""

from __future__ import annotations

import functools
import operator
import types
from typing import Any

from daisy.tracing import callables
from daisy.tracing.deferred_calls import Args, Kwargs, defer_call, known_or_deferred
from daisy.tracing.dispatch import BY_BASE, BY_TYPE, ENTER, dispatch
from daisy.tracing.kinds import is_namedtuple_class, takes_part
from daisy.tracing.known_functions import BY_FUNCTION, call_by_name
from daisy.tracing.local_functions import local_of
from daisy.tracing.methods import call_method
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import force_whole
from daisy.tracing.trace import Trace, current
from daisy.tracing.verdicts import ARRAY_FUNCTIONS
from lazy.strictness import evaluate, strict

__all__ = ["call", "method"]


def call(site: Site, func: Any, /, *args: Any, **kwargs: Any) -> Any:
    """``func(*args, **kwargs)``."""
    trace = current()
    try:
        return dispatch(trace, site, func, args, kwargs)
    except BaseException as error:
        trace.locate(error, site)
        raise


def method(site: Site, owner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """``owner.name(*args, **kwargs)``."""
    trace = current()
    try:
        return call_method(trace, site, owner, name, args, kwargs)
    except BaseException as error:
        trace.locate(error, site)
        raise


# Functions and classes ----------------------------------------------------------------------------


def _function(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if local_of(func) is not None:
        return func(*args, **kwargs)
    return call_by_name(trace, site, func, args, kwargs)


def _class(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    rule = BY_FUNCTION.get(func) if type(func) is type else None
    if rule is not None:
        return rule(trace, site, func, args, kwargs)
    if issubclass(func, strict):
        return _strict(trace, site, func, args, kwargs)
    if issubclass(func, BaseException):
        return _exception(trace, site, func, args, kwargs)
    if is_namedtuple_class(func) and func.__bases__ == (tuple,):
        return func(*args, **kwargs)  # It only holds what it is given.
    return known_or_deferred(trace, site, func, args, kwargs)


def _strict(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if func is strict and len(args) == 1 and not kwargs:
        value = force_whole(trace, site, args[0])
        return evaluate(value)
    if func in ENTER and args and local_of(args[0]) is not None:
        return args[0]  # `inline` of a function that is entered as it is
    return _now(trace, site, func, args, kwargs)


def _exception(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """One that holds thunks is a node: `raise` forces it, and it is made of values."""
    if takes_part(args) or takes_part(kwargs):
        return defer_call(trace, site, func, args, kwargs)
    return func(*args, **kwargs)


def _now(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """An instance of a subclass of `strict` is never deferred."""
    return func(*args, **kwargs)


# The tables ---------------------------------------------------------------------------------------

BY_TYPE.update(
    {
        types.FunctionType: _function,
        types.BuiltinFunctionType: callables.bound_builtin,
        types.MethodWrapperType: callables.bound_builtin,
        types.MethodType: callables.bound,
        types.MethodDescriptorType: callables.descriptor,
        types.WrapperDescriptorType: callables.descriptor,
        functools.partial: callables.partial,
        operator.itemgetter: callables.item_getter,
        operator.attrgetter: callables.attribute_getter,
        operator.methodcaller: callables.method_caller,
        type: _class,
    }
)

BY_BASE.update(
    {
        type: _class,
        strict: _now,
        ARRAY_FUNCTIONS: call_by_name,
        object: known_or_deferred,
    }
)
