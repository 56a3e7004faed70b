"""`Delayed`: a value to be computed, and a collection for all of dask.

It is a subclass of dask's own, because dask's collections ask for that class in a dozen places. A
value holds its call and the values that this needs, and nothing of what those need: a graph is made
when somebody wants one, so that building stays linear. The core makes the values of calls.
"""

from __future__ import annotations

import pickle
from typing import Any

import cloudpickle
from dask import config
from dask.base import get_annotations, get_scheduler, replace_name_in_key
from dask.callbacks import Callback
from dask.delayed import Delayed as DasksDelayed
from dask.highlevelgraph import HighLevelGraph
from dask.utils import apply

from daisy import _core
from daisy.away import Away
from daisy.delayed import arguments, names, walk
from daisy.taskgraph.entry import get
from daisy.taskgraph.settings import CONFIGURED, workers_set


def _rare(name: str, meaning: str) -> property:
    """A field that few values have; None for the others."""

    def read(value: Any) -> Any:
        # A slot that was never filled raises, and `__getattr__` would answer for it.
        try:
            return _get_extra(value).get(name)
        except AttributeError:
            return None

    return property(read, doc=meaning)


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

    # Of a call: the function, the arguments with marks in the places of inputs (the last are those
    # of keywords), and the inputs. The name is there once somebody has asked for the key.
    __slots__ = ("_args", "_deps", "_extra", "_func", "_name")
    _builds_here = True

    def __init__(self, key: Any, dsk: Any, length: int | None = None, layer: Any = None) -> None:
        fill(self, None, (), ())
        super().__init__(key, dsk, length=length, layer=layer)

    @property
    def _key(self) -> Any:
        if not self._is_named():
            with names.hashed_once():
                names.name(self)
        return self._name

    @_key.setter
    def _key(self, key: Any) -> None:
        _set_name(self, key)

    @property
    def _layer(self) -> Any:
        return self._key if self._is_built() else _get_layer(self)

    @_layer.setter
    def _layer(self, layer: Any) -> None:
        _set_layer(self, layer)

    # What few values have stands in one dict: the cycle collector looks at all that a value has.
    _task = _rare("_task", "The task of a value that is no call.")
    _names = _rare("_names", "The keywords of a call.")
    _identity = _rare("_identity", "What stands for the function in the key of a pure call.")
    _annotations = _rare("_annotations", "What held where the value was made.")

    def _is_named(self) -> bool:
        try:
            _get_name(self)
        except AttributeError:
            return False
        return True

    def _is_built(self) -> bool:
        """Whether it knows its task; else it has a graph."""
        return self._func is not None or self._task is not None

    def _as_task(self) -> Any:
        return arguments.task(self) if self._task is None else self._task

    @property
    def dask(self) -> Any:
        """The graph, made when it is first asked for."""
        # Only what was given a graph, or was asked for one, has one.
        try:
            known = _get_dask(self)
        except AttributeError:
            known = None
        if known is None:
            known = walk.layers(self)
            _set_dask(self, known)
        return known

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
        chosen = None if kwargs else _scheduler()
        if chosen is DasksDelayed.__dask_scheduler__ or chosen is get:
            return _compute_here(self)
        if chosen is not None:
            graph = _for_cluster(self, chosen)
            if graph is not None:
                return chosen(graph, self._key)
        return super().compute(**kwargs)

    def _rebuild(self, dsk: Any, *, rename: Any = None) -> Delayed:
        key = replace_name_in_key(self.key, rename) if rename else self.key
        layer = None
        if isinstance(dsk, HighLevelGraph) and len(dsk.layers) == 1:
            layer = next(iter(dsk.layers))
        return Delayed(key, dsk, self._length, layer=layer)

    def __reduce__(self) -> Any:
        # The graph is flat: one object that held the next would be too deep to be pickled. By
        # cloudpickle, since a function that was decorated is not where its name says.
        parts = self._key, self.dask, self._length, self._layer
        return _rebuilt, (cloudpickle.dumps(parts),)

    def __getattr__(self, name: str) -> Any:
        from daisy.delayed.leaf import DelayedAttr

        if name.startswith("_") or name == "visualise":
            super().__getattr__(name)  # refuses and warns as dask does
        return DelayedAttr(self, name)

    def __call__(
        self, *args: Any, pure: bool | None = None, dask_key_name: Any = None, **kwargs: Any
    ) -> Any:
        """Make a task of the call of the value."""
        options = {"dask_key_name": dask_key_name}
        return _core.delayed_call(apply, apply, (self, args, kwargs), options, pure, None)


def _rebuilt(parts: bytes) -> Delayed:
    return Delayed(*pickle.loads(parts))


def _scheduler() -> Any:
    """What runs a graph that is left as it is; None if the configuration says to optimise it."""
    if config.get("delayed_optimize", None) or config.get("optimization.fuse.delayed", False):
        return None
    # Asked of dask, since a client or a task on a worker of one choose another scheduler.
    return get_scheduler(cls=DasksDelayed)


def _compute_here(value: Delayed) -> Any:
    """Run a value on the engine: without a graph of dask's, if nobody wants to see one."""
    if not Callback.active and CONFIGURED.isdisjoint(config.config):
        with names.hashed_once():
            program = _core.DelayedProgram.read((value,))
        if program is not None:
            return program.run(workers_set())[0]
    return get(walk.tasks(value), value._key)


def _for_cluster(value: Delayed, chosen: Any) -> dict[Any, Any] | None:
    """The graph of a value for the processes of a cluster, in few tasks; None for any other."""
    away = Away(chosen)
    if not away.is_remote or not walk.is_plain(value):
        return None
    return away.together(walk.tasks(value), [value._key], {})


_new = Delayed.__new__
_get_name = Delayed._name.__get__
_set_name = Delayed._name.__set__
_get_layer = DasksDelayed._layer.__get__
_set_layer = DasksDelayed._layer.__set__
_get_dask = DasksDelayed._dask.__get__
_set_dask = DasksDelayed._dask.__set__
_set_length = DasksDelayed._length.__set__
_get_extra = Delayed._extra.__get__
_set_extra = Delayed._extra.__set__
_set_func = Delayed._func.__set__
_set_args = Delayed._args.__set__
_set_deps = Delayed._deps.__set__


def fill(
    value: Delayed, func: Any, args: tuple[Any, ...], needs: tuple[Any, ...], **rare: Any
) -> None:
    """Fill the fields of a value that no call gave, with the annotations that hold now.

    Args:
        value: the value.
        func: its function, or None.
        args: the arguments, with marks in the places of inputs.
        needs: what it needs.
        **rare: what few values have.
    """
    # By the slots' own setters: the class's `__setattr__` is a function of Python's.
    _set_func(value, func)
    _set_args(value, args)
    _set_deps(value, needs)
    _set_extra(value, {"_annotations": get_annotations() or None, **rare})


def build(key: Any, task: Any, needs: tuple[Any, ...], length: int | None) -> Delayed:
    """A value of which the task is known.

    Args:
        key: its key.
        task: its task.
        needs: the values and collections that this needs.
        length: how many items it has, or None.
    """
    value = _new(Delayed)
    _set_name(value, key)
    _set_length(value, length)
    fill(value, None, (), needs, _task=task)
    return value
