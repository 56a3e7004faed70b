"""Functions defined in a traced function: entered when called, plain when given away."""

import functools
import types

import numpy as np

from daisy import autodask, strict

A = np.arange(6.0)


def apply(function, *args):
    return function(*args)


def kind(function):
    return type(function) is types.FunctionType, function.__name__, function.__defaults__


def test_a_lambda_given_to_a_deferred_call_is_plain(unforced):
    """It arrives with its cells as they are, thunks in them as values."""

    def func(x):
        total = x.sum()
        scale = 2
        return apply(lambda v: v * scale + total, 3), kind(lambda v, w=scale: v)

    unforced(func, A)


def test_defaults_of_functions_given_away(unforced):
    """Defaults, of both kinds, can be thunks."""

    def func(x):
        def inner(v, base=x.sum(), *, scale=x[1]):  # noqa: B008
            return v * scale + base

        return apply(inner, 3), inner(4)

    unforced(func, A)


def test_a_recursive_function_given_away(unforced):
    """It finds itself, as a plain function."""

    def func(x):
        def power(n):
            return 1 if n == 0 else x * power(n - 1)

        return apply(power, 3)

    unforced(func, A)


def test_functions_that_need_functions(unforced):
    """A function in the cells of one given away is plain as well."""

    def func(x):
        def one(v):
            return v + x

        def two(v):
            return one(v) * 2

        return apply(two, 1), two(1)

    unforced(func, A)


def test_functions_that_need_each_other_are_refused(refused):
    """There is no order in which they could be made plain."""

    def func(x):
        def even(n):
            return n == 0 or odd(n - 1)

        def odd(n):
            return n != 0 and even(n - 1)

        return apply(even, x)

    refused(func, 4)


def test_cells_are_as_they_are_at_that_moment(unforced):
    """A list that is changed afterwards is not seen changed."""

    def func(x):
        items = [x]
        count = apply(lambda: len(items))
        items.append(1)
        return count, items

    points = []
    assert points == []
    result = strict(autodask(func)(A))
    assert result[0] == 1


def test_partials_of_local_functions(unforced):
    """A partial of one is a partial of the plain function."""

    def func(x):
        def inner(a, b):
            return a * b + x

        return apply(functools.partial(inner, 2), 3), functools.partial(inner, b=x)(2)

    unforced(func, A)


def test_local_functions_in_containers(unforced):
    """A function in a list that is given away, or returned, is plain."""

    def func(x):
        steps = [lambda v: v + x, lambda v: v * 2]
        return first_of(steps, 1), [step(1) for step in steps]

    unforced(func, A)


def first_of(steps, value):
    return steps[0](value)


def test_returning_a_function():
    """What comes out of the trace is a plain function with values in its cells."""

    def func(x):
        total = x.sum()
        return lambda v: v + total

    made = strict(autodask(func)(A))
    assert type(made) is types.FunctionType
    assert made(1) == 16.0


def test_functions_for_numpy(unforced):
    """`apply_along_axis`, `vectorize` and `sorted` get plain functions."""

    def func(x):
        rows = np.apply_along_axis(lambda row: row * 2 + x[1], 0, x)
        return rows, np.vectorize(lambda v: v + 1)(x), np.piecewise(x, [x < 2], [lambda v: -v, 0])

    unforced(func, A)


def test_decorated_local_functions(check):
    """Decorators are called as any function is."""

    def func(x):
        @functools.lru_cache(maxsize=None)
        def inner(n):
            return n + 1

        @functools.wraps(inner)
        def outer(n):
            return n

        return inner(1), outer(2), x

    check(func, A)


def test_closures_over_loops(unforced):
    """A lambda that is called where it stands sees the live variable."""

    def func(x):
        out = []
        for i in range(3):
            out.append((lambda v: v * i)(x))
        return out

    unforced(func, A)


def test_marks_are_not_copied_with_attributes(check):
    """`functools.update_wrapper` copies attributes, and with them the note of how to be plain."""

    def func(x):
        def one(v):
            return v + x

        def two(v):
            return v * x

        functools_update = apply(functools.update_wrapper, one, two)
        return functools_update(2)

    check(func, A)
