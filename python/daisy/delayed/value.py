"""`Delayed`: a value to be computed, and a collection for all of dask.

It is a subclass of dask's own, because dask's collections ask for that class in a dozen places. A
value holds its task and the values that this needs, and nothing of what those need: a graph is
made when somebody wants one, so that building stays linear.
"""

from __future__ import annotations

from typing import Any

from dask import config
from dask.base import get_annotations, get_scheduler, replace_name_in_key
from dask.delayed import Delayed as DasksDelayed
from dask.highlevelgraph import HighLevelGraph
from dask.utils import apply

from daisy.delayed import walk
from daisy.taskgraph.entry import get


# dask has no types, so that its class is anything to mypy, which nothing may derive from.
class Delayed(DasksDelayed):  # type: ignore[misc]
    """A value to be computed, as dask's of that name.

    Args:
        key: the key of the value.
        dsk: a graph in which that is.
        length: how many items the value has, if it can be iterated.
        layer: the layer of the graph in which the key is; the key, if None.

    Raises:
        ValueError: the graph has no such layer.

    Examples:
        >>> from daisy.delayed import Delayed
        >>> Delayed("two", {"one": 1, "two": (abs, "one")}).compute()
        1
    """

    __slots__ = ("_annotations", "_deps", "_task")
    _builds_here = True

    def __init__(self, key: Any, dsk: Any, length: int | None = None, layer: Any = None) -> None:
        super().__init__(key, dsk, length=length, layer=layer)
        fill(self, None, ())

    @property
    def dask(self) -> Any:
        """The graph, made when it is first asked for."""
        if self._dask is None:
            _set_dask(self, walk.layers(self))
        return self._dask

    def compute(self, **kwargs: Any) -> Any:
        """Compute the value, on daisy's engine if no other scheduler is asked for.

        Args:
            **kwargs: as `dask.compute` has them.

        Returns:
            The value.

        Raises:
            BaseException: whatever a task raises.

        Examples:
            >>> from daisy import delayed
            >>> delayed(sum)([delayed(abs)(-1), 2]).compute()
            3
        """
        if kwargs or not _plain():
            return super().compute(**kwargs)
        return get(walk.tasks(self), self._key)

    def _rebuild(self, dsk: Any, *, rename: Any = None) -> Delayed:
        key = replace_name_in_key(self.key, rename) if rename else self.key
        layer = None
        if isinstance(dsk, HighLevelGraph) and len(dsk.layers) == 1:
            layer = next(iter(dsk.layers))
        return Delayed(key, dsk, self._length, layer=layer)

    def __reduce__(self) -> Any:
        # The graph is flat: one object that held the next would be too deep to be pickled.
        return Delayed, (self._key, self.dask, self._length, self._layer)

    def __getattr__(self, name: str) -> Any:
        from daisy.delayed.leaf import DelayedAttr

        super().__getattr__(name)  # refuses and warns as dask does
        return DelayedAttr(self, name)

    def __call__(
        self, *args: Any, pure: bool | None = None, dask_key_name: Any = None, **kwargs: Any
    ) -> Delayed:
        """Make a task of the call of the value."""
        from daisy.delayed.call import call

        options = {} if dask_key_name is None else {"dask_key_name": dask_key_name}
        return call(apply, apply, (self, args, kwargs), options, pure=pure)


def _plain() -> bool:
    """Whether dask would run a graph as it is, by its threads: then the engine does instead."""
    if config.get("delayed_optimize", None) or config.get("optimization.fuse.delayed", False):
        return False
    # Asked of dask, since a client or a task on a worker of one choose another scheduler.
    chosen = get_scheduler(cls=DasksDelayed)
    return bool(chosen is DasksDelayed.__dask_scheduler__ or chosen is get)


_new = Delayed.__new__
_set_key = DasksDelayed._key.__set__
_set_dask = DasksDelayed._dask.__set__
_set_length = DasksDelayed._length.__set__
_set_layer = DasksDelayed._layer.__set__
_set_task = Delayed._task.__set__
_set_deps = Delayed._deps.__set__
_set_annotations = Delayed._annotations.__set__


def fill(value: Delayed, task: Any, needed: tuple[Any, ...]) -> None:
    """Give a value its task, and the annotations that hold where it is made."""
    # By the slots' own setters: the class's `__setattr__` is a function of Python's.
    _set_task(value, task)
    _set_deps(value, needed)
    _set_annotations(value, get_annotations() or None)


def build(key: Any, task: Any, needed: tuple[Any, ...], length: int | None) -> Delayed:
    """A value of which the task is known."""
    value = _new(Delayed)
    _set_key(value, key)
    _set_layer(value, key)
    _set_dask(value, None)
    _set_length(value, length)
    fill(value, task, needed)
    return value
