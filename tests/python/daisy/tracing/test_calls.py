"""Calls: what is entered, what is done now, and what an exception says."""

import warnings

import numpy as np
import pytest

from daisy import Refusal, autodask, inline, ltree_to_dask, strict
from daisy._core import is_thunk

A = np.arange(6.0)


def user(x, *more, **named):
    return x * 2 if not more else (x, more, named)


@inline
def doubled(x):
    return x + x


@autodask(inline=True)
def tripled(x):
    return x + x + x


@autodask
def opaque(x):
    return x + x


def names_of(thunk):
    graph, _ = ltree_to_dask(thunk)
    return sorted(key.split("-")[0] for key in graph)


# Entered ------------------------------------------------------------------------------------------


def test_inline_functions_are_entered(unforced):
    """The body of an inline function joins the graph, of either kind."""

    def func(x):
        return doubled(x) + tripled(x)

    unforced(func, A)
    assert "doubled" not in names_of(autodask(func)(A))


def test_inline_functions_share_work_with_the_rest():
    """Work in separate functions that is the same is one node."""

    def func(x):
        return doubled(x), x + x

    assert names_of(autodask(func)(A)).count("add") == 1


def test_an_autodask_function_is_one_node(unforced):
    """A non-inline autodask function runs as the plain function."""

    def func(x):
        return opaque(x) + 1

    unforced(func, A)
    assert "opaque" in names_of(autodask(func)(A))


def test_local_functions_are_entered(unforced):
    """A function or lambda defined in the body is traced with it."""

    def func(x):
        def inner(y, scale=2):
            return doubled(y) * scale

        return inner(x) + (lambda z: z - 1)(x)

    unforced(func, A)
    assert "inner" not in names_of(autodask(func)(A))


def test_inline_without_source_traces_by_operators(unforced):
    """Where there is no source, what a function does to thunks makes the graph."""
    space = {}
    exec("def plus(x): return x + 1", space)
    plus = inline(space["plus"])

    def func(x):
        return plus(x) * plus(x)

    unforced(func, A)


def test_recursion_that_ends_is_entered(check):
    """A recursive inline function is unrolled as far as its condition is known."""
    check(lambda n: factorial(n), 5)


@inline
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


def test_recursion_without_an_end_is_refused():
    """A recursion that tracing never ends is refused, not an overflow of the stack."""
    with pytest.raises(Refusal, match="calls itself"):
        strict(autodask(endless)(1))


@inline
def forever(n):
    return forever(n + 1)


def endless(n):
    return forever(n)


# Done now -----------------------------------------------------------------------------------------


def test_strict_is_done_now(strict_at):
    """`strict` computes while tracing, and what it gives is a value."""

    def func(x):
        n = strict(x.sum())
        return list(range(int(n)))

    strict_at(func, "strict(x.sum())", A)


def test_subclasses_of_strict_are_made_now(trace):
    """What derives from `strict` is never deferred."""

    class Logged(strict):
        def __init__(self, value):
            self.value = value

    def func(x):
        return Logged(x)

    _, made = trace(func, A)
    assert type(made) is Logged
    assert is_thunk(made.value)


def test_exception_classes_are_called_now(check):
    """`raise` forces what the exception holds."""

    def func(x):
        raise ValueError(f"the sum is {x.sum()}", x.sum())

    check(func, A)


def test_printing_and_warning_force_their_arguments(capsys):
    """`print` prints values, in the order written, once."""

    def func(x):
        print("sum", x.sum(), [x.mean()])
        return x

    strict(autodask(func)(A))
    assert capsys.readouterr().out == "sum 15.0 [np.float64(2.5)]\n"


# Notes --------------------------------------------------------------------------------------------


def fails_while_tracing(x):
    return int("no number") + x


def fails_in_a_task(x):
    return user(x, 1)[5]


def fails_in_python(x):
    a, b = [1, 2, 3]
    return a + b + x


def fails_for_a_name(x):
    return x + undefined_name  # noqa: F821


def fails_in_inline(x):
    return ratio(x, 0)


@inline
def ratio(x, y):
    return [x][y + 3]


@pytest.mark.parametrize(
    "func",
    [fails_while_tracing, fails_in_a_task, fails_in_python, fails_for_a_name, fails_in_inline],
)
def test_exceptions_have_one_note(check, func):
    """Each says the file, the line and the expression, once."""
    error = check(func, A)
    assert len(error.__notes__) == 1
    assert "line" in error.__notes__[0]


def test_an_exception_object_is_the_same_object():
    """What the function raises is what comes out."""
    error = KeyError("mine")

    def func(x):
        raise error

    with pytest.raises(KeyError) as caught:
        autodask(func)(1)
    assert caught.value is error


def test_warnings_name_the_line_of_the_user():
    """`warnings.warn` in a traced function points into the user's file."""

    def func(x):
        warnings.warn(f"careful {x.sum()}", UserWarning, stacklevel=1)
        return x

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        strict(autodask(func)(A))
    assert [str(one.message) for one in caught] == ["careful 15.0"]
    assert caught[0].filename == __file__
    assert caught[0].lineno == func.__code__.co_firstlineno + 1
