"""Which rule decides a call: found by the class of what is called.

Rules call `dispatch` for the calls inside of theirs, so it stands below them, and the tables that
it looks into are filled above them, in `calls` and `daisy.decorators`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from daisy.tracing.deferred_calls import Args, Kwargs, Rule, defer_call
from daisy.tracing.kinds import DATA, kind_of
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import check_own
from daisy.tracing.trace import Trace

__all__ = ["BY_BASE", "BY_TYPE", "ENTER", "OPENS", "dispatch"]

ENTER: dict[type, Rule] = {}
"""What calling an instance of a class of `daisy.decorators` does."""

OPENS: dict[type, Callable[[Any], bool | None]] = {}
"""Whether calling an instance of such a class enters its rewritten body. If not, it is one node of
a plain function; or, where the answer is None, something else."""

BY_TYPE: dict[type, Rule] = {}
"""The rules for callables of exactly one class."""

BY_BASE: dict[Any, Rule] = {}
"""The rules for callables of other classes, by a base or a tuple of bases: the first one counts."""


def dispatch(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Decide a call.

    Args:
        trace: the run.
        site: the call.
        func: what is called.
        args: its positional arguments.
        kwargs: its keyword arguments.

    Returns:
        Its value, where it is done now or entered; else the thunk of a new node.
    """
    if kind_of(func) >= DATA:
        return defer_call(trace, site, func, args, kwargs)
    if trace.given:
        check_own(trace, site, (getattr(func, "__self__", None), *args, *kwargs.values()))
    rule = BY_TYPE.get(type(func))
    if rule is None:
        rule = _cached_rule(type(func))
    return rule(trace, site, func, args, kwargs)


def _rule_of_class(cls: Any) -> Rule:
    """The rule for callables of a class that is not in the table."""
    if cls in ENTER:
        return ENTER[cls]
    return next(rule for base, rule in BY_BASE.items() if issubclass(cls, base))


_cached_rule: Callable[[Any], Rule] = functools.lru_cache(maxsize=256)(_rule_of_class)
