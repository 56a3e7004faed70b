"""Pickling a thunk: the expression, without recursion."""

import copyreg
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daisy._core import autodaskthunk, defer, get_children, rebuild
from lazy import strict, thunk


def keywords(*args, **kwargs):
    """An ordinary function."""
    return args, kwargs


def reload(value):
    """What comes back from a pickle."""
    return pickle.loads(pickle.dumps(value))


def test_a_loaded_thunk_gives_the_same_value():
    """Guards operators, calls with keywords, containers and shared parts."""
    a = thunk(int, 3)
    shared = a * 2
    value = thunk(keywords, shared, [shared, {"k": a}], slice(a, None), x=shared, y=(1, a))
    assert strict(reload(value)) == strict(value)


def test_the_class_is_kept():
    """Guards that an autodaskthunk comes back as one."""
    assert type(reload(autodaskthunk(int, 3) + 1)) is autodaskthunk


def test_a_computed_thunk_is_pickled_as_its_value():
    """Guards that a value which is there is not computed again."""
    value = thunk(np.arange, 3)
    strict(value)
    assert len(get_children(reload(value))) == 1


def test_pickling_does_not_force():
    """Guards that looking at the expression computes nothing."""
    value = thunk(operator.truediv, 1, 0)
    loaded = reload(value)
    with pytest.raises(ZeroDivisionError):
        strict(loaded)


def test_shared_parts_stay_shared():
    """Guards that a doubling chain of 200 levels is pickled as 200 nodes, not 2**200."""
    value = thunk(int, 1)
    for _ in range(200):
        value = value + value
    data = pickle.dumps(value)
    assert len(data) < 20_000
    assert strict(pickle.loads(data)) == 2**200


def test_order_and_impurity_are_kept():
    """Guards that what must run before still does after loading."""
    first = defer(print, ("first",), impure=True)
    value = reload(defer(int, (3,), None, None, True, first))
    assert strict(value) == 3


def test_damaged_data_is_told():
    """Guards a clear error where the lists do not fit together."""
    with pytest.raises(ValueError, match="damaged"):
        rebuild(thunk, b"\x01", b"\x00", b"", b"", [], [])
    with pytest.raises(ValueError, match="damaged"):
        rebuild(thunk, b"", b"", b"", b"", [], [])
    assert copyreg.dispatch_table.get(thunk) is None


@given(st.recursive(st.integers(-5, 5), lambda s: st.tuples(st.sampled_from("+-*"), s, s)))
def test_any_expression_survives(tree):
    """Guards random expressions of operators, shared or not."""
    ops = {"+": operator.add, "-": operator.sub, "*": operator.mul}

    def build(tree):
        if isinstance(tree, int):
            return thunk(int, tree)
        op, left, right = tree
        return ops[op](build(left), build(right))

    value = build(tree)
    assert strict(reload(value)) == strict(value)
