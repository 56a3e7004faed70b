"""`dask.delayed` on daisy's engine: the same programs, with one import line changed.

* :mod:`.names`: keys that are unique and cost next to nothing.
* :mod:`.value`: `Delayed`, a value to be computed, and a collection for all of dask.
* :mod:`.leaf`: what `delayed` makes of objects and functions, and attributes of values.
* :mod:`.operators`: operators on values.
* :mod:`.arguments`: what stands in a value, and in a task, for an argument.
* :mod:`.walk`: from values to a graph, and to dask's graph of layers.
* :mod:`.layer`: the layer of one call in such a graph.
* :mod:`.core`: what the core knows of all this, to make values and to run graphs of them.
"""

from __future__ import annotations

from daisy.delayed import core, operators
from daisy.delayed.leaf import delayed
from daisy.delayed.value import Delayed

core.hand_over()
operators.bind()

__all__ = ["Delayed", "delayed"]
