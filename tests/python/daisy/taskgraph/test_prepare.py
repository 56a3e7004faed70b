"""Which way a call goes, and with how many workers."""

import dask
import pytest
from dask._task_spec import DataNode
from dask.callbacks import Callback
from dask.system import CPU_COUNT

import daisy
from daisy.taskgraph.prepare import prepare

GRAPH = {"a": DataNode("a", 1)}


def workers(**given):
    """The number of workers of a call that nothing observes."""
    graph, number = prepare(GRAPH, "a", given)
    assert graph is GRAPH
    return number


def is_observed(**given):
    """Whether something observes a call; then what is given back runs it."""
    call = prepare(GRAPH, "a", given)
    return callable(call) and call() == 1


def test_where_the_number_of_workers_comes_from():
    """The call, then `daisy.options`, then dask's configuration, then the machine; 0 is none."""
    assert workers() == CPU_COUNT
    with dask.config.set({"num_workers": 7}):
        assert workers() == 7
        assert workers(num_workers=0) == 7
        with daisy.options(workers=6):
            assert workers() == workers(num_workers=None) == 6
            assert workers(num_workers=5) == 5
            with daisy.options(workers=0):
                assert workers() == 7
    with dask.config.set({"num-workers": 4}):
        assert workers() == 4
    with dask.config.set({"num_workers": 0}):
        assert workers() == CPU_COUNT


@pytest.mark.parametrize("number", [1.5, "2", True], ids=repr)
def test_what_is_no_number_of_workers(number):
    """Told at once rather than rounded."""
    with pytest.raises(TypeError, match="a number of workers is an integer"):
        workers(num_workers=number)


@pytest.mark.parametrize(
    "given",
    [
        {"cache": {}},
        {"rerun_exceptions_locally": True},
        {"callbacks": Callback()},
        {"callbacks": [(None,) * 5]},
        {"callbacks": (None,) * 5},
        {"raise_exception": lambda error, where: None},
        {"pack_exception": lambda error, dumps: (error, None)},
        {"get_id": lambda: 1},
        {"dumps": lambda value: value},
        {"loads": lambda value: value},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_observes(given):
    """Each thing that can tell how tasks are run."""
    assert is_observed(**given)


@pytest.mark.parametrize(
    "given",
    [{}, {"bogus": 1}, {"chunksize": 3}, {"cache": None}, {"rerun_exceptions_locally": False}],
    ids=repr,
)
def test_what_does_not_observe(given):
    """Its twin: nothing of this makes a call slow."""
    assert not is_observed(**given)


def test_the_configuration_observes():
    """The names are those that dask has."""
    with dask.config.set(cache={}):
        assert is_observed()
    for name in ("rerun_exceptions_locally", "rerun-exceptions-locally"):
        with dask.config.set({name: True}):
            assert is_observed()
            assert not is_observed(rerun_exceptions_locally=False)


def test_callbacks_of_a_call_go_before_the_active_ones():
    """None of them is asked for with an empty list."""
    with Callback():
        assert is_observed()
        assert not is_observed(callbacks=[])
    assert not is_observed()
