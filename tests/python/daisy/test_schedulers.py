"""Other schedulers."""

import contextlib
import dataclasses
import functools
import gc
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import dask
import dask.threaded
import distributed
import numpy as np
import pytest
from dask.callbacks import Callback

import daisy
from daisy import Refusal, autodask, register_get, strict, thunk
from daisy._core import autodaskthunk

A = np.arange(6.0)


def user(x):
    return x * 2


def fail(x):
    raise ERROR


ERROR = ValueError("mine")


def test_register_get_returns_get():
    """So that it can stand in an expression."""
    assert register_get(dask.get) is dask.get
    assert register_get(None) is None


@pytest.mark.parametrize("value", [1, "threads", object()], ids=repr)
def test_what_is_no_get(value):
    """The error says what is wanted, and the old scheduler stays."""
    with pytest.raises(TypeError, match="register_get wants a function"):
        register_get(value)


def test_the_scheduler_is_used():
    """Thunks of autodask are forced by it."""
    graphs = []

    def get(dsk, keys, **kwargs):
        graphs.append(dsk)
        return dask.get(dsk, keys, **kwargs)

    register_get(get)
    assert strict(autodask(lambda x: user(x) + 1)(1)) == 3
    assert len(graphs) == 1


def test_plain_thunks_stay_native():
    """`lazy.thunk` knows no scheduler."""

    def get(dsk, keys):
        raise AssertionError("used")

    register_get(get)
    assert strict(thunk(user, 2)) == 4


def test_a_get_without_the_contract():
    """One that gives too few values is told what is wanted."""
    register_get(lambda dsk, keys: [])
    with pytest.raises(TypeError, match="contract"):
        strict(autodask(user)(A) + 1)


@pytest.mark.parametrize("get", [dask.get, dask.threaded.get, daisy.get])
@pytest.mark.parametrize("watched", [False, True])
def test_the_task_that_failed_is_named(get, watched):
    """The exception is the same object, with a note of the user's line, callbacks or not."""
    register_get(get)

    def func(x):
        return [user(x), fail(x)]

    watch = Callback() if watched else contextlib.nullcontext()
    with watch, pytest.raises(ValueError, match="mine") as caught:
        strict(autodask(func)(A))
    assert caught.value is ERROR
    notes = [note for note in caught.value.__notes__ if __file__ in note]
    assert len(notes) == 1
    assert "fail(x)" in notes[0]
    del ERROR.__notes__


class Mine(Exception):
    """An exception of the user's, which unlike Python's own can be watched."""


def test_an_error_is_let_go():
    """What its traceback holds, arrays perhaps, is freed at once and not by a collection."""

    def raises(x):
        raise Mine(x)

    def fail_once():
        try:
            strict(autodask(lambda x: raises(x) + 1)(A))
        except Mine as error:
            return weakref.ref(error)

    register_get(daisy.get)
    gc.disable()
    try:
        assert fail_once()() is None
    finally:
        gc.enable()


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    """An exception that takes no note."""

    number: int


@pytest.mark.parametrize("get", [None, daisy.get])
def test_an_error_that_takes_no_note(get, monkeypatch):
    """It is raised as it is, and nothing is printed about the note."""
    raised, printed = Frozen(1), []
    monkeypatch.setattr(sys, "unraisablehook", printed.append)

    def raises(x):
        raise raised

    register_get(get)
    with pytest.raises(Frozen) as caught:
        strict(autodask(lambda x: raises(x) + 1)(A))
    assert caught.value is raised
    assert not printed


def test_held_thunks_keep_what_a_run_computed():
    """What the user holds of a graph is computed once, by other schedulers too."""
    register_get(dask.get)
    calls = []

    def count(x):
        calls.append(x)
        return x

    inner = autodaskthunk(count, 1)
    outer = inner + 1
    assert strict(outer) == 2
    assert strict(inner) == 1
    assert calls == [1]


def test_client_get():
    """A cluster runs the same graphs."""
    with distributed.Client(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as client:
        register_get(client.get)
        made = autodask(lambda x: user(x) + x.sum() if x.shape == (6,) else None)(A)
        assert strict(made).tolist() == (A * 2 + 15).tolist()


def draws(seed):
    rng = np.random.default_rng(seed)
    return rng.normal(), rng.normal()


def test_state_in_order_is_kept_from_other_processes():
    """Guards two draws of one generator, which two processes would make from two copies."""
    import dask.multiprocessing

    traced = autodask(draws, inline=True)
    register_get(dask.multiprocessing.get)
    with pytest.raises(Refusal, match="several processes"):
        strict(traced(0))
    register_get(dask.threaded.get)
    assert strict(traced(0)) == draws(0)


def test_arguments_of_a_scheduler_do_not_hide_it():
    """Guards state in order on a scheduler of this process that was only given its arguments."""
    threads = functools.partial(dask.threaded.get, num_workers=2)
    for get in (threads, functools.partial(threads, num_workers=1)):
        register_get(get)
        assert strict(autodask(draws, inline=True)(0)) == draws(0)


def test_a_scheduler_that_is_given_a_pool_may_leave_the_process():
    """The twin: nobody knows what the pool is, and the refusal claims no more than that."""
    register_get(functools.partial(dask.threaded.get, pool=ThreadPoolExecutor(1)))
    with pytest.raises(Refusal, match="daisy does not know this scheduler, which may use several"):
        strict(autodask(draws, inline=True)(0))
