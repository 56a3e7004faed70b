"""Printing, warning and logging while tracing, as if the function itself had done it."""

from __future__ import annotations

import sys
import types
import warnings
from pathlib import Path
from typing import Any

from daisy.tracing.sites import Site
from daisy.tracing.strict_points import force_whole
from daisy.tracing.trace import Trace

__all__ = ["act", "log", "warn"]

_PACKAGES = tuple(
    str(Path(__file__).resolve().parents[2] / name) + "/" for name in ("daisy", "lazy")
)


def act(trace: Trace, site: Site, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function now, with the values of its arguments.

    Args:
        trace: the run.
        site: the call.
        func: `print` or a method of a logger.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    args, kwargs = _values(trace, site, args, kwargs)
    return func(*args, **kwargs)


def _values(
    trace: Trace, site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    values = tuple([force_whole(trace, site, value) for value in args])
    return values, {name: force_whole(trace, site, value) for name, value in kwargs.items()}


def log(trace: Trace, site: Site, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Write to a log. The record names the user's line, which stands behind our own frames.

    Args:
        trace: the run.
        site: the call.
        func: a function or method that writes to a log.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    args, kwargs = _values(trace, site, args, kwargs)
    if getattr(func, "__name__", "") != "isEnabledFor":
        level = kwargs.get("stacklevel", 1)
        kwargs["stacklevel"] = level + _frames_between(level)
    return func(*args, **kwargs)


def _frames_between(level: int) -> int:
    """How many frames of ours stand before the user's frame number `level`, from `log` on."""
    frame: types.FrameType | None = sys._getframe(1)
    ours = theirs = 0
    while frame is not None and theirs < level:
        if _is_ours(frame):
            ours += 1
        else:
            theirs += 1
        frame = frame.f_back
    return ours


def _is_ours(frame: types.FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_PACKAGES)


def warn(
    trace: Trace, site: Site, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """`warnings.warn` for the line of the user's that it names.

    Args:
        trace: the run.
        site: the call.
        func: `warnings.warn`.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    args, kwargs = _values(trace, site, args, kwargs)
    names = ("message", "category", "stacklevel", "source")
    given = dict(zip(names, args, strict=False)) | kwargs
    if len(args) > len(names) or "skip_file_prefixes" in given or "message" not in given:
        warnings.warn(*args, **kwargs)
        return
    _warn_at(given)


def _warn_at(given: dict[str, Any]) -> None:
    message, category = given["message"], given.get("category")
    if isinstance(message, Warning):
        category = type(message)
    elif category is None:
        category = UserWarning
    frame = _user_frame(max(given.get("stacklevel", 1), 1))
    if frame is None:
        space: dict[str, Any] = vars(sys)
        filename, line = "sys", 1
    else:
        space, filename, line = frame.f_globals, frame.f_code.co_filename, frame.f_lineno
    registry = space.setdefault("__warningregistry__", {})
    module = space.get("__name__", "<string>")
    warnings.warn_explicit(
        message, category, filename, line, module, registry, space, given.get("source")
    )


def _user_frame(level: int) -> types.FrameType | None:
    """The frame that `stacklevel` counts to, ours left out."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        if not _is_ours(frame):
            level -= 1
            if level == 0:
                return frame
        frame = frame.f_back
    return None
