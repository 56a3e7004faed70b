"""Calls whose work is one kernel, computed without nodes, a graph or a run."""

import contextvars
import gc
import pickle
import sys
import warnings
import weakref

import dask
import numpy as np
import pytest
from tests.python.conftest import in_threads, same

import daisy
from daisy import autodask, inline, register_get, strict
from daisy._core import get_children
from lazy.tree import LTree

X, Y = np.arange(1.0, 7.0), np.full(6, 0.5)


@inline
def add(a, b):
    return a + b


def shared(a, b):
    return add(add(a, b), add(a, b)) * 2


def pair(a, b):
    c = np.sqrt(a * b)
    return c + 1, c - a


def listed(a, b):
    c = a / b
    return [c * b, c - 1, c]


def single(a, b):
    return a + b


def marked(function, *args):
    """The function after a call that made its template."""
    traced = autodask(function)
    strict(traced(*args))
    return traced


def direct(traced):
    """How many calls were computed without a graph."""
    return traced._memory.templates.direct


@pytest.mark.parametrize("function", [shared, pair, listed, single])
@pytest.mark.parametrize("size", [0, 1, 6, 1000, 300_000])
def test_the_second_call_needs_no_graph(function, size):
    """One kernel's work is done at once, whatever the size, and whatever holds the results."""
    a, b = np.arange(1.0, size + 1), np.full(size, 0.5)
    traced = marked(function, X, Y)
    for count in (1, 2):
        got, wanted = strict(traced(a, b)), function(a, b)
        assert same(got, wanted)
        assert direct(traced) == count


REDUCED = {
    "a sum": lambda a, b: ((a - b) ** 2).sum(),
    "a mean": lambda a, b: np.mean(np.abs(a - b)),
    "an extremum": lambda a, b: np.max(a * b),
    "a product": lambda a, b: (a / b * 1e-9 + 1).prod(),
    "along an axis": lambda a, b: (a * b).sum(axis=0, keepdims=True),
    "along the only axis": lambda a, b: np.max(a * b, 0),
    "whether any": lambda a, b: (a > b).any(),
    "a conversion": lambda a, b: (a * b).astype(np.float32),
    "two conversions": lambda a, b: ((a * b).astype("i4") > b).astype(float).argmin(),
    "one of several results": lambda a, b: np.modf(a * b)[0] + 1,
}


@pytest.mark.parametrize("name", REDUCED)
@pytest.mark.parametrize("size", [1, 6, 129, 1000, 300_000])
def test_reductions_and_methods_need_no_graph(name, size):
    """What a method is called for is in the kernel, and so is what numbers come of."""
    function = REDUCED[name]
    a, b = np.arange(1.0, size + 1), np.full(size, 0.5)
    traced = marked(function, X, Y)
    taken = direct(traced)
    got, wanted = strict(traced(a, b)), function(a, b)
    assert type(got) is type(wanted)
    assert same(got, wanted)
    assert direct(traced) == taken + 1


def test_reductions_of_rows_need_no_graph():
    """The axis is that of the arrays of the call, whatever their shape."""
    traced = marked(lambda a, b: np.sum(a * b, axis=-1), X.reshape(2, 3), Y.reshape(2, 3))
    for shape in ((1, 6), (6, 1), (20, 300), (5000, 3)):
        a, b = (np.random.default_rng(seed).normal(size=shape) for seed in (0, 1))
        assert same(strict(traced(a, b)), np.sum(a * b, axis=-1))
    assert direct(traced) == 4


def test_a_mean_is_divided_where_the_call_was_made():
    """A mean that is too small is told of as the caller's settings say, not those of the force."""
    least = np.array([5e-324, 0.0, 0.0])
    traced = marked(lambda a: (a * 1).mean(axis=0, keepdims=True), least)
    with np.errstate(all="raise"):
        loud = traced(least)
    assert strict(traced(least)).tolist() == [0.0]
    with pytest.raises(FloatingPointError):
        strict(loud)
    quiet = traced(least)
    with np.errstate(all="raise"):
        assert strict(quiet).tolist() == [0.0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.0, 0.0])
def test_numbers_that_numpy_has_to_find(value):
    """A NaN's payload and a zero's sign come from NumPy, also where there is no graph otherwise."""
    a = np.where(np.arange(300) % 7 == 3, value, -1.0)
    for function in REDUCED.values():
        traced = marked(function, X, Y)
        with np.errstate(all="ignore"):
            assert same(strict(traced(a, a)), function(a, a))


@pytest.mark.parametrize(
    "args",
    [
        (X, Y[:1]),
        (X[::2], Y[::2]),
        (X[:, None], Y),
        (X.reshape(2, 3).T, X.reshape(2, 3).T),
        (np.array(2.0), X),
        (X.astype(">f8"), Y),
        (np.frombuffer(b"\0" * 49, "u1")[1:].view("f8"), Y),
    ],
    ids=["broadcast", "strided", "two axes", "transposed", "no axes", "swapped", "unaligned"],
)
def test_other_arrays_are_left_to_the_engine(args):
    """They are of the same template, and their layout is what NumPy gives."""
    traced = marked(shared, X, Y)
    got, wanted = strict(traced(*args)), shared(*args)
    assert same(got, wanted)
    assert got.strides == wanted.strides
    assert direct(traced) == 0


def test_dtypes_one_after_the_other():
    """What was kept for the dtypes met last is not used for others."""
    traced = marked(shared, X, Y)
    for char in "dfdlbdDlf?d":
        a, b = X.astype(char), Y.astype(char)
        assert same(strict(traced(a, b)), shared(a, b))
        assert same(strict(traced(a, X)), shared(a, X))


def test_what_changes_between_call_and_force():
    """Elements, dtype and shape are those that the arrays have when the thunk is forced."""
    traced, a = marked(shared, X, Y), X.copy()
    thunk = traced(a, Y)
    a[0] = 100
    assert same(strict(thunk), shared(a, Y))
    thunk = traced(a, Y)
    a.dtype = np.int64
    assert same(strict(thunk), shared(a, Y))
    thunk = traced(a, Y[:1])
    a.shape = (2, 3)
    assert same(strict(thunk), shared(a, Y[:1]))


def test_a_value_is_one_object():
    """For whoever forces it, in one thread or several at once."""
    traced, a = marked(shared, X, Y), np.arange(50_000.0)
    thunk = traced(X, Y)
    assert strict(thunk) is strict(thunk)
    for _ in range(20):
        thunk = traced(a, a)
        values = in_threads(lambda _, one=thunk: strict(one), 4)
        assert all(value is values[0] for value in values)


def test_a_value_is_one_object_in_runs():
    """Also where one thread computes the call while another takes it into a graph."""
    traced, a = marked(shared, X, Y), np.arange(200_000.0)

    def forced(number, one):
        return strict([one, one + 1])[0] if number % 2 else strict(one)

    for _ in range(60):
        thunk = traced(a, a)
        values = in_threads(lambda number, one=thunk: forced(number, one), 4)
        assert all(value is strict(thunk) for value in values)


def test_a_thunk_can_be_looked_at_first():
    """Its nodes are made when somebody asks for them."""
    traced = marked(shared, X, Y)
    wanted = shared(X, Y)
    assert len(get_children(traced(X, Y))) == 3
    assert "mul" in str(LTree.parse(traced(X, Y)))
    assert same(strict(pickle.loads(pickle.dumps(traced(X, Y)))), wanted)
    assert same(strict(traced(X, Y) + 1), wanted + 1)
    assert strict([traced(X, Y), traced(X, Y)])[1].sum() == wanted.sum()


def test_a_thunk_is_an_argument():
    """Of the same function, to be computed or there already; in chains of any length."""
    traced = marked(shared, X, Y)
    first = traced(X, Y)
    assert same(strict(traced(first, Y)), shared(shared(X, Y), Y))
    assert same(strict(traced(first, Y)), shared(shared(X, Y), Y))
    halved = marked(lambda x, y: (x + y) / 2, X, Y)
    long = halved(X, Y)
    for _ in range(20_000):
        long = halved(long, Y)
    assert np.allclose(strict(long), Y)
    for _ in range(100_000):
        long = halved(long, Y)
    del long


def test_switched_off():
    """Without fusion, or with another scheduler, calls go the ways that were asked for."""
    traced = marked(shared, X, Y)
    with daisy.options(fuse=False):
        assert same(strict(traced(X, Y)), shared(X, Y))
    graphs = []

    def watching(graph, keys, **kwargs):
        graphs.append(len(graph))
        return dask.get(graph, keys, **kwargs)

    register_get(watching)
    try:
        assert same(strict(traced(X, Y)), shared(X, Y))
    finally:
        register_get(None)
    assert direct(traced) == 0
    assert graphs


def ratios(a, b):
    return a / b - b / a


def test_errors_are_numpys():
    """Warnings and errors as the settings at the call say, as many as in the plain function."""
    traced, zeros = marked(ratios, X, Y), np.zeros(6)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        plain = ratios(X, zeros)
        wanted = [str(one.message) for one in said]
        del said[:]
        assert same(strict(traced(X, zeros)), plain)
        assert [str(one.message) for one in said] == wanted
        with np.errstate(all="ignore"):
            thunk = traced(X, zeros)
        del said[:]
        assert same(strict(thunk), plain)
        assert not said
    with np.errstate(divide="raise"):
        thunk = traced(X, zeros)
    with pytest.raises(FloatingPointError, match="divide by zero"):
        strict(thunk)
    with np.errstate(divide="ignore"):
        assert same(strict(traced(X, zeros)), plain)


def test_a_result_that_is_too_large():
    """It is refused by the operation that wants it, in the user's line."""
    traced = marked(lambda x: x / 2, X)
    for _ in range(2):
        with pytest.raises(ValueError, match="array is too big") as error:
            strict(traced(np.empty((0, 2**61), "i1")))
        assert "x / 2" in error.value.__notes__[0]


def test_other_contexts():
    """A thunk that is forced in another context than it was made in."""
    traced = marked(ratios, X, Y)
    thunk = contextvars.copy_context().run(traced, X, Y)
    assert same(strict(thunk), ratios(X, Y))


def test_nothing_is_kept():
    """Arguments and results go when nobody has them; so do functions that call themselves."""
    traced = marked(shared, X, Y)
    a = np.arange(20_000.0)
    before = sys.getrefcount(a)
    value = strict(traced(a, a))
    assert sys.getrefcount(a) == before
    gone = weakref.ref(value)
    del value
    assert gone() is None
    thunk = traced(a, a)
    del thunk
    assert sys.getrefcount(a) == before


def test_a_function_of_its_own_is_collected():
    """Templates know constants of the function that may know the function."""

    def make():
        def inner(a, b):
            return a * 2 + b

        holder = autodask(inner)
        inner.holder = holder
        strict(holder(X, Y))
        strict(holder(X, Y))
        assert direct(holder) == 1
        return weakref.ref(inner)

    gone = make()
    gc.collect()
    assert gone() is None


def test_a_function_stays_for_its_calls():
    """What a call needs that has not been computed is not collected with the function."""

    def make():
        def helper(x):
            return x * 2

        holder = autodask(lambda x: helper(x) + 1)
        helper.holder = holder
        strict(holder(X))
        return holder(X), weakref.ref(helper)

    thunk, helper = make()
    gc.collect()
    assert helper() is not None
    assert same(strict(thunk), X * 2 + 1)
    gc.collect()
    assert helper() is None


def test_ways_to_call():
    """By keyword, with too many arguments, through a subclass, as a method, from C code."""
    traced = marked(shared, X, Y)
    wanted = shared(X, Y)
    assert same(strict(traced(b=Y, a=X)), wanted)
    assert same(strict(traced(X, b=Y)), wanted)
    assert same(strict(traced.__call__(X, Y)), wanted)
    assert same(strict(next(map(traced, [X], [Y]))), wanted)
    for args, kwargs in [((X,), {}), ((X, Y, Y), {}), ((X, Y), {"c": 1}), ((X,), {"a": Y})]:
        with pytest.raises(TypeError) as plain:
            shared(*args, **kwargs)
        with pytest.raises(TypeError) as error:
            strict(traced(*args, **kwargs))
        assert str(error.value) == str(plain.value)

    class Loud(type(traced)):
        def __call__(self, *args):
            return "loud", super().__call__(*args)

    loud = Loud(shared, False)
    for _ in range(3):
        name, thunk = loud(X, Y)
        assert name == "loud"
        assert same(strict(thunk), wanted)


def test_ways_to_be_strict():
    """`strict` is a class that is called like a function, and has subclasses that are not."""
    traced = marked(shared, X, Y)
    assert same(next(map(strict, [traced(X, Y)])), shared(X, Y))
    assert same(type(strict).__call__(strict, traced(X, Y)), shared(X, Y))
    assert strict(3) == 3
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        strict()
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        strict(1, 2)

    class Pair(strict):
        def __init__(self, one, other):
            self.both = one, other

    assert Pair(1, other=2).both == (1, 2)
