"""What the tests of task graphs share: `get`, on each of the ways in which a call may go."""

import functools

import dask
import pytest
from dask.callbacks import Callback

import daisy

NOTHING = (None, None, None, None, None)
"""A callback that does nothing: with it a run is observed."""

WAYS = {
    "plain": {},
    "one worker": {"num_workers": 1},
    "observed": {"callbacks": [NOTHING], "num_workers": 3},
    "observed, one worker": {"callbacks": [NOTHING], "num_workers": 1},
}


@pytest.fixture(autouse=True)
def _nothing_set():
    """No callback, and nothing in dask's configuration that a test has left there."""
    assert not Callback.active
    with dask.config.set({}):
        yield
    assert not Callback.active


@pytest.fixture(params=list(WAYS))
def get(request):
    """`daisy.get`, whichever way the call goes: what is seen from outside is the same."""
    return functools.partial(daisy.get, **WAYS[request.param])
