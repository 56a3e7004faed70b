"""Nodes that only look at their inputs, after what may have changed these."""

from __future__ import annotations

from typing import Any

from daisy import _core
from daisy.tracing.ledger import order
from daisy.tracing.sites import Site
from daisy.tracing.trace import Trace

__all__ = ["reading"]


def reading(
    trace: Trace,
    site: Site,
    func: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    impure: bool = False,
) -> Any:
    """A node whose result holds its inputs, and so counts as a part of each.

    Args:
        trace: the run.
        site: what was written.
        func: the function.
        args: its inputs, which need nothing more to be given to a task.
        kwargs: the same.
        impure: whether equal nodes are two.

    Returns:
        The thunk.
    """
    entries = trace.ledger.entries((*args, *(kwargs or {}).values()))
    if not entries:
        return _core.defer(func, args, kwargs, site, impure=impure)
    node = _core.defer(func, args, kwargs, site, impure=impure, after=order(entries, ()))
    for entry in entries:
        entry.reads.append(node)
    trace.ledger.enter(node, trace.ledger.join(entries))
    return node
