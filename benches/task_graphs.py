"""Task graphs of dask's own classes in the shapes that schedulers are measured with.

Each function gives a ready graph, a dict of ``dask._task_spec`` nodes, and the key of its result.
The shapes of :data:`PATTERNS` are those of Task Bench (https://arxiv.org/abs/1908.05790): `width`
tasks a step, which depend on tasks of the step before.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeAlias

from dask._task_spec import List, Task, TaskRef

Graph: TypeAlias = dict[Any, Task]
Work: TypeAlias = Callable[..., Any]


def last(*values: Any) -> Any:
    """What a result key runs on all that it waits for: nothing."""
    return values[-1]


def inc(x: int) -> int:
    """The smallest task there is."""
    return x + 1


def add(x: int, y: int) -> int:
    """The smallest task with two inputs."""
    return x + y


def independent(tasks: int) -> tuple[Graph, list[Any]]:
    """Tasks that have nothing to do with each other; every one is asked for."""
    return {n: Task(n, inc, n) for n in range(tasks)}, list(range(tasks))


def chain(tasks: int) -> tuple[Graph, Any]:
    """Each task adds one to the one before."""
    graph = {n: Task(n, inc, TaskRef(n - 1)) for n in range(1, tasks)}
    return {0: Task(0, inc, 0)} | graph, tasks - 1


def fan_in(tasks: int) -> tuple[Graph, Any]:
    """The sum of independent tasks."""
    graph, keys = independent(tasks - 1)
    graph["sum"] = Task("sum", sum, List(*map(TaskRef, keys)))
    return graph, "sum"


def tree(tasks: int) -> tuple[Graph, Any]:
    """A binary tree of additions; half the tasks are its lowest level."""
    graph: Graph = {}
    level: list[Any] = list(range((tasks + 1) // 2))
    graph.update((n, Task(n, inc, n)) for n in level)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = []
        for left, right in pairs:
            key = len(graph)
            graph[key] = Task(key, add, TaskRef(left), TaskRef(right))
            above.append(key)
        level = above + level[len(level) & ~1 :]
    return graph, level[0]


SHAPES: dict[str, Callable[[int], tuple[Graph, Any]]] = {
    "independent": independent,
    "chain": chain,
    "fan-in": fan_in,
    "tree": tree,
}


def _trivial(_step: int, _place: int, _width: int) -> list[int]:
    return []


def _stencil(_step: int, place: int, width: int) -> list[int]:
    return [other for other in (place - 1, place, place + 1) if 0 <= other < width]


def _tree(step: int, place: int, width: int) -> list[int]:
    return [place // 2] if step % 2 else [2 * place % width, (2 * place + 1) % width]


def _fft(step: int, place: int, width: int) -> list[int]:
    partner = place ^ (1 << (step % (width.bit_length() - 1)))
    return [place, partner]


def _random(count: int) -> Callable[[int, int, int], list[int]]:
    def places(step: int, place: int, width: int) -> list[int]:
        chance = random.Random(step * width + place)
        return chance.sample(range(width), count)

    return places


PATTERNS: dict[str, Callable[[int, int, int], list[int]]] = {
    "trivial": _trivial,
    "stencil": _stencil,
    "tree": _tree,
    "fft": _fft,
    "random 2": _random(2),
    "random 5": _random(5),
}
"""For a task by step and place, the places of the tasks of the step before that it needs."""


def pattern(name: str, width: int, steps: int, work: Work) -> tuple[Graph, Any]:
    """A graph of `width` times `steps` tasks that each call `work`, and one that waits for all."""
    places = PATTERNS[name]
    graph: Graph = {}
    for step in range(steps):
        for place in range(width):
            needs = [] if step == 0 else places(step, place, width)
            refs = [TaskRef((step - 1, need)) for need in needs]
            graph[step, place] = Task((step, place), work, *refs)
    ends = graph if name == "trivial" else [(steps - 1, place) for place in range(width)]
    graph["end"] = Task("end", last, *map(TaskRef, list(ends)))
    return graph, "end"
