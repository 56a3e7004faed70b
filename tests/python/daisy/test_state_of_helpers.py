"""Iterators, files and random generators that a function of the user's gives.

Each use changes what the next one gets. What is used twice gives the plain result or is refused.
"""

import random

import numpy as np
import pytest

from daisy import Refusal, autodask, strict


def generated(n):
    return (i for i in range(n))


def in_dict(n):
    return {"it": generated(n), "n": n}


class Owner:
    def __init__(self, n):
        self.it = generated(n)


def owner(n):
    return Owner(n)


def total(it):
    return sum(it)


def generator(seed):
    return np.random.default_rng(seed)


def twister(seed):
    return random.Random(seed)


def draw(rng):
    return rng.random()


def draws(rng, n):
    return [rng.random() for _ in range(n)]


def items_twice(n):
    d = in_dict(n)
    return total(d["it"]), total(d["it"])


def item_named_twice(n):
    it = in_dict(n)["it"]
    return total(it), list(it)


def attribute_twice(n):
    o = owner(n)
    return list(o.it), sum(o.it)


def item_after_a_branch(n):
    d = in_dict(n)
    if d:
        return list(d["it"]), sum(d["it"])
    return None


def draws_by_two_helpers(n):
    rng = generator(n)
    return draw(rng), draws(rng, 2)


def equal_draws(n):
    rng = twister(n)
    return draw(rng), draw(rng)


def method_then_helper(n):
    rng = twister(n)
    before = draws(rng, 2)
    return rng.random(), before


def draws_after_a_branch(n):
    rng = generator(n)
    if rng is None:
        return None
    return draw(rng), draw(rng)


def generator_in_a_dict(n):
    held = dict_of_generator(n)
    return held["rng"].random(), draw(held["rng"])


def dict_of_generator(n):
    return {"rng": generator(n)}


@pytest.mark.parametrize(
    "func",
    [
        *(items_twice, item_named_twice, attribute_twice, item_after_a_branch),
        *(draws_by_two_helpers, equal_draws, method_then_helper, draws_after_a_branch),
        generator_in_a_dict,
    ],
    ids=lambda func: func.__name__,
)
def test_uses_without_an_order_are_refused(engine, func):
    """The second use would get what the first got, or they would change places."""
    with pytest.raises(Refusal) as caught:
        strict(autodask(func)(5))
    assert func.__code__.co_filename in "".join(caught.value.__notes__)


@pytest.fixture
def path(tmp_path):
    """A file of four lines."""
    file = tmp_path / "numbers"
    file.write_text("1\n2\n3\n4\n")
    return str(file)


def opened(path):
    return open(path)


def read(file):
    return file.readline()


def loaded_and_read(path):
    file = opened(path)
    first = np.loadtxt(file, max_rows=1)
    return first, file.readline()


def read_and_told(path):
    file = opened(path)
    line = read(file)
    return file.tell(), line


def read_by_two_files(path):
    one, two = opened(path), opened(path)
    return read(one), read(two), one.read()


@pytest.mark.parametrize("func", [loaded_and_read, read_and_told, read_by_two_files])
def test_uses_of_a_file_without_an_order_are_refused(engine, func, path):
    """Guards that lines are never read out of order: that a helper gave a file is not seen."""
    with pytest.raises(Refusal, match="several operations"):
        strict(autodask(func)(path))


def methods_in_order(n):
    rng = generator(n)
    return rng.random(), rng.integers(100), rng.random()


def one_use(n):
    d = in_dict(n)
    return total(d["it"]), d["n"] + 1


def after_a_branch(n):
    it = generated(n)
    if it:
        return list(it), sum(it)
    return None


def in_turn_after_a_branch(n):
    it = generated(n)
    assert it
    return total(it), total(it)


def none_or_used(n):
    it = generated(n)
    if it is None or isinstance(it, list):
        return None
    return sum(it)


def passed_and_drawn(n):
    rng = np.random.default_rng(n)
    return draw(rng), rng.random(), draws([rng][0], 2), draw(rng)


@pytest.mark.parametrize(
    "func",
    [
        *(methods_in_order, one_use, after_a_branch, in_turn_after_a_branch, none_or_used),
        passed_and_drawn,
    ],
    ids=lambda func: func.__name__,
)
def test_uses_in_order_run(check, func):
    """The twin: what has one use, or an order, gives what it gives in plain Python."""
    check(func, 5)


def test_methods_of_a_file_run_in_order(check, path):
    """The twin for files: methods called in the traced function have an order."""

    def lines(path):
        file = opened(path)
        return file.readline(), file.readline(), file.read()

    check(lines, path)
