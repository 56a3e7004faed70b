"""Functions that are known by name, each with a rule for its calls."""

from __future__ import annotations

import typing
from typing import Any

from daisy.tracing import functional
from daisy.tracing.deferred_calls import Args, Kwargs, Rule, defer_call, known_or_deferred
from daisy.tracing.facts import FACTS, UNKNOWN, known_value
from daisy.tracing.kinds import DATA, ITERATOR, STATIC, kind_of, takes_part
from daisy.tracing.operators import get_attribute_of
from daisy.tracing.sites import Site
from daisy.tracing.tables.structural import STRUCTURAL
from daisy.tracing.tables.values import BUILTINS
from daisy.tracing.trace import Trace, refuse

__all__ = ["BY_FUNCTION", "call_by_name"]


def _structural(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Looks at the container: done now when no argument is itself a thunk."""
    fact = _fact(func, args, kwargs)
    if fact is not UNKNOWN and not (func is hasattr and trace.ledger.is_changed(args[0])):
        return fact
    if any(kind_of(value) >= DATA for value in (*args, *kwargs.values())):
        return defer_call(trace, site, func, args, kwargs)
    result = func(*args, **kwargs)
    if kind_of(result) != STATIC:
        trace.done_now = result
    return result


def _fact(func: Any, args: Args, kwargs: Kwargs) -> Any:
    ask = FACTS.get(func)
    return UNKNOWN if ask is None else ask(args, kwargs)


def _getattr(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if len(args) not in (2, 3) or kwargs or type(args[1]) is not str:
        return _structural(trace, site, func, args, kwargs)
    owner, name, *default = args
    if not default:
        return get_attribute_of(trace, site, owner, name)
    known = known_value(owner)
    if known is UNKNOWN or trace.ledger.is_changed(owner):
        return defer_call(trace, site, func, args, kwargs)
    if not hasattr(known, name):
        return default[0]
    return get_attribute_of(trace, site, owner, name)


def _id(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    known = known_value(args[0]) if len(args) == 1 else UNKNOWN
    return id(known) if known is not UNKNOWN else _structural(trace, site, func, args, kwargs)


def _valued(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Looks at values: done now when no thunk takes part."""
    args = _without_iterators(args)
    if takes_part(args) or takes_part(kwargs):
        return defer_call(trace, site, func, args, kwargs)
    return func(*args, **kwargs)


def _without_iterators(args: Args) -> Args:
    """These functions use up the iterators that they are given, so a list of the rest will do."""
    return tuple([list(value) if kind_of(value) == ITERATOR else value for value in args])


def _asked(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Asks for a fact, where it is one."""
    fact = FACTS[func](args, kwargs)
    if fact is not UNKNOWN:
        return fact
    return known_or_deferred(trace, site, func, args, kwargs)


def _super(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    known = [known_value(value) for value in args]
    if any(value is UNKNOWN for value in known):
        return defer_call(trace, site, func, args, kwargs)
    return super(*known, **kwargs)


def _cast(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    return func(*args, **kwargs)  # It gives its second argument.


def _namespace(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    own = len(args) + len(kwargs)
    if (own == 1 and func in (dir, vars)) or own > 1:
        return _structural(trace, site, func, args, kwargs)
    refuse(site, f"`{func.__name__}()` would look at the tracer's variables and not at yours")


BY_FUNCTION: dict[Any, Rule] = {
    **dict.fromkeys(STRUCTURAL, _structural),
    **dict.fromkeys(FACTS, _asked),
    **dict.fromkeys((type, isinstance, callable, hasattr, len), _structural),
    **dict.fromkeys(BUILTINS, _valued),
    **dict.fromkeys((locals, eval, exec, globals, dir, vars), _namespace),
    getattr: _getattr,
    id: _id,
    super: _super,
    typing.cast: _cast,
    **functional.RULES,
}
"""The rule for each function. A later line counts: it knows more about a function."""


def call_by_name(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Decide the call of a function of which nothing but its name is to be asked.

    Args:
        trace: the run.
        site: the call.
        func: the function.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    rule = BY_FUNCTION.get(func, known_or_deferred)
    return rule(trace, site, func, args, kwargs)
