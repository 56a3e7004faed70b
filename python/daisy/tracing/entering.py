"""Traced functions: made once, when a function is marked, and run for each call."""

from __future__ import annotations

import functools
import linecache
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from daisy import _core
from daisy.tracing.arguments import Arguments
from daisy.tracing.helpers import HELPERS
from daisy.tracing.inputs import plain_of, prepare, rebuilt
from daisy.tracing.kinds import CONTAINER, DATA, kind_of, parts
from daisy.tracing.ordering import reading
from daisy.tracing.portables import identity
from daisy.tracing.rewrite import rewrite, too_deep
from daisy.tracing.sites import Site
from daisy.tracing.templates.memory import Memory
from daisy.tracing.templates.recorder import Recorder
from daisy.tracing.templates.recording import allow, twin_of
from daisy.tracing.templates.syntax import is_plain
from daisy.tracing.trace import Trace, refuse, tracing
from lazy.rebuilding import HELPER_PREFIX, rebuild
from lazy.source import find

__all__ = ["Target", "enter", "enter_by_operators", "is_in_class", "run", "take_apart", "traced"]


@dataclass(frozen=True, slots=True)
class Target:
    """A callable taken apart: the Python function in it, and what is put in front of its arguments.

    Attributes:
        function: the function, or any callable where there is none.
        before: positional arguments that come first.
        keywords: keyword arguments that a call can replace.
        is_bound: whether the first of `before` is the object of a method.
    """

    function: Any
    before: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    is_bound: bool = False


def take_apart(func: Any) -> Target:
    """Find the function in a partial, a bound method or a callable instance.

    Args:
        func: a callable.

    >>> take_apart(functools.partial(max, 1)).before
    (1,)
    """
    before: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    is_bound = False
    while True:
        func = plain_of(func)
        if type(func) is functools.partial:
            before = (*func.args, *before)
            keywords = {**func.keywords, **keywords}
            func, is_bound = func.func, False
        elif type(func) is types.MethodType:
            before, is_bound = (func.__self__, *before), True
            func = func.__func__
        elif _python_call(func) is not None:
            before, is_bound = (func, *before), True
            func = _python_call(func)
        else:
            return Target(func, before, keywords, is_bound)


def _python_call(func: Any) -> types.FunctionType | None:
    """The `__call__` of an instance of a class written in Python."""
    if isinstance(func, type | types.FunctionType):
        return None
    call = getattr(type(func), "__call__", None)  # noqa: B004 (the function is wanted)
    return call if isinstance(call, types.FunctionType) else None


def traced(function: Any) -> types.FunctionType:
    """The function that traces what `function` does.

    Args:
        function: a Python function.

    Returns:
        A function of the same arguments that is called within a trace.

    Raises:
        SourceError: its source cannot be had.
        Refusal: it holds something that cannot be traced.
    """
    source = find(function)
    node, names, constants, kinds = rewrite(source, function)
    helpers = {name: HELPERS[name.removeprefix(HELPER_PREFIX)] for name in names}
    try:
        made = rebuild(source, node, function, helpers, constants)
    except RecursionError:
        raise too_deep(source) from None
    if is_plain(kinds):
        allow(made)
    return made


def is_in_class(function: Any) -> bool:
    """Whether a function was defined in the body of a class.

    Args:
        function: a Python function.
    """
    scope = getattr(function, "__qualname__", "").rpartition(".")[0]
    return bool(scope) and not scope.endswith("<locals>")


def run(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    keep_first: bool = False,
    memory: Memory | None = None,
) -> Any:
    """Trace one call from outside.

    Args:
        function: what :func:`traced` gave.
        args: the positional arguments of the caller.
        kwargs: the keyword arguments of the caller.
        keep_first: the first argument is the object of a method, and stays itself.
        memory: where the trace may be kept.

    Returns:
        A thunk of the result.
    """
    with tracing() as trace:
        trace.recorder = recorder = None if memory is None else memory.recorder()
        arguments = Arguments(trace)
        wrapped = [arguments.wrap(value) for value in args]
        if keep_first and args and kind_of(args[0]) == DATA:
            wrapped[0] = args[0]
        named = {name: arguments.wrap(value) for name, value in kwargs.items()}
        if recorder is not None and not _record(recorder, args, kwargs, wrapped, named):
            trace.recorder = recorder = None
        try:
            value = enter(trace, function, tuple(wrapped), named)
            result = _result(trace, _site_of(function, "return"), value)
        except RecursionError as error:
            _check_depth(trace, error, function)
            raise
        except Exception as error:
            _locate(trace, error, function)
            raise
        if memory is not None and recorder is not None:
            memory.keep(trace, recorder, result, args, kwargs)
        return result


def _record(
    recorder: Recorder,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wrapped: list[Any],
    named: dict[str, Any],
) -> bool:
    """Write down the arguments; says whether a template can be for such ones."""
    for value, made in zip(args, wrapped, strict=True):
        recorder.give(None, value, made)
    for name, value in kwargs.items():
        recorder.give(name, value, named[name])
    return recorder.is_open


def enter(
    trace: Trace, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Run a traced function within a trace: its body joins the graph.

    Args:
        trace: the run.
        function: what :func:`traced` gave.
        args: positional arguments, values of the trace.
        kwargs: keyword arguments, the same.
    """
    if type(function) is types.FunctionType:
        trace.ownership.enter(function)
    if trace.recorder is not None and trace.recorder.is_open:
        function = _recorded(trace.recorder, function)
    return function(*args, **kwargs)


def _recorded(recorder: Recorder, function: Callable[..., Any]) -> Callable[..., Any]:
    twin = twin_of(function)
    if twin is None:
        recorder.close("a function is written with more than is known to be repeatable")
        return function
    recorder.enter(twin)
    return twin


def enter_by_operators(
    trace: Trace, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Run a function that has no source on thunks: what it does to them makes the graph.

    Args:
        trace: the run.
        function: any callable.
        args: positional arguments, values of the trace.
        kwargs: keyword arguments, the same.
    """
    trace.forbid("a function is traced by operators alone")
    arguments = Arguments(trace)
    named = {name: arguments.wrap(value) for name, value in kwargs.items()}
    return function(*[arguments.wrap(value) for value in args], **named)


def _locate(trace: Trace, error: Exception, function: Callable[..., Any]) -> None:
    """An exception that Python itself raised in the function: the last line of it that ran."""
    code = getattr(function, "__code__", None)
    line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code is code:
            line = number
    if code is not None and line is not None and error is not trace.located:
        text = _line(code.co_filename, line)
        trace.locate(error, Site(code.co_filename, line, code.co_qualname, text))


def _line(filename: str, line: int) -> str:
    return linecache.getline(filename, line).strip()


def _result(trace: Trace, site: Site, value: Any) -> Any:
    """The thunk of the result. An object that calls have changed is given after these calls."""
    value = prepare(trace, site, value)
    if trace.ledger.pending((value,)):
        value = _settled(trace, site, value, {})
    return _core.lift(value)


def _settled(trace: Trace, site: Site, value: Any, made: dict[int, Any]) -> Any:
    """Containers stay the core's to build: it knows where one value stands at two places."""
    if type(value) in (list, dict) or isinstance(value, tuple):
        items = parts(value, CONTAINER)
        return rebuilt(value, [_settled(trace, site, item, made) for item in items])
    if not any(entry.last for entry in trace.ledger.entries((value,))):
        return value
    if id(value) not in made:
        made[id(value)] = reading(trace, site, identity, (value,))
    return made[id(value)]


def _check_depth(trace: Trace, error: RecursionError, function: Callable[..., Any]) -> None:
    """Tracing takes more of the stack than the plain function; an error in a task is a task's."""
    if error is not trace.failed:
        refuse(
            _site_of(function, "the whole function"),
            "the function calls itself so deep that it cannot be traced, as it does where what ends"
            " the recursion is not known before the graph runs",
        )


def _site_of(function: Callable[..., Any], text: str) -> Site:
    """The function as a whole."""
    code = getattr(function, "__code__", None)
    name = getattr(function, "__qualname__", repr(function))
    if code is None:
        return Site("?", 0, name, text)
    return Site(code.co_filename, code.co_firstlineno, name, text)
