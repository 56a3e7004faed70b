"""Iterators that a loop may run while tracing, because each of their items stands by itself.

Others are refused: the groups of `groupby` and the buffers of `nditer` mean something else once the
iterator has gone on, and operations on them would run after that.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np

from daisy import _core
from daisy.tracing.kinds import ITERATOR_TYPES
from daisy.tracing.tables.classes import object_kind

__all__ = ["may_be_looped_over"]

_GENERATOR: Final = type(_ for _ in ())
_ITERTOOLS: Final = (
    *(itertools.product, itertools.combinations, itertools.permutations, itertools.chain),
    *(itertools.combinations_with_replacement, itertools.islice, itertools.zip_longest),
    *(itertools.repeat, itertools.count, itertools.cycle, itertools.pairwise, itertools.starmap),
    *(itertools.compress, itertools.takewhile, itertools.dropwhile, itertools.filterfalse),
    itertools.accumulate,
)
_SEQUENCE: Final = type(iter(np.zeros(1)))
_STANDING: Final = (np.ndindex, np.ndenumerate)
_ALLOWED: Final = frozenset(
    {*ITERATOR_TYPES, *_ITERTOOLS, *_STANDING, getattr(itertools, "batched", zip)} - {_GENERATOR}
)


def may_be_looped_over(value: Any, sources: tuple[Any, ...]) -> bool:
    """Whether a loop over a forced value may run now.

    Args:
        value: the value.
        sources: what it was made from, where that is known; thunks among it have been computed.

    >>> may_be_looped_over([1], ()), may_be_looped_over(itertools.groupby([1]), ())
    (True, False)
    """
    if not hasattr(type(value), "__next__"):
        return True
    if type(value) is _SEQUENCE:
        return all(object_kind(type(source)) is None for source in value.__reduce__()[1])
    if type(value) not in _ALLOWED:
        return False
    return all(_stands(source) for source in sources)


def _stands(source: Any) -> bool:
    value = _core.known(source, None) if _core.is_thunk(source) else source
    return not hasattr(type(value), "__next__") or type(value) in _ALLOWED
