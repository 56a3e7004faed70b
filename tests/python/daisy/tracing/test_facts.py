"""What is known of a leaf is static."""

import numpy as np
import pandas as pd
import pytest

from daisy import autodask, strict
from daisy._core import is_thunk

A = np.arange(6.0).reshape(2, 3)


def user(x):
    return x * 2


class Thing:
    size = 3


def by_type(x):
    return type(x) is np.ndarray and x + 1


def by_isinstance(x):
    return x + 1 if isinstance(x, (np.ndarray, list)) else user(user(x))


def by_identity(x, y=None):
    if y is None and x is not None and x is x:
        return x + 1
    return user(x)


def by_hasattr(x):
    if hasattr(x, "nope") or not hasattr(x, "sum") or callable(x):
        return user(x)
    return x.sum()


def by_class(x):
    if x.__class__ is not np.ndarray:
        return user(x)
    return x + 1


@pytest.mark.parametrize("func", [by_type, by_isinstance, by_identity, by_hasattr, by_class])
def test_types_and_identities_of_leaves_are_known(unforced, func):
    """Branches on the type of an argument force nothing."""
    unforced(func, A)


def by_shape(x):
    n, m = x.shape
    total = 0
    for i in range(n):
        total = total + x[i, m - 1]
    return total if x.ndim == 2 and x.size == 6 and len(x) == n and x.dtype == float else None


def by_numpy(x):
    if np.ndim(x) != 2 or np.shape(x) != (2, 3) or np.size(x) != 6 or np.size(x, 1) != 3:
        return None
    if np.isscalar(x) or not np.iterable(x) or not np.issubdtype(x.dtype, np.floating):
        return None
    return x.astype(np.result_type(x, np.float32))


def by_asarray(x):
    same = np.asarray(x) is x and np.asanyarray(x, dtype=float) is x and np.atleast_1d(x) is x
    return x + 1 if same else None


@pytest.mark.parametrize("func", [by_shape, by_numpy, by_asarray])
def test_shapes_of_array_leaves_are_known(unforced, func):
    """Branches and loops on shape and dtype of an argument force nothing."""
    unforced(func, A)


def test_asarray_that_has_to_convert_is_a_node(check, trace):
    """Only an array that already satisfies `asarray` is that leaf."""

    def convert(x):
        return np.asarray(x, dtype=np.float32), np.asarray(x, order="F"), np.atleast_1d(x)

    _, result = trace(convert, A)
    assert all(map(is_thunk, result[:2]))
    check(convert, A)
    check(convert, np.float64(3))


def test_other_arrays_are_asked_when_it_runs(check):
    """Of subclasses and frames only the type is known: their shape is a node."""

    def shape(x):
        return x.shape, len(x), type(x).__name__

    check(shape, pd.DataFrame({"a": [1, 2]}))
    check(shape, np.ma.masked_array([1, 2], [True, False]))


def test_what_is_not_a_leaf_is_not_known(strict_at):
    """The type of a call's result is asked of its value."""

    def branch(x):
        y = user(x)
        if isinstance(y, np.ndarray):
            return y
        return None

    strict_at(branch, "isinstance(y, np.ndarray)", A)


def test_facts_of_user_objects(unforced):
    """`type(x)(...)` and `isinstance` on the user's own classes need no value."""

    def branch(x):
        return x.size if isinstance(x, Thing) and type(x) is Thing else None

    unforced(branch, Thing())


def test_getattr_with_default(check):
    """`getattr` with a default asks a leaf, and defers for anything else."""

    def get(x):
        return getattr(x, "nope", 3), getattr(x, "size", 3), getattr(user(x), "nope", 4)

    check(get, A)


def test_identity_of_a_known_leaf_and_a_global():
    """A leaf is the very object that was given."""

    def is_a(x):
        return x is A, x is not A

    assert strict(autodask(is_a)(A)) == (True, False)
    assert strict(autodask(is_a)(A.copy())) == (False, True)
