"""Thunks as dask collections."""

import operator
import os
import pickle
import threading
import warnings

import cloudpickle
import dask
import dask._expr
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask.graph_manipulation import checkpoint, clone, wait_on
from hypothesis import HealthCheck, given, settings
from tests.python.conftest import same
from tests.python.daisy.random_programs import function_of, programs
from tests.python.daisy.test_property import outcome
from tests.python.programs import run_without_daisy

import daisy
from daisy import Refusal, _core, autodask, register_get, strict, thunk
from daisy._core import autodaskthunk


def add(x, y=1):
    return x + y


def up_to(count):
    return list(range(count))


def frame(count):
    return pd.DataFrame({"a": up_to(count)})


def defer(function, *args):
    return autodaskthunk(function, *args)


def is_pending(thunk):
    return _core.known(thunk, is_pending) is is_pending


@pytest.fixture
def counted():
    """A function that counts its calls, and the arguments it was called with."""
    calls = []

    def count(x):
        calls.append(x)
        return x + 1

    return count, calls


def test_being_asked_forces_nothing(counted):
    """Dask asks everything that it meets whether it is a collection."""
    count, calls = counted
    thunk = defer(count, 1)
    assert dask.is_dask_collection(thunk)
    assert dask.base.tokenize(thunk) == dask.base.tokenize(thunk)
    assert len(thunk.__dask_keys__()) == 1
    assert list(thunk.__dask_graph__().layers) == [*thunk.__dask_layers__()]
    assert calls == []


def test_keys_tell_thunks_apart():
    """A key is a thunk's for life, and no other's: schedulers take one key for one value."""
    thunks = [defer(add, number) for number in range(1_000)]
    keys = [thunk.__dask_keys__() for thunk in thunks]
    assert keys == [thunk.__dask_keys__() for thunk in thunks]
    assert len({key for (key,) in keys}) == len(thunks)
    assert strict(thunks[3]) == 4
    assert thunks[3].__dask_keys__() == keys[3]


def test_plain_names_are_the_values():
    """What has no underscores is an attribute of the value, be it called as dask's are."""

    class Owner:
        dask = "own"
        key = "key"

        def compute(self):
            return "computed"

    thunk = defer(Owner)
    assert strict(thunk.dask) == "own"
    assert strict(thunk.key) == "key"
    assert strict(thunk.compute()) == "computed"
    assert isinstance(dask.compute(defer(Owner))[0], Owner)


@pytest.mark.parametrize("scheduler", [None, "sync", "threads", "daisy", "processes", daisy.get])
def test_compute(scheduler):
    """Every scheduler gives the plain values, in the containers they were in."""
    thunk = defer(add, 1)
    given = {"a": [thunk, (thunk * 2, "plain")], "b": 3}
    assert dask.compute(given, thunk, scheduler=scheduler) == (
        {"a": [2, (4, "plain")], "b": 3},
        2,
    )
    assert dask.compute(thunk, scheduler=scheduler, optimize_graph=False) == (2,)


def test_computing_marks_nothing_done(counted):
    """A thunk is computed by dask as often as it is asked for, as all of its collections."""
    count, calls = counted
    thunk = defer(count, 1)
    assert dask.compute(thunk) == dask.compute(thunk) == (2,)
    assert calls == [1, 1]
    assert is_pending(thunk)


def test_a_forced_thunk_is_its_value(counted):
    """What is there is not computed once more, and is the same object."""
    count, calls = counted
    thunk, values = defer(count, 1), defer(up_to, 3)
    strict([thunk, values])
    assert dask.compute(thunk, values)[1] is strict(values)
    assert calls == [1]


def test_shared_work_is_done_once(counted):
    """Thunks of one dask.compute are compiled together."""
    count, calls = counted
    shared = defer(count, 1)
    assert dask.compute(shared * 2, [shared * 3, defer(count, 1)]) == (4, [6, 2])
    assert calls == [1]


def test_the_default_scheduler_is_the_engine():
    """And to dask it is the one of its own collections, in either order."""
    ours = autodaskthunk.__dask_scheduler__
    assert ours == dask.threaded.get
    assert dask.threaded.get == ours
    assert ours != dask.get
    thunk, array = defer(add, 1), da.ones(4, chunks=2).sum()
    assert dask.compute(thunk, array) == (2, 4.0)
    assert dask.compute(array, thunk) == (4.0, 2)


def test_mixed_with_other_collections():
    """One computation of everything that dask has."""
    thunk, bag = defer(add, 1), db.from_sequence([1, 2], npartitions=2).sum()
    array, other = da.arange(10, chunks=5).sum(), dask.delayed(add)(5)
    assert dask.compute(thunk, array, other, bag, scheduler="threads") == (2, 45, 6, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of expressions, as for `dask.delayed`
        table = dd.from_pandas(frame(3), npartitions=1).a.sum()
        assert dask.compute(thunk, table, scheduler="sync") == (2, 3)


def test_as_an_argument_of_delayed():
    """A thunk is part of the graph of what it is given to, nested or not."""
    thunk = defer(add, 1)
    assert dask.delayed(add)(thunk, y=thunk).compute() == 4
    assert dask.delayed(sum)([thunk, thunk, 1]).compute() == 5
    assert dask.delayed(thunk).compute() == 2
    assert is_pending(thunk)


def test_collections_from_thunks():
    """The ways in that dask has for its own delayed values."""
    array = da.from_delayed(defer(np.arange, 3), (3,), dtype=int)
    assert dask.compute(array + 1, scheduler="sync")[0].tolist() == [1, 2, 3]
    bag = db.from_delayed([defer(up_to, 2), defer(up_to, 3)])
    assert bag.compute(scheduler="sync") == [0, 1, 0, 1, 2]
    table = dd.from_delayed([defer(frame, 2)], meta=frame(1))
    pd.testing.assert_frame_equal(table.compute(scheduler="sync"), frame(2))


def test_as_an_argument_of_blockwise_work():
    """Each block is given the value."""
    thunk = defer(add, 1)
    blocks = da.ones(4, chunks=2)
    assert blocks.map_blocks(operator.add, thunk, dtype=float).compute().tolist() == [3.0] * 4
    by_name = blocks.map_blocks(lambda block, v: block * v, v=thunk, dtype=float)
    assert by_name.compute().tolist() == [2.0] * 4


def test_persist():
    """What is persisted is a thunk again, whose value is there."""
    thunk, array = defer(add, 1), da.ones(4, chunks=2)
    kept, blocks = dask.persist(thunk, array)
    assert type(kept) is autodaskthunk
    assert not is_pending(kept)
    assert dask.compute(kept, kept + 1, blocks.sum()) == (2, 3, 4.0)


def test_optimize(counted):
    """What is optimized is computed as before; dask optimizes each collection by itself."""
    count, calls = counted
    shared = defer(count, 1)
    optimized = dask.optimize(shared * 2 + shared, [defer(add, 2)], da.ones(4, chunks=2).sum())
    assert calls == []
    assert dask.compute(*optimized) == (6, [3], 4.0)
    assert calls == [1]


@pytest.mark.parametrize("change", [clone, wait_on, checkpoint])
def test_graph_manipulation(change):
    """Dask's functions that rebuild collections under other keys."""
    thunk = defer(add, 1)
    (value,) = dask.compute(change(thunk))
    assert value == (None if change is checkpoint else 2)


def test_the_graph_for_looking_at():
    """The graph is tasks of dask's, with the names of the functions."""
    thunk = defer(add, 1) * defer(add, 2)
    graph = dask.base.collections_to_expr([thunk], optimize_graph=False).__dask_graph__()
    assert {key.split("-")[0] for key in graph} == {"add", "mul", "thunk"}
    (key,) = thunk.__dask_keys__()
    assert dask.get(graph, key) == 6


def test_pickled_the_graph_is_dasks():
    """A worker may have no daisy, neither for the tasks nor for what optimizes them."""
    thunk = defer(pow, 2, 3) + 1
    expression = dask.base.collections_to_expr([thunk, defer(pow, 2, 2)])
    expression = dask._expr.FinalizeCompute(expression).optimize()
    (layer,) = thunk.__dask_graph__().layers.values()
    assert not layer.is_materialized()
    for graph in (thunk.__dask_graph__(), expression):
        done = run_without_daisy(cloudpickle.dumps((graph, *thunk.__dask_keys__())))
        assert done.returncode == 0, done.stderr.decode()
        assert pickle.loads(done.stdout) == 9


@autodask
def divided(x):
    return add(x) / 0


@pytest.mark.parametrize("scheduler", [None, "sync", "threads", "processes"])
def test_errors_name_the_line(scheduler):
    """Where the user wrote what failed is a note, though no frame says it."""
    with pytest.raises(ZeroDivisionError) as caught:
        dask.compute(divided(1), scheduler=scheduler)
    (note,) = caught.value.__notes__
    assert "add(x) / 0" in note
    assert __file__ in note


def test_draws_are_drawn_once():
    """What cannot be done again is done by `strict`, in order, and stays the value."""

    def two(generator):
        return generator.random(), generator.random()

    first, second = autodask(two)(np.random.default_rng(0))
    plain = two(np.random.default_rng(0))
    assert dask.compute(second) == (plain[1],)
    assert dask.compute(first, second) == plain
    assert strict((first, second)) == plain


def test_an_iterator_is_used_once():
    """A second computation would find it empty."""
    thunk = autodask(lambda numbers: sum(numbers))(iter([1, 2, 3]))
    assert dask.compute(thunk) == dask.compute(thunk) == (6,)


def test_settings_of_the_caller_hold():
    """A call under `np.errstate` is computed under it."""
    with np.errstate(all="raise"):
        thunk = autodask(lambda x: x / 0)(np.ones(3))
    with pytest.raises(FloatingPointError):
        dask.compute(thunk)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        dask.compute(autodask(lambda x: x / 0)(np.ones(3)), scheduler="sync")


def test_what_strict_refuses_is_refused():
    """State in order on a scheduler that may use several processes, as `register_get` has it."""

    def two(generator):
        return generator.random(), generator.random()

    thunks = autodask(two)(np.random.default_rng(0))
    register_get(lambda graph, keys, **_: dask.get(graph, keys))
    try:
        with pytest.raises(Refusal):
            dask.compute(*thunks)
    finally:
        register_get(None)
    assert dask.compute(*thunks) == two(np.random.default_rng(0))


def test_thunks_in_a_value_are_computed():
    """A function that is one node may give thunks of its own."""

    def inner():
        return [defer(add, 1), 2]

    (value,) = dask.compute(defer(inner))
    assert value == [2, 2]
    assert type(value[0]) is int


def test_lazy_thunks_stand_for_their_value():
    """A transparent thunk of a collection is asked as that collection, and computed as one."""
    transparent = thunk(dask.delayed, 7)
    assert transparent.__dask_keys__() == strict(transparent).__dask_keys__()
    assert not dask.is_dask_collection(thunk(add, 1))


def test_a_subclass_is_a_collection():
    """Classes that derive from ours have the protocol, too."""

    class Own(autodaskthunk):
        pass

    assert dask.compute(Own(add, 1), [Own(add, 2)]) == (2, [3])


def test_several_threads_give_one_key():
    """Two threads that ask a new thunk for its key are told the same."""
    for _ in range(200):
        thunk, found, gate = defer(add, 1), [], threading.Barrier(2)

        def ask(thunk=thunk, found=found, gate=gate):
            gate.wait()
            found.append(thunk.__dask_keys__()[0])

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found[0] == found[1]


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(programs())
def test_random_programs(program):
    """What a random function gives by dask is what `strict` gives, errors included."""
    text, args = program
    plain = function_of(text)

    def by_dask(get):
        return dask.compute(autodask(plain)(*args), scheduler=get)[0]

    expected, refused = outcome(lambda: autodask(plain)(*args))
    for get in (daisy.get, dask.get):
        found, error = outcome(lambda: by_dask(get))  # noqa: B023 - called here
        assert type(error) is type(refused), text
        assert refused or same(found, expected), text


@pytest.fixture(scope="module")
def client():
    """A client of two workers in processes of their own."""
    distributed = pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.worker.daemon": True}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def whose(x):
    return x, os.getpid()


def test_on_a_cluster(client):
    """Workers compute thunks, which may be mixed with other collections there, too."""
    thunk = defer(whose, 7)
    value, process = client.compute(thunk).result()
    assert value == 7
    assert process != os.getpid()
    futures = client.compute([defer(add, 1), da.ones(4, chunks=2).sum()])
    assert client.gather(futures) == [2, 4.0]
    assert dask.compute({"a": thunk[0]}, scheduler=client) == ({"a": 7},)
    kept = client.persist(defer(add, 1))
    assert dask.compute(kept, scheduler=client) == (2,)


def test_errors_of_a_cluster_name_the_line(client):
    """The note travels along."""
    with pytest.raises(ZeroDivisionError) as caught:
        dask.compute(divided(1), scheduler=client)
    assert any("add(x) / 0" in note for note in caught.value.__notes__)


def test_large_graphs_leave_enough_to_do_at_once():
    """Small operations are put together, but no more than a large cluster could do with."""
    chain = defer(add, 0)
    for _ in range(2_000):
        chain = defer(add, chain)
    wide = defer(sum, [defer(add, number) for number in range(2_000)])
    assert len(dict(chain.__dask_graph__())) < 20
    assert len(dict(wide.__dask_graph__())) >= 1_000
    assert dask.compute(chain, wide) == (2_001, 2_001_000)
