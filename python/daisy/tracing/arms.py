"""What runs only when a condition says so: ``x if p else y``, ``and``, ``or``, comparison chains.

Behind a thunk, the arms become one node that is told the condition, so that an arm runs only when
it is taken, wherever the graph runs. Where an arm has more in it than the node could do, the
condition is a strict point.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daisy.tracing.kinds import CONTAINER, DATA, ITERATOR, VIEW, kind_of
from daisy.tracing.nodes import operation
from daisy.tracing.operators import compared
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import truth
from daisy.tracing.trace import Trace, current
from lazy.operator import COMPARE

__all__ = ["boolean", "chain", "conditional"]

Plain = Callable[..., Any] | None
Capture = Callable[[], tuple[Any, ...]] | None


def conditional(
    site: Site,
    condition: Any,
    then: Callable[[], Any],
    orelse: Callable[[], Any],
    plain: Plain,
    capture: Capture,
    /,
) -> Any:
    """``then if condition else orelse``."""
    if kind_of(condition) >= DATA:
        made = _deferred(site, plain, capture, condition)
        if made:
            return made[0]
    return then() if truth(site, condition) else orelse()


def boolean(
    site: Site,
    is_and: bool,
    first: Any,
    rest: Callable[[], Any],
    plain: Plain,
    capture: Capture,
    /,
) -> Any:
    """``first and rest`` or ``first or rest``."""
    if kind_of(first) >= DATA:
        made = _deferred(site, plain, capture, first)
        if made:
            return made[0]
    return rest() if bool(truth(site, first)) is is_and else first


def chain(
    site: Site,
    code: int,
    a: Any,
    b: Any,
    rest: Callable[[Any], Any],
    plain: Plain,
    capture: Capture,
    /,
) -> Any:
    """``a < b < ...``: `rest` compares `b` with what follows."""
    trace = current()
    try:
        first = compared(trace, site, COMPARE[code], a, b)
    except BaseException as error:
        trace.locate(error, site)
        raise
    if kind_of(first) >= DATA:
        made = _deferred(site, plain, capture, first, b)
        if made:
            return made[0]
    return rest(b) if truth(site, first) else first


def _deferred(site: Site, plain: Plain, capture: Capture, *values: Any) -> tuple[Any, ...]:
    """The node in a tuple; an empty one where the condition must be known."""
    if plain is None or capture is None:
        return ()
    trace = current()
    try:
        names = capture()
    except NameError:
        return ()  # A name in an arm that is not bound, as long as the arm is not taken.
    if any(_is_own(trace, value) for value in (*names, *values[1:])):
        return ()
    return (operation(trace, site, plain, (*values, *names)),)


def _is_own(trace: Trace, value: Any) -> bool:
    """Whether an arm could give a container made here: deferred it would give a copy of it."""
    kind = kind_of(value)
    if kind in (ITERATOR, VIEW):
        return True
    if kind != CONTAINER:
        return False
    if type(value) in (list, dict, set):
        return not trace.ownership.is_foreign(value)
    return any(_is_own(trace, item) for item in value)
