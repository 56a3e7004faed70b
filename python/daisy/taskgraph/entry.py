"""`get`: the engine as a scheduler of dask's."""

from __future__ import annotations

import functools
from typing import Any

from daisy.taskgraph.observed import observe
from daisy.taskgraph.prepare import prepare
from daisy.taskgraph.settings import Settings

__all__ = ["get"]


def get(dsk: Any, keys: Any, **kwargs: Any) -> Any:
    """Compute keys of a task graph, in threads: the scheduler that dask's collections can use.

    ``x.compute(scheduler=daisy.get)`` computes one collection with it;
    ``dask.config.set(scheduler="daisy")`` makes it the scheduler of all of them, once daisy is
    imported.

    Args:
        dsk: the graph: a mapping from keys to nodes of ``dask._task_spec``, to tasks as tuples, or
            to values; a graph in layers; an expression.
        keys: one key, or keys in nested lists. A tuple is a key.
        kwargs: settings of this call. One that is not given is looked for in
            :class:`daisy.options`, then in ``dask.config``; one that means nothing here is not
            looked at.

            * ``num_workers``: how many threads may run tasks. None or 0: as many as there are
              CPUs. With one, tasks run in the calling thread, in dask's order.
            * ``callbacks``: one or several, as ``dask.callbacks.Callback`` or as tuples of five
              functions, in place of those that are active.
            * ``pool``: threads or processes of your own that are to run the tasks: an executor of
              :mod:`concurrent.futures`, or a pool of :mod:`multiprocessing`.
            * ``cache``: a mapping that keeps values. Those that are there are used, those that
              were asked for stay in it.
            * ``rerun_exceptions_locally``: whether a task that fails is run once more in the
              calling thread, for a debugger.
            * ``raise_exception``, ``pack_exception``, ``get_id``, ``dumps``, ``loads``,
              ``chunksize``: as for ``dask.local.get_async``.

    Returns:
        The value of the key, or nested tuples of values in the shape of the lists.

    Raises:
        KeyError: a key that was asked for is not in the graph.
        ValueError: a task that is needed depends on a key that is nowhere; or there are to be
            fewer than no workers.
        RuntimeError: tasks wait for each other in a circle.
        BaseException: what a task raised, the same object. Nothing new is begun then, and what
            runs already ends in the background.

    The contract is that of https://docs.dask.org/en/stable/scheduler-overview.html.

    >>> import daisy
    >>> graph = {"x": 1, "y": 2, "sum": (sum, ["x", "y"])}
    >>> daisy.get(graph, ["sum", ["x"]])
    (3, (1,))
    """
    call = prepare(dsk, keys, kwargs)
    if isinstance(call, tuple):
        call = functools.partial(observe, call[0], keys, Settings({**kwargs, "callbacks": ()}))
    return call()
