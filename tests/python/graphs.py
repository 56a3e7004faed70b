"""Graphs of dask's tasks that several tests run."""

from dask._task_spec import List, Task, TaskRef

from daisy._core import run_tasks


def fanned(func, args):
    """A task for each argument of a function, and under "all" the list of their values."""
    tasks = {n: Task(n, func, arg) for n, arg in enumerate(args)}
    return {**tasks, "all": List(*map(TaskRef, tasks))}


def fan(func, args, workers=2):
    """The values of a function of many arguments, each by a task of its own."""
    return run_tasks(fanned(func, args), "all", workers)
