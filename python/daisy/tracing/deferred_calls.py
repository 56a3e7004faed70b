"""Calls without a rule of their own: done now where a table says so, else put off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daisy.tracing import effects
from daisy.tracing.inputs import plain_of
from daisy.tracing.kinds import CONTAINER, DATA, kind_of
from daisy.tracing.nodes import call_node
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import force_whole
from daisy.tracing.tables.mutating import changes_by_keyword
from daisy.tracing.tables.values import is_done_on_static
from daisy.tracing.trace import Trace, changeable, refuse, refuse_store
from daisy.tracing.verdicts import Treatment, verdict

__all__ = ["Args", "Kwargs", "Rule", "check_keywords", "defer_call", "known_or_deferred"]

Args = tuple[Any, ...]
Kwargs = dict[str, Any]
Rule = Callable[[Trace, Site, Any, Args, Kwargs], Any]


def defer_call(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """A node that calls `func`, unless that would change what it is given.

    Args:
        trace: the run.
        site: the call.
        func: what is called, or a thunk of it.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    _check_outputs(site, func, args, kwargs)
    return call_node(trace, site, plain_of(func), args, kwargs)


def _check_outputs(site: Site, func: Any, args: Args, kwargs: Kwargs) -> None:
    if kwargs:
        check_keywords(site, func, kwargs)
    if kind_of(func) >= DATA:
        return
    known = verdict(func)
    if known.mutates:
        refuse_store(site)
    position = known.output
    if position is not None and any(kind_of(value) >= CONTAINER for value in args[position:]):
        refuse(site, "a positional output would be written into later than it is written here")


def check_keywords(site: Site, func: Any, kwargs: Kwargs) -> None:
    """Refuse a call whose keyword arguments say that it changes what it is given.

    Args:
        site: the call.
        func: the function, or the name of the method.
        kwargs: its keyword arguments.

    Raises:
        Refusal: there is such a keyword argument.
    """
    if kind_of(kwargs.get("out")) >= CONTAINER:
        refuse(site, "`out=` would write into data later than it is written here")
    by_keyword = changes_by_keyword(func, kwargs)
    if by_keyword is not None:
        refuse(site, f"`{by_keyword}=` changes data, later than it is written here")


def known_or_deferred(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Call a function now if its table says so, and put the call off if none does.

    Args:
        trace: the run.
        site: the call.
        func: the function.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    treatment = verdict(func).treatment
    if treatment is Treatment.CHEAP and is_done_on_static(func, args, kwargs):
        return func(*args, **kwargs)
    rule = _BY_TREATMENT.get(treatment, defer_call)
    return rule(trace, site, func, args, kwargs)


def _heap(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """`heapq` and `bisect.insort` compare what is in a real list, so they need its values."""
    if not args or type(args[0]) is not list:
        refuse_store(site)
    changeable(trace, site, args[0])
    args[0][:] = [force_whole(trace, site, item) for item in args[0]]
    rest = [force_whole(trace, site, value) for value in args[1:]]
    trace.done_now = func(args[0], *rest, **kwargs)
    return trace.done_now


_BY_TREATMENT: dict[Treatment, Rule] = {
    Treatment.WARNING: effects.warn,
    Treatment.LOGGING: effects.log,
    Treatment.EFFECT: effects.act,
    Treatment.HEAP: _heap,
}
