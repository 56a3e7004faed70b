"""The scheduler that forces thunks, chosen by the user."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

import dask.local
import dask.threaded
from dask._task_spec import Task

from daisy import _core
from daisy.away import Away
from daisy.dask_graph import DaskGraph, Key
from daisy.errors import Refusal
from daisy.groups import site_of
from daisy.taskgraph.entry import get as daisy_get
from daisy.taskgraph.prepare import prepare
from daisy.tracing.sites import refusal_at

__all__ = ["register_get"]

Get = Callable[..., Any]
AnyGet = TypeVar("AnyGet", bound=Get)


@overload
def register_get(get: AnyGet) -> AnyGet: ...
@overload
def register_get(get: None) -> None: ...
def register_get(get: Any) -> Any:
    """Choose the scheduler of all `autodaskthunk`s.

    Args:
        get: a function with dask's contract, ``get(graph, keys)``, such as ``dask.threaded.get``
            or ``Client.get``; None for the native engine.

    Returns:
        `get` itself.

    Raises:
        TypeError: `get` cannot be called.

    The contract is that of https://docs.dask.org/en/stable/scheduler-overview.html.

    >>> import dask
    >>> from daisy import register_get
    >>> register_get(dask.get) is dask.get
    True
    >>> register_get(None)
    """
    if get is None:
        _core.set_scheduler(None)
        return None
    if not callable(get):
        raise TypeError(
            f"register_get wants a function get(dsk, keys) such as dask.threaded.get, or None for"
            f" the native engine, not {get!r:.60}"
        )
    _core.set_scheduler(lambda graph: _run(get, graph))
    return get


_IN_THIS_PROCESS = (dask.get, dask.local.get_sync, dask.threaded.get, daisy_get)


def _stays_here(get: Get) -> bool:
    """Whether a scheduler is known to work in this process; a pool may be one of others."""
    while isinstance(get, functools.partial) and "pool" not in get.keywords:
        get = get.func
    return get in _IN_THIS_PROCESS


def _check_state(get: Get, graph: Any) -> None:
    """Refuse to spread over processes what has to happen to one object in order, or in a context.

    Another process works on a copy of the object, so that the next operation would not see what the
    one before did; and a context stays where it is.
    """
    if _stays_here(get):
        return
    for node in graph.nodes:
        if node.after is not None:
            raise _refusal(node.site, *_STATE)
        if node.context is not None:
            raise _refusal(site_of(node), *_CONTEXT)


_STATE = (
    "this works on an object that changes, in an order that is kept in one process only, and daisy"
    " does not know this scheduler, which may use several processes: each has a copy of the object",
    "move the lines that share the object into a function of their own, which is then one node",
)
_CONTEXT = (
    "this was called in another context (`np.errstate`, `decimal.localcontext` or another context"
    " variable) than the rest of the graph, and daisy does not know this scheduler, which may use"
    " several processes: those cannot be given two contexts",
    "force what was called in each context by itself",
)


def _refusal(site: Any, reason: str, way_out: str) -> Refusal:
    here = "force it on the native engine, `register_get(None)`, or with `dask.threaded.get`"
    return refusal_at(site, reason, here, way_out)


def _run(get: Get, graph: Any) -> list[Any]:
    """Run a compiled graph: gives its outputs, then what the user holds, in the core's order."""
    _check_state(get, graph)
    away = None if _stays_here(get) else Away(get)
    made = DaskGraph(graph, large_apart=away is not None and away.is_remote)
    try:
        if away is not None:
            return list(away.run(graph, made))
        keys = made.wanted()
        if get is daisy_get:
            return list(_run_natively(graph, made, keys))
        return list(get(made.tasks, keys))
    except BaseException as error:
        _locate(error, graph, made.numbers)
        raise


def _run_natively(graph: Any, made: DaskGraph, keys: list[Key]) -> Any:
    """The engine says itself which task has failed: it leaves no frame in the traceback."""
    call = prepare(made.tasks, keys, {})
    if not isinstance(call, tuple):
        return call()
    mapping, workers = call
    return _core.run_tasks(
        mapping, keys, workers, lambda key, error: _annotate(error, graph, made.numbers.get(key))
    )


def _locate(error: BaseException, graph: Any, numbers: dict[Key, int]) -> None:
    """Add the note of the task that failed: the frame that ran it is in the traceback."""
    failed = None
    # From the frame below on: the locals of `_run` hold the error, and would be kept by reading.
    walk = error.__traceback__ and error.__traceback__.tb_next
    while walk is not None:
        owner = walk.tb_frame.f_locals.get("self")
        if isinstance(owner, Task) and isinstance(owner.key, str) and owner.key in numbers:
            failed = owner.key
        walk = walk.tb_next
    _annotate(error, graph, None if failed is None else numbers[failed])


def _annotate(error: BaseException, graph: Any, number: int | None) -> None:
    """Add the note of a node's line, once."""
    site = None if number is None else graph.nodes[number].site
    if site is None or site.note() in getattr(error, "__notes__", ()):
        return
    # An exception that takes no note (a frozen dataclass) is more to the user than the note.
    with contextlib.suppress(Exception):
        error.add_note(site.note())
