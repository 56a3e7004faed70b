"""Collections of several kinds that are computed together."""

import dask
import dask.array as da
import dask.bag as db
import pytest
from dask import delayed as dasks
from hypothesis import given, settings
from hypothesis import strategies as st

from daisy import autodask, delayed


@autodask
def doubled(x):
    return x * 2


MAKERS = {
    "array": lambda n: da.full(3, n).max(),
    "bag": lambda n: db.from_sequence([n], npartitions=1).max(),
    "value": lambda n: dasks(abs)(-n),
    "ours": lambda n: delayed(abs)(-n),
    "thunk": lambda n: doubled(n) - n,
    "plain": lambda n: n,
}


@given(st.lists(st.sampled_from(sorted(MAKERS)), max_size=7))
@settings(max_examples=40, deadline=None)
def test_each_value_has_its_place(kinds):
    """Whatever is computed together comes back as it was asked for, and persisted the same."""
    made = [MAKERS[kind](number) for number, kind in enumerate(kinds)]
    wanted = list(range(len(kinds)))
    assert list(dask.compute(*made, scheduler="sync")) == wanted
    assert dask.compute({"all": made}, scheduler="sync")[0] == {"all": wanted}
    kept = dask.persist(*made, scheduler="sync")
    assert list(dask.compute(*kept, scheduler="sync")) == wanted


@given(st.lists(st.sampled_from(["array", "value", "ours", "plain"]), max_size=6))
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("make", [delayed, dasks], ids=["ours", "dask's"])
def test_each_argument_has_its_place(make, kinds):
    """So is what stands in one argument of a call."""
    made = [MAKERS[kind](number) for number, kind in enumerate(kinds)]
    got = make(list)(made).compute(scheduler="sync")
    assert got == list(range(len(kinds)))


def test_work_that_is_shared_is_still_done_once():
    """Arrays that stand together are optimised together, as before."""
    runs = []

    def count(block):
        runs.append(len(block))
        return block

    base = da.ones(4, chunks=4).map_blocks(count, meta=da.ones(1)._meta)
    runs.clear()
    dask.compute(base.sum(), base.max(), delayed(abs)(-1), scheduler="sync")
    assert runs == [4]
