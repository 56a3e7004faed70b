"""The entry point `get`: what it asks of its hook, and what its tracebacks show.

The hook is one for the process, and stays as it is here: so these run in others.
"""

import traceback
import types
from pathlib import Path

import pytest
from dask._task_spec import Task
from dask.utils_test import inc
from tests.python.programs import output

import daisy
from daisy import _core


def test_the_hook_makes_the_graph():
    """Guards that the hook gets what `get` got, and that its mapping and workers are used."""
    out = output("""
        from daisy import _core
        from dask._task_spec import Task
        def prepare(dsk, keys, kwargs):
            print(dsk, keys, kwargs)
            return {"x": Task("x", int, 5)}, 2
        _core.set_get_hook(prepare)
        print(_core.get("anything", ["x"], num_workers=3, pool=None))
        print(_core.get("anything", "x"))
    """)
    assert out.splitlines() == [
        "anything ['x'] {'num_workers': 3, 'pool': None}",
        "(5,)",
        "anything x {}",
        "5",
    ]


def test_the_hook_may_do_all_the_rest():
    """Guards that a function given by the hook is called, and that its result is the result."""
    out = output("""
        from daisy import _core
        _core.set_get_hook(lambda dsk, keys, kwargs: lambda: [dsk, keys])
        print(_core.get(1, 2))
    """)
    assert out == "[1, 2]\n"


def test_frames_of_daisy_are_in_no_traceback():
    """Guards that of an observed run only the frames of the tasks are shown."""
    out = output("""
        import os, traceback, daisy
        from daisy import _core
        inside = os.path.join(os.path.dirname(daisy.__file__), "taskgraph", "observed.py")
        names = {"fail": lambda: 1 / 0}
        code = "def run():\\n    step()\\ndef step():\\n    fail()\\n"
        exec(compile(code, inside, "exec"), names)
        _core.set_get_hook(lambda dsk, keys, kwargs: names["run"])
        try:
            _core.get({}, [])
        except ZeroDivisionError as error:
            print([frame.name for frame in traceback.extract_tb(error.__traceback__)])
        names["fail"] = None
        try:
            _core.get({}, [])
        except TypeError as error:
            print([frame.name for frame in traceback.extract_tb(error.__traceback__)])
    """)
    assert out.splitlines() == ["['<module>', '<lambda>']", "['<module>', 'run', 'step']"]


def test_errors_of_the_hook_come_out():
    """Guards that nothing is run after the hook refused."""
    out = output("""
        from daisy import _core
        def prepare(dsk, keys, kwargs):
            raise ValueError("num_workers")
        try:
            _core.get({}, [])
        except RuntimeError as error:
            print(error)
        _core.set_get_hook(prepare)
        try:
            _core.get({}, [])
        except ValueError as error:
            print(error)
    """)
    assert out.splitlines()[-1] == "num_workers"


def test_dask_persist_finds_no_method():
    """Guards the trap that a builtin's `__self__` is its module: dask asks it for `persist`."""
    module = getattr(_core.get, "__self__", None)
    assert isinstance(_core.get, types.BuiltinFunctionType)
    assert not callable(getattr(module, "persist", None))
    assert not hasattr(_core, "persist")


def test_a_builtin_is_in_no_traceback():
    """Guards that the caller's frame is followed by that of the task."""
    with pytest.raises(TypeError) as caught:
        _core.run_tasks({"x": Task("x", inc, None)}, "x", 2)
    files = [Path(frame.filename) for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert len(files) == 2
    assert not any(Path(daisy.__file__).parent in file.parents for file in files)
