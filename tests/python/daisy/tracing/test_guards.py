"""Blocks that stay plain, and values that are thrown away."""

import contextlib
import warnings

import numpy as np
import pytest

from daisy import autodask, inline, strict

A = np.arange(6.0)
TABLE = {"a": 1}


def user(x):
    return x * 2


@inline
def doubled(x):
    return x + x


def with_errstate(x):
    with np.errstate(divide="ignore"):
        return 1 / x


def with_thunk(x):
    with x:
        return 1


def with_open(x):
    with open(__file__) as file:
        return file.read() + str(x)


def try_on_data(x):
    try:
        return x + 1
    except ValueError:
        return 0


def try_on_a_result(x):
    y = user(x)
    try:
        return y.nope
    except AttributeError:
        return 0


def try_a_call(x):
    try:
        return user(1)
    except ValueError:
        return x


def try_an_inline_call(x):
    try:
        return doubled(1)
    except ValueError:
        return x


def try_forcing(x):
    y = x.sum()
    try:
        n = int(y)
    except TypeError:
        n = 0
    return n


def try_on_global_data(x):
    try:
        return A[7]
    except IndexError:
        return x


def try_with_items(x):
    items = [x]
    try:
        return items[0] + 1
    except ValueError:
        return 0


@pytest.mark.parametrize(
    "func",
    [
        *(with_errstate, with_thunk, with_open, try_on_data, try_on_a_result, try_a_call),
        *(try_an_inline_call, try_forcing, try_on_global_data, try_with_items),
    ],
)
def test_blocks_in_which_something_is_put_off_are_refused(refused, func):
    """It would run when the block has been left, or compute what was made outside."""
    refusal = refused(func, A)
    assert "`with`" in str(refusal) or "`try`" in str(refusal)


def static_try(x):
    try:
        n = int("no number")
    except ValueError:
        n = TABLE.get("b", 7)
    finally:
        m = len("abc")
    return x + n + m


def static_with(x):
    with contextlib.suppress(KeyError), warnings.catch_warnings():
        n = {"a": 1}["b"]
    with np.errstate(all="ignore"):
        n = np.float64(1) / np.float64(0)
    return x + n


def try_import(x):
    try:
        import no_such_module
    except ImportError:
        no_such_module = None
    return x if no_such_module is None else None


def try_that_hands_on(x):
    try:
        value = x
        n = int("3")
    except ValueError:
        value, n = None, 0
    return value + n


@pytest.mark.parametrize("func", [static_try, static_with, try_import, try_that_hands_on])
def test_static_blocks_are_plain_python(unforced, func):
    """Blocks on static values run while tracing, as they stand."""
    unforced(func, A)


def test_blocks_run_where_they_are_reached(unforced):
    """A block that is not reached is not judged."""

    def func(x):
        if x is None:
            with open("nowhere") as file:
                return file.read()
        return x

    unforced(func, A)


# Thrown away --------------------------------------------------------------------------------------


def throw_call(x):
    user(x)
    return x


def throw_method(x):
    x.sum()
    return x


def throw_operator_on_call(x):
    user(x) + 1
    return x


def throw_list(x):
    [user(x) for _ in range(2)]
    return x


def throw_inline(x):
    check_inline(x)
    return x


@inline
def check_inline(x):
    return user(x)


@pytest.mark.parametrize(
    "func", [throw_call, throw_method, throw_operator_on_call, throw_list, throw_inline]
)
def test_throwing_a_deferred_call_away_is_refused(refused, func):
    """The call would never be made."""
    refused(func, A, match="thrown away")


def test_calls_done_now_can_be_thrown_away(unforced):
    """What they do has been done."""

    def func(x):
        out = [user(x), x]
        out.append(x)
        out.pop(0)
        rest = iter([user(x), 1])
        next(rest)
        table = {"a": user(x)}
        table.pop("a")
        table.setdefault("b", user(x))
        check_static(1)
        return out, list(rest), table

    unforced(func, A)


@inline
def check_static(n):
    if n > 1:
        raise ValueError(n)


# Refusals stick -----------------------------------------------------------------------------------


def test_a_refusal_sticks(refused):
    """A function that catches everything still ends with it."""

    def func(x):
        items = []
        try:
            attempt(items)
        except BaseException:
            pass
        return x

    refused(func, A)

    def swallow(x):
        return [suppressed(x)]

    @inline
    def suppressed(x):
        return deeper(x)

    @inline
    def deeper(x):
        x[0] = 1

    with pytest.raises(BaseException, match="stores into data"):
        autodask(swallow)(A)


def attempt(items):
    items.append(1)


def test_strict_makes_a_block_possible(check):
    """The way out that the error names works."""

    def func(x):
        n = strict(x.sum())
        try:
            n = int(n)
        except ValueError:
            n = 0
        return x * n

    check(func, A)
