"""Traces that stand for later calls: which arguments are of the same kind."""

import functools
import weakref

import numpy as np
import pytest
from tests.python.conftest import same
from tests.python.daisy.tracing.body_runs import body_runs, calls

from daisy import autodask, inline, options, strict, thunk

ONES = np.ones(3)


@inline
def add(a, b):
    return a + b


def twice_the_sum(a, b):
    return add(add(a, b), add(a, b))


def test_a_second_call_does_not_run_the_body():
    """It costs a look at the arguments, and gives what tracing would."""
    marked = autodask(twice_the_sum)
    assert calls(marked, twice_the_sum, (ONES, ONES * 2), (ONES * 3, ONES)) == 1


def test_shapes_that_nobody_asked_for():
    """One trace is for arrays of all shapes and dtypes."""
    plain = lambda x: x * 2 + 1
    arrays = [np.ones(3), np.ones((2, 2), "f4"), np.array(5), np.zeros((0, 3)), np.arange(4)]
    assert calls(autodask(plain), plain, *[(one,) for one in arrays]) == 1


def by_rank(x):
    if x.ndim == 1:
        return x * 2
    return x.sum(axis=0)


def by_shape(x):
    return x * x.shape[0] + len(x) + x.size


def by_dtype(x):
    if x.dtype == np.float32:
        return x + 1
    return x * x.dtype.itemsize


def by_class(x):
    return x * 2 if isinstance(x, np.ndarray) else x + 1


def by_numpy(x):
    y = np.asarray(x) + np.ndim(x)
    return y * np.shape(x)[-1] + np.size(x) if np.ndim(x) else y


@pytest.mark.parametrize(
    ("plain", "traces"), [(by_rank, 2), (by_shape, 3), (by_dtype, 3), (by_class, 1), (by_numpy, 4)]
)
def test_what_was_asked_of_an_array_is_asked_again(plain, traces):
    """Another answer is another trace."""
    arrays = [np.ones(3), np.ones((2, 3)), np.ones(4, "f4"), np.arange(3), np.ones(3)]
    if plain is by_numpy:
        arrays.append(np.array(1.0))
    assert calls(autodask(plain), plain, *[(one,) for one in arrays]) == traces


class Sub(np.ndarray):
    """A class of the user's, with a sum of its own."""

    def __add__(self, other):
        return np.asarray(self) - other


def test_a_subclass_is_no_array():
    """Each class may have operators and attributes of its own."""
    plain = lambda x: x + 1 if type(x) is np.ndarray else x + 2
    arrays = [ONES, ONES.view(Sub), np.ma.array(ONES), ONES]
    with np.errstate(all="ignore"):
        marked = autodask(plain)
        with body_runs() as runs:
            for one in arrays:
                assert same(np.asarray(strict(marked(one))), np.asarray(plain(one)))
    assert len(runs) == 3


@pytest.mark.parametrize(
    "values",
    [
        (1, 1.0, True, 1),
        (0.0, -0.0, 0, 0.0),
        (float("nan"), float("nan"), float("inf")),
        ("a", b"a", "b", None),
        ((1, 2), (1.0, 2), (1, (2,))),
        (np.float64(1), np.float32(1), np.int64(1), 1),
        (1 + 0j, complex(1, -0.0), 1),
    ],
    ids=repr,
)
def test_another_static_argument(values):
    """Its type and its value are part of the trace."""
    plain = lambda x, y: [x + 1, y]
    marked = autodask(plain)
    assert calls(marked, plain, *[(ONES, y) for y in values]) == len({repr(y) for y in values})


def test_a_static_condition_and_loop():
    """They mean what they say in every call."""

    def plain(x, count, mode="fast"):
        for number in range(count):
            x = x + number if mode == "fast" and number % 2 == 0 else x * 2
        return x

    marked = autodask(plain)
    given = [(ONES, 3), (ONES, 3, "fast"), (ONES, 4), (ONES, 3, "slow"), (ONES * 2, 3)]
    assert calls(marked, plain, *given) == 4


def test_one_object_twice():
    """Aliases are told from equals, through views as well."""

    def plain(a, b):
        return (a + b) * (b + a), a is None

    marked = autodask(plain)
    one, two = np.ones(2), np.ones(2)
    given = [(one, one), (one, two), (two, two), (one, one[:]), (one, 1.0)]
    assert calls(marked, plain, *given) == 3


def test_position_and_name():
    """An argument by name is another call, and so is another order of names."""
    marked = autodask(lambda a, b=2, **more: [a - b, list(more.items())])
    with body_runs() as runs:
        for _ in range(2):
            assert same(strict(marked(ONES, 3))[0], ONES - 3)
            assert same(strict(marked(ONES, b=3))[0], ONES - 3)
            assert same(strict(marked(b=3, a=ONES))[0], ONES - 3)
            assert strict(marked(ONES, x=1, y=2))[1] == [("x", 1), ("y", 2)]
            assert strict(marked(ONES, y=2, x=1))[1] == [("y", 2), ("x", 1)]
    assert len(runs) == 5


def test_the_number_of_arguments():
    """It is static."""
    plain = lambda *xs: sum(xs, 0) if len(xs) > 1 else xs[0]
    marked = autodask(plain)
    assert calls(marked, plain, (ONES,), (ONES, ONES * 2), (ONES,), (ONES, ONES * 2, 3)) == 3


def test_containers_are_traced_each_time():
    """Their lengths, keys and order are static, and what is in them is not."""
    plain = lambda xs: [len(xs), [x + 1 for x in xs]]
    marked = autodask(plain)
    given = [([ONES],), ([ONES, ONES],), ((ONES,),), ([ONES],)]
    assert calls(marked, plain, *given) == 4
    plain = lambda d: list(d.items())
    given = [({"a": 1, "b": 2},), ({"b": 2, "a": 1},)]
    assert calls(autodask(plain), plain, *given) == 2


def test_iterators_and_generators_are_used_up():
    """Each call gets its own."""
    plain = lambda xs: [x * 2 for x in xs]
    marked = autodask(plain)
    for _ in range(3):
        assert strict(marked(range(2))) == [0, 2]
        assert strict(autodask(lambda xs: list(xs))(x for x in (1, 2))) == [1, 2]


def test_a_thunk_that_is_pending():
    """It stays lazy, joins the graph, and one that is there already is another matter."""
    marked = autodask(lambda a, b: a * 2 + b)
    with body_runs() as runs:
        for start in (1.0, 2.0, 3.0):
            first = marked(ONES, start)
            second = marked(first, ONES)
            assert same(strict(second), (ONES * 2 + start) * 2 + ONES)
    assert len(runs) == 4  # one for each start, and one for all thunks
    shape = autodask(lambda x: x.shape[0] + x.sum())
    pending = marked(ONES, 1.0)
    assert strict(shape(pending)) == strict(shape(pending)) == strict(shape(strict(pending)))
    assert same(strict(autodask(lambda x: x + 1)(thunk.fromexpr(ONES))), ONES + 1)


def test_one_thunk_twice():
    """Two thunks are two, and one is one."""
    marked = autodask(lambda a, b: [a - b, a])
    product = autodask(lambda x, y: x * y)
    for left, right in ((2, 3), (3, 2), (2, 2)):
        a, b = product(ONES, left), product(ONES, right)
        assert same(strict(marked(a, b))[0], ONES * left - ONES * right)
        assert same(strict(marked(a, a))[0], ONES * 0)


def test_partials():
    """What is in front of the arguments is an argument."""
    marked = autodask(functools.partial(lambda a, b, c=1: a * b + c, 2.0, c=5))
    with body_runs() as runs:
        assert same(strict(marked(ONES)), ONES * 2 + 5)
        assert same(strict(marked(ONES * 2)), ONES * 4 + 5)
        assert same(strict(marked(ONES, c=6)), ONES * 2 + 6)
    assert len(runs) == 2


class Owner:
    """Its methods are traced each time."""

    def __init__(self, factor):
        self.factor = factor

    @autodask
    def scaled(self, x):
        return x * self.factor


def test_methods_see_their_object():
    """And what has been put into it since."""
    owner, other = Owner(2), Owner(3)
    assert same(strict(owner.scaled(ONES)), ONES * 2)
    assert same(strict(other.scaled(ONES)), ONES * 3)
    owner.factor = 5
    assert same(strict(owner.scaled(ONES)), ONES * 5)
    assert same(strict(autodask(owner.scaled)(ONES)), ONES * 5)


def test_arguments_are_not_kept_alive():
    """Neither by the template nor by what recorded it."""
    marked = autodask(lambda a, b: a + b * 2)
    array = np.ones(10)
    gone = weakref.ref(array)
    assert same(strict(marked(array, array)), array * 3)
    assert same(strict(marked(array, array)), array * 3)
    assert len(marked._memory.templates) == 1
    del array
    assert gone() is None


def test_an_array_that_is_changed_between_calls():
    """Each call looks at what is there when it runs."""
    marked, array = autodask(lambda a: a + 1), np.zeros(2)
    assert strict(marked(array)).tolist() == [1, 1]
    array[:] = 5
    assert strict(marked(array)).tolist() == [6, 6]
    array.shape = (2, 1)
    assert strict(marked(array)).tolist() == [[6], [6]]


def test_too_many_kinds_of_arguments():
    """Only a few templates are kept, and one day no more are made."""
    plain = lambda x, n: x + n
    marked = autodask(plain)
    assert calls(marked, plain, *[(ONES, n) for n in range(60)]) == 60
    assert len(marked._memory.templates) <= 8
    assert marked._memory.recorder() is None


def test_the_one_used_longest_ago_goes():
    """One that is used all the time stays."""
    marked = autodask(lambda x, n: x + n)
    with body_runs() as runs:
        for n in range(12):
            strict(marked(ONES, "often" == n or n))
            strict(marked(ONES, 0))
    assert len(runs) == 12


def test_switched_off():
    """Then every call runs the body, and nothing is kept."""
    plain = lambda x: x + 1
    marked = autodask(plain)
    with options(trace_once=False):
        assert calls(marked, plain, (ONES,), (ONES,)) == 2
    assert calls(marked, plain, (ONES,), (ONES,)) == 1
    with options(trace_once=False):
        assert calls(marked, plain, (ONES,)) == 1
    assert calls(marked, plain, (ONES,)) == 0
