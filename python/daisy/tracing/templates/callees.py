"""Which calls give the same whenever they are reached with the same arguments.

A call that is put off is a node, whose function runs with each call. What matters here is what is
done while tracing: nothing, for a function that no table names; and for those that are done at
once on plain values, only what Python's own numbers and containers give.
"""

from __future__ import annotations

import math
import operator
import types
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from daisy import _core
from daisy.tracing.dispatch import ENTER, OPENS
from daisy.tracing.known_functions import BY_FUNCTION
from daisy.tracing.local_functions import local_of
from daisy.tracing.templates.constants import is_atom, is_number
from daisy.tracing.templates.recorder import Recorder
from daisy.tracing.verdicts import ARRAY_FUNCTIONS, Treatment, verdict

__all__ = ["admit_call", "may_be_walked"]

_WALKED: Final = frozenset(
    {list, tuple, dict, str, range, zip, enumerate, reversed, type(reversed([]))}
    | {type({}.keys()), type({}.values()), type({}.items()), types.GeneratorType}
)
_NUMERIC: Final = (int, float, complex, bool, abs, round, divmod, pow, sum, min, max)
_STRUCTURAL: Final = (range, zip, enumerate, reversed, list, tuple, slice)


def may_be_walked(value: Any) -> bool:
    """Whether going through it does nothing but take the items of a container of the function's.

    Args:
        value: what is looped over.
    """
    return type(value) in _WALKED


def admit_call(
    recorder: Recorder, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    """Whether a call may be part of a template.

    Args:
        recorder: of the call from outside.
        func: what is called.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    if type(func) in ENTER:
        return _marked(recorder, func, args, kwargs)
    rule = _RULES.get(func) if _is_hashable(func) else None
    if rule is not None:
        return rule(recorder, func, args, kwargs)
    if type(func) is types.BuiltinFunctionType and type(func.__self__) is not types.ModuleType:
        return False
    return _put_off(recorder, func, args, kwargs)


def _is_hashable(func: Any) -> bool:
    """Of these the hash is Python's own."""
    return type(func) in (type, types.BuiltinFunctionType, types.FunctionType, *ARRAY_FUNCTIONS)


def _marked(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    """Entered, and what it reads is then written down; or one node of the plain function."""
    opens = OPENS[type(func)](func)
    if opens is False:
        return type(func.plain) is types.FunctionType and recorder.is_input(*args, kwargs)
    target = func._target
    before = (*target.before, *target.keywords.values())
    return opens is True and all(map(is_atom, before))


def _put_off(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    """A pure function that no rule names; one that is cheap is put off only for a thunk."""
    kinds = (types.FunctionType, types.BuiltinFunctionType, *ARRAY_FUNCTIONS)
    if type(func) not in kinds or local_of(func) is not None or func in BY_FUNCTION:
        return False
    known = verdict(func)
    if known.mutates or not known.is_pure or not recorder.is_input(*args, kwargs):
        return False
    if known.treatment is Treatment.CHEAP:
        return any(type(value) is _core.autodaskthunk for value in args)
    return known.treatment is Treatment.OTHER


def _numeric(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    return not kwargs and all(_is_numeric(recorder, value) for value in args)


def _is_numeric(recorder: Recorder, value: Any) -> bool:
    """A number, a thunk, or a container or walk through one, of numbers and thunks."""
    kind = type(value)
    if kind is list or kind is tuple:
        return all(map(_is_number_or_thunk, value))
    return _is_number_or_thunk(value)


def _is_number_or_thunk(value: Any) -> bool:
    return is_number(value) or type(value) is _core.autodaskthunk


def _structural(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    return not kwargs and all(is_atom(value) or may_be_walked(value) for value in args)


def _on_atoms(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    """Done at once on numbers, put off for thunks."""
    return not kwargs and all(map(_is_number_or_thunk, args))


def _len(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    if len(args) == 1 and recorder.is_array(args[0]):
        recorder.ask(args[0], "shape")
        return not kwargs
    return _structural(recorder, func, args, kwargs) or _put_off_unknown(recorder, args, kwargs)


def _isinstance(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    """The guard on the type of an argument is there already; no class has a say in it."""
    if len(args) != 2 or kwargs or not (recorder.is_array(args[0]) or is_atom(args[0])):
        return False
    classes = args[1] if type(args[1]) is tuple else (args[1],)
    return all(type(one) is type for one in classes)


def _type(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
    return len(args) == 1 and not kwargs and (recorder.is_array(args[0]) or is_atom(args[0]))


def _asks(*names: str) -> Callable[[Recorder, Any, Any, Any], bool]:
    """A rule for a function that looks at attributes of one array."""

    def rule(recorder: Recorder, func: Any, args: Any, kwargs: Any) -> bool:
        if len(args) != 1 or kwargs:
            return False
        if not recorder.is_array(args[0]):
            return _put_off_unknown(recorder, args, kwargs)
        recorder.ask(args[0], *names)
        return True

    return rule


def _put_off_unknown(recorder: Recorder, args: Any, kwargs: Any) -> bool:
    """Of what is not there yet nothing is known, in this call as in others."""
    return not kwargs and len(args) == 1 and type(args[0]) is _core.autodaskthunk


_RULES: dict[Any, Callable[[Recorder, Any, Any, Any], bool]] = {
    **dict.fromkeys(_NUMERIC, _numeric),
    **dict.fromkeys(_STRUCTURAL, _structural),
    **dict.fromkeys(
        [one for name, one in vars(math).items() if callable(one) and name[0] != "_"], _on_atoms
    ),
    **dict.fromkeys((operator.add, operator.sub, operator.mul, operator.neg), _on_atoms),
    len: _len,
    isinstance: _isinstance,
    type: _type,
    np.asarray: _asks(),
    np.asanyarray: _asks(),
    np.atleast_1d: _asks("ndim"),
    np.ndim: _asks("ndim"),
    np.shape: _asks("shape"),
    np.size: _asks("shape"),
}
"""The rule for each function that is done while tracing, or may be."""
