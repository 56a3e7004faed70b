"""The smallest functions that went wrong once, each found in a real package."""

import numpy as np
import pandas as pd
import pytest

from daisy import Refusal, autodask, strict

A = np.array([1.0, 2.0, 4.0])


def adds_up_from_a_constant(values):
    total = 0
    for value in values:
        total += value * 2
    return total


def reads_as_an_operand(x):
    y = x + 1
    y /= np.abs(y * 2).sum()
    return y


def starts_at_a_negative_constant(x):
    y = -1
    y *= x
    y += np.sqrt(y * y)
    return y


@pytest.mark.parametrize(
    ("func", "value"),
    [
        (adds_up_from_a_constant, [A, A * 3]),
        (reads_as_an_operand, A),
        (starts_at_a_negative_constant, A),
    ],
)
def test_in_place_on_what_only_operators_have_read(unforced, func, value):
    """What `y * 2` or a ufunc gives does not refer to `y`, and a constant cannot be changed."""
    unforced(func, value)


def reads_in_a_display(x):
    y = x + 1
    kept = [y] * 2
    y /= 2
    return y, kept


def reads_a_view(x):
    y = x + 1
    turned = y.T
    y /= 2
    return y, turned


@pytest.mark.parametrize("func", [reads_in_a_display, reads_a_view])
def test_in_place_on_what_a_display_or_view_holds_is_refused(func):
    """An operator on a display of `y`, and a view of it, do refer to `y`."""
    with pytest.raises(Refusal) as caught:
        strict(autodask(func)(A))
    assert caught.value.ways_out


def tells_scalars(x):
    return x + 1 if np.isscalar(x) else x


def test_isscalar_of_a_leaf_of_any_class(unforced):
    """`np.isscalar` looks at the type only, so for a series it is a fact as for an array."""
    unforced(tells_scalars, pd.Series(A))


def is_one(x, y):
    return x is y


def holds(x, y):
    return y[0] is x


def gives_one_list_twice(x):
    return is_one(x, x), is_one(y=x, x=x)


def gives_a_list_and_its_holder(x):
    made = [x]
    return holds(made, [made]), holds(made, (made, 1))


def gives_two_equal_lists(x):
    return is_one([1, 2], [1, 2]), is_one(list(x), list(x))


@pytest.mark.parametrize("func", [gives_one_list_twice, gives_a_list_and_its_holder])
@pytest.mark.parametrize("value", [[1, 2], [A, A + 1]])
def test_one_list_given_twice_arrives_as_one(check, func, value):
    """`scipy.signal.welch` of a list calls `csd(x, x)`, which asks whether both are one object."""
    check(func, value)


@pytest.mark.parametrize("value", [[1, 2], [A, A + 1]])
def test_two_equal_lists_arrive_as_two(value):
    """Only a list that is given twice is one; natively each place has a list of its own."""
    assert strict(autodask(gives_two_equal_lists)(value)) == (False, False)


def gives_a_list_that_holds_itself(x):
    made = [x]
    made.append(made)
    return is_one(made, made)


def test_a_list_that_holds_itself_is_refused(refused):
    """Looking for containers that are there twice comes to an end."""
    refused(gives_a_list_that_holds_itself, A, match="holds itself")
