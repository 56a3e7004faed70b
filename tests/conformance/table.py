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
    File("dask.tests.test_threaded", quick=True),
    # Its tests are about `dask.local.get_sync`, which has one worker.
    File("dask.tests.test_local", workers=1, quick=True),
    File("dask.tests.test_callbacks", quick=True),
    File("dask.tests.test_cache", quick=True),
    File("dask.tests.test_traceback", quick=True),
    File("dask.diagnostics.tests.test_profiler", quick=True),
    File("dask.diagnostics.tests.test_progress", quick=True),
    File(
        "dask.bag.tests.test_bag",
        left_out={
            "test_temporary_directory": "is about the scheduler of processes, which is the default"
            " of bags until another is configured; fails on dask.threaded.get too"
        },
    ),
    File("dask.array.tests.test_array_core"),
    File(
        "dask.array.tests.test_reductions",
        sample="test_nan or test_reductions_with or test_moment or test_tree_reduce or test_median"
        " or test_cum or test_weighted or test_object",
    ),
    File("dask.array.tests.test_slicing"),
    File("dask.array.tests.test_rechunk"),
    File("dask.array.tests.test_overlap"),
    File(
        "dask.dataframe.tests.test_dataframe",
        sample="map_partitions or delayed or compute or persist or align or repartition or assign",
    ),
    File(
        "dask.dataframe.tests.test_groupby",
        sample="test_groupby_on_index or test_groupby_get_group or test_split_apply_combine or"
        " test_series_groupby_errors or test_groupby_agg_custom or test_cumulative or"
        " test_groupby_unique or test_groupby_cov or test_rounding or test_groupby_group_keys or"
        " test_groupby_value_counts",
    ),
]
