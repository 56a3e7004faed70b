"""Where Python insists on a value: a thunk is computed there, and the place is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from daisy import _core
from daisy.tracing import refusals
from daisy.tracing.inputs import prepare
from daisy.tracing.kinds import CONTAINER, DATA, ITERATOR, STATIC, THUNK, kind_of
from daisy.tracing.nodes import change_node, operation
from daisy.tracing.portables import unpack_function
from daisy.tracing.sites import Site
from daisy.tracing.tables.iterators import may_be_looped_over
from daisy.tracing.trace import Trace, current, located, refuse
from lazy.operator import getitem
from lazy.strictness import evaluate

__all__ = [
    "check_own",
    "force",
    "force_whole",
    "iterate",
    "iterate_over",
    "key",
    "raise_",
    "star",
    "starstar",
    "subject",
    "truth",
    "unpack",
    "unpack_star",
]

_NOTHING = object()


def force(trace: Trace, site: Site, value: Any) -> Any:
    """The value of a thunk; anything else is its own value.

    Args:
        trace: the run.
        site: what insists on the value.
        value: anything; containers are not looked into.

    Returns:
        The value, which is never a thunk.
    """
    if kind_of(value) < DATA:
        return value
    waits = trace.ledger.pending((value,))
    if kind_of(value) != THUNK and not waits:
        return value
    trace.forbid("a value is looked at")
    if waits or _core.known(value, _NOTHING) is _NOTHING:
        trace.strict_points.append(site)
    made = _computed(trace, [*waits, value])
    trace.ledger.discover(value, made)
    trace.ownership.mark(made)
    return made


starstar = located(force)
"""``**value`` in a call or a display."""


def _computed(trace: Trace, values: list[Any]) -> Any:
    """The value of the last of `values`; the others are what must have run before it is used."""
    thunks = [value for value in values if kind_of(value) == THUNK]
    try:
        made = _core.force_all(thunks)
        return made[-1] if kind_of(values[-1]) == THUNK else values[-1]
    except BaseException as error:
        trace.located = trace.failed = error
        raise


def force_whole(trace: Trace, site: Site, value: Any) -> Any:
    """The same for a container with all that is in it.

    A container that was made here stays itself, since other names may stand for it, and holds
    values from now on.

    Args:
        trace: the run.
        site: what insists on the value.
        value: anything.
    """
    if kind_of(value) != CONTAINER:
        return force(trace, site, value)
    waits = trace.ledger.pending((value,))
    if not waits and not _core.mentions_thunk(value):
        return value
    trace.forbid("a value is looked at")
    trace.strict_points.append(site)
    whole = _core.lift(prepare(trace, site, value))
    return _filled(trace, value, evaluate(_computed(trace, [*waits, whole])))


subject = located(force_whole)
"""The subject of `match`: patterns look at values, and into containers."""


def _filled(trace: Trace, value: Any, whole: Any) -> Any:
    """`value` with the parts of `whole` in the places of its thunks."""
    if kind_of(value) == THUNK:
        trace.ownership.mark(whole)
        return whole
    if kind_of(value) != CONTAINER or not _core.mentions_thunk(value):
        return value
    if type(value) is dict:
        keys = _all_filled(trace, value, whole)
        values = _all_filled(trace, value.values(), whole.values())
        return _refilled(trace, value, dict(zip(keys, values, strict=True)))
    if type(value) is list:
        return _refilled(trace, value, _all_filled(trace, value, whole))
    if isinstance(value, tuple):
        return tuple.__new__(type(value), _all_filled(trace, value, whole))
    return whole


def _all_filled(trace: Trace, values: Iterable[Any], whole: Iterable[Any]) -> list[Any]:
    return [_filled(trace, *pair) for pair in zip(values, whole, strict=True)]


def _refilled(trace: Trace, value: Any, filled: Any) -> Any:
    """The container itself with what it holds now; what came from outside is left as it is."""
    if trace.ownership.is_foreign(value):
        trace.ownership.mark(filled)
        return filled
    value.clear()
    (value.update if type(value) is dict else value.extend)(filled)
    return value


def truth(site: Site, value: Any, /) -> Any:
    """The test of `if`, `while`, `assert` and the like: something Python may take the truth of."""
    if kind_of(value) < DATA:
        return value
    trace = current()
    try:
        return bool(force(trace, site, value))
    except BaseException as error:
        trace.locate(error, site)
        raise


def iterate_over(trace: Trace, site: Site, value: Any) -> Iterator[Any]:
    """An iterator over a real container, or over the value of a thunk.

    Args:
        trace: the run.
        site: what iterates.
        value: what is iterated over.

    Raises:
        Refusal: the value is an iterator whose items may not stand by themselves.
    """
    kind = kind_of(value)
    if kind == ITERATOR:
        check_own(trace, site, (value,))
    if kind < DATA:
        return iter(value)
    sources = _sources(value)
    forced = force(trace, site, value)
    if not may_be_looped_over(forced, sources):
        refuse(
            site,
            f"this loops over an iterator (a {type(forced).__name__}), whose items may change when"
            " it goes on, before what is done with them here has run",
            "loop over `list(...)` of it inside a function of its own, which is then one node",
            refusals.INLINE_FALSE,
        )
    return iter(forced)


iterate = located(iterate_over)
"""The iterable of a loop or comprehension."""


def check_own(trace: Trace, site: Site, values: Iterable[Any]) -> None:
    """Refuse what uses an iterator of which a deferred call takes who knows how many items.

    Args:
        trace: the run.
        site: what uses them.
        values: what it uses.

    Raises:
        Refusal: there is such an iterator among them.
    """
    if any(id(value) in trace.given for value in values):
        refuse(site, "this iterator was given to a deferred call before", "make a list of it first")


def _sources(value: Any) -> tuple[Any, ...]:
    """What an iterator that is not there yet is going to be made from."""
    if kind_of(value) != THUNK:
        return ()
    children = _core.get_children(value)
    return children[1] if len(children) == 3 else ()


def star(site: Site, value: Any, /) -> Any:
    """``*value`` in a call or a display."""
    if kind_of(value) in (STATIC, CONTAINER):
        return value
    trace = current()
    try:
        forced = force(trace, site, value)
        if _is_iterable(forced):
            return iterate_over(trace, site, value)
        return forced  # Python has an error for this, which tells where it stood.
    except BaseException as error:
        trace.locate(error, site)
        raise


def _is_iterable(value: Any) -> bool:
    if hasattr(type(value), "__iter__"):
        return True
    try:
        iter(value)  # by items: nothing runs before the first of them is wanted
    except TypeError:
        return False
    return True


def unpack(site: Site, value: Any, count: int, /) -> Any:
    """``a, b = value``: on a thunk the unpacking is deferred, since the number is in the source."""
    kind = kind_of(value)
    if kind in (STATIC, CONTAINER):
        return value
    trace = current()
    if kind < DATA:
        return iterate(site, value)
    items = change_node(trace, site, unpack_function(count), (value,))
    return [operation(trace, site, getitem, (items, index), items) for index in range(count)]


def unpack_star(site: Site, value: Any, /) -> Any:
    """``a, *b = value``: how many there are is known only from the value."""
    return star(site, value)


def key(site: Site, value: Any, /) -> Any:
    """A key of a dict or an element of a set: Python hashes it."""
    if kind_of(value) == STATIC:
        return value
    return subject(site, value)


def raise_(site: Site, value: Any, /) -> Any:
    """What is raised, or the message of an assertion. It gets the note of the statement."""
    value = subject(site, value)
    if isinstance(value, type) and issubclass(value, BaseException):
        value = value()  # as `raise` itself would
    if isinstance(value, BaseException):
        current().locate(value, site)
    return value
