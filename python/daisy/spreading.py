"""Spreading: what of a graph cannot be handed to whoever may work in another process."""

from __future__ import annotations

from typing import Any

from daisy.errors import Refusal

__all__ = ["check_contexts", "check_order"]


def check_order(graph: Any) -> None:
    """Refuse what has to happen to one object in an order.

    Another process works on a copy of the object, so that the next operation would not see what the
    one before did.

    Args:
        graph: what ``_core.graph`` gives, or the core gives a scheduler.

    Raises:
        Refusal: an operation waits for another one on the same object.
    """
    for node in graph.nodes:
        if node.after is not None:
            raise _refusal(
                node.site,
                "this works on an object that changes, in an order that a scheduler which daisy"
                " does not know, and which may use several processes, cannot keep: each process"
                " has a copy of the object",
                "move the lines that share the object into a function of their own, which is then"
                " one node",
            )


def check_contexts(graph: Any) -> None:
    """Refuse a graph of several contexts: a context stays in its process.

    Args:
        graph: as above.

    Raises:
        Refusal: an operation has another context than the first one.
    """
    for node in graph.nodes:
        if node.context is not None:
            raise _refusal(
                node.site,
                "this was called in another context (`np.errstate`, `decimal.localcontext` or"
                " another context variable) than the rest of the graph, and a graph that may leave"
                " the process has no contexts",
                "force what was called in each context by itself",
            )


def _refusal(site: Any, reason: str, way_out: str) -> Refusal:
    place = (None, None, None)
    if site is not None:
        place = (site.filename, site.line, site.expression)
    here = "force it on the native engine, `register_get(None)`, or with `dask.threaded.get`"
    return Refusal(reason, *place, (here, way_out))
