"""One call as a task."""

from __future__ import annotations

from typing import Any

from dask._task_spec import Task
from dask.utils import funcname

from daisy.delayed import arguments, names
from daisy.delayed.value import Delayed, build


def call(
    func: Any,
    identity: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    pure: bool | None = None,
    nout: int | None = None,
    label: str | None = None,
) -> Delayed:
    """Make the task of a call.

    Args:
        func: what is called.
        identity: what stands for it in the key of a pure call.
        args: its arguments.
        kwargs: its keyword arguments, with ``pure`` and ``dask_key_name`` among them.
        pure: whether the call is pure, if the keyword does not say so.
        nout: how many values it gives.
        label: what its key begins with; its name, if None.

    Returns:
        The value.
    """
    key = None
    if kwargs:
        key = kwargs.pop("dask_key_name", None)
        pure = kwargs.pop("pure", pure)
    if key is None:
        token = names.token(pure, identity, *args, **kwargs)
        key = f"{label or funcname(func)}-{token}"
    needed: list[Any] = []
    placed = [arguments.place(one, needed) for one in args]
    named = arguments.place_named(kwargs, needed) if kwargs else kwargs
    return build(key, Task(key, func, *placed, **named), tuple(needed), nout)
