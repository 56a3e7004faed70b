"""Methods of data, containers and all else, called by their names."""

from __future__ import annotations

from typing import Any

from daisy.tracing.containers import CONTAINER_METHODS, call_container_method
from daisy.tracing.deferred_calls import Args, Kwargs, check_keywords
from daisy.tracing.dispatch import ENTER, dispatch
from daisy.tracing.facts import UNKNOWN, known_value
from daisy.tracing.kinds import DATA, kind_of
from daisy.tracing.nodes import attribute_node, call_node, method_node
from daisy.tracing.operators import get_attribute_of
from daisy.tracing.portables import guarded_method
from daisy.tracing.sites import Site
from daisy.tracing.tables.mutating import AMBIGUOUS_METHODS, METHODS, output_position_of_method
from daisy.tracing.trace import Trace, refuse
from lazy.operator import getattr as get_attribute

__all__ = ["call_method"]


def call_method(trace: Trace, site: Site, owner: Any, name: str, args: Args, kwargs: Kwargs) -> Any:
    """Decide the call of a method.

    Args:
        trace: the run.
        site: the call.
        owner: the object.
        name: the name of the method.
        args: its positional arguments.
        kwargs: its keyword arguments.

    Returns:
        As :func:`dispatch` does.
    """
    kind = kind_of(owner)
    if kind >= DATA:
        return _method_of_data(trace, site, owner, name, args, kwargs)
    if type(owner) in CONTAINER_METHODS or type(owner) in (str, bytes):
        return call_container_method(trace, site, owner, name, args, kwargs)
    return dispatch(trace, site, get_attribute_of(trace, site, owner, name), args, kwargs)


def _method_of_data(
    trace: Trace, site: Site, owner: Any, name: str, args: Args, kwargs: Kwargs
) -> Any:
    entered = _entered_method(owner, name)
    if entered is not None:
        return ENTER[type(entered)](trace, site, entered, (owner, *args), kwargs)
    _check_method(site, owner, name, args, kwargs)
    if name in AMBIGUOUS_METHODS and not _is_from_pandas(owner) and name != "add":
        return call_node(trace, site, guarded_method(name), (owner, *args), kwargs)
    bound = attribute_node(trace, site, get_attribute, owner, name)
    return method_node(trace, site, bound, owner, name, args, kwargs)


def _entered_method(owner: Any, name: str) -> Any:
    """A method marked with `inline`, of an object whose class is known."""
    known = known_value(owner)
    if known is UNKNOWN or name in getattr(known, "__dict__", ()):
        return None
    for cls in type(known).__mro__:
        if name in cls.__dict__:
            found = cls.__dict__[name]
            return found if type(found) in ENTER else None
    return None


def _check_method(site: Site, owner: Any, name: str, args: Args, kwargs: Kwargs) -> None:
    if name in METHODS:
        refuse(site, f"`.{name}(...)` changes data, later than it is written here")
    if kwargs:
        check_keywords(site, name, kwargs)
    position = output_position_of_method(name)
    if position is not None and any(kind_of(value) >= DATA for value in args[position:]):
        refuse(site, "a positional output would be written into later than it is written here")


def _is_from_pandas(owner: Any) -> bool:
    known = known_value(owner)
    return known is not UNKNOWN and (type(known).__module__ or "").startswith("pandas")
