"""Thunks on several threads: helpers compute, and nobody can tell but by the clock."""

import contextvars
import threading
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.python.conftest import outcome

import daisy
from daisy import autodask, strict

WAIT = 20
"""Seconds after which a thread that waits for another one has waited in vain."""


@pytest.fixture(autouse=True)
def _two_workers():
    with daisy.options(workers=2):
        yield


def sleeps(seconds, value):
    time.sleep(seconds)
    return value


def fails(seconds, name):
    time.sleep(seconds)
    raise ValueError(name)


def meets(barrier, value):
    barrier.wait(WAIT)
    return value


def thread_of(value):
    time.sleep(0.02)
    return threading.get_ident(), value


def test_two_calls_run_at_the_same_time():
    """Guards that helpers compute thunks without being asked for."""
    barrier = threading.Barrier(2)

    @autodask
    def f(x):
        return meets(barrier, x), meets(barrier, x + 1)

    assert strict(f(1)) == (1, 2)


def test_one_worker_is_the_calling_thread():
    """Guards that everything runs where it is asked for, if that is said."""

    @autodask
    def f():
        return [thread_of(n) for n in range(4)]

    with daisy.options(workers=1):
        assert strict(f()) == [(threading.get_ident(), n) for n in range(4)]


def test_the_first_failure_is_raised():
    """Guards that the exception is the one a single thread raises, not that of the faster one."""

    @autodask
    def f():
        return fails(0.1, "first") + fails(0, "second")

    for _ in range(3):
        with pytest.raises(ValueError, match="first") as caught:
            strict(f())
    assert any("fails(0.1" in note for note in caught.value.__notes__)


def test_an_effect_waits_for_what_stands_before_it(tmp_path):
    """Guards that nothing is written which plain Python would not have written."""
    with (tmp_path / "log").open("w") as log:

        @autodask
        def f():
            return fails(0.1, "first"), log.write("second")

        with pytest.raises(ValueError, match="first"):
            strict(f())
    assert (tmp_path / "log").read_text() == ""


def test_effects_come_in_the_order_written(tmp_path):
    """Guards that a slow value does not let a later line overtake an earlier one."""
    with (tmp_path / "log").open("w") as log:

        @autodask
        def f():
            first = log.write(sleeps(0.1, "a"))
            return first, log.write(sleeps(0, "b")), log.write(sleeps(0.02, "c"))

        assert strict(f()) == (1, 1, 1)
    assert (tmp_path / "log").read_text() == "abc"


def test_a_step_that_another_thread_computes_is_waited_for():
    """Guards that a nested run does not compute again what is being computed."""
    calls = []

    def slow(x):
        calls.append(x)
        time.sleep(0.1)
        return x

    held = {}

    @autodask
    def f(x):
        return slow(x)

    def looks_it_up(name):
        time.sleep(0.03)
        return strict(held[name])

    @autodask
    def g(thunk):
        return thunk, looks_it_up("thunk")

    held["thunk"] = f(7)
    assert strict(g(held["thunk"])) == (7, 7)
    assert calls == [7]


def test_a_nested_run_takes_over_what_nobody_computes():
    """Guards that the thread which comes to a step later waits for the nested run."""
    calls = []
    held = {}

    def count(x):
        calls.append(x)
        time.sleep(0.05)
        return x

    def looks_it_up(name):
        return strict(held[name])

    @autodask
    def f(x):
        return count(x)

    @autodask
    def g(*thunks):
        return looks_it_up("last"), sleeps(0.01, 1), *thunks

    for _ in range(5):
        calls.clear()
        thunks = [f(n) for n in range(4)]
        held["last"] = thunks[-1]
        assert strict(g(*thunks)) == (3, 1, 0, 1, 2, 3)
        assert sorted(calls) == [0, 1, 2, 3]


def test_thunks_that_force_each_other_are_an_error():
    """Guards that two threads which wait for each other find out, whoever comes first."""
    held = {}

    def forces(name):
        time.sleep(0.03)
        return strict(held[name])

    @autodask
    def f(name):
        return forces(name)

    for _ in range(3):
        held["left"], held["right"] = f("right"), f("left")
        _value, error = outcome(lambda: strict([held["left"], held["right"]]))
        assert isinstance(error, RuntimeError), error
        assert "depends on itself" in str(error)


def test_helpers_compute_in_the_context_of_the_call():
    """Guards that what was set round the call holds on every thread."""
    variable = contextvars.ContextVar("variable", default="outside")
    barrier = threading.Barrier(2)

    def look(n):
        barrier.wait(WAIT)
        return n, variable.get()

    @autodask
    def f():
        return look(1), look(2)

    token = variable.set("inside")
    thunk = f()
    variable.reset(token)
    assert strict(thunk) == ((1, "inside"), (2, "inside"))
    assert variable.get() == "outside"


def test_errstate_of_the_call_holds_on_helpers():
    """Guards NumPy's error state, which is a matter of the context."""
    barrier = threading.Barrier(2)

    def divide(x):
        barrier.wait(WAIT)
        try:
            return threading.get_ident(), x / 0.0
        except FloatingPointError:
            return threading.get_ident(), "raised"

    @autodask
    def f(x):
        return divide(x), divide(x + 1)

    with np.errstate(divide="raise"):
        thunk = f(np.ones(3))
    (one, first), (other, second) = strict(thunk)
    assert one != other
    assert (first, second) == ("raised", "raised")


def test_memory_is_used_again_beside_other_threads():
    """Guards that an array which another thread still reads is not written to."""
    ones = np.ones(1 << 18)

    def total(x):
        time.sleep(0.01)
        return x.sum()

    @autodask
    def f(x):
        y = x + 1
        return total(y), (y + 1)[0], total(y * 2), (y * y + y)[0]

    for _ in range(10):
        assert strict(f(ones)) == (2.0 * ones.size, 3.0, 4.0 * ones.size, 6.0)


def test_an_interrupt_ends_the_wait_for_a_helper():
    """Guards that Ctrl-C is heard while the calling thread has nothing to do."""
    import _thread

    barrier, go_on, ended = threading.Barrier(2), threading.Event(), threading.Event()

    def long(x):
        barrier.wait(WAIT)
        if threading.current_thread() is not threading.main_thread():
            _thread.interrupt_main()
            go_on.wait(WAIT)
            ended.set()
        return x

    @autodask
    def f():
        return long(1), long(2)

    with pytest.raises(KeyboardInterrupt):
        strict(f())
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(WAIT)


def step(name, *needs):
    """A step of a random graph: takes a while, and fails if its name says so."""
    time.sleep(zlib.crc32(name.encode()) % 3 / 2000)
    if name.startswith("fails"):
        raise ValueError(name)
    return name, *needs


@settings(max_examples=60, deadline=None)
@given(
    shape=st.lists(st.lists(st.integers(0, 12), max_size=3), min_size=1, max_size=14),
    failing=st.sets(st.integers(0, 13), max_size=3),
    workers=st.integers(2, 4),
)
def test_random_graphs_give_what_one_worker_gives(shape, failing, workers):
    """Guards value and exception of any graph against those of a single thread."""

    @autodask
    def f():
        values = []
        for place, needs in enumerate(shape):
            chosen = [values[need % place] for need in needs] if place else []
            name = f"fails {place}" if place in failing else f"step {place}"
            values.append(step(name, *chosen))
        return values

    with daisy.options(workers=1):
        alone = outcome(lambda: strict(f()))
    with daisy.options(workers=workers):
        together = outcome(lambda: strict(f()))
    assert repr(together) == repr(alone)


def test_an_interrupt_does_not_wait_for_earlier_steps():
    """Guards that Ctrl-C in the calling thread's own step is no failure among others."""
    import _thread

    started, over, ended = threading.Event(), threading.Event(), []

    def first(n):
        started.wait(WAIT)
        return n

    def long(n):
        started.set()
        over.wait(WAIT)
        ended.append(n)
        return n

    def interrupted(n):
        if threading.current_thread() is threading.main_thread():
            _thread.interrupt_main()
            time.sleep(WAIT)
        return n

    @autodask
    def f():
        return first(1), long(2), interrupted(3)

    with pytest.raises(KeyboardInterrupt):
        strict(f())
    assert not ended
    over.set()


def test_a_function_that_was_brief_gets_help_when_it_is_long():
    """Guards that what was learnt of a function is looked at again before long."""

    def work(n, seconds):
        if seconds:
            time.sleep(seconds)
        return threading.get_ident()

    @autodask
    def f(n, seconds):
        return [work(i, 0) for i in range(n)] + [work(i, seconds) for i in range(40)]

    for n in range(3):
        strict(f(500 + n, 0))
    threads = strict(f(128, 0.01))[-25:]
    assert len(set(threads)) == 2
