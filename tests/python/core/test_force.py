"""Forcing: once, by whoever comes first, in the right context, and again after a failure."""

import contextvars
import signal
import threading
import time

import numpy as np
import pytest
from tests.python.conftest import in_threads

from daisy import Refusal
from daisy._core import force, force_all
from lazy import strict, thunk


class Site:
    """A place in the user's source."""

    def note(self):
        """What the exception gets."""
        return "at file.py:3"


def test_a_value_is_computed_once():
    """Guards that a held thunk keeps its value, also one inside another's expression."""
    calls = []
    inner = thunk(lambda: calls.append(1) or 5)
    assert strict(inner + 1) == 6
    assert strict(inner * 2) == 10
    assert calls == [1]


def test_eight_threads_compute_once():
    """Guards that threads which force one thunk at once wait for the first of them."""
    calls = []

    def slow():
        calls.append(1)
        time.sleep(0.1)
        return object()

    value, start = thunk(slow), threading.Barrier(8)

    def worker(_number):
        start.wait()
        return force(value)

    seen = in_threads(worker, 8)
    assert len(calls) == 1
    assert len({id(value) for value in seen}) == 1


def test_threads_share_what_their_thunks_share():
    """Guards that a node inside two different thunks is computed once across threads."""
    calls = []
    shared = thunk(lambda: (calls.append(1), time.sleep(0.1), 1)[2])
    assert in_threads(lambda n: force(shared + n), 8) == list(range(1, 9))
    assert len(calls) == 1


def test_two_threads_that_need_each_other_finish():
    """Guards against a deadlock of two tasks which each force what the other's run computes."""
    ready = threading.Barrier(2)
    first_leaf, second_leaf = thunk(lambda: 1), thunk(lambda: 2)

    def crossing(other):
        ready.wait(5)
        return force(other)

    pair = [
        thunk(lambda a, b: (a, b), thunk(lambda: crossing(second_leaf)), first_leaf),
        thunk(lambda a, b: (a, b), thunk(lambda: crossing(first_leaf)), second_leaf),
    ]
    results = {}
    threads = [
        threading.Thread(target=lambda i=i: results.update({i: force(pair[i])}), daemon=True)
        for i in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert results == {0: (2, 1), 1: (1, 2)}


def test_a_task_may_force_another_node_of_its_run():
    """Guards that a nested run takes over what the outer run has not computed yet."""
    calls = []
    later = thunk(lambda: calls.append("later") or 10)
    early = thunk(lambda: force(later) + 1)
    assert strict(thunk(lambda a, b: (a, b), early, later)) == (11, 10)
    assert calls == ["later"]


def test_a_thunk_that_depends_on_itself_is_an_error():
    """Guards a clear error instead of an endless recursion."""
    cell = []
    value = thunk(lambda: force(cell[0]))
    cell.append(value + 1)
    with pytest.raises(RuntimeError, match="depends on itself"):
        strict(cell[0])


def test_a_failure_is_raised_again_and_can_be_retried():
    """Guards that an exception is not cached."""
    fuel = []

    def fragile():
        if not fuel:
            raise ValueError("empty")
        return "ok"

    value = thunk(fragile)
    for _ in range(2):
        with pytest.raises(ValueError, match="empty"):
            strict(value)
    fuel.append(1)
    assert strict(value) == "ok"


def test_the_exception_is_the_same_object_with_a_note():
    """Guards that the user's exception travels unchanged, with one note of the site."""
    from daisy._core import defer

    error = KeyError("x")

    def fail():
        raise error

    value = defer(fail, (), None, Site())
    for _ in range(2):
        with pytest.raises(KeyError) as caught:
            force(value)
        assert caught.value is error
    assert error.__notes__ == ["at file.py:3"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broken_site_does_not_hide_the_exception():
    """Guards the user's exception against an error in making its note."""
    from daisy._core import defer

    value = defer(lambda: 1 / 0, (), None, object())
    with pytest.raises(ZeroDivisionError):
        force(value)


def test_the_context_of_the_call_counts():
    """Guards that a thunk runs in the contextvars context it was made in."""
    variable = contextvars.ContextVar("variable", default="outside")

    def make():
        variable.set("inside")
        return thunk(variable.get)

    value = contextvars.copy_context().run(make)
    assert strict(value) == "inside"
    assert variable.get() == "outside"


def test_errstate_of_the_call_counts():
    """Guards np.errstate round the call, not round the force."""
    with np.errstate(divide="raise"):
        value = thunk(np.divide, 1.0, np.zeros(1))
    with pytest.raises(FloatingPointError):
        strict(value)
    with np.errstate(divide="ignore"):
        value = thunk(np.divide, 1.0, np.zeros(1))
    with np.errstate(divide="raise"):
        assert np.isinf(strict(value))


def test_nested_runs_in_one_context():
    """Guards that a context which is entered already can be used by a nested run."""
    variable = contextvars.ContextVar("variable", default=0)

    def make():
        variable.set(1)
        inner = thunk(variable.get)
        return thunk(lambda: force(inner) + variable.get())

    assert strict(contextvars.copy_context().run(make)) == 2


def test_a_task_that_gives_a_thunk_gives_its_value():
    """Guards that no thunk leaks out of a run as a value."""
    assert type(force(thunk(lambda: thunk(int, 4)))) is int


def test_values_are_released_at_their_last_use():
    """Guards that a long chain of arrays needs the memory of a few."""
    alive, peak = [0], [0]

    class Counted:
        def __init__(self):
            alive[0] += 1
            peak[0] = max(peak[0], alive[0])

        def __del__(self):
            alive[0] -= 1

    value = thunk(Counted)
    for _ in range(100):
        value = thunk(lambda _old: Counted(), value)
    result = strict(value)
    assert peak[0] == 2
    del result, value
    assert alive[0] == 0


def test_a_computed_thunk_lets_go_of_its_inputs():
    """Guards that iterating `x = step(x); strict(x)` does not hold all earlier values."""
    released = []

    class Noisy:
        def __del__(self):
            released.append(1)

    value = thunk(lambda _noisy: 1, Noisy())
    assert strict(value) == 1
    assert released == [1]


def test_many_thunks_in_one_run_share_and_are_copied():
    """Guards force_all: shared work once, equal mutable results not one object."""
    calls = []
    shared = thunk(lambda: calls.append(1) or [1])
    a, b, again = shared + [2], shared + [2], shared
    results = force_all([a, b, again, again])
    assert results == [[1, 2], [1, 2], [1], [1]]
    assert results[0] is not results[1]
    assert results[2] is results[3]
    assert calls == [1]


def test_two_places_of_a_result_get_a_copy_each():
    """Guards `return x + 1, x + 1`: two arrays, while one thunk twice stays one object."""
    x = thunk.fromexpr(np.arange(3))
    one, two = x + 1, x + 1
    first, (second, third), fourth = strict((one, [two, one], x[0:1]))
    assert first is not second
    assert first is third
    assert np.array_equal(first, second)
    assert fourth.base is not None
    first[0] = 99
    assert second[0] == 1


def test_held_twins_do_not_share_a_mutable_value():
    """Guards that two thunks which folded into one node keep a value each."""
    x = thunk.fromexpr([1])
    left, right = x * 2, x * 2
    assert strict(left + right) == [1] * 4
    assert strict(left) == strict(right) == [1, 1]
    assert strict(left) is not strict(right)


def test_interrupt_ends_a_run():
    """Guards that Ctrl-C gets through between the tasks of a long run."""
    done, value = [], thunk(int)
    for _ in range(200):
        value = thunk(lambda x: (time.sleep(0.02), done.append(1), x)[2], value)
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        strict(value)
    assert len(done) < 200


def test_interrupt_ends_a_wait_for_another_thread():
    """Guards that a thread which waits for another one's run can be interrupted."""
    release = threading.Event()
    value = thunk(lambda: release.wait(10) and 1)
    worker = threading.Thread(target=force, args=(value,))
    worker.start()
    time.sleep(0.1)
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        strict(value)
    release.set()
    worker.join()
    assert strict(value) == 1


def test_what_a_held_thunk_needs_later_is_kept():
    """Guards that forcing step by step computes each step once, not all of them again."""
    calls = []

    def step(x):
        calls.append(x)
        return x + 1

    value = thunk(int)
    for _ in range(20):
        value = thunk(step, value)
        looked_at = value * 10
        value = value + 0
        strict(looked_at)
    assert strict(value) == 20
    assert calls == list(range(20))


def test_an_iterator_that_a_nested_run_computed_is_refused_where_two_use_it():
    """Guards that a step which another run took over is looked at like any other."""

    def numbers(n):
        return iter([n, 2, 3])

    first, second = thunk(numbers, 1), thunk(numbers, 1)
    inside = thunk(lambda: strict(first) is None)
    everything = thunk(lambda *parts: parts, inside, thunk(list, first), thunk(sum, second))
    with pytest.raises(Refusal):
        strict(everything)


def test_a_twin_keeps_what_a_nested_run_computed():
    """Guards that equal work is done once where a nested run does it."""
    calls = []

    def work(n):
        calls.append(n)
        return [n]

    first, second = thunk(work, 1), thunk(work, 1)
    inside = thunk(lambda: strict(first) == [1])
    assert strict(thunk(lambda *parts: parts, inside, first, second)) == (True, [1], [1])
    assert strict(second) == [1]
    assert calls == [1]
