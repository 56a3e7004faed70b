"""The order of operations on what can change, and what is never folded."""

# ruff: noqa: F841  (the functions under test are as people write them)

import io
import itertools
import random
import time

import numpy as np
import pytest

from daisy import autodask, strict

A = np.arange(6.0)


class Counter:
    def __init__(self, start=0):
        self.n = start
        self.parts = []

    def up(self, by=1):
        self.n += by
        return self.n

    def part(self):
        self.parts.append(Counter(self.n))
        return self.parts[-1]

    @property
    def double(self):
        return self.n * 2

    def __add__(self, other):
        return self.n + other


def user_up(counter, by):
    return counter.up(by)


def on_an_object_made_here(x):
    counter = Counter()
    before = counter.n
    one = counter.up()
    between = counter.n, counter.double, counter + 1, f"{counter.n}"
    two = user_up(counter, 5)
    three = counter.up()
    return before, one, between, two, three, counter.n


def on_an_argument(counter):
    before = counter.n
    one = counter.up()
    between = counter.double
    two = counter.up(3)
    return before, one, between, two, counter.n


def on_results_that_nobody_needs(x):
    counter = Counter()
    unused = counter.up()
    also = user_up(counter, 2)
    return counter.n


def on_an_object_that_is_returned(x):
    counter = Counter()
    unused = counter.up()
    return counter, [counter]


def on_an_argument_that_is_returned(counter):
    unused = counter.up()
    return {"counter": counter}


def on_what_a_function_holds(x):
    counter = Counter()
    one = counter.up()
    two = call(lambda: counter.up())
    three = call(counter.up)
    return one, two, three, counter.n


def call(function):
    return function()


def on_parts(x):
    counter = Counter(3)
    part = counter.part()
    one = part.up()
    again = counter.parts
    two = again[0].up()
    return one, two, part.n, counter.n


def on_two_objects(x):
    a, b = Counter(), Counter()
    return a.up(), b.up(), a.up(), a is b


def on_results_of_functions(x):
    counter = make(x)
    before = counter.nn if x is None else counter.double
    return before, counter.up(), counter.up(), counter.double


def make(x):
    return Counter(1)


def on_an_iterator(x):
    rest = iter(x)
    first = next(rest)
    second = next(rest)
    third, *more = rest
    return first, second, third, more


def on_an_iterator_of_a_list(x):
    rest = iter([1, x, 3])
    first = next(rest)
    return first, list(rest)


def on_a_file(file):
    first = file.readline()
    second = file.readline()
    return first, second, file.read()


def on_a_file_made_here(x):
    file = io.StringIO("a\nb\nc\n")
    first = file.readline()
    return first, file.readline(), file.read()


def on_a_generator_made_here(x):
    rng = np.random.default_rng(3)
    first = rng.normal()
    second = rng.normal(size=2)
    return first, second, second.sum(), rng.integers(10), draw(rng), draw(rng)


def on_a_generator(rng):
    return rng.normal(), rng.normal(), draw(rng), rng.random(2)


def draw(rng):
    return rng.random()


def on_counts(x):
    count = itertools.count()
    return next(count), next(count), next(count)


CASES = [
    *((on_an_object_made_here, 1), (on_an_argument, Counter(2)), (on_parts, 1)),
    *((on_results_that_nobody_needs, 1), (on_an_object_that_is_returned, 1)),
    *((on_an_argument_that_is_returned, Counter(2)), (on_what_a_function_holds, 1)),
    *((on_two_objects, 1), (on_results_of_functions, 1), (on_an_iterator, A)),
    *((on_an_iterator_of_a_list, A), (on_a_file, io.StringIO("a\nb\nc\nd")), (on_counts, 1)),
    *((on_a_file_made_here, 1), (on_a_generator_made_here, 1), (on_counts, 1)),
    *((on_a_generator, np.random.default_rng(1)), (on_a_generator, np.random.RandomState(1))),
]


@pytest.mark.parametrize(("func", "value"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_calls_on_one_object_run_in_the_order_written(check, func, value):
    """They are never folded, and what reads the object runs between the same calls."""
    if func is on_a_generator and isinstance(value, np.random.RandomState):
        func = on_a_random_state
    check(func, value)


def on_a_random_state(rng):
    return rng.normal(), rng.normal(), rng.random_sample(2)


def test_random_functions_are_called_as_often_as_written(engine):
    """Two calls of `random.random` are two numbers, in the order written."""

    def func(x):
        a = random.random()
        b = np.random.rand()
        c = random.random()
        return c, b, a, np.random.rand()

    def seed():
        random.seed(1)
        np.random.seed(1)

    seed()
    expected = func(1)
    seed()
    assert strict(autodask(func)(1)) == expected


def test_times_are_not_folded(engine):
    """Two calls of `time.time` are two times."""

    def func(x):
        start = time.perf_counter_ns()
        return start, time.perf_counter_ns()

    start, end = strict(autodask(func)(1))
    assert end > start


def test_an_impure_value_is_computed_once(engine):
    """A strict point does not make a random number anew."""

    def func(x):
        r = random.random() + 0
        s = r + 1
        if r > -1:
            return r, s, r * 2
        return None

    r, s, twice = strict(autodask(func)(1))
    assert s == r + 1
    assert twice == 2 * r


def test_objects_made_twice_are_two(check):
    """Construction of a user's class is never folded."""

    def func(x):
        a, b = Counter(x), Counter(x)
        return a is b, a.n == b.n

    check(func, 1)


def test_pure_work_on_impure_values_is_shared():
    """What is computed from a random number is folded as ever."""
    from daisy import ltree_to_dask

    def func(x):
        r = np.random.rand()
        return (r + 1) * (r + 1)

    graph, _ = ltree_to_dask(autodask(func)(1))
    assert sum(key.startswith("add-") for key in graph) == 1


def test_equal_results_are_two_values(check):
    """Two places of a result that fold into one array get a copy each."""

    def func(x):
        return x + 1, x + 1

    a, b = strict(autodask(func)(A))
    assert a is not b
    check(func, A)


def test_constants_of_different_type_are_different(check):
    """`1`, `1.0` and `True` are three, `0.0` and `-0.0` two."""

    def func(x):
        return kind(1), kind(1.0), kind(True), kind(0.0), kind(-0.0), kind("1")

    check(func, 1)


def kind(x):
    return type(x).__name__, repr(x)


def test_an_array_changed_between_evaluations_is_seen_changed():
    """Sharing is decided for each evaluation."""
    value = A.copy()
    marked = autodask(lambda x: x + 1)
    first = strict(marked(value))
    value[0] = 10
    assert strict(marked(value))[0] == 11
    assert first[0] == 1


def test_errstate_of_the_call_counts(engine):
    """A thunk is computed in the context of the call that made it."""
    marked = autodask(lambda x: 1 / x)
    with np.errstate(divide="ignore"):
        thunk = marked(np.zeros(1))
    with np.errstate(divide="raise"):
        assert strict(thunk)[0] == np.inf
