"""The two programs that daisy is about, as they stand and without their marks."""

import linecache
from pathlib import Path

import dask
import numpy as np
import pytest

from daisy import strict

PROGRAMS = Path(__file__).resolve().parents[2] / "fixtures" / "programs"
ARR = np.arange(1000)


def run(name, change=lambda text: text):
    """Run a program, changed or not; gives its names."""
    text = change((PROGRAMS / name).read_text())
    filename = f"<{name}, {abs(hash(text))}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    space = {"__name__": "program", "arr": ARR}
    exec(compile(text, filename, "exec"), space)
    return space


def without_marks(text):
    return text.replace("@inline\n", "")


@pytest.mark.parametrize("change", [str, without_marks])
def test_shared_work(change):
    """The first program runs as it stands, and where `f` is a single deferred call."""
    space = run("shared_work.py", change)
    assert strict(space["autodask_g"](ARR, ARR)).tolist() == (4 * ARR).tolist()


@pytest.mark.parametrize("change", [str, without_marks])
def test_across_functions(change):
    """The second program runs as it stands, and its graph gives the plain result."""
    space = run("across_functions.py", change)
    result = dask.get(space["graph"], space["key"])
    assert result.tolist() == space["h"](ARR, ARR).tolist()


def test_a_plus_b_is_there_once():
    """Work written in separate functions is one node."""
    space = run("across_functions.py")
    tasks = [task for task in space["graph"].values() if hasattr(task, "func")]
    sums = [task for task in tasks if task.func.__name__ == "add"]
    assert len(sums) == 3  # a + b, (a + b) + 1, and the sum of the two
    assert len(space["graph"]) == 4  # and the array, which both arguments are


def test_equal_calls_are_folded():
    """Without the mark equal calls of `f` are one."""
    space = run("shared_work.py", without_marks)
    from daisy import ltree_to_dask

    graph, _ = ltree_to_dask(space["autodask_g"](ARR, ARR))
    assert sum(key.startswith("f-") for key in graph) == 2
