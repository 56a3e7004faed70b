"""One call, plain and traced: what came of it, and whether the two are the same to the bit."""

import copy
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from daisy import Refusal, autodask, strict
from daisy.errors import SourceError
from daisy.tracing.trace import watching

UNFORCED, STRICT, REFUSED, DIFFERENT = "unforced", "strict point", "refused", "different"


@dataclass(frozen=True)
class Case:
    """A public function of a package, and arguments that its documentation gives.

    Attributes:
        func: the function, unmodified.
        args: positional arguments.
        kwargs: keyword arguments.
        label: what tells cases of one function apart.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        """The name of the function within its package."""
        module = self.func.__module__.partition(".")[2].removeprefix("_")
        return f"{module}.{self.func.__qualname__}"

    def __str__(self) -> str:
        return f"{self.name}-{self.label}" if self.label else self.name


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Attributes:
        category: one of the constants of this module.
        where: file, line and text of what forced, was refused or differs; empty where unforced.
        reason: why it was refused, or how it differs.
    """

    category: str
    where: str = ""
    reason: str = ""


def case(func: Callable[..., Any], *args: Any, label: str = "", **kwargs: Any) -> Case:
    """A case as one would write the call."""
    return Case(func, args, kwargs, label)


def outcome_of(one: Case) -> Outcome:
    """Run a case plain and traced, each on its own copies of the arguments."""
    plain_args, traced_args = _copies(one), _copies(one)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = _result(lambda: one.func(*plain_args[0], **plain_args[1]))
        with watching() as traces:
            try:
                marked = autodask(one.func, inline=True)
                got = _result(lambda: strict(marked(*traced_args[0], **traced_args[1])))
            except Refusal as refusal:
                return _refused(refusal)
            except SourceError as error:
                return Outcome(REFUSED, str(error), "no source to trace")
    difference = differs(expected, got) or differs(plain_args, traced_args, "the arguments: ")
    if difference:
        return Outcome(DIFFERENT, inspect.getsourcefile(one.func) or "", difference)
    points = [point for trace in traces for point in trace.strict_points]
    return Outcome(STRICT, points[0].note()) if points else Outcome(UNFORCED)


def _copies(one: Case) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return copy.deepcopy((one.args, one.kwargs))


def _refused(refusal: Refusal) -> Outcome:
    """A refusal that does not say where and what to do is as bad as a wrong value."""
    where = f"{refusal.filename}, line {refusal.lineno}: {refusal.expression}"
    if not refusal.filename:  # raised while the graph ran: the note says where
        where = "".join(getattr(refusal, "__notes__", ()))
    if not (where and refusal.ways_out):
        return Outcome(DIFFERENT, "", f"a refusal without place or way out: {refusal}")
    return Outcome(REFUSED, where, refusal.reason)


class Raised(tuple):
    """An exception by what has to be the same: its type and its message."""


def _result(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return Raised((type(error), str(error)))


def differs(expected: Any, got: Any, path: str = "the result") -> str:
    """Where and how two values differ; empty where they are the same."""
    if expected is got:
        return ""
    if type(expected) is not type(got):
        return f"{path}: {type(expected).__name__} {expected!r:.200}, not {got!r:.200}"
    for classes, compare in _BY_CLASS:
        if isinstance(expected, classes):
            return compare(expected, got, path)
    if hasattr(expected, "__dict__") and not callable(expected):
        return _objects(expected, got, path)
    if hasattr(expected, "__slots__") or callable(expected):
        return ""
    return _unequal(expected, got, path)


_open: set[tuple[int, int]] = set()
"""The objects being compared now: one that is met inside itself differs nowhere else."""


def _objects(expected: Any, got: Any, path: str) -> str:
    pair = (id(expected), id(got))
    if pair in _open:
        return ""
    _open.add(pair)
    try:
        return differs(vars(expected), vars(got), f"{path}.__dict__")
    finally:
        _open.discard(pair)


def _unequal(expected: Any, got: Any, path: str) -> str:
    return "" if expected == got else f"{path}: {expected!r:.200}, not {got!r:.200}"


def _numbers(expected: Any, got: Any, path: str) -> str:
    """By their text, which tells NaN, both zeros and each float from all others."""
    return _unequal(repr(expected), repr(got), path)


def _arrays(expected: Any, got: Any, path: str) -> str:
    if (expected.dtype, expected.shape) != (got.dtype, got.shape):
        return f"{path}: {expected.dtype}{expected.shape}, not {got.dtype}{got.shape}"
    if expected.dtype == object:
        return differs(expected.tolist(), got.tolist(), path)
    return "" if _same_bits(expected, got) else f"{path}: {expected!r}, not {got!r}"


def _same_bits(expected: Any, got: Any) -> bool:
    """But for the sign of a NaN, which depends in NumPy on where in memory the operands lie."""
    if expected.tobytes() == got.tobytes():
        return True
    if expected.dtype.kind not in "fc":
        return False
    parts = [array.view(array.real.dtype) for array in map(np.ascontiguousarray, (expected, got))]
    nan = np.isnan(parts[0])
    return np.array_equal(nan, np.isnan(parts[1])) and _without(nan, *parts)


def _without(nan: Any, expected: Any, got: Any) -> bool:
    return bool(expected[~nan].tobytes() == got[~nan].tobytes())


def _frames(expected: Any, got: Any, path: str) -> str:
    assert_equal = {
        pd.DataFrame: pd.testing.assert_frame_equal,
        pd.Series: pd.testing.assert_series_equal,
    }.get(type(expected), pd.testing.assert_index_equal)
    freq = {} if isinstance(expected, pd.Index) else {"check_freq": True}
    exact = {"exact": True} if isinstance(expected, pd.Index) else {"check_exact": True}
    try:
        assert_equal(expected, got, **freq, **exact)
    except AssertionError as error:
        return f"{path}: {error}"
    return ""


def _dicts(expected: Any, got: Any, path: str) -> str:
    if list(expected) != list(got):
        return f"{path}: keys {list(expected)}, not {list(got)}"
    found = (differs(expected[key], got[key], f"{path}[{key!r}]") for key in expected)
    return next(filter(None, found), "")


def _sequences(expected: Any, got: Any, path: str) -> str:
    if len(expected) != len(got):
        return f"{path}: {len(expected)} items, not {len(got)}"
    pairs = enumerate(zip(expected, got, strict=True))
    return next(filter(None, (differs(a, b, f"{path}[{i}]") for i, (a, b) in pairs)), "")


_BY_CLASS: tuple[tuple[Any, Callable[[Any, Any, str], str]], ...] = (
    (np.ndarray, _arrays),
    ((pd.DataFrame, pd.Series, pd.Index), _frames),
    ((int, float, complex, np.generic), _numbers),
    (dict, _dicts),
    ((list, tuple), _sequences),
    ((str, bytes, set, frozenset, range, type(None)), _unequal),
)
