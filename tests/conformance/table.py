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
        imported: whether its import of `dask.delayed` is changed into one of `daisy.delayed`.
    """

    module: str
    sample: str | None = None
    workers: int | None = None
    left_out: Mapping[str, str] = MappingProxyType({})
    control_fails: Mapping[str, str] = MappingProxyType({})
    quick: bool = False
    imported: bool = False


PANDAS = "pandas from 3.1 on warns of what the test does itself, and a warning is an error here"

FILES = [
    File("dask.tests.test_threaded", quick=True),
    # Its tests are about `dask.local.get_sync`, which has one worker.
    File("dask.tests.test_local", workers=1, quick=True),
    File("dask.tests.test_callbacks", quick=True),
    File("dask.tests.test_delayed", quick=True, imported=True),
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
        control_fails={
            "test_describe[all-None-None-None]": PANDAS,
            "test_describe[None-exclude9-None-None]": PANDAS,
            "test_describe[include10-None-None-None]": PANDAS,
            "test_describe_without_datetime_is_numeric": PANDAS,
            "test_repartition_datetime_tz_index": PANDAS,
            "test_shift_with_freq_DatetimeIndex[B-False]": PANDAS,
            "test_shift_with_freq_DatetimeIndex[D-True]": PANDAS,
            "test_shift_with_freq_DatetimeIndex[h-True]": PANDAS,
            "test_shift_with_freq_PeriodIndex[D-True]": PANDAS,
            "test_shift_with_freq_PeriodIndex[h-True]": PANDAS,
            "test_shift_with_freq_TimedeltaIndex": PANDAS,
            "test_join_series": PANDAS,
        },
        sample="map_partitions or delayed or compute or persist or align or repartition or assign",
    ),
    File(
        "dask.dataframe.tests.test_groupby",
        sample="test_groupby_on_index or test_groupby_get_group or test_groupby_agg_custom or"
        " test_series_groupby_errors or test_groupby_group_keys or test_rounding",
    ),
]
