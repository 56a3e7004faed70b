"""One run: what it remembers, and refusals."""

# ruff: noqa: F841  (the functions under test are as people write them)

import numpy as np
import pytest

from daisy import Refusal, autodask, inline, strict
from daisy.tracing.sites import Site
from daisy.tracing.trace import current, refuse, tracing

A = np.arange(6.0)
SITE = Site("model.py", 7, "flux", "a[0] = 1")


def test_a_refusal_says_everything():
    """The file, the line, the expression, why, and the ways out."""
    with pytest.raises(Refusal) as caught:
        refuse(SITE, "this stores into data")
    text = str(caught.value)
    assert text.startswith("model.py, line 7: this stores into data\n    a[0] = 1\nWay out: ")
    assert "inline=False" in text
    assert "strict(...)" in text
    assert "function of its own" in text
    assert not isinstance(caught.value, Exception)


def test_refusals_stick():
    """Whatever was made of a refusal, the run ends with it."""
    with pytest.raises(Refusal, match="first"), tracing() as trace:
        for reason in ("first", "second"):
            try:
                refuse(SITE, reason)
            except Refusal:
                pass
        assert trace.refusal is not None


def test_refusals_stick_over_other_exceptions():
    """An exception that came after a refusal does not hide it."""
    with pytest.raises(Refusal, match="first"), tracing():
        try:
            refuse(SITE, "first")
        except Refusal:
            pass
        raise ValueError("second")


def test_runs_are_nested():
    """A call from outside during a run is a run of its own."""
    with tracing() as outer:
        with tracing() as inner:
            assert current() is inner
        assert current() is outer
    with pytest.raises(Refusal, match="ended"):
        current()


def test_a_function_that_outlives_its_trace():
    """A rewritten function kept by an object of the user's says what is wrong."""
    kept = []

    class Keeper(strict):
        def __init__(self, function):
            kept.append(function)

    def func(x):
        maker = Keeper(lambda v: v + x)
        return x

    strict(autodask(func)(A))
    with pytest.raises(Refusal, match="ended"):
        kept[0](1)


def test_notes_come_once():
    """An exception that passes several sites keeps the innermost."""
    error = ValueError("x")
    with tracing() as trace:
        trace.locate(error, SITE)
        trace.locate(error, Site("other.py", 1, "g", "f()"))
    assert error.__notes__ == [SITE.note()]


def test_a_failed_trace_leaves_nothing_behind():
    """After an exception the next call begins anew."""

    def func(x):
        raise ValueError(x)

    for _ in range(3):
        with pytest.raises(ValueError, match="1"):
            autodask(func)(1)
    with pytest.raises(Refusal, match="ended"):
        current()


def test_deep_but_finite_recursion(check):
    """A recursion of some depth is entered."""
    check(lambda n: total(n), 50)


@inline
def total(n):
    return n + total(n - 1) if n else 0
