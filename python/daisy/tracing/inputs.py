"""What a deferred call is given: nothing of the trace may reach a task.

A function made in the traced function arrives as the plain function, an iterator made here as an
iterator of the same type over the same items, a function marked with `autodask` or `inline` as the
function that was marked.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable
from typing import Any

from daisy import _core
from daisy.tracing import kinds
from daisy.tracing.kinds import (
    CONTAINER,
    DATA,
    ITERATOR,
    LOOK,
    STATIC,
    VIEW,
    kind_of,
    kind_of_class,
    takes_part,
)
from daisy.tracing.local_functions import local_of, plain_function
from daisy.tracing.ordering import reading
from daisy.tracing.portables import identity, regenerate
from daisy.tracing.sites import Site
from daisy.tracing.tables.mutating import AMBIGUOUS_METHODS, METHODS
from daisy.tracing.trace import Trace, refuse
from lazy.operator import getattr as get_attribute

__all__ = ["PLAIN", "are_simple", "plain_of", "prepare", "prepare_all", "rebuilt"]

PLAIN: dict[type, Callable[[Any], Any]] = {}
"""For the classes of `daisy.decorators`: how to get the plain callable of an instance."""

_SIMPLE = frozenset({int, float, str, bool, complex, bytes, type(None), _core.autodaskthunk})


def are_simple(values: Iterable[Any]) -> bool:
    """Whether all values are thunks, numbers and strings, of which no rule asks any more.

    Args:
        values: inputs of an operation.
    """
    for value in values:  # noqa: SIM110 (a generator costs more than all the rest)
        if type(value) not in _SIMPLE:
            return False
    return True


def plain_of(value: Any) -> Any:
    """The plain callable that was marked; other values are themselves.

    Args:
        value: anything static.
    """
    get = PLAIN.get(type(value))
    return value if get is None else get(value)


def prepare_all(trace: Trace, site: Site, values: Iterable[Any]) -> tuple[Any, ...]:
    """:func:`prepare` for several values."""
    return tuple([prepare(trace, site, value) for value in values])


def prepare(trace: Trace, site: Site, value: Any) -> Any:
    """A value as it may be given to a deferred call.

    Args:
        trace: the run.
        site: the call.
        value: any value of the traced function.

    Returns:
        The value, or what stands for it.

    Raises:
        Refusal: there is nothing that could stand for it.
    """
    if type(value) in _SIMPLE:
        return value
    kind = kind_of(value)
    if kind >= DATA:
        return value
    return _PREPARE[kind](trace, site, value)


def _static(trace: Trace, site: Site, value: Any) -> Any:
    if type(value) is types.FunctionType:
        local = local_of(value)
        return value if local is None else _plain(trace, site, value)
    return plain_of(value)


def _plain(trace: Trace, site: Site, function: types.FunctionType) -> Any:
    """The plain function of a local one; a node that makes it, where it reads thunks."""
    code = function.__code__
    if code in trace.converting:
        refuse(site, "two local functions that need each other cannot be given to a deferred call")
    trace.converting.add(code)
    try:
        factory, values = plain_function(site, function)
        values = prepare_all(trace, site, values)
    finally:
        trace.converting.discard(code)
    if any(_core.mentions_thunk(value) for value in values) or trace.ledger.entries(values):
        return reading(trace, site, factory, values)
    return factory(*_core_copies(values))


def _core_copies(values: tuple[Any, ...]) -> list[Any]:
    """Containers as they are at this moment: what is put into them later is not seen."""
    return [_copied(value) for value in values]


def _copied(value: Any) -> Any:
    if kind_of(value) != CONTAINER:
        return value
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    return rebuilt(value, [_copied(item) for item in value])


def _container(trace: Trace, site: Site, value: Any) -> Any:
    items = kinds.parts(value, CONTAINER)
    if not any(map(_may_change, _core.classes(items))):
        return value
    if id(value) in trace.converting:
        refuse(site, "a container that holds itself cannot be given to a deferred call or returned")
    trace.converting.add(id(value))
    try:
        prepared = prepare_all(trace, site, items)
    finally:
        trace.converting.discard(id(value))
    if all(new is old for new, old in zip(prepared, items, strict=True)):
        return value
    return rebuilt(value, list(prepared))


def _may_change(cls: type) -> bool:
    kind = kind_of_class(cls)
    if kind == STATIC:
        return cls is types.FunctionType or cls in PLAIN
    return kind < DATA


def rebuilt(value: Any, items: list[Any]) -> Any:
    """A container like `value` of other items; for a dict all keys come first.

    Args:
        value: a container.
        items: what the new one holds.
    """
    cls: Any = type(value)
    if cls is dict:
        half = len(items) // 2
        return dict(zip(items[:half], items[half:], strict=True))
    if issubclass(cls, tuple) and cls is not tuple:
        return tuple.__new__(cls, items)
    return cls(items)


def _view(trace: Trace, site: Site, value: Any) -> Any:
    """A view of a copy of the dict."""
    name = type(value).__name__.removeprefix("dict_")
    mapping = prepare(trace, site, dict(value.mapping))
    return reading(trace, site, getattr(dict, name), (mapping,))


def _iterator(trace: Trace, site: Site, value: Any) -> Any:
    """It is used up now. Nobody else may use it, since that would depend on who comes first."""
    if id(value) in trace.given:
        refuse(site, "this iterator was given to a deferred call before", "make a list of it first")
    trace.given.update((id(one), one) for one in _with_those_beneath(value))
    items = _drained(site, value)
    rebuild = _REBUILD.get(type(value))
    if rebuild is None:
        return reading(trace, site, iter, (prepare(trace, site, items),), impure=True)
    return rebuild(trace, site, items)


_OVER_OTHERS = (zip, enumerate, map, filter)


def _with_those_beneath(value: Any) -> list[Any]:
    """An iterator and those that it takes its items from, which are used up with it."""
    found = [value]
    for one in found:
        found += [source for source in _sources(one) if kind_of(source) == ITERATOR]
    return found


def _sources(value: Any) -> Iterable[Any]:
    """What an iterator takes its items from, and whatever else a generator expression holds."""
    if type(value) is types.GeneratorType:
        return () if value.gi_frame is None else value.gi_frame.f_locals.values()
    return value.__reduce__()[1] if isinstance(value, _OVER_OTHERS) else ()


def _drained(site: Site, value: Any) -> list[Any]:
    try:
        return list(value)
    except Exception as error:
        message = f"taking all items of an iterator for a deferred call raised {error!r}"
        refuse(site, message, "make a list of it first")


def _generator(trace: Trace, site: Site, items: list[Any]) -> Any:
    return reading(trace, site, regenerate, (prepare(trace, site, items),), impure=True)


def _zip(trace: Trace, site: Site, items: list[Any]) -> Any:
    columns = tuple([list(column) for column in zip(*items, strict=True)])
    return reading(trace, site, zip, prepare_all(trace, site, columns), impure=True)


def _map(trace: Trace, site: Site, items: list[Any]) -> Any:
    args = (identity, prepare(trace, site, items))
    return reading(trace, site, map, args, impure=True)


def _enumerate(trace: Trace, site: Site, items: list[Any]) -> Any:
    start = items[0][0] if items else 0
    values = prepare(trace, site, [value for _, value in items])
    return reading(trace, site, enumerate, (values, start), impure=True)


def _reversed(trace: Trace, site: Site, items: list[Any]) -> Any:
    args = (prepare(trace, site, items[::-1]),)
    return reading(trace, site, reversed, args, impure=True)


_REBUILD: dict[type, Callable[[Trace, Site, list[Any]], Any]] = {
    types.GeneratorType: _generator,
    zip: _zip,
    map: _map,
    enumerate: _enumerate,
    type(reversed([])): _reversed,
}


def _look(trace: Trace, site: Site, value: Any) -> Any:
    if type(value) is functools.partial:
        return _partial(trace, site, value)
    if type(value) is types.BuiltinFunctionType and kind_of(value.__self__) == CONTAINER:
        return _method_of_container(trace, site, value)
    if type(value) is types.MethodType and local_of(value.__func__) is not None:
        function = prepare(trace, site, value.__func__)
        return reading(trace, site, types.MethodType, (function, value.__self__))
    if type(value) is types.MethodType and type(value.__func__) in PLAIN:
        return types.MethodType(plain_of(value.__func__), value.__self__)
    return value


def _partial(trace: Trace, site: Site, value: functools.partial[Any]) -> Any:
    args = prepare_all(trace, site, (value.func, *value.args))
    kwargs = {name: prepare(trace, site, item) for name, item in value.keywords.items()}
    if takes_part(args) or takes_part(kwargs):
        return reading(trace, site, functools.partial, args, kwargs)
    func, *rest = args
    return functools.partial(func, *rest, **kwargs)


def _method_of_container(trace: Trace, site: Site, value: Any) -> Any:
    """``d.get`` given away is a method of a copy, so one that changes the container is no use."""
    name = value.__name__
    if name in METHODS or name in AMBIGUOUS_METHODS:
        refuse(site, f"`{name}` of a container made here would change it later than written")
    return reading(trace, site, get_attribute, (prepare(trace, site, value.__self__), name))


_PREPARE: dict[int, Callable[[Trace, Site, Any], Any]] = {
    STATIC: _static,
    CONTAINER: _container,
    VIEW: _view,
    ITERATOR: _iterator,
    LOOK: _look,
}
