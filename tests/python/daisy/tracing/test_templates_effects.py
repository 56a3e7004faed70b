"""Traces that stand for later calls: what is done while tracing is done in each call."""

import itertools
import logging
import random
import time
import warnings

import numpy as np
import pytest
from tests.python.daisy.tracing.body_runs import body_runs, calls

from daisy import Refusal, autodask, inline, strict

ONES = np.ones(3)


def printing(x):
    print("once a call")
    return x + 1


def test_what_is_printed(capsys):
    """As often as plain Python prints it."""
    marked = autodask(printing)
    for _ in range(3):
        strict(marked(ONES))
    assert capsys.readouterr().out == "once a call\n" * 3


def test_what_is_printed_in_a_helper(capsys):
    """Or in a function that is entered."""
    entered = inline(printing)
    marked = autodask(lambda x: entered(x) * 2)
    for _ in range(3):
        strict(marked(ONES))
    assert capsys.readouterr().out == "once a call\n" * 3


def test_warnings_and_logs(caplog):
    """One for each call."""

    def plain(x):
        warnings.warn("careful", stacklevel=1)
        logging.getLogger("here").warning("careful")
        return x + 1

    marked = autodask(plain)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            strict(marked(ONES))
    assert len(caught) == 3
    assert len(caplog.records) == 3


def test_warnings_of_numbers():
    """A static division by zero warns each time, as it is told to at that time."""
    marked = autodask(lambda x, y: x + np.float64(y) / np.float64(0))
    for setting, expected in (("warn", RuntimeWarning), ("raise", FloatingPointError)):
        for _ in range(2):
            with (
                np.errstate(all=setting),
                warnings.catch_warnings(action="error"),
                pytest.raises(expected),
            ):
                strict(marked(ONES, 1.0))


@pytest.mark.parametrize(
    "plain",
    [
        lambda x: x + random.random(),
        lambda x: x + np.random.random(),
        lambda x: x + time.perf_counter_ns(),
        lambda x: x + np.random.default_rng().normal(),
        lambda x: x + next(COUNT),
        lambda x: x + GENERATOR.normal(),
        lambda x: x + STATE.random(),
    ],
)
def test_what_is_never_the_same(plain):
    """Every call counts, in every call."""
    marked = autodask(plain)
    got = [float(strict(marked(ONES))[0]) for _ in range(5)]
    assert len(set(got)) == 5


COUNT = itertools.count()
GENERATOR = np.random.default_rng(1)
STATE = random.Random(1)


def test_the_sequence_of_a_generator():
    """It is the sequence of plain Python, call after call."""
    plain = lambda rng, x: x + rng.normal() * rng.normal()
    marked, mine, theirs = autodask(plain), np.random.default_rng(5), np.random.default_rng(5)
    for _ in range(4):
        assert strict(marked(mine, ONES)).tolist() == plain(theirs, ONES).tolist()


def test_a_value_that_is_looked_at():
    """A strict point decides by the value of this call."""
    plain = lambda x: x + 1 if x.sum() > 3 else x - 1
    marked = autodask(plain)
    assert calls(marked, plain, (ONES,), (ONES * 2,), (ONES,)) == 1  # put off: both arms are plain

    def branching(x):
        if x.sum() > 3:
            return helper(x)
        return x

    marked = autodask(branching)
    assert calls(marked, branching, (ONES,), (ONES * 2,), (ONES,)) == 3
    for looked in (lambda x: x + int(strict(x[0])), lambda x: [y for y in x], lambda x: [*x]):
        assert calls(autodask(looked), looked, (ONES,), (ONES * 2,)) == 2


def helper(x):
    return x * 10


def test_a_leaf_that_is_looked_at():
    """Its value is there, and is not part of the trace."""

    def plain(x):
        total = 0
        for one in x:
            total = total + one
        return total

    assert calls(autodask(plain), plain, (ONES,), (ONES * 2,)) == 2


LOG: list = []


def test_a_list_from_outside():
    """Putting something into it is refused each time."""
    marked = autodask(lambda x: [LOG.append(1), x + 1][1])
    for _ in range(2):
        with pytest.raises(Refusal):
            marked(ONES)
    assert LOG == []


def test_a_list_made_here():
    """Putting something into it is the function's own affair."""

    def plain(x):
        out = []
        for number in range(3):
            out.append(x + number)
        out[0] = x
        return out, len(out)

    assert calls(autodask(plain), plain, (ONES,), (ONES * 2,)) == 1


def test_augmented_assignment():
    """It works in place on what the function made, on a copy in the graph, in each call."""

    def plain(x, n):
        total = x * 2
        total += x
        total *= n
        n += 1
        return total, total + n, n

    array = np.arange(3)
    assert calls(autodask(plain), plain, (array, 2), (array, 2), (array.astype("f8"), 2)) == 1
    assert array.tolist() == [0, 1, 2]
    marked = autodask(changes_its_argument)
    for _ in range(2):
        with pytest.raises(Refusal):
            strict(marked(array))


def changes_its_argument(x):
    x += 1
    return x


def test_a_function_that_sees_what_it_is_given():
    """A node calls its function anew, and gives it containers of its own."""
    seen = []

    def keeps(items, table):
        seen.append(items)
        items.append(0)
        table["b"] = 1
        return len(items) + len(table)

    plain = lambda x: keeps([1, x], {"a": 1}) + keeps([1, x, 2], {})
    marked = autodask(plain)
    for _ in range(3):
        assert strict(marked(ONES)) == 5 + 5 - 0
    assert len({id(one) for one in seen}) == len(seen)


def test_a_big_list_belongs_to_its_call():
    """It is data, and whoever is given it may change it."""

    def grows(items):
        items.append(1)
        return len(items)

    marked = autodask(lambda x: grows([number for number in range(100)]) + x)
    assert [strict(marked(1)) for _ in range(3)] == [102, 102, 102]
    assert [strict(marked(ONES))[0] for _ in range(3)] == [102, 102, 102]


def test_blocks_imports_and_definitions():
    """Functions that have these are traced each time, and give the same."""

    def guarded(x):
        with np.errstate(all="ignore"):
            factor = 2
        return x * factor

    def imported(x):
        import math as maths

        return x * maths.pi

    def defined(x):
        def inner(y):
            return y * 2

        return inner(x) + (lambda y: y + 1)(x)

    for plain in (guarded, imported, defined):
        assert calls(autodask(plain), plain, (ONES,), (ONES * 2,)) == 2


def test_classes_are_one_node():
    """An object is made for each call."""
    marked = autodask(lambda x: [Made(x)])
    first, second = strict(marked(ONES))[0], strict(marked(ONES))[0]
    assert first is not second


class Made:
    """What is made anew in each call."""

    def __init__(self, x):
        self.x = x


def test_unfit_functions_are_given_up():
    """After a few tries they are traced as if there were no templates."""
    marked = autodask(printing)
    for _ in range(8):
        strict(marked(ONES))
    assert marked._memory.recorder() is None
    with body_runs() as runs:
        strict(marked(ONES))
    assert len(runs) == 1
