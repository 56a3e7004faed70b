"""What is known of each task: the walk over what is needed, and what a finished task changes."""

import pytest
from dask._task_spec import Task, TaskRef, convert_legacy_graph

from daisy.taskgraph.state import finish_task, start_state, start_task

ORDER = {key: place for place, key in enumerate("xyzwv")}.get


def state_of(graph, wanted, cache=None):
    """The first state of a graph in legacy form."""
    cache = {} if cache is None else cache
    return start_state(convert_legacy_graph(graph, {*graph, *cache}), set(wanted), cache, ORDER)


CHAIN = {"x": 1, "y": 2, "z": (abs, "x"), "w": (max, "z", "y")}


def test_before_the_first_task():
    """All nine entries, of which some count as data from the beginning."""
    assert state_of(CHAIN, "w") == {
        "dependencies": {"x": set(), "y": set(), "z": {"x"}, "w": {"z", "y"}},
        "dependents": {"x": {"z"}, "y": {"w"}, "z": {"w"}, "w": set()},
        "waiting": {"w": {"z"}},
        "waiting_data": {"x": {"z"}, "y": {"w"}, "z": {"w"}, "w": set()},
        "cache": {"x": 1, "y": 2},
        "ready": ["z"],
        "running": set(),
        "finished": set(),
        "released": set(),
    }


def test_a_task_ends():
    """What waited for it is ready, and what only it needed is gone."""
    state = state_of(CHAIN, "w")
    assert start_task(state) == "z"
    assert (state["ready"], state["running"]) == ([], {"z"})
    finish_task(state, "z", 1, {"w"}, ORDER)
    assert state["ready"] == ["w"]
    assert state["waiting"] == {}
    assert state["cache"] == {"y": 2, "z": 1}
    assert (state["running"], state["finished"], state["released"]) == (set(), {"z"}, {"x"})


def test_what_was_asked_for_stays():
    """Even if its last use is over."""
    state = state_of(CHAIN, "wx")
    start_task(state)
    finish_task(state, "z", 1, {"w", "x"}, ORDER)
    assert state["cache"] == {"x": 1, "y": 2, "z": 1}


def test_ready_tasks_are_in_order():
    """The last one is the next."""
    graph = {"y": (abs, 1), "x": (abs, 1), "z": (abs, 1)}
    state = state_of(graph, "xyz")
    assert state["ready"] == ["z", "y", "x"]
    assert [start_task(state) for _ in graph] == ["x", "y", "z"]


@pytest.mark.parametrize("value", [0, None, "", 5], ids=repr)
def test_values_in_the_cache_are_used(value):
    """False ones as well as others, and whether or not the graph has a task for the key."""
    for graph in ({"z": (abs, "x")}, {"x": (abs, -1), "z": (abs, "x")}):
        state = state_of(graph, "z", {"x": value})
        assert state["ready"] == ["z"]
        assert state["dependencies"] == {"x": set(), "z": {"x"}}


def test_what_is_asked_for_is_computed_anew():
    """A value of an earlier run that lies in the cache under the same key is no answer."""
    state = state_of(CHAIN, "zw", {"z": "old"})
    assert state["ready"] == ["z"]
    assert state["waiting"] == {"w": {"z"}}


def test_data_goes_before_the_cache():
    """The graph's own value is the newer one."""
    assert state_of({"x": 1}, "x", {"x": "old"})["cache"] == {"x": 1}


@pytest.mark.parametrize("wanted", ["x", "xq", "qx"])
def test_missing(wanted):
    """A dependency that is nowhere, also if it was asked for itself."""
    graph = {"x": Task("x", abs, TaskRef("q"))}
    with pytest.raises(ValueError, match=r"Missing dependency q for dependents \{'x'\}"):
        start_state(graph, set(wanted), {}, ORDER)
