"""What the core knows of this package: it makes the values of calls and reads graphs of them.

The core takes each of these names out of this module, once.
"""

from __future__ import annotations

import sys

from dask import config
from dask.base import get_annotations
from dask.delayed import unpack_collections

from daisy import _core
from daisy.delayed.arguments import PLACE, Nested, Unpacked
from daisy.delayed.leaf import DelayedAttr, DelayedLeaf
from daisy.delayed.names import is_pure, settle
from daisy.delayed.value import Delayed

__all__ = [
    "PLACE",
    "Delayed",
    "DelayedAttr",
    "DelayedLeaf",
    "Nested",
    "Unpacked",
    "config",
    "get_annotations",
    "is_pure",
    "settle",
    "unpack_collections",
]


def hand_over() -> None:
    """Have the core make values from now on."""
    _core.set_delayed(sys.modules[__name__])
