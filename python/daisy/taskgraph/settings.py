"""The settings of one call: from its arguments, then `daisy.options`, then ``dask.config``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dask import config
from dask.system import CPU_COUNT

from daisy.option import check_workers, chosen_workers

__all__ = ["CONFIGURED", "Settings", "workers_set"]

_NAMES: Final = ("num_workers", "pool", "cache", "rerun_exceptions_locally", "chunksize")
CONFIGURED: Final = frozenset({*_NAMES, *(name.replace("_", "-") for name in _NAMES)})
"""The names in ``dask.config`` that are settings of a call, in both spellings."""


def workers_set() -> int:
    """What is set with daisy, else in ``dask.config``, else the number of CPUs."""
    return _workers(None, _configured().get("num_workers"))


class Settings:
    """What one call is told. Arguments that mean nothing here are not looked at.

    Args:
        given: the keyword arguments of the call.

    Attributes:
        workers: how many threads may work.
        pool: the user's own threads or processes, or None.
        cache: where values are kept, or None.
        callbacks: those of this call; None for the ones that are active.
        rerun: whether a task that failed is run once more, in the calling thread.
        raise_exception: what raises an error, given it and its traceback.
        pack_exception: what makes a worker's error ready to be sent.
        get_id: what tells, in a worker, which worker it is.
        dumps: what makes tasks and results ready to be sent.
        loads: its inverse.
        chunksize: how many tasks are sent at a time; -1 for all that are ready, shared out evenly.
    """

    __slots__ = (
        "cache",
        "callbacks",
        "chunksize",
        "dumps",
        "get_id",
        "loads",
        "pack_exception",
        "pool",
        "raise_exception",
        "rerun",
        "workers",
    )

    def __init__(self, given: dict[str, Any]) -> None:
        configured = _configured()
        rerun = given.get("rerun_exceptions_locally")
        if rerun is None:
            rerun = configured.get("rerun_exceptions_locally")
        cache = given.get("cache")
        self.workers = _workers(given.get("num_workers"), configured.get("num_workers"))
        self.pool: Any = given.get("pool") or configured.get("pool")
        self.cache: Any = configured.get("cache") if cache is None else cache
        self.callbacks: Any = given.get("callbacks")
        self.rerun = bool(rerun)
        self.raise_exception: Callable[..., Any] | None = given.get("raise_exception")
        self.pack_exception: Callable[..., Any] | None = given.get("pack_exception")
        self.get_id: Callable[[], Any] | None = given.get("get_id")
        self.dumps: Callable[[Any], Any] | None = given.get("dumps")
        self.loads: Callable[[Any], Any] | None = given.get("loads")
        self.chunksize: int = given.get("chunksize") or configured.get("chunksize") or 1

    @property
    def observed(self) -> bool:
        """Whether anything but the values that come out can tell how the tasks are run."""
        return self.rerun or any(
            hook is not None
            for hook in (
                self.pool,
                self.cache,
                self.raise_exception,
                self.pack_exception,
                self.get_id,
                self.dumps,
                self.loads,
            )
        )


def _configured() -> dict[str, Any]:
    """What ``dask.config`` says; a look at its names is cheaper than five questions."""
    if CONFIGURED.isdisjoint(config.config):
        return {}
    return {name: config.get(name, None) for name in _NAMES}


def _workers(given: int | None, configured: int | None) -> int:
    """The number of workers: 0 counts as not said, as it does in dask."""
    said = given and check_workers(given)
    if not said:
        said = chosen_workers() or (configured and check_workers(configured))
    return said or int(CPU_COUNT)
