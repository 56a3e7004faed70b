"""`get`: the engine as a scheduler of dask's.

It is a builtin, so that it is in no traceback; its documentation stands beside it, in the sources
of the extension.

>>> import dask.array as da
>>> da.arange(10, chunks=3).sum().compute(scheduler=get)
np.int64(45)
"""

from __future__ import annotations

from daisy import _core
from daisy.taskgraph.prepare import prepare

__all__ = ["get"]

_core.set_get_hook(prepare)
get = _core.get
