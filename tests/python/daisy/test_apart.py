"""Helpers that change or compare what they are given, where folding gave one value to several."""

import decimal

import numpy as np
import pandas as pd

from daisy import autodask, strict

A = np.arange(4.0)
MISSING = object()


def bump(a):
    a += 1
    return a


def bump_first(items):
    items[0] += 1
    return items


def with_column(frame):
    frame["z"] = 0
    return frame


class Taker:
    """An object of the user's with a method that works in place."""

    def take(self, a):
        a += 1
        return a


TAKER = Taker()


def test_a_mask_makes_a_new_array(check):
    """Two equal masks or lists of places give two arrays, unlike two equal attributes."""
    check(lambda x: [bump(x[x > 1]), x[x > 1]], A)
    check(lambda x: [bump(x[[0, 1]]), x[[0, 1]].sum()], A)


def test_rows_of_a_frame(check):
    """A helper that adds a column to some rows does not add it to the same rows elsewhere."""
    frame = pd.DataFrame({"a": [1, 2, 3]})
    check(lambda d: [with_column(d[d.a > 1]).shape, d[d.a > 1].shape], frame)


def test_views_and_containers_of_folded_work(check):
    """What a helper gets is its own, also inside a list or as a view."""
    check(lambda x: [bump((x + 1).ravel()), (x + 1).sum()], A)
    check(lambda x: [bump(np.asarray(x + 1)), (x + 1).sum()], A)
    check(lambda x: [bump_first([x + 1]), (x + 1).sum()], A)


def test_methods_of_the_users_objects(check):
    """A method gets values of its own as a function does."""
    check(lambda x: [TAKER.take(x + 1), (x + 1).sum()], A)


def look_up(table, key):
    return table.get(key, MISSING)


def is_missing(value):
    return value is MISSING


def described(value):
    return "no" if value is MISSING else "yes"


def test_a_plain_object_stands_for_itself(check):
    """A sentinel that folded work gives is that sentinel for everybody."""
    check(lambda d: [is_missing(look_up(d, "z")), described(look_up(d, "z"))], {"a": 1})


def third(x):
    return decimal.Decimal(x) / 3


def test_the_context_of_the_call_counts_in_containers(engine):
    """Settings round the call hold on every engine, whatever shape the result has."""
    with decimal.localcontext() as context:
        context.prec = 5
        pair = autodask(lambda x: (third(x), 1))(1)
    assert strict(pair) == (decimal.Decimal("0.33333"), 1)


def test_an_iterator_that_was_forced(engine):
    """Equal calls on an iterator that is there are two calls: the second finds it used up."""

    def twice(x):
        pairs = zipped(x)
        if pairs:
            x = [*x, 4]
        return sorted([list(pairs), list(pairs)]), x

    assert strict(autodask(twice)([1, 2, 3])) == twice([1, 2, 3])


def zipped(x):
    return zip(x, x[1:])  # noqa: RUF007, B905


def kinds(*values):
    return [type(value) for value in values]


def test_a_part_is_not_its_owner(check):
    """A helper that is given folded work and an attribute of it is given two values."""

    def both(x):
        one, two = x * 2, x * 2
        return two, kinds(one.ndim, one), kinds(one, one.T, one.ndim, one)

    check(both, A)
