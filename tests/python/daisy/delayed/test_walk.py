"""From values to graphs of dask's."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
from hypothesis import given, settings
from hypothesis import strategies as st

from daisy import delayed
from daisy.delayed import walk


def add(*values: Any) -> Any:
    return sum(values)


edges = st.lists(st.lists(st.integers(0, 30), max_size=4), min_size=1, max_size=30)


@given(edges)
@settings(max_examples=100, deadline=None)
def test_needs_come_first(shape: list[list[int]]) -> None:
    """Each task of a graph stands behind what it needs, and is there once."""
    values: list[Any] = []
    for needs in shape:
        values.append(delayed(add)(1, *[values[need % len(values)] for need in needs if values]))
    tasks = walk.tasks(values[-1])
    places = {key: place for place, key in enumerate(tasks)}
    for key, task in tasks.items():
        assert all(places[need] < places[key] for need in task.dependencies)
    wanted = [1]
    for needs in shape[1:]:
        wanted.append(1 + sum(wanted[need % len(wanted)] for need in needs))
    assert dask.get(tasks, values[-1].key) == values[-1].compute() == wanted[-1]


def test_what_is_plain() -> None:
    """Graphs with parts of dask's, or with annotations, are left to dask."""
    value = delayed(add)(delayed(add)(1), [delayed(add)(2)])
    assert walk.is_plain(value)
    assert not walk.is_plain(delayed(add)(value, da.ones(2).sum()))
    assert not walk.is_plain(delayed(add)(value, dask.delayed(add)(1)))
    with dask.annotate(retries=1):
        marked = delayed(add)(value)
    assert not walk.is_plain(delayed(add)(marked))
