"""What comes before a run: one graph, one number of workers, and whether anything looks on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from dask import config
from dask.callbacks import Callback

from daisy.taskgraph.conversion import to_nodes
from daisy.taskgraph.observed import observe
from daisy.taskgraph.settings import CONFIGURED, Settings, workers_set

__all__ = ["prepare"]


def prepare(
    dsk: Any, keys: Any, kwargs: dict[str, Any]
) -> tuple[dict[Any, Any], int] | Callable[[], Any]:
    """Make a call of :func:`daisy.get` ready for the engine, or for the run that can be observed.

    Args:
        dsk: the graph, in any form that dask has.
        keys: one key, or keys in nested lists.
        kwargs: the keyword arguments of the call.

    Returns:
        The graph as a dict of nodes and the number of workers; or, if something observes the run,
        a function without arguments that does all of it.
    """
    # Every call pays for this: nothing given and nothing set is told by three looks.
    if not kwargs and not Callback.active and CONFIGURED.isdisjoint(config.config):
        return to_nodes(dsk), workers_set()
    settings = Settings(kwargs)
    watching = Callback.active if settings.callbacks is None else settings.callbacks
    if watching or settings.observed:
        return functools.partial(observe, dsk, keys, settings)
    return to_nodes(dsk), settings.workers
