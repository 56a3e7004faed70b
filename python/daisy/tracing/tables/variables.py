"""Context variables that no operation of a graph depends on, found where their owners keep them.

Equal work that was called in two contexts is two pieces of work, unless only such variables differ.
A notebook has some that are new for each cell: they say which message is being answered. Others
say by whom work is done, not what it gives: those of distributed and of daisy itself. All are found
by where they are and never by name, since a name is anybody's.

They are asked for while a graph is compiled, when no code of the user's may run. A stream may be an
object of the user's: what is in one is read as it is stored.
"""

from __future__ import annotations

import inspect
import sys
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, Final

__all__ = ["idle_variables"]

_STREAMS: Final = ("stdout", "stderr", "displayhook")
"""Objects in ``sys`` that may have a variable under the name ``_parent_header``."""
_PLACES: Final = (
    ("ipykernel.zmqshell", "ZMQInteractiveShell._instance.display_pub._parent_header"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._shell_parent"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._shell_parent_ident"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._control_parent"),
    ("ipykernel.kernelapp", "IPKernelApp._instance.kernel._control_parent_ident"),
    ("distributed.client", "_current_client"),
    ("distributed.worker", "_worker_cvar"),
    ("daisy.option", "_open"),
    ("daisy.option", "_passes"),
    ("daisy.taskgraph.crew", "_working_for"),
)
"""Modules, which are not imported for this, and where in them a variable may be."""


def idle_variables() -> list[Any]:
    """The context variables that exist now and that no operation depends on.

    >>> all(isinstance(variable, ContextVar) for variable in idle_variables())
    True
    """
    found = [_of_stream(name) for name in _STREAMS]
    found += [_found(module, path) for module, path in _PLACES]
    return [variable for variable in found if type(variable) is ContextVar]


def _of_stream(name: str) -> Any:
    return inspect.getattr_static(vars(sys).get(name), "_parent_header", None)


def _found(module: str, path: str) -> Any:
    """What is in a place, or None: the owners are others' objects, and may do without it."""
    try:
        return attrgetter(path)(sys.modules[module])
    except Exception:
        return None
