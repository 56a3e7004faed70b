"""Which callbacks a run has, and that the runs inside it have none."""

import pytest
from dask.callbacks import Callback
from tests.python.conftest import in_threads
from tests.python.programs import output

from daisy.taskgraph.silence import silenced


def hooks(name):
    """A callback whose functions can be told from those of another."""
    return Callback(start=lambda dsk: name)


def test_active_callbacks_are_hidden_and_come_back():
    """Also when the run fails; the set is the same object as before."""
    active = Callback.active
    with hooks("a") as one, pytest.raises(ZeroDivisionError), silenced(None) as found:
        assert found == [one._callback]
        assert not Callback.active
        1 / 0
    assert Callback.active is active


def test_given_callbacks_hide_nothing():
    """As in dask: only callbacks that came from the active ones are taken away from others."""
    with hooks("a"), silenced([hooks("b")]):
        assert len(Callback.active) == 1


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ([], 0),
        ((), 0),
        (Callback(), 1),
        ((None,) * 5, 1),
        ([(None,) * 5, Callback()], 2),
        (((None,) * 5, (None,) * 5), 2),
        ({(None,) * 5}, 1),
    ],
    ids=repr,
)
def test_forms(given, count):
    """One or several, as objects or tuples."""
    with silenced(given) as found:
        assert len(found) == count
        assert all(len(one) == 5 for one in found)


def test_runs_that_end_out_of_order():
    """Of two threads' runs the first to begin may be the first to end: nothing gets lost."""
    active, first = Callback.active, silenced(None)
    with hooks("a") as outer:
        first.__enter__()
        with hooks("b") as inner:
            second = silenced(None)
            assert second.__enter__() == [inner._callback]
            first.__exit__(None, None, None)
            assert not Callback.active
            second.__exit__(None, None, None)
            assert Callback.active == {outer._callback, inner._callback}
        assert Callback.active == {outer._callback}
    assert Callback.active is active
    assert not active


def test_what_becomes_active_during_a_run_stays():
    """A callback that a task registers for good."""
    late = hooks("late")
    with silenced(None):
        late.register()
    assert late._callback in Callback.active
    late.unregister()


def test_many_threads():
    """Whatever the order, in the end the active ones are what they were."""

    def run(_number):
        for _ in range(200):
            with silenced(None):
                pass

    with hooks("a") as one:
        in_threads(run, 8)
        assert Callback.active == {one._callback}


def test_a_child_does_not_wait_for_a_thread_of_its_parent():
    """Guards that a run in a child process begins, whatever other threads did at the fork."""
    program = """
        import os, signal
        from daisy.taskgraph import silence
        with silence._lock:  # as another thread may have it
            child = os.fork()
            if not child:
                signal.alarm(10)
                with silence.silenced(None):
                    os._exit(0)
        print(os.waitpid(child, 0)[1])
    """
    assert output(program) == "0\n"
