"""What a deferred call is given."""

# ruff: noqa: B905  (the functions under test are as people write them)

import functools
import types

import numpy as np

from daisy import autodask, inline, strict

A = np.arange(6.0)


def kind(value):
    return type(value).__name__


def listed(values):
    return type(values).__name__, list(values)


@inline
def doubled(x):
    return x * 2


def apply(function, x):
    return type(function) is types.FunctionType, function(x)


def test_iterators_arrive_as_iterators_of_their_type(unforced):
    """Generators, zips and the like arrive with the same items and type."""

    def func(x):
        return (
            listed(v * 2 for v in [x, 1]),
            listed(zip([x, 1], "ab")),
            listed(enumerate([x, 1], 3)),
            listed(map(lambda v: v + 1, [x, 1])),
            listed(iter([x, 1])),
            listed(reversed([x, 1])),
            listed(enumerate([])),
        )

    unforced(func, A)


def test_views_arrive_as_views(unforced):
    """`d.items()` given away is a view of a copy."""

    def func(x):
        table = {"a": x, "b": 1}
        return listed(table.items()), listed(table.keys()), listed(table.values())

    unforced(func, A)


def test_an_iterator_given_away_cannot_be_used_again(refused):
    """What is left in it would depend on who comes first."""

    def func(x):
        rest = iter([x, 1, 2])
        first = listed(rest)
        return first, [v for v in rest]

    refused(func, A, match="iterator")


def test_an_iterator_that_raises_while_it_is_used_up(refused):
    """The callee might have caught the error, or never come to it."""

    def func(x):
        return listed(1 / v for v in [1, 0])

    refused(func, A, match="ZeroDivisionError")


def test_consumers_take_the_rest_of_an_iterator(unforced):
    """`sum`, `sorted`, `set`, `join` use up a generator made here."""

    def func(x):
        total = sum(v.sum() for v in [x, x + 1])
        text = ",".join(str(v) for v in [1, x.sum()])
        rest = iter([3, 1, 2])
        return total, text, sorted(v for v in rest), next(rest, "none"), max(v for v in [1, x[1]])

    unforced(func, A)


def test_any_stops_where_it_is_decided(check):
    """What comes after the deciding item is never computed."""

    def func(x):
        return any(1 / v > 2 for v in x), all(v > 0 and 1 / v for v in [x[1] * 0, x[0]])

    check(func, np.array([1.0, 0.25]))
    with np.errstate(all="raise"):
        check(lambda x: any(1 / v > 2 for v in [x[0], x[1], x[2]]), np.array([1, 0.25, 0]))


def test_marked_functions_arrive_plain(unforced):
    """A function marked with `inline` is given away as the plain function."""

    def func(x):
        return apply(doubled, x), [apply(f, x) for f in (doubled,)], apply(*(doubled, x))

    plain = strict(autodask(func)(A))
    assert plain[0][0] is True


def test_partials_of_thunks(unforced):
    """A partial that holds a thunk arrives as a partial of its value."""

    def func(x):
        return call(functools.partial(max, x.sum()), 2)

    unforced(func, A)


def call(function, value):
    return function(value)


def test_methods_of_containers_given_away(unforced):
    """`d.get` given away is the method of a copy."""

    def func(x):
        table = {"a": x, "b": 1}
        return call(table.get, "a")

    unforced(func, A)


def test_methods_that_change_containers_cannot_be_given_away(refused):
    """What they put in would go into the copy."""

    def func(x):
        out = []
        done = call(out.append, x)
        return out, done

    refused(func, A)


def test_returned_iterators(check):
    """A generator that is returned is a generator of values."""

    def func(x):
        return (v + 1 for v in [x, 2])

    made = strict(autodask(func)(A))
    assert type(made) is types.GeneratorType
    assert [kind(v) for v in made] == ["ndarray", "int"]


def test_containers_of_containers(unforced):
    """Namedtuples, sets and slices arrive as they are, with values in them."""

    def func(x):
        pair = {"a": [(x, {1, 2}), frozenset({3})], "s": slice(1, None)}
        return call(dict, pair), x[slice(1, 3)]

    unforced(func, A)


def test_a_deferred_call_that_calls_a_traced_function(check):
    """Called from a task, an autodask function is called from outside."""
    marked = autodask(lambda v: v + 1)

    def task(x):
        return strict(marked(x))

    def func(x):
        n = task(x)
        if n.sum() > 0:
            return n * task(n)
        return n

    check(func, A)


def test_a_task_may_return_a_thunk():
    """The value of a deferred call is never a thunk."""

    def lazy(x):
        return autodask(lambda v: v + 1)(x)

    def func(x):
        return lazy(x) * 2

    assert strict(autodask(func)(1)) == 4
