"""What a worker does with tasks."""

import pickle
import threading
import traceback

import pytest
from dask._task_spec import Task, TaskRef

from daisy.taskgraph.work import Failure, Hooks, work

HALF = Task("h", lambda x: 1 / x, TaskRef("x"))


def test_a_value_and_its_worker():
    """The worker is the thread, unless the user says otherwise."""
    tasks = [("h", (HALF, {"x": 2}))]
    assert work(Hooks(), tasks) == [("h", False, (0.5, threading.get_ident()))]
    assert work(Hooks(get_id=lambda: "me"), tasks) == [("h", False, (0.5, "me"))]


def test_an_error_begins_at_the_task():
    """The frames of the worker are nothing to the reader."""
    ((key, failed, content),) = work(Hooks(), [("h", (HALF, {"x": 0}))])
    assert (key, failed) == ("h", True)
    error, where = content.take()
    assert isinstance(error, ZeroDivisionError)
    names = [frame.name for frame in traceback.extract_tb(where)]
    assert names[-1] == "<lambda>"
    assert "_run" not in names


def test_the_others_of_a_batch_run():
    """One that fails does not take along those that were sent with it."""
    tasks = [("h", (HALF, {"x": 0})), ("i", (HALF, {"x": 1}))]
    assert [outcome.failed for outcome in work(Hooks(), tasks)] == [True, False]


def test_hooks():
    """Tasks are taken in, results and errors made ready, by the user's functions."""
    hooks = Hooks(
        dumps=lambda value: ("dumped", value),
        loads=lambda sent: sent[1],
        get_id=lambda: 0,
        pack_exception=lambda error, dumps: dumps(type(error)),
    )
    assert work(hooks, [("h", ("dumped", (HALF, {"x": 2})))])[0].content == ("dumped", (0.5, 0))
    failed = work(hooks, [("h", ("dumped", (HALF, {"x": 0})))])[0]
    assert failed.content == ("dumped", ZeroDivisionError)


def test_an_error_of_a_hook_is_the_tasks():
    """It is reported, not lost."""

    def broken(_value):
        raise RuntimeError("mine")

    ((_, failed, content),) = work(Hooks(dumps=broken), [("h", (HALF, {"x": 2}))])
    assert failed
    assert str(content.take()[0]) == "mine"


def test_a_failure_is_sent_with_its_traceback_as_text():
    """From another process a traceback cannot come."""
    ((_, _, content),) = work(Hooks(), [("h", (HALF, {"x": 0}))])
    error, where = pickle.loads(pickle.dumps(content)).take()
    assert isinstance(error, ZeroDivisionError)
    assert where is None
    (note,) = error.__notes__
    assert "in another process" in note
    assert "1 / x" in note


def test_a_failure_can_be_had_once():
    """Then nothing keeps the error but whoever has it."""
    failure = Failure(ValueError(), None)
    failure.take()
    with pytest.raises(IndexError):
        failure.take()
