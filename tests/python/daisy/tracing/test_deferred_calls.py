"""Calls that are put off: what they are given, and what they must not change."""

import functools
import operator
import random

import numpy as np
import pandas as pd
import pytest

from daisy import Refusal, autodask, strict
from daisy._core import is_thunk

A = np.arange(6.0)


def user(x, *more, **named):
    return x * 2 if not more else (x, more, named)


def test_anything_else_is_deferred(trace):
    """A call is deferred also when all its arguments are static."""

    def func(n):
        return user(n), pd.Series([1]), np.zeros(3)

    assert all(map(is_thunk, trace(func, 1)[1]))


def test_arguments_of_deferred_calls(unforced):
    """Positional, keyword and starred arguments arrive, containers as containers of values."""

    def func(x):
        more = [x, 1]
        named = {"key": x, "n": (x, [2])}
        return user(x, *more, **named), user(x, [x, {"a": (x,)}], 3)

    unforced(func, A)


def test_a_container_is_copied_when_the_call_is_deferred(unforced):
    """What is put in afterwards is not seen."""

    def func(x):
        items = [x]
        before = amount(items)
        items.append(1)
        return before, items

    unforced(func, A)


def amount(items):
    return len(items)


def test_a_function_argument_is_called_as_one_node(unforced):
    """A function that comes in is static, and a call of it is deferred."""

    def func(x, apply):
        return apply(x) + 1

    unforced(func, A, user)


def test_calling_a_thunk_is_deferred(unforced):
    """What is called can be a result itself."""

    def func(x):
        return functools.partial(max, 3) if x is None else user(x).sum(), operator.methodcaller

    unforced(lambda x: func, 1)
    unforced(lambda x: {"a": np.sum}["a"](x), A)


def out_keyword(x):
    y = x * 2
    return np.add(x, 1, out=y)


def out_positional(x):
    return np.add(x, 1, x)


def out_of_clip(x):
    return np.clip(x, 0, 1, x)


def out_of_method(x):
    return x.clip(0, 1, x)


def out_of_method_by_keyword(x):
    return x.cumsum(out=x)


def copyto(x):
    y = np.zeros(6)
    return np.copyto(y, x)


def put(x):
    return np.put(x, [0], 1)


def place(x):
    return np.place(x, x > 1, 0)


def fill_diagonal(x):
    return np.fill_diagonal(x, 0)


def shuffle(x):
    return random.shuffle(x)


def shuffle_by_generator(x):
    return np.random.default_rng(0).shuffle(x)


def add_at(x):
    return np.add.at(x, [0], 1)


def sort(x):
    y = x.copy()
    return y.sort()


def fill(x):
    return x.copy().fill(0)


def update(x):
    return user(x).update(a=1)


def append(x):
    return user([x]).append(1)


def inplace_keyword(x):
    return pd.Series(x).rename("a", inplace=True)


def copy_false(x):
    return np.nan_to_num(x, copy=False)


def overwrite(x):
    return user(x, overwrite_a=True)


def set_by_function(x):
    return setattr(x, "a", 1)


@pytest.mark.parametrize(
    "func",
    [
        *(out_keyword, out_positional, out_of_clip, out_of_method, out_of_method_by_keyword),
        *(copyto, put, place, fill_diagonal, shuffle, shuffle_by_generator, add_at, sort, fill),
        *(update, append, inplace_keyword, copy_false, overwrite, set_by_function),
    ],
    ids=lambda func: func.__name__,
)
def test_what_changes_its_argument_is_refused(func):
    """It would happen later than it is written, or be seen by others."""
    value = A.copy()
    with pytest.raises(Refusal) as caught:
        strict(autodask(func)(value))
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert func.__code__.co_filename in text
    assert value.tobytes() == A.tobytes()


def test_out_none_and_partition_of_text_are_fine(unforced):
    """The tables do not fire for what changes nothing."""

    def func(x):
        left = ("a-" + str(x.sum())).partition("-")
        index = pd.Index([1]).append(pd.Index([2]))
        return np.sum(x, out=None), np.sum(x, 0, None, None), left, index, np.clip(x, 0, 1)

    unforced(func, A)
