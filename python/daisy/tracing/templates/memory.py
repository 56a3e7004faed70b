"""What a function remembers of its calls: templates, and whether making more is worth while."""

from __future__ import annotations

from typing import Any, Final

from daisy import _core
from daisy.tracing.templates.recorder import Recorder
from daisy.tracing.trace import Trace

__all__ = ["Memory"]

_PATIENCE: Final = 16
"""So many templates may be made, and traces turn out to be unfit, for nothing."""


class Memory:
    """The templates of one function.

    Attributes:
        templates: the core's, which are asked first.
    """

    __slots__ = ("_spent", "templates")

    def __init__(self) -> None:
        self.templates = _core.Templates()
        self._spent = 0

    def recorder(self) -> Recorder | None:
        """What writes down a call; None where it is not worth while, or not wanted."""
        if self._spent - self.templates.hits > _PATIENCE or not _core.traces_once():
            return None
        return Recorder()

    def keep(
        self,
        trace: Trace,
        recorder: Recorder,
        result: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """Keep the trace of a call if it is fit.

        Args:
            trace: the run, which is over.
            recorder: what it read.
            result: the thunk that it gave.
            args: the positional arguments of the caller.
            kwargs: the keyword arguments.
        """
        if not trace.is_pure():
            recorder.close("something in it has an order")
        if recorder.is_open and not self.templates.add(result, recorder, args, kwargs):
            recorder.close("a node of it cannot be made again")
        self._spent += 1 if recorder.is_open else 4
