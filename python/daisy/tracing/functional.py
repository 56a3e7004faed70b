"""Functions that call what they are given, each inner call by the rules for calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from daisy.tracing.deferred_calls import Args, Kwargs, Rule, defer_call
from daisy.tracing.dispatch import dispatch
from daisy.tracing.kinds import DATA, ITERATOR, kind_of, takes_part
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import force_whole, iterate_over, truth
from daisy.tracing.trace import Trace

__all__ = ["RULES", "sort"]


def _caller(trace: Trace, site: Site, func: Any) -> Callable[..., Any]:
    return lambda *args: dispatch(trace, site, func, args, {})


def _any_thunk(values: Iterable[Any]) -> bool:
    return any(kind_of(value) >= DATA for value in values)


def _map(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Over real containers a real `map`: lazy where it was lazy."""
    if kwargs or len(args) < 2 or _any_thunk(args[1:]):
        return defer_call(trace, site, func, args, kwargs)
    return map(_caller(trace, site, args[0]), *args[1:])


def _filter(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if kwargs or len(args) != 2 or _any_thunk(args[1:]):
        return defer_call(trace, site, func, args, kwargs)
    if args[0] is None:
        return filter(lambda item: truth(site, item), args[1])
    called = _caller(trace, site, args[0])
    return filter(lambda item: truth(site, called(item)), args[1])


def _reduce(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if kwargs or len(args) not in (2, 3) or _any_thunk(args[1:2]):
        return defer_call(trace, site, func, args, kwargs)
    return functools.reduce(_caller(trace, site, args[0]), *args[1:])


def _keyed(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """`sorted`, `min` and `max`: of values, by keys that are values, now; else deferred."""
    args = tuple([list(value) if kind_of(value) == ITERATOR else value for value in args])
    key = kwargs.get("key")
    if _any_thunk(args) or kind_of(key) >= DATA:
        return defer_call(trace, site, func, args, kwargs)
    if key is None:
        if takes_part(args) or takes_part(kwargs):
            return defer_call(trace, site, func, args, kwargs)
        return func(*args, **kwargs)
    items = args[0] if len(args) == 1 else args
    keys = _keys(trace, site, items, key)
    if takes_part(keys) or (takes_part(args) and func is not sorted):
        return defer_call(trace, site, func, args, kwargs)
    given = iter(keys)
    return func(*args, **kwargs | {"key": lambda _: next(given)})


def _keys(trace: Trace, site: Site, items: Iterable[Any], key: Any) -> list[Any]:
    called = _caller(trace, site, key)
    return [called(item) for item in items]


def _any_or_all(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Over an iterator item by item: what comes after the deciding one is never computed."""
    if len(args) == 1 and not kwargs and kind_of(args[0]) == ITERATOR:
        return func(truth(site, item) for item in iterate_over(trace, site, args[0]))
    if takes_part(args) or takes_part(kwargs):
        return defer_call(trace, site, func, args, kwargs)
    return func(*args, **kwargs)


def sort(trace: Trace, site: Site, owner: Any, name: str, args: Args, kwargs: Kwargs) -> None:
    """``list.sort``: the order of a real list is static, so it is sorted by values.

    Args:
        trace: the run.
        site: the call.
        owner: the list.
        name: the name of the method.
        args: its positional arguments, of which Python allows none.
        kwargs: its keyword arguments.
    """
    if args or not set(kwargs) <= {"key", "reverse"}:
        [].sort(*args, **kwargs)  # Python has an error for this.
    key = kwargs.get("key")
    keys = list(owner) if key is None else _keys(trace, site, owner, key)
    keys = force_whole(trace, site, keys)
    order = sorted(range(len(keys)), key=keys.__getitem__, reverse=kwargs.get("reverse", False))
    owner[:] = [owner[index] for index in order]


RULES: dict[Any, Rule] = {
    map: _map,
    filter: _filter,
    functools.reduce: _reduce,
    **dict.fromkeys((sorted, min, max), _keyed),
    **dict.fromkeys((any, all), _any_or_all),
}
"""The rule for each function."""
