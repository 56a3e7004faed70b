"""`get`: the engine as a scheduler of dask's."""

from __future__ import annotations

import functools
from typing import Any

from daisy.taskgraph.observed import observe
from daisy.taskgraph.prepare import prepare
from daisy.taskgraph.settings import Settings

__all__ = ["get"]


def get(dsk: Any, keys: Any, **kwargs: Any) -> Any:
    """Temporary."""
    call = prepare(dsk, keys, kwargs)
    if isinstance(call, tuple):
        call = functools.partial(observe, call[0], keys, Settings({**kwargs, "callbacks": ()}))
    return call()
