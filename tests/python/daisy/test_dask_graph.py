"""Graphs of dask's own tasks."""

import pickle
import sys

import cloudpickle
import dask
import dask.threaded
import numpy as np
import pytest
from dask._task_spec import Alias, DataNode, GraphNode, Task
from tests.python.programs import run_without_daisy

from daisy import Refusal, autodask, inline, ltree_to_dask, thunk
from daisy._core import autodaskthunk
from lazy.tree import LTree

A = np.arange(6.0)


def user(x, *more, **named):
    return x


def graph_of(func, *args):
    return ltree_to_dask(LTree.parse(autodask(func)(*args)))


def names(graph):
    return sorted(key.rsplit("-", 2)[0] for key in graph)


def check(func, *args):
    graph, key = graph_of(func, *args)
    expected = func(*args)
    for get in (dask.get, dask.threaded.get):
        np.testing.assert_equal(get(graph, key), expected)
    return graph


def test_only_nodes_of_dask():
    """Every value is a node of `dask._task_spec`, under its own key."""
    graph = check(lambda x: {"a": [x + 1, (x.sum(), {1, 2})], "b": x[1:3]}, A)
    assert all(isinstance(node, GraphNode) for node in graph.values())
    assert all(node.key == key for key, node in graph.items())


def test_distinct_work_is_there_once():
    """Equal calls are one task."""
    graph = check(lambda x: (x + 1) * (x + 1) + user(x + 1) + user(x + 1), A)
    assert names(graph) == ["add", "add", "add", "mul", "user"]


def test_keys_differ_between_evaluations():
    """An array may have changed, so two graphs never share a key."""
    made = autodask(lambda x: x + 1)(A)
    first, _ = ltree_to_dask(made)
    second, _ = ltree_to_dask(made)
    assert not first.keys() & second.keys()


def test_methods_are_one_task():
    """A method call is `methodcaller`, where the bound method is used once."""
    graph = check(lambda x: x.sum(axis=0).item(), A)
    assert names(graph) == ["item", "sum"]
    graph = check(lambda x: x.T.real, A)
    assert names(graph) == ["getattr", "getattr"]


def test_a_bound_method_used_twice():
    """It is got once and called twice."""
    graph = check(lambda x: (x.take([0]), x.take([1])), A)
    assert names(graph).count("getattr") == 1


def test_containers_stand_in_their_task():
    """A list of values is an argument, not a task."""
    graph = check(lambda x: user([x + 1, {"a": x}, (x, [2])]), A)
    assert names(graph) == ["add", "user", "value"]


def test_lists_of_one_list():
    """dask takes a container of one container for its items; a list in a list stays one."""
    check(lambda x: user([[1, 2]]), A)
    check(lambda x: [[[x]], ([1],), [(1, 2)], {"k": {"l": 1}}], A)
    check(lambda x: user([x, [[1]]]), A)


def test_big_constants_are_there_once():
    """An array that several tasks use is one node."""
    graph = check(lambda x: [x + 1, x + 2, x * 3], A)
    assert sum(isinstance(node, DataNode) for node in graph.values()) == 1


def test_values_that_look_like_keys_or_tasks():
    """Strings and tuples are values, never references."""
    graph, key = graph_of(lambda x: [x, "a", ("b", 1), (sum, [1])], "a")
    assert dask.get(graph, key) == ["a", "a", ("b", 1), (sum, [1])]
    node = Alias("a", "b")
    graph, key = graph_of(lambda x: user(x), autodaskthunk.fromexpr(node))
    assert dask.get(graph, key) is node


def test_keyword_arguments_that_dask_has_itself():
    """A function of the user's may have any parameter names."""

    def named(**given):
        return given

    def func(x):
        return named(_data_producer=x, key=1, func=2, self=3)

    graph, key = graph_of(func, 5)
    assert dask.get(graph, key) == {"_data_producer": 5, "key": 1, "func": 2, "self": 3}


def test_a_constant_result():
    """A result that is there already has a key of its own."""
    graph, key = graph_of(lambda x: 3, A)
    assert dask.get(graph, key) == 3
    assert len(graph) == 1


def test_ordering_needs_no_daisy():
    """Calls that must run in order depend on each other."""

    def func(x):
        rng = np.random.default_rng(0)
        return rng.normal(), rng.normal(), rng.normal()

    graph = check(func, 1)
    kinds = {type(node) for node in graph.values()}
    assert kinds <= {Task, DataNode, *(type(node) for node in graph.values())}


def test_what_is_no_tree():
    """The error says what is wanted."""
    with pytest.raises(TypeError, match="LTree"):
        ltree_to_dask([1])
    graph, key = ltree_to_dask(thunk(user, 1))
    assert dask.get(graph, key) == 1


@inline
def spread(x):
    a, b = pair(x)
    return a, b


def pair(x):
    return x, x


def everything(x):
    rng = np.random.default_rng(0)
    y = x + 1
    y += rng.normal()
    n = x.sum()
    picked = x if n > 3 else -x
    text = f"{n:.1f}"
    a, b = pair(x)
    listed = list(v for v in [x, 1])
    inner = np.apply_along_axis(lambda v: v + n, 0, x)
    return [y, picked, text, a, b, listed, inner, n in [1, 2], {n: 1}, {n, 2}, x[slice(1)], not n]


def run_on_a_worker(func, argument):
    """The graph of a call, run by a process in which neither daisy nor lazy can be imported."""
    module = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(module)
    try:
        pickled = cloudpickle.dumps(graph_of(func, argument))
    finally:
        cloudpickle.unregister_pickle_by_value(module)
    return run_without_daisy(pickled)


def test_workers_need_no_daisy():
    """A pickled graph runs where neither daisy nor lazy can be imported."""
    done = run_on_a_worker(everything, A)
    assert done.returncode == 0, done.stderr.decode()
    np.testing.assert_equal(pickle.loads(done.stdout), everything(A))


def test_a_worker_without_daisy_refuses_a_shared_iterator():
    """What guards against a value used up by its first user travels with the graph."""

    def both(x):
        return list(map_of(x)) + sorted(map_of(x))

    done = run_on_a_worker(both, [1, 2])
    assert b"TypeError: this gives a map, which can be gone through once" in done.stderr


def map_of(x):
    return map(abs, x)


def quotients(x, y):
    """Two thunks of one division, of which only the second must raise."""
    with np.errstate(all="ignore"):
        quiet = autodaskthunk(np.divide, x, y)
    with np.errstate(all="raise"):
        loud = autodaskthunk(np.divide, x, y)
    return quiet, loud


def test_calls_of_several_contexts_are_refused():
    """Run by dask, all would run in one context: the division that must raise would give inf."""
    quiet, loud = quotients(A, A)
    with pytest.raises(Refusal, match="this was called in another context") as caught:
        ltree_to_dask(autodaskthunk(user, quiet, loud))
    assert caught.value.ways_out


def test_calls_of_one_context_are_a_graph():
    """The twin: by itself each is a graph, which is pickled and runs in the context of its run."""
    for made in quotients(A, A):
        graph, key = pickle.loads(cloudpickle.dumps(ltree_to_dask(made)))
        with np.errstate(all="ignore"):
            np.testing.assert_equal(dask.get(graph, key), [np.nan, 1, 1, 1, 1, 1])
        with np.errstate(all="raise"), pytest.raises(FloatingPointError):
            dask.get(graph, key)


def test_a_long_chain():
    """Nothing recurses over the graph."""
    t = autodaskthunk.fromexpr(0)
    for _ in range(20_000):
        t = t + 1
    graph, key = ltree_to_dask(t)
    assert len(graph) == 20_000
    assert dask.get(graph, key) == 20_000


def test_deeply_nested_containers():
    """Containers in containers are cut into tasks before dask would recurse too deep."""
    t = autodaskthunk(user, 0)
    for _ in range(2_000):
        t = autodaskthunk(build, t)
    value = t
    for _ in range(300):
        value = [value]
    graph, key = ltree_to_dask(autodaskthunk(depth, value))
    assert dask.get(graph, key) == 300


def build(x):
    return x


def depth(value):
    count = 0
    while type(value) is list:
        (value,) = value
        count += 1
    return count
