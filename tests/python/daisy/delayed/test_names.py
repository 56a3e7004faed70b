"""Keys of values: made late, equal where calls are pure and equal, and hashed from data once."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dask
import numpy as np
import pytest
from dask import delayed as dasks

from daisy import delayed

LONG = 20_000


class Counted:
    """As large as an array, and counts how often it is hashed."""

    nbytes = 1 << 20

    def __init__(self) -> None:
        self.hashed = 0

    def __dask_tokenize__(self) -> str:
        self.hashed += 1
        return "counted"


def inc(x: Any) -> Any:
    return x + 1


def first(x: Any, *others: Any) -> Any:
    return x


@delayed
def decorated(x: int) -> int:
    return x + 1


def test_equal_pure_calls_are_one() -> None:
    """Pure calls of equal arguments run once in one computation, also deep inside."""
    runs: list[int] = []

    def count(x: int) -> int:
        runs.append(x)
        return x + 1

    make = delayed(count, pure=True)
    value = delayed(list)([make(make(1)), make(make(1)), make(1)])
    assert value.compute() == [3, 3, 2]
    assert sorted(runs) == [1, 2]


def test_equal_impure_calls_are_not() -> None:
    """Other calls have keys of their own, whenever they are asked for them."""
    one, two = delayed(inc)(1), delayed(inc)(1)
    assert two.key != one.key
    assert one.key == one.key
    assert one.key.startswith("inc-")


def test_keys_of_other_arguments() -> None:
    """Pure calls differ by function, argument, keyword, class of argument, and what is inside."""
    make, x = delayed(first, pure=True), delayed(inc)(1)
    calls = [
        make(1),
        make(1.0),
        make("1"),
        make(1, 1),
        make([x]),
        make((x,)),
        make([[x]]),
        make({"a": x}),
        make(x),
        make(np.arange(3)),
        make(np.arange(4)),
        make(np.zeros(10_000)),
        make(np.ones(10_000)),
        make("large,"),
        delayed(inc, pure=True)(1),
        x + 1,
        x - 1,
        1 - x,
        x.real,
        x.imag,
    ]
    assert len({call.key for call in calls}) == len(calls)


def test_a_key_that_is_given() -> None:
    """A key that is given is the key; of two values with one key one is computed, as in dask."""
    for make in (delayed, dasks):
        one, two = make(inc)(1, dask_key_name="k"), make(inc)(1, dask_key_name="k")
        assert one.key == "k"
        assert make(list)([one, two]).compute() == [2, 2]


def test_a_key_that_needs_itself() -> None:
    """A value that has the key of something it needs is a circle, whoever runs it."""
    value = delayed(inc)(delayed(inc)(1, dask_key_name="k"), dask_key_name="k")
    for scheduler in (None, "sync", "daisy"):
        with pytest.raises((RuntimeError, KeyError), match=r"Cycle detected|'k'"):
            value.compute(scheduler=scheduler) if scheduler else value.compute()


def test_large_arguments_are_hashed_once() -> None:
    """A large argument of many pure calls is hashed when keys are wanted, and once for all."""
    large = Counted()
    make = delayed(first, pure=True)
    calls = [make(large, number) for number in range(50)]
    assert large.hashed == 0
    assert delayed(list)(calls).compute() == [large] * 50
    assert large.hashed == 1
    assert len({call.key for call in calls}) == 50


def test_what_changes_between_two_keys() -> None:
    """An array that has changed since gives another key: nothing is remembered of its content."""
    array, make = np.zeros(100_000), delayed(first, pure=True)
    before = make(array).key
    array[0] = 1
    assert make(array).key != before


def test_uncertain_tokens_are_refused_at_the_call() -> None:
    """What dask refuses to hash, if it is told to, is refused where dask does."""
    with dask.config.set({"tokenize.ensure-deterministic": True}):
        for make in (delayed, dasks):
            with pytest.raises(RuntimeError, match="deterministic"):
                make(first, pure=True)(object())


def test_configured() -> None:
    """The configuration says what is pure, when the call is made."""
    make = delayed(inc)
    with dask.config.set(delayed_pure=True):
        one = make(1)
    two, three = make(1), make(1, pure=True)
    assert one.key == three.key != two.key


def test_a_long_pure_chain() -> None:
    """Keys of pure calls on pure calls are made without recursion."""
    value: Any = delayed(inc, pure=True)(0)
    make = delayed(inc, pure=True)
    for _ in range(LONG):
        value = make(value)
    assert value.compute() == LONG + 1


def test_results_of_decorated_functions_are_pickled() -> None:
    """The result of a function that a decorator replaced can be pickled, which dask's can't."""
    again = pickle.loads(pickle.dumps(decorated(decorated(1))))
    assert again.compute() == 3


def test_threads_agree_on_a_key() -> None:
    """Threads that ask for the key of one value at once get one key."""
    for _ in range(200):
        value, start = delayed(inc)(1), threading.Barrier(4)

        def ask(value: Any = value, start: threading.Barrier = start) -> str:
            start.wait()
            return str(value.key)

        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(ask) for _ in range(4)]
        assert len({future.result() for future in asked}) == 1
