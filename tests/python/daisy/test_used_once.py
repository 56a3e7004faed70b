"""Values that can be used once, such as iterators, where folding makes one of several."""

import pytest

from daisy import Refusal, autodask, strict
from lazy import thunk


def evens(numbers):
    return (n for n in numbers if n % 2 == 0)


def pairs(numbers):
    return map(max, numbers, numbers)


def refusal_of(func):
    """What refuses the call, which names the line of the call that gave the iterator."""
    with pytest.raises(Refusal, match="can be gone through once") as caught:
        strict(autodask(func)([1, 2, 4]))
    notes = "".join(getattr(caught.value, "__notes__", ()))
    assert func.__code__.co_filename in notes
    return caught.value


def test_two_equal_calls_with_two_users_are_refused(engine):
    """One generator stands for two, so the second user would find it empty."""
    refusal_of(lambda x: list(evens(x)) + sorted(evens(x)))


def test_one_iterator_with_two_equal_users_is_refused(engine):
    """Equal calls are one, so the second would not find the iterator used up."""

    def twice(x):
        it = pairs(x)
        return list(it), list(it)

    refusal_of(twice)


def test_two_equal_calls_with_one_user_each_run(check):
    """Where the users fold as well, there is one iterator and one user."""
    check(lambda x: [list(evens(x)), list(evens(x))], [1, 2, 4])


def test_users_in_order_share_an_iterator(check):
    """`next` runs in the order written, as it does in plain Python."""

    def first_two(x):
        it = evens(x)
        return next(it), next(it)

    check(first_two, [1, 2, 4])


def test_two_places_of_a_result_are_not_one_iterator(engine):
    """A generator cannot be copied for the second place."""
    refusal_of(lambda x: [evens(x), evens(x)])


def test_other_shared_values_are_given_out(check):
    """What is not an iterator is shared as before."""
    check(lambda x: list(tuple(x)) + sorted(tuple(x)), [1, 2])
    check(lambda x: len(iterable(x)) + sum(iterable(x)), [1, 2])


def iterable(x):
    return [*x, 3]


def test_the_same_one_is_named_each_time():
    """Guards that of two values that cannot be shared the first one is refused, in every run."""
    first, second = thunk(iter, [1, 2]), thunk(zip, [1, 2])
    strict(first), strict(second)
    uses = [thunk(next, value) for value in (first, first, second, second)]
    messages = set()
    for _ in range(20):
        with pytest.raises(Refusal, match="list_iterator") as caught:
            strict(thunk(lambda *values: values, *uses))
        messages.add(str(caught.value))
    assert len(messages) == 1
