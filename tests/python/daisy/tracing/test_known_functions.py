"""Functions that are known by name: each row of the table, and what it must not do."""

# ruff: noqa: B905  (the functions under test are as people write them)

import math
import operator
import typing

import numpy as np

from daisy._core import is_thunk

A = np.arange(6.0)


def user(x, *more, **named):
    return x * 2 if not more else (x, more, named)


def test_callables_that_look_at_the_container(unforced):
    """They are done now though thunks stand inside."""

    def func(x):
        y = user(x)
        items = [y, x]
        pairs = list(zip(items, range(len(items))))
        numbered = list(enumerate(items))
        first = next(iter(items))
        table = dict(a=y, b=x)
        back = list(reversed(items))
        length = len(table)
        kinds = isinstance(items, list), type(items) is list, issubclass(int, object)
        rest = callable(user), hasattr(items, "append"), getattr(items, "nope", None)
        return (
            pairs,
            numbered,
            first,
            tuple(items),
            back,
            table,
            length,
            kinds,
            rest,
            items[slice(1)],
        )

    unforced(func, A)


def test_callables_that_look_at_the_container_given_a_thunk(unforced):
    """Given a thunk itself they are deferred."""

    def func(x):
        y = user(x)
        return (
            len(y),
            list(y),
            tuple(y),
            isinstance(y, np.ndarray),
            type(y),
            callable(y),
            range(len(y)),
        )

    unforced(func, A)


def test_iterators_over_thunks_are_never_folded(unforced):
    """Two equal `zip`s are two iterators: each is used up by its own list."""

    def func(x):
        return list(zip(x, x)), list(zip(x, x)), list(enumerate(x)), list(enumerate(x))

    unforced(func, A)


def test_callables_that_look_at_values(unforced):
    """They are deferred when a thunk takes part, and done now when none does."""

    def func(x):
        n = x.sum()
        values = [n, 3, 1]
        return (
            *(sorted(values), min(values), max(n, 2), sum(values), any([n, 0]), all(values)),
            *(int(n), float(n), complex(n), bool(n), str(n), abs(n), round(n, 1), repr(n)),
            *(format(n, ".1f"), divmod(n, 4), pow(n, 2), set(values), frozenset(values)),
            *(chr(int(n)), ord("a"), hash(n), bytes([1, 2]), hex(int(n))),
        )

    unforced(func, A)


def test_values_of_static_arguments_are_static(trace):
    """So that a branch on `max(a, b)` or `math.floor(x)` is plain Python."""

    def func(n):
        size = max(n, 2) + sum([1, 2]) + int("3") + math.floor(2.5) + operator.add(1, 1)
        size = size + int(np.sqrt(16.0)) + np.ndim([1, 2]) + len(sorted({3, 1}))
        return [0] * size if np.isscalar(n) and isinstance(np.float64(2).item(), float) else None

    assert trace(func, 3)[1] == [0] * (3 + 3 + 3 + 2 + 2 + 4 + 1 + 2)


def test_ufuncs_on_lists_are_work(trace):
    """The cheap table is for scalars: on a list a ufunc is a node."""
    assert is_thunk(trace(lambda n: np.sin([n, 2.0]), 1.0)[1])


def test_casts_are_transparent(trace):
    """`typing.cast` gives its argument."""
    assert trace(lambda n: typing.cast(int, n) + 1, 2)[1] == 3


def test_an_alias_of_globals_is_refused(refused):
    """`locals` and its like under another name would see the tracer's frame."""

    def func(x):
        look = locals
        return look(), x

    refused(func, 1, match="locals")
