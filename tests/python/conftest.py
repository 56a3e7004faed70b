"""What all tests of the Python side share: the engines, and `check`, plain against traced."""

import copy
from concurrent.futures import ThreadPoolExecutor

import dask
import dask.threaded
import numpy as np
import pandas as pd
import pytest

import daisy
from daisy import Refusal, autodask, register_get, strict

ENGINES = {
    "native": None,
    "dask.get": dask.get,
    "dask.threaded.get": dask.threaded.get,
    "daisy.get": daisy.get,
}


@pytest.fixture(autouse=True)
def _native_engine():
    """Every test begins and ends with the native engine."""
    register_get(None)
    yield
    register_get(None)


@pytest.fixture(params=list(ENGINES))
def engine(request):
    """Each test that asks for it runs on every engine."""
    register_get(ENGINES[request.param])
    return request.param


def outcome(call):
    """What a call gave: its value, or the exception that it raised."""
    try:
        return call(), None
    except Exception as error:
        return None, error


def in_threads(func, count):
    """What a function gives for each number below `count`, in as many threads at once."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(func, range(count)))


def same(left, right):
    """Whether two values have the same type, structure and bits."""
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray):
        return same_array(left, right)
    if isinstance(left, pd.DataFrame | pd.Series | pd.Index):
        return left.equals(right)
    if isinstance(left, np.generic | float | complex):
        return repr(left) == repr(right)
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, range | str | bytes | int | set | frozenset | type(None)):
        return left == right
    return same(vars(left), vars(right)) if hasattr(left, "__dict__") else left == right


def same_array(left, right):
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype == object:
        return all(map(same, left.ravel().tolist(), right.ravel().tolist()))
    return left.tobytes() == right.tobytes() or bool(
        np.array_equal(np.signbit(left), np.signbit(right))
        and np.array_equal(left, right, equal_nan=True)
        if left.dtype.kind == "f"
        else np.array_equal(left, right)
    )


def compare(func, args, kwargs, inline=False):
    """The traced call against the plain one, each on its own copies of the arguments."""
    plain = lambda: func(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    expected, error = outcome(lambda: strict(plain()))  # marked functions give thunks there, too
    marked = autodask(func, inline=inline)
    got, raised = outcome(lambda: strict(marked(*copy.deepcopy(args), **copy.deepcopy(kwargs))))
    if error is not None:
        assert type(raised) is type(error), (raised, error)
        assert str(raised) == str(error)
        notes = getattr(raised, "__notes__", [])
        assert any(func.__code__.co_filename in note for note in notes), notes
        return raised
    if raised is not None:
        raise raised
    assert same(got, expected), (got, expected)
    if marked._memory is not None and len(marked._memory.templates):
        again = strict(marked(*copy.deepcopy(args), **copy.deepcopy(kwargs)))
        assert same(again, expected), (again, expected)  # without tracing it once more
    return got


@pytest.fixture
def check(engine):
    """``check(func, *args)``: traced gives what plain gives, or raises what plain raises."""

    def run(func, *args, **kwargs):
        return compare(func, args, kwargs)

    return run


@pytest.fixture
def refused():
    """``refused(func, *args)``: the call is refused; gives the refusal: where and why."""

    def run(func, *args, match=None, **kwargs):
        with pytest.raises(Refusal) as caught:
            strict(autodask(func)(*args, **kwargs))
        refusal = caught.value
        assert refusal.ways_out, "a refusal names a way out"
        assert refusal.filename == func.__code__.co_filename
        first = func.__code__.co_firstlineno
        assert first <= refusal.lineno < first + 60
        assert match is None or match in str(refusal), str(refusal)
        return refusal

    return run


@pytest.fixture
def trace():
    """``trace(func, *args)``: runs `func` in a trace; gives its strict points and its result."""
    from daisy.tracing.arguments import Arguments
    from daisy.tracing.entering import enter, traced
    from daisy.tracing.trace import tracing

    def run(func, *args):
        with tracing() as one:
            wrapped = tuple(map(Arguments(one).wrap, args))
            result = enter(one, traced(func), wrapped, {})
        return one.strict_points, result

    return run


@pytest.fixture
def unforced(trace, check):
    """``unforced(func, *args)``: the same value as plain, and nothing is forced on the way."""

    def run(func, *args):
        points, _ = trace(func, *copy.deepcopy(args))
        assert points == []
        return check(func, *args)

    return run


@pytest.fixture
def strict_at(trace, check):
    """``strict_at(func, text, *args)``: the same value as plain, and forced at that expression."""

    def run(func, text, *args):
        points, _ = trace(func, *copy.deepcopy(args))
        assert [point.expression for point in points] == [text]
        return check(func, *args)

    return run
