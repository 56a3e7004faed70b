"""Values themselves: who looks on sees their tasks, and they are let go of."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import dask
import pytest
from dask.callbacks import Callback
from dask.diagnostics import Profiler

from daisy import delayed


def inc(x: Any) -> Any:
    return x + 1


class Thing:
    def __call__(self, *args: Any) -> int:
        return len(args)


def test_observed() -> None:
    """Callbacks and profilers see each task, which the engine would run without keys."""
    seen: list[Any] = []
    value = delayed(inc)(delayed(inc)(1))
    with Callback(pretask=lambda key, dsk, state: seen.append(key)):
        assert value.compute() == 3
    assert value.key in seen
    with Profiler() as profiler:
        value.compute()
    assert len(profiler.results) >= 2


@pytest.mark.parametrize("settings", [{"num_workers": 1}, {"scheduler": "sync"}, {"pool": None}])
def test_configured(settings: dict[str, Any]) -> None:
    """What the configuration says of schedulers holds."""
    with dask.config.set(settings):
        assert delayed(inc)(delayed(inc)(1)).compute() == 3


def test_annotations_are_those_of_the_call() -> None:
    """What holds where a graph is asked for is not what held where its calls were made."""
    with dask.annotate(priority=1):
        marked = delayed(inc)(1)
    value = delayed(inc)(marked)
    with dask.annotate(priority=2):
        layers = value.dask.layers
    assert layers[marked.key].annotations == {"priority": 1}
    assert layers[value.key].annotations is None


def test_layers_travel_as_dask_has_them() -> None:
    """A graph is pickled without a class of daisy's, so that a scheduler needs none."""
    value = delayed(abs)(delayed(abs)(-1))
    assert b"daisy" not in pickle.dumps(value.dask)
    again = pickle.loads(pickle.dumps(value.dask))
    assert dask.get(again, value.key) == 1


def test_dask_looks_through_a_graph_once() -> None:
    """`dask.compute` finds what is wanted in time by the number of calls, and no more is run."""
    runs: list[int] = []
    calls = [delayed(runs.append)(number) for number in range(3000)]
    assert dask.compute(delayed(list)(calls[:2]), calls[2], scheduler="sync") == ([None] * 2, None)
    assert sorted(runs) == [0, 1, 2]
    culled = calls[0].dask.cull({"another"})
    assert not culled.layers


def test_an_error() -> None:
    """The exception is the function's own, and no frame of daisy's stands in front of its own."""
    error = ValueError("mine")

    def fail(x: Any) -> Any:
        raise error

    with pytest.raises(ValueError, match="mine") as caught:
        delayed(inc)(delayed(fail)(1)).compute()
    assert caught.value is error
    assert caught.traceback[-1].name == "fail"


def test_a_circle_is_let_go_of() -> None:
    """A value in a circle with its own function is found by Python's collector."""
    thing = Thing()
    thing.value = delayed(thing)(1)  # type: ignore[attr-defined]
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    assert gone() is None


def test_a_circle_through_a_closure_is_let_go_of() -> None:
    """So is a value in a list that its own function holds."""

    def make() -> weakref.ref[Any]:
        kept: list[Any] = [Thing()]

        def function(x: int) -> int:
            return len(kept) + x

        kept.append(delayed(inc)(delayed(function)(1)))
        assert kept[1].compute() == 4
        return weakref.ref(kept[0])

    gone = make()
    gc.collect()
    assert gone() is None


def test_calls_of_module_functions_are_not_looked_at() -> None:
    """The collector does not go through calls that no circle can go through."""
    value = delayed(inc)(delayed(inc)(1))
    assert not gc.is_tracked(value)
    assert gc.is_tracked(delayed(inc)(object()))
    assert gc.is_tracked(delayed(Thing())(1))


def test_a_long_chain_is_let_go_of() -> None:
    """A chain of any length goes without recursion."""
    value: Any = delayed(inc)(0)
    for _ in range(200_000):
        value = delayed(inc)(value)
    del value
