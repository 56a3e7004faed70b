"""daisy.tracing.sharing: one container at two places of a call."""

import pytest

BIG = list(range(100))


def are_one(a, b):
    return a is b


def in_tuple(a, b):
    return a is b[0]


def append_to_first(a, b):
    a.append(1)
    return b


def calls_of_first(a, b):
    return a is b, a[0](1)


def items_of_both(a, b):
    return a is b, [list(item) for item in a]


def by_position_and_name(x):
    y = [x]
    return are_one(y, b=y)


def within_a_tuple(x):
    y = [1, 2]
    return in_tuple(y, (y,)), in_tuple(BIG, (BIG,))


def changed_at_one_place(x):
    y = [1, 2]
    return append_to_first(y, ({"k": y}, x))


def with_a_function(x):
    y = [lambda v: v + x]
    return calls_of_first(y, y)


def with_an_iterator(x):
    y = [iter([x, 2])]
    return items_of_both(y, y)


@pytest.mark.parametrize(
    "func",
    [by_position_and_name, within_a_tuple, changed_at_one_place, with_a_function, with_an_iterator],
    ids=lambda func: func.__name__,
)
def test_one_container_stays_one(unforced, func):
    """A function that asks with `is`, or changes one of the two, finds what it always found."""
    unforced(func, 1.5)


def test_equal_containers_stay_two(unforced):
    """What was written twice is two containers, also where they are equal."""

    def func(x):
        y, z = [x], [x]
        return are_one(y, z), are_one([1], [1]), in_tuple(y, (z,))

    unforced(func, 1.5)
