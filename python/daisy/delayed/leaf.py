"""What `delayed` makes of objects and functions, and the attributes of values."""

from __future__ import annotations

import sys
import types
from functools import partial
from typing import Any

from dask._task_spec import Alias, DataNode, GraphNode, TaskRef
from dask.base import is_dask_collection
from dask.core import quote
from dask.delayed import Delayed as DasksDelayed
from dask.utils import methodcaller

from daisy import _core
from daisy.delayed import names
from daisy.delayed.arguments import PLACE, Nested, Unpacked
from daisy.delayed.value import Delayed, build, fill


class DelayedLeaf(Delayed):
    """An object as a value; to call it makes a task of the object itself."""

    __slots__ = ("_lasting", "_nout", "_obj", "_pure")

    def __init__(
        self, obj: Any, key: Any, pure: bool | None = None, nout: int | None = None
    ) -> None:
        super().__init__(key, None, length=nout)
        _set_obj(self, obj)
        _set_pure(self, pure)
        _set_nout(self, nout)
        _set_lasting(self, _is_lasting(obj))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make a task of the object."""
        return _core.delayed_call(self._obj, self, args, kwargs, self._pure, self._nout)

    def _is_built(self) -> bool:
        return True

    def _as_task(self) -> Any:
        known = isinstance(self._obj, TaskRef | GraphNode)
        return self._obj if known else DataNode(self._key, self._obj)

    def __reduce__(self) -> Any:
        # A function that was decorated is not where its name says; this value is.
        module = getattr(self._obj, "__module__", None)
        name = getattr(self._obj, "__qualname__", None)
        if module and name and _named(module, name) is self:
            return _named, (module, name)
        return DelayedLeaf, (self._obj, self._key, self._pure, self._nout)

    @property
    def __name__(self) -> Any:
        return self._obj.__name__

    # A property, where every other class has a text: it is the object's, as in dask.
    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self._obj.__doc__

    @property
    def __wrapped__(self) -> Any:
        return self._obj


class DelayedAttr(Delayed):
    """An attribute of a value; to call it makes one task of the method."""

    __slots__ = ("_attr", "_obj")

    def __init__(self, obj: Any, attr: str) -> None:
        _set_length(self, None)
        _set_owner(self, obj)
        _set_attr(self, attr)
        fill(self, getattr, (PLACE, attr), (obj,), _identity="getattr")

    def __getattr__(self, name: str) -> Any:
        # `np.dtype(x)` asks for the attribute of the attribute, without end.
        if name == "dtype" and self._attr == "dtype":
            raise AttributeError("Attribute dtype not found")
        return super().__getattr__(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make one task of the method."""
        method = methodcaller(self._attr)
        return _core.delayed_call(method, self._attr, (self._obj, *args), kwargs, None, None)

    def __reduce__(self) -> Any:
        return DelayedAttr, (self._obj, self._attr)


_set_obj = DelayedLeaf._obj.__set__
_set_pure = DelayedLeaf._pure.__set__
_set_nout = DelayedLeaf._nout.__set__
_set_lasting = DelayedLeaf._lasting.__set__
_set_owner = DelayedAttr._obj.__set__
_set_attr = DelayedAttr._attr.__set__
_set_length = DasksDelayed._length.__set__


_PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})


def _is_lasting(obj: Any) -> bool:
    """Whether it is a function that lives as long as its module, and that nothing hangs on.

    Of its calls with plain arguments none can be part of a circle that is ever let go of, so that
    Python's collector need not look at a million of them again and again.
    """
    if isinstance(obj, types.BuiltinFunctionType):
        return obj.__self__ is None or type(obj.__self__) is types.ModuleType
    if type(obj) is not types.FunctionType:
        return False
    module = sys.modules.get(obj.__module__)
    of_module = module is not None and vars(module) is obj.__globals__
    defaults = (*(obj.__defaults__ or ()), *(obj.__kwdefaults__ or {}).values())
    bare = obj.__closure__ is None and not vars(obj)
    return of_module and bare and all(type(default) in _PLAIN for default in defaults)


def _named(module: str, name: str) -> Any:
    """What a module has under a dotted name, or None."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


_NOTHING = object()
"""What `delayed` is given where only options are."""


def delayed(
    obj: Any = _NOTHING,
    name: Any = None,
    pure: bool | None = None,
    nout: int | None = None,
    traverse: bool | None = True,
) -> Any:
    """Make a function or an object lazy, as `dask.delayed` does.

    Args:
        obj: what to make lazy; left out where options are given to a decorator.
        name: the key of the object.
        pure: whether calls of it are pure: their keys then follow from their arguments.
        nout: how many values a call gives, so that the result can be unpacked.
        traverse: whether containers are searched for values of dask's.

    Returns:
        A `Delayed`; without an object, a decorator.

    Raises:
        ValueError: ``nout`` is neither None nor a number from 0.

    Examples:
        >>> from daisy import delayed
        >>> @delayed
        ... def double(x):
        ...     return 2 * x
        >>> delayed(sum)([double(1), double(2)]).compute()
        6
    """
    if obj is _NOTHING:
        return partial(delayed, name=name, pure=pure, nout=nout, traverse=traverse)
    if isinstance(obj, DasksDelayed):
        return obj
    if not (nout is None or (type(nout) is int and nout >= 0)):
        raise ValueError(f"nout must be None or a non-negative integer, got {nout}")
    task, needed = _search(obj) if traverse or is_dask_collection(obj) else (quote(obj), ())
    if task is obj:
        return DelayedLeaf(obj, _leaf_key(obj, name, pure, nout), pure=pure, nout=nout)
    if type(task) is Nested:
        made = _core.delayed_call(type(obj), type(obj).__name__, (obj,), None, pure, nout)
        if name:
            made._key = name
        return made
    key = name or f"{type(obj).__name__}-{names.token(pure, task)}"
    if isinstance(task, GraphNode):
        task.key = key
    return build(key, _as_node(key, task), needed, nout)


def _search(obj: Any) -> tuple[Any, tuple[Any, ...]]:
    """What stands for an object, and what that needs; the object itself if nothing is in it."""
    found = _core.delayed_place(obj)
    return (found.stands, found.collections) if type(found) is Unpacked else (found, ())


def _leaf_key(obj: Any, name: Any, pure: bool | None, nout: int | None) -> Any:
    if isinstance(obj, TaskRef):
        return obj.key
    if name:
        return name
    prefix = getattr(obj, "__name__", type(obj).__name__)
    return f"{prefix}-{names.token(pure, obj, nout)}"


def _as_node(key: Any, task: Any) -> Any:
    """A reference alone is no task of its own in dask's format, but an alias is."""
    return Alias(key, task.key) if isinstance(task, TaskRef) else task
