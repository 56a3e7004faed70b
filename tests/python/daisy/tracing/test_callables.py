"""Callables that stand for a call of another."""

import functools
import operator

import numpy as np

from daisy import inline

A = np.arange(6.0)


def user(x, *more, **named):
    return x * 2 if not more else (x, more, named)


@inline
def doubled(x):
    return x + x


def test_partials_are_taken_apart(unforced):
    """A partial of an inline function enters it; of any other it is a call of that."""

    def func(x):
        return (
            functools.partial(doubled)(x),
            functools.partial(user, x)(),
            functools.partial(max, 3)(2),
        )

    unforced(func, A)


def test_callables_of_operator(unforced):
    """`itemgetter` and its like look into real containers."""

    def func(x):
        pair = operator.itemgetter(1, 0)([x, 2])
        return pair, operator.attrgetter("T.shape")(x), operator.methodcaller("sum")(x)

    unforced(func, A)


def test_unbound_methods(unforced):
    """`str.upper(s)` is cheap, `list.append(l, x)` is the method of the real list."""

    def func(x):
        out = []
        list.append(out, x)
        return str.upper("a"), out, str.join(",", ["a", str(x.sum())])

    unforced(func, A)
