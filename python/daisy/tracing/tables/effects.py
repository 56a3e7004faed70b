"""What prints, warns or logs: done now, in the order written, with the values of its arguments."""

from __future__ import annotations

import logging
import types
import warnings
from typing import Any, Final

__all__ = ["is_effect", "is_logging", "is_warning"]

_LOGGING_FUNCTIONS: Final = (
    *(logging.debug, logging.info, logging.warning, logging.error, logging.critical, logging.log),
    logging.exception,
)
_METHODS: Final = frozenset(
    "debug info warning warn error critical fatal exception log isEnabledFor".split()
)
_QUIET: Final = (logging.getLogger, logging.getLevelName)


def is_logging(func: Any) -> bool:
    """Whether a function or bound method writes to a log, and so can say where it was called.

    Args:
        func: any callable but a thunk.
    """
    if type(func) is types.MethodType:
        owner = func.__self__
        is_log = isinstance(owner, logging.Logger | logging.LoggerAdapter)
        return is_log and func.__name__ in _METHODS
    return any(func is known for known in _LOGGING_FUNCTIONS)


def is_warning(func: Any) -> bool:
    """Whether it is `warnings.warn`.

    Args:
        func: any callable but a thunk.
    """
    return func is warnings.warn


def is_effect(func: Any) -> bool:
    """Whether it is any function of this table.

    Args:
        func: any callable but a thunk.
    """
    return func is print or any(func is quiet for quiet in _QUIET)
