"""What the transformed source of a lazy function calls."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from daisy._core import force, is_thunk, known, lift, mentions_thunk
from lazy import operator
from lazy.portable import portable
from lazy.strictness import evaluate, strict

__all__ = ["Runtime", "is_lazy_function"]

_MARK = "__lazy_function__"


def is_lazy_function(value: Any) -> bool:
    """Whether a value is a lazy function or a method that is one.

    Args:
        value: anything; a thunk is not looked into.

    >>> is_lazy_function(len)
    False
    """
    if type(value) is types.MethodType:
        value = value.__func__
    return type(value) is types.FunctionType and _MARK in value.__dict__


class _Deferred:
    """A call for later: function and arguments are hidden in it, so running it forces none."""

    __slots__ = ("args", "body", "kwargs")

    def __init__(
        self,
        body: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.body = body
        self.args = args
        self.kwargs = kwargs or {}

    def __call__(self) -> Any:
        value = self.body(*self.args, **self.kwargs)
        if is_thunk(value) or not mentions_thunk(value):
            return value
        return lift(value)

    def __repr__(self) -> str:
        return f"<lazy {getattr(self.body, '__qualname__', 'call')}>"


class _Items:
    """The items of a real container that holds thunks, without forcing the others."""

    __slots__ = ("container", "runtime")

    def __init__(self, runtime: Runtime, container: Any) -> None:
        self.runtime = runtime
        self.container = container

    def __getitem__(self, index: Any) -> Any:
        try:
            return self.runtime.lazy(self.container[known(index, index)])
        except Exception:  # it belongs to whoever needs the item
            return self.runtime.lazy(self.container)[index]


class Runtime:
    """The helpers of one lazy function and of the functions in it.

    Args:
        cls: the class of the thunks to make.
        module_globals: the globals of the function; relative imports are relative to these.
    """

    def __init__(self, cls: Any, module_globals: dict[str, Any]) -> None:
        self._cls = cls
        self._globals = module_globals

    def _defer(self, func: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self._cls(func, *args, **kwargs)

    def lazy(self, value: Any) -> Any:
        """`value` as a thunk."""
        if is_thunk(value):
            return value
        if mentions_thunk(value):
            return self._defer(_itself, value)
        return self._cls.fromexpr(value)

    def force(self, value: Any) -> Any:
        """The value of a thunk, where Python needs it at once."""
        return evaluate(value) if is_thunk(value) or mentions_thunk(value) else value

    def owner(self, value: Any) -> Any:
        """The very object that something is stored into, or taken out of at once."""
        return force(value)

    def items_of(self, value: Any) -> Any:
        """What an item is taken of. That of a real container with thunks needs no other item."""
        if is_thunk(value) or not mentions_thunk(value):
            return self.lazy(value)
        return _Items(self, value)

    def call(self, func: Any, /, *args: Any, **kwargs: Any) -> Any:
        """``func(...)`` for later, but for what is called now: ``strict`` and lazy functions."""
        real = known(func, func) if is_thunk(func) else func
        if _is_called_now(real, self._cls):
            return real(*args, **kwargs)
        return self._defer(func, *args, **kwargs)

    def method(self, owner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """``owner.name(...)``; ``lazy.strict(x)`` is a call of strict, too."""
        if type(owner) is types.ModuleType:
            found = vars(owner).get(name)
            if found is not None and _is_called_now(found, self._cls):
                return found(*args, **kwargs)
        return self.call(getattr(self.lazy(owner), name), *args, **kwargs)

    def compare(self, index: int, left: Any, right: Any) -> Any:
        """A comparison that Python gives no object a say in: ``is``, ``in`` and their opposites."""
        return self._defer(operator.COMPARE[index], left, right)

    def not_(self, value: Any) -> Any:
        """``not value``."""
        return self._defer(operator.not_, value)

    def augmented(self, index: int, left: Any, right: Any) -> Any:
        """``left op= right`` for a name, which is then bound to the result."""
        return self._defer(operator.GUARDED[index], left, right)

    def display(self, name: str, *items: Any) -> Any:
        """A list, tuple, set or dict of `items`."""
        return self._defer(getattr(operator, name), *items)

    def later(self, function: types.FunctionType) -> Any:
        """What `function` returns, with the names that it reads bound to what they are now."""
        cells = tuple(_copied(cell) for cell in function.__closure__ or ())
        name = function.__name__
        body = types.FunctionType(function.__code__, function.__globals__, name, None, cells)
        return self._defer(_Deferred(body))

    def function(self, body: types.FunctionType) -> Callable[..., Any]:
        """The lazy function whose transformed body is that of `body`."""
        cls = self._cls

        @functools.wraps(body)
        def lazily(*args: Any, **kwargs: Any) -> Any:
            return cls(_Deferred(body, args, kwargs))

        setattr(lazily, _MARK, True)
        return lazily

    def import_(self, name: str, whole: bool) -> Any:
        """The module that ``import a.b`` binds: `a`, or, with ``as``, the `whole` ``a.b``."""
        return self._defer(_Deferred(functools.partial(_imported, self._globals, name, whole)))

    def import_from(self, module: str, name: str, level: int) -> Any:
        """What ``from module import name`` binds."""
        found = functools.partial(_imported_from, self._globals, module, name, level)
        return self._defer(_Deferred(found))


@portable
def _itself(value: Any) -> Any:
    return value


def _is_called_now(func: Any, cls: type) -> bool:
    if is_thunk(func):
        return False
    if isinstance(func, type):
        return issubclass(func, (strict, cls))
    return is_lazy_function(func)


def _copied(cell: types.CellType) -> types.CellType:
    try:
        return types.CellType(cell.cell_contents)
    except ValueError:  # not bound yet
        return types.CellType()


def _imported(module_globals: dict[str, Any], name: str, whole: bool) -> Any:
    # A name that is asked for makes __import__ return the innermost module.
    return __import__(name, module_globals, None, ["__name__"] if whole else [])


def _imported_from(module_globals: dict[str, Any], module: str, name: str, level: int) -> Any:
    found = __import__(module, module_globals, None, [name], level)
    try:
        return getattr(found, name)
    except AttributeError:
        where = getattr(found, "__file__", None) or "unknown location"
        text = f"cannot import name {name!r} from {found.__name__!r} ({where})"
        raise ImportError(text, name=found.__name__, path=where) from None
