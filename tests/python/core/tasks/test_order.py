"""The order in which tasks run: dask's, which keeps few values at once."""

import random

import dask
import pytest
from dask._task_spec import Alias, DataNode, List, Task, TaskRef
from dask.local import get_async, synchronous_executor

from daisy._core import run_tasks


def random_graph(seed, note):
    """A graph of every kind of node, whose tasks say when they run."""
    chance = random.Random(seed)
    tasks = {}
    keys = chance.sample(range(1000), chance.randint(1, 60))
    for place, number in enumerate(keys):
        key = chance.choice([f"k-{number}", ("k", number), number])
        known = list(tasks)
        some = chance.sample(known, min(place, chance.choice([0, 0, 1, 1, 2, 3])))
        kind = chance.random()
        if kind < 0.1:
            tasks[key] = DataNode(key, number)
        elif kind < 0.2 and some:
            tasks[key] = Alias(key, some[0])
        elif kind < 0.3 and some:
            inner = [Task(None, note, (key, n), TaskRef(name)) for n, name in enumerate(some)]
            tasks[key] = Task(key, note, key, List(*inner), *map(TaskRef, some))
        else:
            tasks[key] = Task(key, note, key, *map(TaskRef, some))
    return tasks, chance.sample(list(tasks), chance.randint(1, len(tasks)))


def one_dask_worker(tasks, keys):
    """dask's own threaded and local scheduler, with one worker."""
    return get_async(synchronous_executor.submit, 1, tasks, keys)


@pytest.mark.parametrize("seed", range(300))
def test_one_worker_runs_in_dasks_order(seed):
    """Guards that with one worker each task runs exactly when it would with dask."""
    ran = []

    def note(key, *args):
        ran.append(key)
        return hash((key, str(args)))

    tasks, keys = random_graph(seed, note)
    expected = one_dask_worker(tasks, keys), ran[:]
    ran.clear()
    assert (run_tasks(tasks, keys, 1), ran) == expected


@pytest.mark.parametrize("seed", range(300))
def test_several_workers_give_the_same_values(seed):
    """Guards that every task that is needed runs once, behind what it needs."""
    ran = []

    def note(key, *args):
        ran.append(key)
        return hash((key, str(args)))

    tasks, keys = random_graph(seed, note)
    expected, each = dask.get(tasks, keys), sorted(map(repr, ran))
    ran.clear()
    assert run_tasks(tasks, keys, 2) == expected
    assert sorted(map(repr, ran)) == each


class Held:
    """A value that counts how many of its kind there are."""

    now = most = 0

    def __init__(self, *needs):
        Held.now += 1
        Held.most = max(Held.most, Held.now)

    def __del__(self):
        Held.now -= 1


def most_at_once(tasks, key, workers=1):
    """How many values there were at once."""
    Held.now = Held.most = 0
    run_tasks(tasks, key, workers)
    return Held.most


def tree(name, depth, tasks):
    """Adds a binary tree of tasks and gives a reference to its root."""
    needs = [tree(f"{name}{side}", depth - 1, tasks) for side in "lr"] if depth else []
    tasks[name] = Task(name, Held, *needs)
    return TaskRef(name)


def chain(name, length, tasks):
    """Adds a chain of tasks and gives a reference to its end."""
    tasks[name] = Task(name, Held)
    for place in range(length):
        tasks[f"{name}{place}"] = Task(f"{name}{place}", Held, TaskRef(name))
        name = f"{name}{place}"
    return TaskRef(name)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_tree_keeps_one_value_a_level_for_each_worker(workers):
    """Guards that subtrees are finished one after the other, of 127 tasks on seven levels."""
    tasks = {}
    tree("t", 6, tasks)
    assert most_at_once(tasks, "t", workers) <= 8 * workers


def test_the_subtree_that_keeps_most_comes_first():
    """Guards that little is kept while much is needed, wherever the arguments stand."""
    counts = []
    for turned in (False, True):
        tasks = {}
        needs = [chain("c", 3, tasks), chain("d", 3, tasks), tree("t", 5, tasks)]
        tasks["end"] = Task("end", Held, *(needs[::-1] if turned else needs))
        counts.append(most_at_once(tasks, "end"))
    assert counts[0] == counts[1]
