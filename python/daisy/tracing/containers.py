"""Real containers: their methods, and storing into them.

They hold thunks as they hold anything else. What only moves items about is done now; what compares
or hashes them needs values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daisy.tracing import functional
from daisy.tracing.kinds import CONTAINER, DATA, STATIC, THUNK, kind_of, takes_part
from daisy.tracing.nodes import call_node
from daisy.tracing.operators import holds_changeable
from daisy.tracing.portables import merge_dicts
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import force, force_whole, iterate_over
from daisy.tracing.trace import Trace, changeable, located, refuse, refuse_store
from lazy.operator import build_dict, build_set

__all__ = [
    "CONTAINER_METHODS",
    "call_container_method",
    "del_attribute",
    "del_item",
    "dict_display",
    "merge",
    "set_attribute",
    "set_display",
    "set_item",
]

Method = Callable[[Trace, Site, Any, str, tuple[Any, ...], dict[str, Any]], Any]


def call_container_method(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """A method of a real container, or of a string.

    Args:
        trace: the run.
        site: the call.
        owner: the container or string.
        name: the name of the method.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    methods = CONTAINER_METHODS.get(type(owner), {})
    method = methods.get(name)
    if method is None:
        return _looks(trace, site, owner, name, args, kwargs)
    result = method(trace, site, owner, name, args, kwargs)
    if kind_of(result) != STATIC:
        trace.done_now = result
    return result


def _plain(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """It looks at no value: `items`, `copy`, `reverse`."""
    return getattr(owner, name)(*args, **kwargs)


def _looks(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """It looks at values: `join`, `index`, `count`. Deferred when a thunk takes part."""
    method = getattr(owner, name)
    if takes_part(owner) or takes_part(args) or takes_part(kwargs):
        return call_node(trace, site, getattr(type(owner), name), (owner, *args), kwargs)
    return method(*args, **kwargs)


def _changes(method: Method) -> Method:
    """A method that changes its container, which must have been made here.

    Args:
        method: what the method does.
    """

    def changing(
        trace: Trace,
        site: Site,
        owner: Any,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        changeable(trace, site, owner)
        return method(trace, site, owner, name, args, kwargs)

    return changing


def _hashes_first(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Its first argument is an index, a key or an element; the others are only kept."""
    first = tuple([force_whole(trace, site, value) for value in args[:1]])
    return getattr(owner, name)(*first, *args[1:], **kwargs)


def _looks_up(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """``d.get(key)`` is deferred with its key, unless what it gives could be changed here."""
    if takes_part(args[:1]) and not holds_changeable(owner) and not holds_changeable(args[1:]):
        return call_node(trace, site, getattr(dict, name), (owner, *args), kwargs)
    return _hashes_first(trace, site, owner, name, args, kwargs)


def _iterates(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Its arguments are iterables of what it keeps."""
    items = [value if _is_real(value) else iterate_over(trace, site, value) for value in args]
    return getattr(owner, name)(*items, **kwargs)


def _is_real(value: Any) -> bool:
    return kind_of(value) in (STATIC, CONTAINER)


def _hashes_all(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Its arguments are iterables of elements, which are hashed."""
    items = [_elements(trace, site, value) for value in args]
    return getattr(owner, name)(*items, **kwargs)


def _elements(trace: Trace, site: Site, value: Any) -> Any:
    if type(value) in (set, frozenset, dict) or kind_of(value) == STATIC:
        return value
    return [force_whole(trace, site, item) for item in iterate_over(trace, site, value)]


def _update(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """``d.update(other, **more)``: `other` is a mapping or an iterable of pairs."""
    if not args:
        return owner.update(**kwargs)
    other = force(trace, site, args[0])
    if kind_of(other) >= DATA or type(other) is dict or kind_of(other) == STATIC:
        return owner.update(other, *args[1:], **kwargs)
    pairs = [_pair(trace, site, pair) for pair in iterate_over(trace, site, other)]
    return owner.update(pairs, *args[1:], **kwargs)


def _pair(trace: Trace, site: Site, pair: Any) -> Any:
    key, *rest = iterate_over(trace, site, pair)
    return (force_whole(trace, site, key), *rest)


def _remove(
    trace: Trace, site: Site, owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """``list.remove`` compares until it finds: the list must be known by value."""
    if takes_part(owner) or takes_part(args):
        value = force_whole(trace, site, args[0])
        values = [force_whole(trace, site, item) for item in owner]
        if value not in values:
            [].remove(value)  # Python has an error for this.
        del owner[values.index(value)]
        return None
    return owner.remove(*args, **kwargs)


_LIST: dict[str, Method] = {
    **dict.fromkeys(("append", "reverse", "clear"), _changes(_plain)),
    **dict.fromkeys(("insert", "pop"), _changes(_hashes_first)),
    "extend": _changes(_iterates),
    "remove": _changes(_remove),
    "sort": _changes(functional.sort),
    "copy": _plain,
    "__len__": _plain,
    "__iter__": _plain,
}
_DICT: dict[str, Method] = {
    **dict.fromkeys(("items", "keys", "values", "copy", "__len__", "__iter__"), _plain),
    **dict.fromkeys(("get", "__getitem__", "__contains__"), _looks_up),
    **dict.fromkeys(("pop", "setdefault"), _changes(_hashes_first)),
    **dict.fromkeys(("popitem", "clear"), _changes(_plain)),
    "fromkeys": _plain,
    "update": _changes(_update),
}
_FROZENSET: dict[str, Method] = {
    **dict.fromkeys(("copy", "__len__", "__iter__"), _plain),
    **dict.fromkeys(
        "union intersection difference symmetric_difference isdisjoint issubset issuperset".split(),
        _hashes_all,
    ),
}
_SET: dict[str, Method] = {
    **_FROZENSET,
    **dict.fromkeys(("add", "discard", "remove"), _changes(_hashes_first)),
    **dict.fromkeys(("pop", "clear"), _changes(_plain)),
    **dict.fromkeys(
        "update intersection_update difference_update symmetric_difference_update".split(),
        _changes(_hashes_all),
    ),
}

CONTAINER_METHODS: dict[type, dict[str, Method]] = {
    list: _LIST,
    dict: _DICT,
    set: _SET,
    frozenset: _FROZENSET,
    tuple: {},
}
"""How each method treats what it is given; methods that are not here look at values."""


@located
def set_item(trace: Trace, site: Site, owner: Any, index: Any, value: Any, /) -> None:
    """``owner[index] = value``."""
    _check_store(trace, site, owner)
    index = force_whole(trace, site, _forced_slice(trace, site, index))
    if type(owner) is list and type(index) is slice and kind_of(value) >= DATA:
        value = iterate_over(trace, site, value)
    owner[index] = value


def _forced_slice(trace: Trace, site: Site, index: Any) -> Any:
    if type(index) is not slice:
        return index
    return slice(*(force(trace, site, part) for part in (index.start, index.stop, index.step)))


def _check_store(trace: Trace, site: Site, owner: Any) -> None:
    if kind_of(owner) >= DATA:
        refuse_store(site)
    if type(owner) in (list, dict, set):
        changeable(trace, site, owner)


@located
def del_item(trace: Trace, site: Site, owner: Any, index: Any, /) -> None:
    """``del owner[index]``."""
    _check_store(trace, site, owner)
    del owner[force_whole(trace, site, _forced_slice(trace, site, index))]


@located
def set_attribute(trace: Trace, site: Site, owner: Any, name: str, value: Any, /) -> None:
    """``owner.name = value``: only functions made here can be stored into."""
    _check_attribute(site, owner)
    setattr(owner, name, value)


@located
def del_attribute(trace: Trace, site: Site, owner: Any, name: str, /) -> None:
    """``del owner.name``."""
    _check_attribute(site, owner)
    delattr(owner, name)


def _check_attribute(site: Site, owner: Any) -> None:
    kind = kind_of(owner)
    if kind >= DATA:
        refuse_store(site)
    if kind == STATIC and hasattr(owner, "__dict__"):
        name = type(owner).__name__
        refuse(site, f"this stores into a {name}, which others can see before the graph has run")


@located
def set_display(trace: Trace, site: Site, items: tuple[Any, ...], /) -> Any:
    """``{a, b}``: its elements are hashed, so it is deferred when a thunk takes part."""
    if takes_part(items):
        return call_node(trace, site, build_set, items, {})
    return set(items)


@located
def dict_display(
    trace: Trace, site: Site, keys: tuple[Any, ...], values: tuple[Any, ...], /
) -> Any:
    """``{a: b}``: its keys are hashed; its values can be thunks."""
    if takes_part(keys):
        return call_node(trace, site, build_dict, (*keys, *values), {})
    return dict(zip(keys, values, strict=True))


@located
def merge(trace: Trace, site: Site, /, *parts: Any) -> Any:
    """``{**a, "b": 1}`` and displays of several keys, part by part."""
    if any(kind_of(part) == THUNK for part in parts):
        return call_node(trace, site, merge_dicts, parts, {})
    return merge_dicts(*parts)
