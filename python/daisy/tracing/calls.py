"""Calls: each is decided when it is reached, by what is called and what it is given."""

from __future__ import annotations

import functools
import operator
import types
import typing
from collections.abc import Callable
from typing import Any

from daisy.tracing import effects
from daisy.tracing.containers import CONTAINER_METHODS, call_container_method, refuse_store
from daisy.tracing.facts import FACTS, UNKNOWN, known_value
from daisy.tracing.inputs import plain_of
from daisy.tracing.kinds import (
    CONTAINER,
    DATA,
    ITERATOR,
    STATIC,
    VIEW,
    is_namedtuple_class,
    kind_of,
    takes_part,
)
from daisy.tracing.local_functions import local_of
from daisy.tracing.nodes import attribute_node, call_node, method_node
from daisy.tracing.operators import get_attribute_of, get_item_of
from daisy.tracing.portables import guarded_method
from daisy.tracing.sites import Site
from daisy.tracing.strict_points import check_own, force_whole
from daisy.tracing.tables.effects import is_logging
from daisy.tracing.tables.mutating import (
    AMBIGUOUS_METHODS,
    METHODS,
    changes_by_keyword,
    mutates,
    output_position_of_method,
)
from daisy.tracing.tables.structural import STRUCTURAL
from daisy.tracing.tables.values import BUILTINS, is_done_on_static
from daisy.tracing.trace import Trace, changeable, current, refuse
from daisy.tracing.verdicts import ARRAY_FUNCTIONS, Treatment, verdict
from lazy.operator import getattr as get_attribute
from lazy.strictness import evaluate, strict

__all__ = ["BY_FUNCTION", "ENTER", "call", "call_method", "defer_call", "dispatch", "method"]

Args = tuple[Any, ...]
Kwargs = dict[str, Any]
Rule = Callable[[Trace, Site, Any, Args, Kwargs], Any]

ENTER: dict[type, Rule] = {}
"""What calling an instance of a class of `daisy.decorators` does."""


def call(site: Site, func: Any, /, *args: Any, **kwargs: Any) -> Any:
    """``func(*args, **kwargs)``."""
    trace = current()
    try:
        return dispatch(trace, site, func, args, kwargs)
    except BaseException as error:
        trace.locate(error, site)
        raise


def method(site: Site, owner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """``owner.name(*args, **kwargs)``."""
    trace = current()
    try:
        return call_method(trace, site, owner, name, args, kwargs)
    except BaseException as error:
        trace.locate(error, site)
        raise


def dispatch(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Decide a call.

    Args:
        trace: the run.
        site: the call.
        func: what is called.
        args: its positional arguments.
        kwargs: its keyword arguments.

    Returns:
        Its value, where it is done now or entered; else the thunk of a new node.
    """
    if kind_of(func) >= DATA:
        return defer_call(trace, site, func, args, kwargs)
    if trace.given:
        check_own(trace, site, (getattr(func, "__self__", None), *args, *kwargs.values()))
    rule = _BY_TYPE.get(type(func))
    if rule is None:
        rule = _cached_rule(type(func))
    return rule(trace, site, func, args, kwargs)


def defer_call(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """A node that calls `func`, unless that would change what it is given.

    Args:
        trace: the run.
        site: the call.
        func: what is called, or a thunk of it.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    _check_outputs(site, func, args, kwargs)
    return call_node(trace, site, plain_of(func), args, kwargs)


def _check_outputs(site: Site, func: Any, args: Args, kwargs: Kwargs) -> None:
    if kwargs:
        _check_keywords(site, func, kwargs)
    if kind_of(func) >= DATA:
        return
    known = verdict(func)
    if known.mutates:
        refuse_store(site)
    position = known.output
    if position is not None and any(kind_of(value) >= CONTAINER for value in args[position:]):
        refuse(site, "a positional output would be written into later than it is written here")


def _check_keywords(site: Site, func: Any, kwargs: Kwargs) -> None:
    if kind_of(kwargs.get("out")) >= CONTAINER:
        refuse(site, "`out=` would write into data later than it is written here")
    by_keyword = changes_by_keyword(func, kwargs)
    if by_keyword is not None:
        refuse(site, f"`{by_keyword}=` changes data, later than it is written here")


# Functions written in Python ----------------------------------------------------------------------


def _function(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if local_of(func) is not None:
        return func(*args, **kwargs)
    rule = BY_FUNCTION.get(func)
    if rule is not None:
        return rule(trace, site, func, args, kwargs)
    return _known_or_deferred(trace, site, func, args, kwargs)


def _known_or_deferred(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    treatment = verdict(func).treatment
    if treatment is Treatment.CHEAP and is_done_on_static(func, args, kwargs):
        return func(*args, **kwargs)
    rule = _BY_TREATMENT.get(treatment, defer_call)
    return rule(trace, site, func, args, kwargs)


def _heap(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """`heapq` and `bisect.insort` compare what is in a real list, so they need its values."""
    if not args or type(args[0]) is not list:
        refuse_store(site)
    changeable(trace, site, args[0])
    args[0][:] = [force_whole(trace, site, item) for item in args[0]]
    rest = [force_whole(trace, site, value) for value in args[1:]]
    trace.done_now = func(args[0], *rest, **kwargs)
    return trace.done_now


# Builtins and classes -----------------------------------------------------------------------------


def _structural(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Looks at the container: done now when no argument is itself a thunk."""
    fact = _fact(func, args, kwargs)
    if fact is not UNKNOWN and not (func is hasattr and trace.ledger.is_changed(args[0])):
        return fact
    if any(kind_of(value) >= DATA for value in (*args, *kwargs.values())):
        return defer_call(trace, site, func, args, kwargs)
    result = func(*args, **kwargs)
    if kind_of(result) != STATIC:
        trace.done_now = result
    return result


def _fact(func: Any, args: Args, kwargs: Kwargs) -> Any:
    ask = FACTS.get(func)
    return UNKNOWN if ask is None else ask(args, kwargs)


def _getattr(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if len(args) not in (2, 3) or kwargs or type(args[1]) is not str:
        return _structural(trace, site, func, args, kwargs)
    owner, name, *default = args
    if not default:
        return get_attribute_of(trace, site, owner, name)
    known = known_value(owner)
    if known is UNKNOWN or trace.ledger.is_changed(owner):
        return defer_call(trace, site, func, args, kwargs)
    if not hasattr(known, name):
        return default[0]
    return get_attribute_of(trace, site, owner, name)


def _id(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    known = known_value(args[0]) if len(args) == 1 else UNKNOWN
    return id(known) if known is not UNKNOWN else _structural(trace, site, func, args, kwargs)


def _valued(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Looks at values: done now when no thunk takes part."""
    args = _without_iterators(args)
    if takes_part(args) or takes_part(kwargs):
        return defer_call(trace, site, func, args, kwargs)
    return func(*args, **kwargs)


def _without_iterators(args: Args) -> Args:
    """These functions use up the iterators that they are given, so a list of the rest will do."""
    return tuple([list(value) if kind_of(value) == ITERATOR else value for value in args])


def _asked(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Asks for a fact, where it is one."""
    fact = FACTS[func](args, kwargs)
    if fact is not UNKNOWN:
        return fact
    return _known_or_deferred(trace, site, func, args, kwargs)


def _super(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    known = [known_value(value) for value in args]
    if any(value is UNKNOWN for value in known):
        return defer_call(trace, site, func, args, kwargs)
    return super(*known, **kwargs)


def _cast(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    return func(*args, **kwargs)  # It gives its second argument.


def _namespace(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    own = len(args) + len(kwargs)
    if (own == 1 and func in (dir, vars)) or own > 1:
        return _structural(trace, site, func, args, kwargs)
    refuse(site, f"`{func.__name__}()` would look at the tracer's variables and not at yours")


def _class(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    rule = BY_FUNCTION.get(func) if type(func) is type else None
    if rule is not None:
        return rule(trace, site, func, args, kwargs)
    if issubclass(func, strict):
        return _strict(trace, site, func, args, kwargs)
    if issubclass(func, BaseException):
        return _exception(trace, site, func, args, kwargs)
    if is_namedtuple_class(func) and func.__bases__ == (tuple,):
        return _structural_class(trace, site, func, args, kwargs)
    return _known_or_deferred(trace, site, func, args, kwargs)


def _structural_class(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """A namedtuple only holds what it is given."""
    return func(*args, **kwargs)


def _strict(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if func is strict and len(args) == 1 and not kwargs:
        value = force_whole(trace, site, args[0])
        return evaluate(value)
    if func in ENTER and args and local_of(args[0]) is not None:
        return args[0]  # `inline` of a function that is entered as it is
    return _now(trace, site, func, args, kwargs)


def _exception(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """One that holds thunks is a node: `raise` forces it, and it is made of values."""
    if takes_part(args) or takes_part(kwargs):
        return defer_call(trace, site, func, args, kwargs)
    return func(*args, **kwargs)


# Bound methods and other callables ----------------------------------------------------------------


def _bound_builtin(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    owner = func.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        rule = BY_FUNCTION.get(func)
        if rule is not None:
            return rule(trace, site, func, args, kwargs)
        return _known_or_deferred(trace, site, func, args, kwargs)
    if type(owner) in CONTAINER_METHODS or type(owner) in (str, bytes):
        return call_container_method(trace, site, owner, func.__name__, args, kwargs)
    if kind_of(owner) in (VIEW, ITERATOR):
        return _method_of_view(trace, site, func, args, kwargs)
    if kind_of(owner) >= DATA and not isinstance(owner, type):
        return _bound_to_data(trace, site, func, args, kwargs)
    return _known_or_deferred(trace, site, func, args, kwargs)


def _method_of_view(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """`isdisjoint` of a view, `__next__` of an iterator."""
    return func(*[force_whole(trace, site, value) for value in args], **kwargs)


def _bound_to_data(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """Functions of `random` and the like are bound to an object; the tables know the function."""
    if mutates(func):
        refuse_store(site)
    owner = func.__self__
    module = type(owner).__module__ or ""
    if module.startswith(("random", "numpy.random")) and hasattr(func, "__name__"):
        return defer_call(trace, site, func, args, kwargs)
    return call_method(trace, site, owner, func.__name__, args, kwargs)


def _bound(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    function, owner = func.__func__, func.__self__
    if type(function) in ENTER or local_of(function) is not None:
        return dispatch(trace, site, function, (owner, *args), kwargs)
    if is_logging(func):
        return effects.log(trace, site, func, args, kwargs)
    if kind_of(owner) >= DATA:
        return _bound_to_data(trace, site, func, args, kwargs)
    if kind_of(owner) == CONTAINER:
        return _method_of_namedtuple(trace, site, func, args, kwargs)
    return _known_or_deferred(trace, site, func, args, kwargs)


_NAMEDTUPLE = ("_replace", "_asdict", "_make")


def _method_of_namedtuple(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if func.__name__ in _NAMEDTUPLE:
        return func(*args, **kwargs)
    return defer_call(trace, site, func.__func__, (func.__self__, *args), kwargs)


def _descriptor(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """``str.upper(x)`` and ``list.append(x, y)``: the method, written as a function."""
    if args and type(args[0]) is func.__objclass__ and type(args[0]) in CONTAINER_METHODS:
        return call_container_method(trace, site, args[0], func.__name__, args[1:], kwargs)
    return _known_or_deferred(trace, site, func, args, kwargs)


def _partial(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    return dispatch(trace, site, func.func, func.args + args, func.keywords | kwargs)


def _item_getter(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    return _got(trace, site, func, args, kwargs, get_item_of)


def _attribute_getter(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    return _got(trace, site, func, args, kwargs, _get_dotted)


def _got(
    trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs, get: Callable[..., Any]
) -> Any:
    if len(args) != 1 or kwargs:
        return func(*args, **kwargs)
    values = tuple([get(trace, site, args[0], what) for what in func.__reduce__()[1]])
    return values if len(values) > 1 else values[0]


def _get_dotted(trace: Trace, site: Site, owner: Any, names: str) -> Any:
    for name in names.split("."):
        owner = get_attribute_of(trace, site, owner, name)
    return owner


def _method_caller(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    if len(args) != 1 or kwargs:
        return func(*args, **kwargs)
    reduced: tuple[Any, ...] = func.__reduce__()
    if isinstance(reduced[0], functools.partial):
        given = (*reduced[0].args, *reduced[1])
        return call_method(trace, site, args[0], given[0], given[1:], reduced[0].keywords)
    given = reduced[1]
    return call_method(trace, site, args[0], given[0], given[1:], {})


# Methods ------------------------------------------------------------------------------------------


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
        _check_keywords(site, name, kwargs)
    position = output_position_of_method(name)
    if position is not None and any(kind_of(value) >= DATA for value in args[position:]):
        refuse(site, "a positional output would be written into later than it is written here")


def _is_from_pandas(owner: Any) -> bool:
    known = known_value(owner)
    return known is not UNKNOWN and (type(known).__module__ or "").startswith("pandas")


# The tables ---------------------------------------------------------------------------------------

BY_FUNCTION: dict[Any, Rule] = {
    **dict.fromkeys(STRUCTURAL, _structural),
    **dict.fromkeys(FACTS, _asked),
    **dict.fromkeys((type, isinstance, callable, hasattr, len), _structural),
    **dict.fromkeys(BUILTINS, _valued),
    **dict.fromkeys((locals, eval, exec, globals, dir, vars), _namespace),
    getattr: _getattr,
    id: _id,
    super: _super,
    typing.cast: _cast,
}
"""Rules for single functions; other modules add theirs."""

_BY_TYPE: dict[type, Rule] = {
    types.FunctionType: _function,
    types.BuiltinFunctionType: _bound_builtin,
    types.MethodWrapperType: _bound_builtin,
    types.MethodType: _bound,
    types.MethodDescriptorType: _descriptor,
    types.WrapperDescriptorType: _descriptor,
    functools.partial: _partial,
    operator.itemgetter: _item_getter,
    operator.attrgetter: _attribute_getter,
    operator.methodcaller: _method_caller,
    type: _class,
}


_BY_TREATMENT: dict[Treatment, Rule] = {
    Treatment.WARNING: effects.warn,
    Treatment.LOGGING: effects.log,
    Treatment.EFFECT: effects.act,
    Treatment.HEAP: _heap,
}


def _rule_of_class(cls: Any) -> Rule:
    """The rule for callables of a class that is not in the table."""
    if issubclass(cls, type):
        return _class
    if cls in ENTER:
        return ENTER[cls]
    if issubclass(cls, strict):
        return _now
    return _array_function if issubclass(cls, ARRAY_FUNCTIONS) else _known_or_deferred


_cached_rule: Callable[[Any], Rule] = functools.lru_cache(maxsize=256)(_rule_of_class)


def _array_function(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    rule = BY_FUNCTION.get(func, _known_or_deferred)
    return rule(trace, site, func, args, kwargs)


def _now(trace: Trace, site: Site, func: Any, args: Args, kwargs: Kwargs) -> Any:
    """An instance of a subclass of `strict` is never deferred."""
    return func(*args, **kwargs)
