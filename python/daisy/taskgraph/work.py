"""What a worker does with the tasks that it is sent, on another thread or in another process."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Failure", "Hooks", "Outcome", "work", "worker_id"]

Task: TypeAlias = tuple[Any, Any]
"""The key, and the node with the values that it needs; the latter as `dumps` made them."""


class Hooks(NamedTuple):
    """What the user wants done in a worker; None for what need not be done.

    Attributes:
        dumps: what makes a result ready to be sent.
        loads: what takes in a task that was sent.
        get_id: what tells which worker this is.
        pack_exception: what makes an error ready to be sent.
    """

    dumps: Callable[[Any], Any] | None = None
    loads: Callable[[Any], Any] | None = None
    get_id: Callable[[], Any] | None = None
    pack_exception: Callable[..., Any] | None = None


class Outcome(NamedTuple):
    """What became of a task.

    Attributes:
        key: of the task.
        failed: whether it raised.
        content: the value and the worker, or the error, both as they were made ready to be sent.
    """

    key: Any
    failed: bool
    content: Any


class Failure:
    """An error and where it was raised, the latter as text once it is sent to another process.

    Args:
        error: what a task raised.
        where: its traceback, from the task on.
    """

    __slots__ = ("_content",)

    def __init__(self, error: BaseException, where: TracebackType | None) -> None:
        self._content = [(error, where)]

    def take(self) -> tuple[BaseException, TracebackType | None]:
        """The error and its traceback, which can be had once.

        Frames through which the error is raised hold what they got from the worker: were the error
        still in there, error and frames would keep each other, and the values of the run, alive.
        """
        return self._content.pop()

    def __reduce__(self) -> Any:
        error, where = self._content[0]
        return _receive, (error, "".join(traceback.format_exception(type(error), error, where)))


def _receive(error: BaseException, text: str) -> Failure:
    """A failure that comes from another process: a traceback cannot be sent, its text can."""
    error.add_note(f"in another process:\n{text}")
    return Failure(error, None)


def work(hooks: Hooks, tasks: list[Task]) -> list[Outcome]:
    """Run tasks one after the other.

    Args:
        hooks: what the user wants done on the way.
        tasks: what to run.

    Returns:
        What became of each.
    """
    return [_run(hooks, key, task) for key, task in tasks]


def _run(hooks: Hooks, key: Any, task: Any) -> Outcome:
    try:
        node, values = task if hooks.loads is None else hooks.loads(task)
        value = node(values)
        content = value, worker_id(hooks)
        return Outcome(key, False, content if hooks.dumps is None else hooks.dumps(content))
    except BaseException as error:
        return Outcome(key, True, _pack(hooks, error))


def worker_id(hooks: Hooks) -> Any:
    """Which worker this is: its thread, if the user does not say."""
    return threading.get_ident() if hooks.get_id is None else hooks.get_id()


def _pack(hooks: Hooks, error: BaseException) -> Any:
    if hooks.pack_exception is not None:
        return hooks.pack_exception(error, hooks.dumps or _as_it_is)
    where = error.__traceback__
    # The first frame is that of `_run`, which tells a reader nothing.
    return Failure(error, where.tb_next if where is not None else None)


def _as_it_is(value: Any) -> Any:
    return value
