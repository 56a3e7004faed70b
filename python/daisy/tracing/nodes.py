"""New nodes: every operation that is put off comes through here, in its order."""

from __future__ import annotations

from typing import Any

from daisy import _core
from daisy.tracing.inputs import are_simple, prepare_all
from daisy.tracing.kinds import DATA, THUNK, kind_of
from daisy.tracing.ledger import Entry, order
from daisy.tracing.sharing import share
from daisy.tracing.sites import Site
from daisy.tracing.tables.impure import gives_values, is_impure
from daisy.tracing.tables.methods import is_known_name
from daisy.tracing.trace import Trace
from daisy.tracing.verdicts import verdict

__all__ = ["attribute_node", "call_node", "change_node", "method_node", "operation"]


def operation(trace: Trace, site: Site, func: Any, args: tuple[Any, ...], owner: Any = None) -> Any:
    """A node that only looks at its inputs: an operator, a format, an arm.

    Args:
        trace: the run.
        site: what was written.
        func: the function of the operation.
        args: its inputs.
        owner: the input that the result may be a part of, as an item is of its container.

    Returns:
        The thunk.
    """
    if trace.ledger.is_empty and are_simple(args):
        return _core.defer(func, args, None, site)
    args = prepare_all(trace, site, args)
    entries = trace.ledger.entries(args)
    if not entries:
        return _core.defer(func, args, None, site)
    node = _core.defer(func, args, None, site, after=order(entries, ()))
    for entry in entries:
        entry.reads.append(node)
    if owner is not None:
        _enter_part(trace, node, trace.ledger.entry(owner))
    return node


def attribute_node(trace: Trace, site: Site, get: Any, owner: Any, name: str) -> Any:
    """A node that gets an attribute.

    Args:
        trace: the run.
        site: what was written.
        get: the function that gets it.
        owner: the object.
        name: the name of the attribute.
    """
    if not is_known_name(name) and trace.ledger.entry(owner) is None:
        trace.ledger.enter(owner, Entry(is_leaf=True))
    return operation(trace, site, get, (owner, name), owner)


def change_node(trace: Trace, site: Site, func: Any, args: tuple[Any, ...]) -> Any:
    """A node that uses up its inputs where they are iterators, as unpacking does.

    Args:
        trace: the run.
        site: what was written.
        func: the function.
        args: its inputs.
    """
    args = prepare_all(trace, site, args)
    entries = trace.ledger.entries(args)
    if all(entry.is_leaf for entry in entries):
        return operation(trace, site, func, args)
    return _changing(trace, site, func, args, {}, entries, entries)


def call_node(
    trace: Trace, site: Site, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """A node that calls a function.

    Args:
        trace: the run.
        site: the call.
        func: a callable, or a thunk of one.
        args: its positional arguments.
        kwargs: its keyword arguments.

    Returns:
        The thunk.
    """
    impure = not _is_deferred(func) and not verdict(func).is_pure
    if not impure and trace.ledger.is_empty and _is_simple_call(func, args, kwargs):
        return _core.defer(func, args, kwargs or None, site)
    args, kwargs = _prepared(trace, site, args, kwargs)
    entries = trace.ledger.entries((func, *args, *kwargs.values()))
    if not entries and not impure:
        return _core.defer(func, args, kwargs or None, site)
    called = trace.ledger.entry(func) if kind_of(func) >= DATA else None
    changed = [entry for entry in entries if not entry.is_leaf or entry is called]
    if not changed and not impure:
        return _reading(trace, site, func, args, kwargs, entries)
    node = _changing(trace, site, func, args, kwargs, entries, changed, func if impure else None)
    return node


def method_node(
    trace: Trace,
    site: Site,
    bound: Any,
    owner: Any,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """A node that calls a method of data.

    Args:
        trace: the run.
        site: the call.
        bound: the thunk of the bound method.
        owner: the object.
        name: the name of the method.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    if trace.ledger.is_empty and _is_simple_call(owner, args, kwargs):
        return _core.defer(bound, args, kwargs or None, site)
    args, kwargs = _prepared(trace, site, args, kwargs)
    own = trace.ledger.entry(owner)
    if own is not None and own.reads and own.reads[-1] is bound:
        own.reads.pop()  # What is called is an input of the call: it runs before it anyway.
    entries = trace.ledger.entries((owner, *args, *kwargs.values()))
    if own is None and not entries:
        return _core.defer(bound, args, kwargs or None, site)
    changed = [entry for entry in entries if not entry.is_leaf]
    if own is not None and own.is_leaf and not _only_reads(owner, name):
        changed.append(own)
    if not changed:
        return _reading(trace, site, bound, args, kwargs, entries, own)
    return _changing(trace, site, bound, args, kwargs, entries, changed)


def _only_reads(owner: Any, name: str) -> bool:
    """A part of an object, or what one gave, may be an array; the object itself is not known."""
    if kind_of(owner) == DATA or _core.known(owner, _NOTHING) is not _NOTHING:
        return False
    return is_known_name(name)


_NOTHING = object()


def _is_simple_call(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if kind_of(func) == DATA or not are_simple(args):
        return False
    return not kwargs or are_simple(kwargs.values())


def _is_deferred(func: Any) -> bool:
    return kind_of(func) == THUNK


def _prepared(
    trace: Trace, site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    values = prepare_all(trace, site, share(trace, site, (*args, *kwargs.values())))
    return values[: len(args)], dict(zip(kwargs, values[len(args) :], strict=True))


def _reading(
    trace: Trace,
    site: Site,
    func: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    entries: list[Entry],
    part_of: Entry | None = None,
) -> Any:
    node = _core.defer(func, args, kwargs or None, site, after=order(entries, ()))
    for entry in entries:
        entry.reads.append(node)
    _enter_part(trace, node, part_of or trace.ledger.join(entries))
    return node


def _changing(
    trace: Trace,
    site: Site,
    func: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    entries: list[Entry],
    changed: list[Entry],
    impure_function: Any = None,
) -> Any:
    """A node that may change the objects of `changed`, and looks at those of `entries`."""
    from_table = impure_function is not None and is_impure(impure_function)
    if from_table:
        changed = [*changed, trace.ledger.world]
    after = order(entries, changed)
    node = _core.defer(func, args, kwargs or None, site, impure=True, after=after)
    trace.ledger.hold(node)
    for entry in changed:
        entry.changes(node)
    if from_table and gives_values(impure_function):
        return node
    mine = [entry for entry in changed if entry is not trace.ledger.world]
    if impure_function is not None:
        made = Entry(gives_values=_gives_numbers(impure_function))
        trace.ledger.enter(node, trace.ledger.join([made, *mine]))
    elif mine:
        _enter_part(trace, node, trace.ledger.join(mine))
    return node


def _gives_numbers(func: Any) -> bool:
    return (getattr(func, "__module__", None) or "").startswith(("numpy.random", "random"))


def _enter_part(trace: Trace, node: Any, entry: Entry | None) -> None:
    """Say that a node may give a part of the object of `entry`."""
    if entry is not None and not entry.gives_values:
        trace.ledger.enter(node, entry)
