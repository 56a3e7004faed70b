"""`map`, `filter`, `reduce`, and functions with a key."""

import functools
import operator

import numpy as np

from daisy import inline

A = np.arange(6.0)


def user(x):
    return x * 2


@inline
def doubled(x):
    return x + x


def test_map_filter_reduce(unforced):
    """Done now over real containers, each inner call by the table of calls."""

    def func(x):
        mapped = list(map(doubled, [x, 1])) + list(map(lambda a, b: a + b, [x, 1], [2, x]))
        kept = list(filter(lambda n: n > 1, [1, 2, 3])) + list(filter(None, [0, 1]))
        total = functools.reduce(lambda a, b: a + b, [x, 1, x], 0)
        return mapped, kept, total, functools.reduce(operator.add, [x, x]), list(map(str, [1, 2]))

    unforced(func, A)


def test_a_map_is_a_map(trace):
    """It is lazy where it was lazy, and of the same type."""

    def func(x):
        rest = map(user, [x, 1])
        return type(rest) is map and isinstance(next(iter([1])), int)

    assert trace(func, A)[1] is True


def test_filter_on_thunks_forces_the_test(check):
    """Which items are kept must be known."""

    def func(x):
        return list(filter(lambda v: v.sum() > 3, [x, x * 0]))

    check(func, A)


def test_map_over_a_thunk_is_deferred(unforced):
    """Over a thunk all of it is deferred, with the plain function."""

    def func(x):
        return list(map(lambda v: v + 1, x)), sorted(user(x)), functools.reduce(operator.add, x)

    unforced(func, A)


def test_keys_are_calls_by_the_table(unforced):
    """`sorted`, `min` and `max` by a key."""

    def func(x):
        rows = [("b", x), ("a", x + 1)]
        first = sorted(rows, key=operator.itemgetter(0))[0][1]
        longest = max(["a", "bbb"], key=len)
        by_value = sorted([3, 1, 2], key=lambda n: -n, reverse=True)
        return first, longest, by_value, min(rows, key=lambda row: row[0])[0]

    unforced(func, A)


def test_keys_that_are_thunks_defer_the_call(unforced):
    """The order is not known before the graph runs."""

    def func(x):
        return sorted([3, 1, 2], key=lambda n: x[n]), max([x, x + 1], key=lambda v: v.sum())

    unforced(func, -A)


def test_cmp_to_key(check):
    """Comparison functions work as keys."""

    def func(x):
        return sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)), x

    check(func, A)
