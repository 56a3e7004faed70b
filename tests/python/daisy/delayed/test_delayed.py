"""`daisy.delayed` and `dask.delayed` side by side."""

from __future__ import annotations

import pickle
from typing import Any

import dask
import dask.array as da
import dask.bag as db
import pytest
from dask import delayed as dasks
from hypothesis import given, settings
from hypothesis import strategies as st

from daisy import Delayed, delayed

BOTH = [delayed, dasks]


@delayed
def decorated(x: int) -> int:
    return x + 1


def inc(x: Any) -> Any:
    return x + 1


def said(program: Any, make: Any) -> Any:
    """What a program gives, or the class and text of its error."""
    try:
        return program(make)
    except Exception as error:
        return type(error), str(error)


PROGRAMS = {
    "bool": lambda make: bool(make(1)),
    "iterate": lambda make: list(make([1])),
    "contains": lambda make: 1 in make([1]),
    "length": lambda make: len(make([1])),
    "set item": lambda make: make([1]).__setitem__(0, 1),
    "set attribute": lambda make: setattr(make([1]), "x", 1),
    "private attribute": lambda make: make(1)._x,
    "nout": lambda make: make(1, nout=-1),
    "nout of a bool": lambda make: make(1, nout=True),
    "unpacked": lambda make: [x.compute() for x in make([1, 2], nout=2)],
    "dtype of dtype": lambda make: make(1).dtype.dtype,
    "not callable": lambda make: make(1)().compute(),
    "method": lambda make: make([1, 1]).count(1).compute(),
    "operators": lambda make: (2 ** -(make(3) + 1) // 1 @ make(2)).compute(),
    "reflected": lambda make: (2 - make(3) * 2).compute(),
    "index": lambda make: make([1, 2, 3])[make(1) :].compute(),
    "containers": lambda make: make({make(1): (make(2), {make(3)}, [4])}).compute(),
    "slice": lambda make: make(slice(make(1), 3)).compute(),
    "key": lambda make: make(inc)(1, dask_key_name="one").key,
    "pure": lambda make: make(inc, pure=True)(1).key == make(inc, pure=True)(1).key,
    "impure": lambda make: make(inc)(1).key == make(inc)(1).key,
    "repr": lambda make: repr(make(1, name="one")),
    "array": lambda make: make(sum)([da.ones(3).sum(), make(2)]).compute(),
    "bag": lambda make: make(len)(db.from_sequence([1, 2])).compute(scheduler="sync"),
    "raises": lambda make: make(inc)("a").compute(),
    "call of a value": lambda make: make(lambda: inc)()(1).compute(),
    "mutated": lambda make: [x := make([1]), x.append(4).compute(), x.compute()][2],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_dask(name: str) -> None:
    """The same value or the same error comes of the same program."""
    assert said(PROGRAMS[name], delayed) == said(PROGRAMS[name], dasks)


@given(st.lists(st.tuples(st.sampled_from("+-*l"), st.integers(0, 9), st.integers(0, 9))))
@settings(max_examples=60, deadline=None)
def test_random_programs(steps: list[tuple[str, int, int]]) -> None:
    """Random programs with shared values give what dask's scheduler gives."""
    results = []
    for make in BOTH:
        values: list[Any] = [make(1)]
        for kind, left, right in steps:
            a, b = values[left % len(values)], values[right % len(values)]
            made = {"+": a + b, "-": a - b, "*": make(inc)(a), "l": make(max)([a, (b)])}
            values.append(made[kind])
        results.append(make(list)(values).compute(scheduler=None if make is delayed else "sync"))
    assert results[0] == results[1]


def test_pickled() -> None:
    """Values come back with their keys, and a decorated function as itself."""
    value = delayed(inc)(delayed(inc)(1))
    again = pickle.loads(pickle.dumps(value))
    assert (again.key, again.compute()) == (value.key, 3)
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_deep_chain() -> None:
    """A chain of any length is built, computed and pickled without recursion."""
    value = delayed(0)
    for _ in range(20_000):
        value = delayed(inc)(value)
    assert value.compute() == 20_000
    assert pickle.loads(pickle.dumps(value)).compute() == 20_000


def test_hash() -> None:
    """A value can be in a set: its hash is that of its key, though `==` makes a task."""
    value = delayed(inc)(1)
    assert hash(value) == hash(value.key)
    assert value in {value}


def test_runs_each_time() -> None:
    """Nothing is kept between computations, and equal impure calls are two."""
    runs: list[int] = []
    one, two = delayed(runs.append)(1), delayed(runs.append)(1)
    delayed(list)([one, two]).compute()
    one.compute()
    assert runs == [1, 1, 1]


def test_with_collections() -> None:
    """dask's functions and collections take values as dask's own."""
    value = delayed(inc)(1)
    assert isinstance(value, Delayed)
    assert dask.compute(value, dasks(inc)(value), da.ones(2).sum()) == (2, 3, 2.0)
    assert dask.persist(value)[0].compute() == dask.optimize(value)[0].compute() == 2
    assert db.from_sequence([1]).map(max, value).compute(scheduler="sync") == [2]
    with dask.annotate(priority=3):
        marked = delayed(inc)(1)
    assert marked.dask.layers[marked.key].annotations == {"priority": 3}
