"""Which of dask's tests are run, and which are not and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class File(NamedTuple):
    """A file of dask's tests.

    Attributes:
        module: its name.
        sample: what of it is run if not all is: an expression for pytest's ``-k``; None for all.
        workers: ``num_workers`` in the configuration, where the tests are about one worker.
        left_out: tests that are not run, each with the reason.
        control_fails: tests that fail on `dask.threaded.get` too, each with the reason.
        quick: whether it takes seconds only.
    """

    module: str
    sample: str | None = None
    workers: int | None = None
    left_out: Mapping[str, str] = MappingProxyType({})
    control_fails: Mapping[str, str] = MappingProxyType({})
    quick: bool = False


FILES = [
    File("dask.tests.test_threaded"),
    # Its tests are about `dask.local.get_sync`, which has one worker.
    File("dask.tests.test_local", workers=1),
    File("dask.tests.test_callbacks"),
    File("dask.tests.test_cache"),
    File("dask.tests.test_traceback"),
    File("dask.diagnostics.tests.test_profiler"),
    File("dask.diagnostics.tests.test_progress"),
    File("dask.bag.tests.test_bag"),
    File("dask.array.tests.test_array_core"),
    File("dask.array.tests.test_reductions"),
    File("dask.array.tests.test_slicing"),
    File("dask.array.tests.test_rechunk"),
    File("dask.array.tests.test_overlap"),
    File("dask.dataframe.tests.test_dataframe"),
    File("dask.dataframe.tests.test_groupby"),
]
