"""Arms that run only when they are taken."""

import numpy as np
import pytest

A = np.arange(6.0)


def user(x):
    return x * 2


def ternary(x):
    return x if x.sum() > 3 else -x


def either(x):
    return x.sum() < 3 or x[0] + 1


def chained(x):
    low, high = 1, 99
    return low < x.sum() < high, low < x.sum() < 2 < high, high < x.sum() < x


@pytest.mark.parametrize("func", [ternary, either, chained])
def test_simple_arms_are_deferred(unforced, func):
    """Names, constants, operators, attributes and items behind a thunk force nothing."""
    unforced(func, A)


def test_an_arm_runs_only_when_it_is_taken(check):
    """An arm that would raise does not, on any engine."""
    with np.errstate(all="raise"):
        check(lambda x: 0 if x.sum() == 15 else 1 / (x.sum() - 15), A)
        check(lambda x: x.sum() != 15 and 1 / (x.sum() - 15), A)


def test_an_arm_that_raises_when_taken(check):
    """The exception of a taken arm is the plain one."""

    def fail(x):
        return x.nope if x.sum() == 15 else 0

    check(fail, A)


def with_call(x):
    return user(x) if x.sum() > 3 else x


def test_a_call_in_an_arm_makes_the_condition_a_strict_point(strict_at):
    """Anything else in an arm needs the condition now, and only that arm is traced."""
    strict_at(with_call, "user(x) if x.sum() > 3 else x", A)


def test_static_conditions_are_plain_python(unforced):
    """An arm that is not taken is not even traced."""

    def pick(x, n):
        return x.nope if n > 3 else n and user(x)

    unforced(pick, A, 2)
    unforced(pick, A, 0)


def test_a_name_that_is_unbound_in_an_arm_not_taken(check):
    """The arm is not looked at where it is not taken."""

    def late(x):
        if x is None:
            y = 1
        return y if x.sum() < 0 else x

    check(late, A)


def test_a_container_made_here_stays_itself(check):
    """What an arm gives can be changed afterwards, by either name."""

    def alias(x):
        first, second = [1], [2]
        picked = first if x.sum() > 3 else second
        picked.append(3)
        first.append(4)
        return picked, first, second

    check(alias, A)


def test_the_value_of_and_or_is_the_operand(check):
    """`a or b` gives the operand itself, not its truth."""

    def pick(x):
        n = x.sum()
        return n or 1, n and 2, (n - 15) or 3, (n - 15) and 4, [] or x, 0 and x

    check(pick, A)


def test_middle_of_a_chain_is_evaluated_once():
    """`a < f(b) < c` calls f once."""
    from daisy import autodask, strict

    calls = []

    def count(x):
        calls.append(x)
        return x

    def chain(x):
        return 0 < count(x) < 9

    assert strict(autodask(chain)(3)) is True
    assert calls == [3]


def test_truth_that_cannot_be_told_raises(check):
    """An ambiguous truth raises what plain Python raises, deferred and forced."""

    def ambiguous(x):
        return x if x > 1 else -x

    check(ambiguous, A)
    check(lambda x: user(x) if x > 1 else -x, A)
