"""Which uses of a helper may be part of a template: those that give the same in every such call.

Every helper that is not in the table makes a trace unfit, and so does every use of one to which
its rule does not say yes. The rules may rely on each other: whatever a traced function holds came
from an argument, from outside or from a helper, and so was let in before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from daisy import _core
from daisy.tracing.facts import ARRAY_ATTRIBUTES
from daisy.tracing.tables.methods import is_known_name
from daisy.tracing.tables.mutating import AMBIGUOUS_METHODS, METHODS
from daisy.tracing.templates.callees import admit_call, may_be_walked
from daisy.tracing.templates.constants import is_atom, is_constant
from daisy.tracing.templates.recorder import Recorder
from lazy.operator import COMPARE

__all__ = ["ADMISSION"]

Rule = Callable[..., bool]

_SINGLETONS: Final = (type(None), bool, type(...), type(NotImplemented))
_OWN: Final = (list, tuple, dict)
_INVERT: Final = 2
_IS, _IS_NOT, _IN, _NOT_IN = COMPARE[6:10]
_DTYPE_ATTRIBUTES: Final = frozenset("kind char name itemsize type num str byteorder".split())
_LIST_METHODS: Final = frozenset({"append", "extend", "insert", "copy"})
_DICT_METHODS: Final = frozenset({"items", "keys", "values"})
_STRING_METHODS: Final = frozenset(
    "lower upper strip lstrip rstrip startswith endswith split replace join title".split()
)


def _is_thunk(value: Any) -> bool:
    return type(value) is _core.autodaskthunk


def _is_operand(value: Any) -> bool:
    """What operators do with it is Python's own, or is put off."""
    return is_atom(value) or _is_thunk(value)


def _binary(recorder: Recorder, code: int, a: Any, b: Any) -> bool:
    if _is_thunk(a) or _is_thunk(b):
        return recorder.is_input(a, b)
    if type(a) in _OWN and type(a) is type(b):
        return True
    return is_atom(b) and (is_atom(a) or (type(a) in _OWN and type(b) is int))


def _inplace(recorder: Recorder, code: int, x: Any, y: Any, fresh: bool) -> bool:
    return _is_operand(x) and _is_operand(y)


def _unary(recorder: Recorder, code: int, a: Any) -> bool:
    # `~True` warns from 3.12 on.
    return _is_thunk(a) or (is_atom(a) and not (type(a) is bool and code == _INVERT))


def _not(recorder: Recorder, a: Any) -> bool:
    return _is_thunk(a) or _has_plain_truth(a)


def _has_plain_truth(value: Any) -> bool:
    return is_constant(value) or type(value) in _OWN


def _compare(recorder: Recorder, code: int, a: Any, b: Any) -> bool:
    func = COMPARE[code]
    if func is _IS or func is _IS_NOT:
        return _is_identity_plain(recorder, a, b)
    if func is _IN or func is _NOT_IN:
        return is_constant(a) and is_constant(b)
    if _is_thunk(a) or _is_thunk(b):
        return recorder.is_input(a, b)
    return _is_comparable(a) and _is_comparable(b)


def _is_identity_plain(recorder: Recorder, a: Any, b: Any) -> bool:
    """Two numbers may be one object now and two in the next call; there is one None."""
    if type(a) in _SINGLETONS or type(b) in _SINGLETONS:
        return recorder.is_input(a, b)
    return _is_type(a) and _is_type(b)


def _is_type(value: Any) -> bool:
    return type(value) is type


def _is_comparable(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(is_atom, value))
    return is_atom(value) or _is_type(value) or issubclass(type(value), np.dtype)


def _attribute(recorder: Recorder, owner: Any, name: str) -> bool:
    if recorder.is_array(owner):
        return _attribute_of_array(recorder, owner, name)
    if _is_thunk(owner):
        return is_known_name(name)
    if issubclass(type(owner), np.dtype):
        return is_constant(owner) and name in _DTYPE_ATTRIBUTES
    return recorder.attribute(owner, name)


def _attribute_of_array(recorder: Recorder, owner: Any, name: str) -> bool:
    if name in ARRAY_ATTRIBUTES:
        recorder.ask(owner, "shape" if name == "size" else name)
        return True
    return is_known_name(name) or name == "__class__"


def _item(recorder: Recorder, owner: Any, index: Any) -> bool:
    if _is_thunk(owner):
        return recorder.is_input(index)
    return (type(owner) in _OWN or is_atom(owner)) and is_constant(index)


def _slice(recorder: Recorder, start: Any, stop: Any, step: Any) -> bool:
    return all(is_atom(part) for part in (start, stop, step))


def _set_item(recorder: Recorder, owner: Any, index: Any, value: Any) -> bool:
    is_own = type(owner) in (list, dict)
    return is_own and type(index) in (int, str) and recorder.is_input(value)


def _call(recorder: Recorder, func: Any, /, *args: Any, **kwargs: Any) -> bool:
    return admit_call(recorder, func, args, kwargs)


def _method(recorder: Recorder, owner: Any, name: str, /, *args: Any, **kwargs: Any) -> bool:
    if _is_thunk(owner):
        return _is_method_plain(name) and recorder.is_input(*args, kwargs)
    if type(owner) is list:
        return name in _LIST_METHODS and not kwargs and recorder.is_input(*args)
    if type(owner) is dict:
        return name in _DICT_METHODS and not args and not kwargs
    if type(owner) is str:
        return name in _STRING_METHODS and not kwargs and all(map(is_constant, args))
    if not recorder.attribute(owner, name):
        return False
    return admit_call(recorder, owner.__dict__[name], args, kwargs)


def _is_method_plain(name: str) -> bool:
    return is_known_name(name) and name not in METHODS and name not in AMBIGUOUS_METHODS


def _truth(recorder: Recorder, value: Any) -> bool:
    return _has_plain_truth(value)


def _conditional(
    recorder: Recorder, condition: Any, then: Any, orelse: Any, plain: Any, capture: Any
) -> bool:
    return _has_plain_truth(condition) or (_is_thunk(condition) and plain is not None)


def _boolean(
    recorder: Recorder, is_and: bool, first: Any, rest: Any, plain: Any, capture: Any
) -> bool:
    return _has_plain_truth(first) or (_is_thunk(first) and plain is not None)


def _chain(
    recorder: Recorder, code: int, a: Any, b: Any, rest: Any, plain: Any, capture: Any
) -> bool:
    return _compare(recorder, code, a, b) and (_is_comparable(a) or plain is not None)


def _walk(recorder: Recorder, value: Any) -> bool:
    return may_be_walked(value)


def _star(recorder: Recorder, value: Any) -> bool:
    return type(value) in (list, tuple)


def _starstar(recorder: Recorder, value: Any) -> bool:
    return type(value) is dict


def _unpack(recorder: Recorder, value: Any, count: int) -> bool:
    return _is_thunk(value) or type(value) in (list, tuple)


def _dict_display(recorder: Recorder, keys: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    return all(map(is_atom, keys)) and recorder.are_inputs(values)


def _discard(recorder: Recorder, value: Any) -> bool:
    return value is None


ADMISSION: Final[dict[str, Rule]] = {
    "attribute": _attribute,
    "binary": _binary,
    "boolean": _boolean,
    "call": _call,
    "chain": _chain,
    "compare": _compare,
    "conditional": _conditional,
    "dict_display": _dict_display,
    "discard": _discard,
    "inplace": _inplace,
    "item": _item,
    "iterate": _walk,
    "method": _method,
    "not_": _not,
    "set_item": _set_item,
    "slice": _slice,
    "star": _star,
    "starstar": _starstar,
    "truth": _truth,
    "unary": _unary,
    "unpack": _unpack,
}
"""The rules by the names of the helpers. Each gets the recorder and what the helper gets."""
