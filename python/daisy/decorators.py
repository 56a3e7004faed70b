"""`autodask` and `inline`: how a function is marked."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable
from typing import Any, overload

from daisy import _core
from daisy.errors import SourceError
from daisy.tracing import entering
from daisy.tracing.deferred_calls import defer_call
from daisy.tracing.dispatch import ENTER, OPENS
from daisy.tracing.entering import Target, take_apart, traced
from daisy.tracing.inputs import PLAIN
from daisy.tracing.kinds import add_static_type
from daisy.tracing.sites import Site
from daisy.tracing.templates.memory import Memory
from daisy.tracing.trace import Trace
from lazy.strictness import strict

__all__ = ["AutodaskFunction", "autodask", "inline"]


class AutodaskFunction(_core.Templated):
    """A function whose calls give thunks. Made by :func:`autodask`.

    Attributes:
        func: the callable that was marked.
        inline: whether it is opened where a traced function calls it.
        plain: the callable that one node of it runs.
    """

    func: Callable[..., Any]
    inline: bool
    plain: Any

    def __init__(self, func: Any, inline: bool) -> None:
        functools.update_wrapper(self, func)
        self.func = func
        self.inline = inline
        self._bind = type(func) if isinstance(func, staticmethod | classmethod) else None
        self.plain = func.__func__ if self._bind is not None else func
        self._target = take_apart(_unmarked(self.plain))
        self._traced = None if isinstance(self.plain, type) else traced(self._target.function)
        self._keeps_first = self._target.is_bound or entering.is_in_class(self._target.function)
        # What a method does hangs on its object, of which nothing is known.
        self._memory = None if self._traced is None or self._keeps_first else Memory()
        self._adds_arguments = bool(self._target.before or self._target.keywords)
        if self._memory is not None and not self._adds_arguments:
            self.ask_first(self._memory.templates)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Trace the function, or defer the construction of a class.

        Args:
            args: as the function takes them; thunks are welcome.
            kwargs: the same.

        Returns:
            A thunk of what the function returns.

        Raises:
            Exception: what the function raises while it is traced.
            Refusal: it does something that would mean another thing later.
        """
        target = self._target
        if target.before:
            args = (*target.before, *args)
        if self._traced is None:
            return _core.defer(target.function, args, kwargs or None)
        if target.keywords:
            kwargs = {**target.keywords, **kwargs}
        memory = self._memory
        if memory is not None and self._adds_arguments:
            thunk = memory.templates.call(args, kwargs)
            if thunk is not None:
                return thunk
        return entering.run(self._traced, args, kwargs, self._keeps_first, memory)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if self._bind is classmethod:
            return types.MethodType(self, type(instance) if owner is None else owner)
        if instance is None or not _binds(self.func):
            return self
        return types.MethodType(self, instance)

    def __reduce__(self) -> Any:
        return _reference(self) or (AutodaskFunction, (self.func, self.inline))

    def __repr__(self) -> str:
        return f"<autodask {getattr(self.func, '__qualname__', self.func)!s}>"


_core.call_by_templates(AutodaskFunction)


@overload
def autodask(func: Callable[..., Any], /, *, inline: bool = False) -> AutodaskFunction: ...
@overload
def autodask(
    func: None = None, /, *, inline: bool = False
) -> Callable[[Callable[..., Any]], AutodaskFunction]: ...
def autodask(func: Any = None, /, *, inline: bool = False) -> Any:
    """Make a function lazy: calling it gives a thunk of the graph of what it does.

    It works as a call, as ``@autodask`` and as ``@autodask(inline=True)``.

    Args:
        func: a function written in Python, bound method, ``staticmethod`` or ``classmethod``
            object, partial or callable instance of these; or a class, whose construction is then
            one node.
        inline: whether the function is opened where another traced function calls it, so that its
            work joins that graph. If not, it is one node there.

    Returns:
        An :class:`AutodaskFunction`.

    Raises:
        TypeError: `func` cannot be called, or its source cannot be had.
        Refusal: it has something in it that would mean another thing later.

    >>> from daisy import autodask, strict
    >>> @autodask
    ... def area(width, height):
    ...     return width * height
    >>> strict(area(3, 4) + area(3, 4))
    24
    """
    if func is None:
        return functools.partial(autodask, inline=inline)
    if not callable(func) and not isinstance(func, staticmethod | classmethod):
        raise TypeError(
            f"autodask wants a function, a method or a class, not {_described(func)}; a value that"
            " is to take part in a graph is wrapped by `thunk.fromexpr(value)`"
        )
    return AutodaskFunction(func, inline)


def _described(value: Any) -> str:
    return f"the {type(value).__name__} {value!r:.60}"


class inline(strict):
    """Mark a function to be opened where a traced function calls it.

    Called from anywhere else it is the plain function. Where it has no source it is traced by
    operators alone: it is called with thunks, and what it does to them makes the graph.

    Args:
        func: a callable.

    Raises:
        TypeError: `func` cannot be called.
        Refusal: it has something in it that would mean another thing later.

    >>> from daisy import inline
    >>> inline(len)("abc")
    3
    """

    func: Callable[..., Any]

    def __init__(self, func: Any) -> None:
        if not callable(func):
            raise TypeError(f"inline wants a function, not {_described(func)}")
        functools.update_wrapper(self, func)
        self.func = func
        self._target = take_apart(_unmarked(func))
        self._traced = _traced_or_none(self._target)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the plain function.

        Args:
            args: its positional arguments.
            kwargs: its keyword arguments.

        Returns:
            What it returns.
        """
        return self.func(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None or not _binds(self.func):
            return self
        return types.MethodType(self, instance)

    def __reduce__(self) -> Any:
        return _reference(self) or (inline, (self.func,))

    def __repr__(self) -> str:
        return f"<inline {getattr(self.func, '__qualname__', self.func)!s}>"


def _binds(func: Any) -> bool:
    """Whether a callable becomes a method when it stands in a class."""
    return isinstance(func, types.FunctionType | AutodaskFunction | inline)


def _traced_or_none(target: Target) -> types.FunctionType | None:
    try:
        return traced(target.function)
    except SourceError:
        return None


def _unmarked(func: Any) -> Any:
    """The plain function of one that was marked before."""
    get = PLAIN.get(type(func))
    return func if get is None else get(func)


def _reference(marked: Any) -> str | None:
    """The name by which pickle finds a marked function again, if it does."""
    name = getattr(marked, "__qualname__", None)
    found: Any = sys.modules.get(getattr(marked, "__module__", None) or "")
    if name is None or found is None:
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return name if found is marked else None


def _enter_autodask(
    trace: Trace, site: Site, func: AutodaskFunction, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if not func.inline or func._traced is None:
        return defer_call(trace, site, func, args, kwargs)
    return _enter(trace, func, args, kwargs)


def _enter_inline(
    trace: Trace, site: Site, func: inline, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if func._traced is None:
        return entering.enter_by_operators(trace, func.func, args, kwargs)
    return _enter(trace, func, args, kwargs)


def _enter(
    trace: Trace, func: AutodaskFunction | inline, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    target = func._target
    assert func._traced is not None
    given = {**target.keywords, **kwargs}
    return entering.enter(trace, func._traced, (*target.before, *args), given)


def _opens_autodask(func: AutodaskFunction) -> bool:
    return func.inline and func._traced is not None


def _opens_inline(func: inline) -> bool | None:
    return None if func._traced is None else True


for _class, _rule, _plain, _opens in (
    (AutodaskFunction, _enter_autodask, lambda marked: marked.plain, _opens_autodask),
    (inline, _enter_inline, lambda marked: marked.func, _opens_inline),
):
    add_static_type(_class)
    ENTER[_class] = _rule
    OPENS[_class] = _opens
    PLAIN[_class] = _plain
