"""The settings of one call."""

import dask
import pytest
from dask.system import CPU_COUNT

import daisy
from daisy.taskgraph.prepare import prepare
from daisy.taskgraph.settings import Settings, workers_set


@pytest.mark.parametrize("block", [None, 0, 5])
@pytest.mark.parametrize("configured", [None, 3])
def test_how_many_workers(block, configured):
    """Thunks and tasks have equally many: what a block says, else dask's setting, else the CPUs."""
    expected = block or configured or CPU_COUNT
    with daisy.options(workers=block), dask.config.set(num_workers=configured):
        assert workers_set() == Settings({}).workers == expected
        assert prepare({"a": 1}, "a", {})[1] == expected
