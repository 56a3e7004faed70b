"""Values of collections of several kinds, in the order in which they were asked for.

dask (2026.8) optimises what is computed together kind by kind, and then takes the values to be in
the order in which they were asked for: ``dask.compute(array, value, array)`` gives the second array
where the value belongs, without a word. Where that would be so, the collections are optimised one
by one instead, and each value stays in its place.
"""

from __future__ import annotations

import functools
from typing import Any

from dask._expr import _HLGExprSequence
from dask.core import flatten

__all__ = ["keep_order"]


def keep_order() -> None:
    """Have dask keep the order of values, from now on.

    >>> import dask
    >>> import dask.array as da
    >>> from daisy import delayed
    >>> one, two = da.ones(2).sum(), da.full(2, 2).sum()
    >>> [int(value) for value in dask.compute(one, delayed(abs)(-1), two)]
    [2, 1, 4]
    """
    put_together = _HLGExprSequence._tune_down

    @functools.wraps(put_together)
    def tune_down(sequence: Any) -> Any:
        made = put_together(sequence)
        if made is not None and _keys(made) != _keys(sequence):
            return None
        return made

    _HLGExprSequence._tune_down = tune_down


def _keys(sequence: Any) -> list[Any]:
    return list(flatten(sequence.__dask_keys__()))
