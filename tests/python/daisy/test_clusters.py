"""Tasks that travel together: the same values, fewer tasks, and no longer than they are needed."""

import pickle
import random
import sys
import weakref

import cloudpickle
import dask
import pytest
from dask._task_spec import DataNode, Task, TaskRef
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.python.programs import run_without_daisy

from daisy import clusters
from daisy.clusters import cluster


def add(*values):
    return sum(values) % 1_000_003


@pytest.fixture
def few(monkeypatch):
    """However few tasks there are, they are put together."""
    monkeypatch.setattr(clusters, "FEW", 0)


def random_tasks(nodes, needs, seed):
    """Tasks of which each needs up to so many of those before it."""
    generator = random.Random(seed)
    tasks = {"data": DataNode("data", 3)}
    for number in range(nodes):
        before = list(tasks)
        chosen = [generator.choice(before) for _ in range(generator.randint(0, needs))]
        key = f"task-{number}"
        tasks[key] = Task(key, add, number, *map(TaskRef, chosen))
    return tasks


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 60), st.integers(1, 4), st.integers(), st.integers(1, 3), st.booleans())
def test_any_graph(nodes, needs, seed, threads, elsewhere):
    """Whatever depends on whatever, every key that is wanted has its value."""
    tasks = random_tasks(nodes, needs, seed)
    wanted = random.Random(seed).sample(list(tasks), min(len(tasks), 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "FEW", 0)
        made = cluster(tasks, wanted, {}, threads, elsewhere)
    assert dask.get(made, wanted) == dask.get(tasks, wanted)


def tree(leaves):
    """A sum of so many leaves, in pairs."""
    tasks = {f"leaf-{n}": Task(f"leaf-{n}", add, n) for n in range(leaves)}
    level = list(tasks)
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [f"sum-{len(tasks) + place}" for place in range(len(pairs))]
        for key, pair in zip(level, pairs, strict=True):
            tasks[key] = Task(key, add, *map(TaskRef, pair))
    return tasks, level[0]


def test_many_small_tasks_are_few():
    """Branches of a tree travel together, and enough of them are left for all threads."""
    tasks, root = tree(4096)
    made = cluster(tasks, [root], {}, 2)
    assert len(made) < len(tasks) / 8
    assert sum(not node.dependencies for node in made.values()) >= 8
    assert dask.get(made, root) == dask.get(tasks, root)


def test_few_tasks_stay_by_themselves():
    """Where there are few, each may be long, and nothing is gained."""
    tasks, root = tree(64)
    assert cluster(tasks, [root], {}, 2).keys() == tasks.keys()


@pytest.mark.usefixtures("few")
def test_several_values_of_one_cluster():
    """Others take what they need out of one tuple; what is wanted has a key of its own."""
    tasks = {"a": Task("a", add, 1)}
    tasks["b"] = Task("b", add, TaskRef("a"), 1)
    tasks["c"] = Task("c", add, TaskRef("b"), 1)
    made = cluster(tasks, ["a", "c"], {}, 1)
    assert sorted(made) == ["a", "c", "cluster-c"]
    assert dask.get(made, ["a", "c"]) == (1, 3)


class Value:
    """A value that can be watched."""


@pytest.mark.usefixtures("few")
def test_values_go_with_their_last_use():
    """What nobody needs any more is let go before the next task of the cluster runs."""
    seen = []

    def make(*before):
        assert [one() for one in seen[:-1]] == [None] * len(seen[:-1])
        value = Value()
        seen.append(weakref.ref(value))
        return value

    tasks = {"0": Task("0", make)}
    for number in range(1, 5):
        key = str(number)
        tasks[key] = Task(key, make, TaskRef(str(number - 1)))
    made = cluster(tasks, ["4"], {}, 1)
    assert len(made) == 1
    assert isinstance(dask.get(made, "4"), Value)
    assert len(seen) == 5


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_note_of_a_task(elsewhere):
    """An exception gets the note of the task that raised it, and no other."""
    tasks = {"a": Task("a", add, 1), "b": Task("b", divmod, TaskRef("a"), 0)}
    tasks["c"] = Task("c", add, TaskRef("b"))
    made = cluster(tasks, ["c"], {"a": "first", "b": "second", "c": "third"}, 1, elsewhere)
    with pytest.raises(ZeroDivisionError) as caught:
        dask.get(made, "c")
    assert caught.value.__notes__ == ["second"]


def test_without_daisy():
    """A worker needs neither daisy nor lazy."""
    tasks, root = tree(600)
    module = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(module)
    try:
        made = cluster(tasks, [root], {}, 1, elsewhere=True)
        pickled = cloudpickle.dumps((made, root))
    finally:
        cloudpickle.unregister_pickle_by_value(module)
    done = run_without_daisy(pickled)
    assert done.returncode == 0, done.stderr.decode()
    assert pickle.loads(done.stdout) == dask.get(tasks, root)
