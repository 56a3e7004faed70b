"""One run of a traced function: what it has seen so far, and the stack of runs of this thread."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, TypeVarTuple

from daisy import _core
from daisy.errors import Refusal
from daisy.tracing import refusals
from daisy.tracing.ledger import Ledger
from daisy.tracing.ownership import Ownership
from daisy.tracing.sites import Site, refusal_at

if TYPE_CHECKING:
    from daisy.tracing.templates.recorder import Recorder

__all__ = [
    "INSTEAD",
    "Trace",
    "changeable",
    "current",
    "located",
    "refuse",
    "refuse_store",
    "tracing",
    "watching",
]

Operands = TypeVarTuple("Operands")
Decided = TypeVar("Decided")

INSTEAD = (refusals.OWN_FUNCTION, refusals.STRICT, refusals.INLINE_FALSE)
"""The ways out that are there for every refusal."""


class Trace:
    """What is remembered while one traced function runs.

    Attributes:
        strict_points: where a thunk was computed because Python insisted, in the order reached.
        refusal: the first refusal. It sticks: the call ends with it whatever the function does.
        ledger: the order of operations on what can change.
        ownership: which containers came from outside.
        located: the exception that has its note already, while it is on its way out.
        recorder: what writes down what it reads, where it may stand for later calls.
        failed: the exception that computing a thunk at a strict point raised.
        done_now: the last value that a call done now gave out of a container.
        given: iterators that a deferred call consumes, so that nothing else may.
        converting: what is being made ready for a task: code of local functions, ids of containers.
    """

    __slots__ = (
        "converting",
        "done_now",
        "failed",
        "given",
        "ledger",
        "located",
        "ownership",
        "recorder",
        "refusal",
        "strict_points",
    )

    def __init__(self) -> None:
        self.strict_points: list[Site] = []
        self.refusal: Refusal | None = None
        self.ledger = Ledger()
        self.ownership = Ownership()
        self.recorder: Recorder | None = None
        self.located: BaseException | None = None
        self.failed: BaseException | None = None
        self.done_now: Any = None
        self.given: dict[int, Any] = {}
        self.converting: set[Any] = set()

    def is_pure(self) -> bool:
        """Whether nothing was met that has an order, was computed or was used up."""
        return not (
            self.strict_points
            or self.given
            or self.ledger.world.last
            or not self.ledger.is_empty
            or self.refusal
        )

    def forbid(self, reason: str) -> None:
        """Say that this run cannot stand for a later one.

        Args:
            reason: what was done in it.
        """
        if self.recorder is not None:
            self.recorder.close(reason)

    def locate(self, error: BaseException, site: Site) -> None:
        """Give an exception on its way out a note that says where it began.

        Args:
            error: the exception that is being raised.
            site: what was being done; of nested ones the innermost comes first, and counts.
        """
        if error is self.located or isinstance(error, Refusal):
            return
        self.located = error
        note = site.note()
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


class _Stack(threading.local):
    """The run that helpers belong to. A call from outside during a run is a run of its own."""

    trace: Trace | None = None
    watched: list[Trace] | None = None


_stack = _Stack()


def current() -> Trace:
    """The run of this thread that is being traced.

    Raises:
        Refusal: there is none, because a function made in one has outlived it.
    """
    trace = _stack.trace
    if trace is None:
        raise Refusal(
            "a function made inside a traced function was called after the trace had ended",
            ways_out=("return its results, not the function",),
        )
    return trace


def located(
    decide: Callable[[Trace, Site, *Operands], Decided],
) -> Callable[[Site, *Operands], Decided]:
    """The helper that decides in the current run, and says where an exception began.

    Operators and calls, which are reached most, have the same written out: one call more makes
    tracing a loop over plain numbers a third slower.

    Args:
        decide: what the helper does, given the run and the place in the source.

    Returns:
        The same, given the place only, as rewritten functions call it.
    """

    @functools.wraps(decide)
    def helper(site: Site, /, *operands: *Operands) -> Decided:
        trace = current()
        try:
            return decide(trace, site, *operands)
        except BaseException as error:
            trace.locate(error, site)
            raise

    return helper


@contextmanager
def tracing() -> Iterator[Trace]:
    """Begin a run, and end it; a refusal in it comes out whatever the function made of it.

    Yields:
        The new :class:`Trace`.
    """
    trace, outer = Trace(), _stack.trace
    _stack.trace = trace
    if _stack.watched is not None:
        _stack.watched.append(trace)
    was_open = _core.set_short_cut(True)
    try:
        yield trace
    finally:
        _stack.trace = outer
        _core.set_short_cut(was_open)
        if trace.refusal is not None and sys.exception() is not trace.refusal:
            raise trace.refusal


@contextmanager
def watching() -> Iterator[list[Trace]]:
    """Keep the runs that this thread begins, to see afterwards where they computed a thunk.

    Yields:
        A list that each run is put into as it begins.

    >>> import numpy as np
    >>> from daisy import autodask
    >>> def clipped(x):
    ...     if x.min() < 0:
    ...         return abs(x)
    ...     return x
    >>> with watching() as traces:
    ...     result = autodask(clipped)(np.ones(3))
    >>> [point.expression for point in traces[0].strict_points]
    ['x.min() < 0']
    """
    traces: list[Trace] = []
    outer, _stack.watched = _stack.watched, traces
    _core.watch_traces(True)
    try:
        yield traces
    finally:
        _core.watch_traces(False)
        _stack.watched = outer


def refuse(site: Site, reason: str, *ways_out: str) -> NoReturn:
    """Refuse what stands at `site`, for good.

    Args:
        site: the expression or statement.
        reason: why, a sentence without its full stop.
        ways_out: what the user can write instead; without any, those that always help.

    Raises:
        Refusal: always.
    """
    refusal = refusal_at(site, reason, *(ways_out or INSTEAD))
    trace = _stack.trace
    if trace is not None and trace.refusal is None:
        trace.refusal = refusal
    raise refusal


def refuse_store(site: Site) -> NoReturn:
    """Refuse to change data, which would happen later than written or be seen outside.

    Args:
        site: what changes it.

    Raises:
        Refusal: always.
    """
    refuse(site, "this stores into data, which would happen later than it is written")


def changeable(trace: Trace, site: Site, container: Any) -> None:
    """Let a container be changed if the traced function made it.

    Args:
        trace: the run.
        site: what changes it.
        container: a real list, dict or set.

    Raises:
        Refusal: it came from outside, or is the value of a thunk.
    """
    if trace.ownership.is_foreign(container):
        refuse(
            site,
            f"this changes a {type(container).__name__} that was not made in this function",
            f"change a copy of it: `{type(container).__name__}(...)`",
            refusals.INLINE_FALSE,
        )
