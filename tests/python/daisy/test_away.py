"""A real cluster: two worker processes, reached over TCP."""

import os
import threading
import time

import dask
import distributed
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tests.python.daisy.random_programs import programs
from tests.python.daisy.test_property import check

from daisy import autodask, register_get, strict
from daisy._core import autodaskthunk
from daisy.away import Away


@pytest.fixture(scope="module")
def client():
    """A client of two workers with one thread each."""
    with (
        dask.config.set({"distributed.worker.daemon": True}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def away(client):
    """Thunks run on the cluster while a test lasts."""
    register_get(client.get)
    yield client
    register_get(None)


def add(*values):
    return sum(values) % 1_000_003


def deferred(function, *args):
    return autodaskthunk(function, *args)


def test_who_is_away(client):
    """A client over TCP is in other processes; one of threads, and a function, may be here."""
    assert Away(client.get).is_remote
    assert not Away(lambda graph, keys: dask.get(graph, keys)).is_remote
    with distributed.Client(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as inside:
        assert not Away(inside.get).is_remote


def test_many_small_operations(away):
    """A graph of thousands gives its value, by few tasks."""
    level = [deferred(add, number) for number in range(2000)]
    while len(level) > 1:
        level = [deferred(add, *level[at : at + 2]) for at in range(0, len(level), 2)]
    with distributed.get_task_stream(client=away) as stream:
        assert strict(level[0]) == sum(range(2000)) % 1_000_003
    assert len(stream.data) < 500


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(programs())
def test_random_programs(client, program):
    """What a cluster gives is what the plain function gives, or its exception."""
    register_get(client.get)
    try:
        check(*program)
    finally:
        register_get(None)


def fails(x):
    y = x + 1
    return divide(y, 0)


def divide(x, y):
    return x // y


def test_the_line_of_an_error(away):
    """The exception of a task on a worker names the user's line."""
    with pytest.raises(ZeroDivisionError) as caught:
        strict(autodask(fails)(1))
    (note,) = caught.value.__notes__
    assert note.startswith("in fails (") and note.endswith(": divide(y, 0)")


def where(array, seconds=0):
    time.sleep(seconds)
    return array.sum(), os.getpid()


def test_large_data_goes_by_itself(away, monkeypatch):
    """An array travels once, however many tasks read it, and not within a task."""
    large, sent, scatter = np.ones(100_000), [], away.scatter
    monkeypatch.setattr(
        away, "scatter", lambda data, **how: sent.extend(data.values()) or scatter(data, **how)
    )
    tasks = [deferred(where, large, number / 1000) for number in range(4)]
    assert {total for total, _ in strict(tasks)} == {100_000}
    assert [one is large for one in sent] == [True]


def test_a_worker_dies(away):
    """The result is right, though a worker is killed in the midst, with data on it."""
    large = np.ones(100_000)
    tasks = [deferred(where, large, 0.2 + number / 1000) for number in range(12)]
    victim = min(away.run(os.getpid).values())
    killer = threading.Timer(0.5, os.kill, (victim, 9))
    killer.start()
    try:
        found = strict(tasks)
    finally:
        killer.join()
    assert [total for total, _ in found] == [100_000] * 12
    away.wait_for_workers(2, timeout=30)


def test_the_only_worker_with_the_data_dies(away, tmp_path):
    """Data that was lost with its worker is sent again."""
    large, started = np.ones(100_000), tmp_path / "started"
    task = deferred(dies_once, large, str(started))
    assert strict(task) == 100_000
    assert started.exists()
    away.wait_for_workers(2, timeout=30)


def dies_once(array, path):
    try:
        with open(path, "x"):
            os.kill(os.getpid(), 9)
    except FileExistsError:
        pass
    return array.sum()
