"""Values on a real cluster: two worker processes, reached over TCP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dask
import distributed
import numpy as np
import pytest

from daisy import delayed

MANY = 3000


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of two workers with one thread each; values are computed there while it lasts."""
    with (
        dask.config.set({"distributed.worker.daemon": True}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def add(*values: Any) -> Any:
    return sum(values)


def of_process(x: Any) -> Any:
    import os

    return os.getpid()


def fail(x: Any) -> Any:
    raise ValueError(f"no {x}")


def tree(leaves: int) -> Any:
    level = [delayed(add)(number) for number in range(leaves)]
    while len(level) > 1:
        level = [delayed(add)(*level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0]


def tasks_of(client: Any) -> int:
    """How many tasks the scheduler has been given so far."""
    return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.transition_log)))


def test_few_tasks(client: Any) -> None:
    """Thousands of calls travel as few tasks, and their value is right."""
    before = tasks_of(client)
    assert tree(MANY).compute() == MANY * (MANY - 1) // 2
    # A task goes through five states or so.
    assert tasks_of(client) - before < MANY


def test_elsewhere(client: Any) -> None:
    """Values are computed by the workers, few ones and many."""
    import os

    assert delayed(of_process)(1).compute() != os.getpid()
    assert delayed(of_process)(tree(MANY)).compute() != os.getpid()


def test_dasks_functions(client: Any) -> None:
    """The client's methods and dask's functions take values as dask's own."""
    value = delayed(add)(1, delayed(add)(2))
    assert client.compute(value).result() == 3
    assert dask.compute(value, delayed(add)(4)) == (3, 4)
    (kept,) = dask.persist(value)
    assert delayed(add)(kept, 1).compute() == 4
    future = client.submit(add, 5)
    assert delayed(list)([future, 1]).compute() == [5, 1]


def test_an_error_of_a_worker(client: Any) -> None:
    """The exception of a call comes back, out of a small graph and out of a large one."""
    for inner in (delayed(add)(7), delayed(add)(delayed(add)(7), 0, tree(MANY) * 0)):
        with pytest.raises(ValueError, match="no 7"):
            delayed(fail)(inner).compute()


def test_annotations(client: Any) -> None:
    """What calls are annotated with reaches the scheduler, so they stay tasks of their own."""
    (worker, other) = client.scheduler_info()["workers"]
    for name in (worker, other):
        with dask.annotate(workers=[name]):
            where = delayed(lambda x: distributed.get_worker().address)(tree(MANY // 4))
        assert where.compute() == name


def test_arrays(client: Any) -> None:
    """Arrays as arguments travel with the graph, also with many calls around them."""
    array = np.arange(1000.0)
    parts = [delayed(np.sum)(array[at:]) for at in range(600)]
    assert delayed(add)(*parts).compute() == sum(array[at:].sum() for at in range(600))
