"""daisy: computation graphs from plain Python functions.

* :func:`autodask` makes a function lazy, :class:`inline` opens one inside another.
* :class:`strict` computes, :class:`thunk` defers one call by hand.
* :func:`register_get` chooses the scheduler, :func:`ltree_to_dask` gives a graph of dask's.
* :func:`get` runs the graphs of dask's collections on the engine, :class:`options` tells it how.
* :mod:`memory` says how much memory is kept for results.
"""

from __future__ import annotations

import dask.base

from daisy import _core, memory
from daisy._core import autodaskthunk, thunk
from daisy.collection import make_collections
from daisy.dask_graph import ltree_to_dask
from daisy.decorators import AutodaskFunction, autodask, inline
from daisy.delayed import Delayed, delayed
from daisy.errors import Refusal
from daisy.in_order import keep_order
from daisy.option import options
from daisy.schedulers import register_get
from daisy.taskgraph.entry import get
from daisy.taskgraph.settings import workers_set
from daisy.tracing import hooks
from daisy.tracing.tables.classes import GENERATORS
from daisy.tracing.tables.variables import idle_variables
from lazy import purity
from lazy.strictness import strict

_core.set_tables(hooks.purity, hooks.mutates, hooks.known_class, hooks.ordinary, idle_variables)
_core.set_generators(GENERATORS)
_core.set_workers(workers_set)
purity.set_tables(hooks.purity, hooks.known_class)
make_collections(autodaskthunk)
keep_order()
# So that `scheduler="daisy"` is understood wherever dask takes the name of a scheduler.
dask.base.named_schedulers["daisy"] = get

__all__ = [
    "AutodaskFunction",
    "Delayed",
    "Refusal",
    "autodask",
    "autodaskthunk",
    "delayed",
    "get",
    "inline",
    "ltree_to_dask",
    "memory",
    "options",
    "register_get",
    "strict",
    "thunk",
]
