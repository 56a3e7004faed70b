"""lazy.interpreter: lazy programs given as text."""

import pytest

from daisy._core import is_thunk
from lazy import run_lazy, strict, undefined

GLOBAL = 5


def test_exec_in_globals():
    """A program binds thunks in the namespace it is given."""
    space = {"undefined": undefined}
    assert (
        run_lazy("x = 1 + 2\ny = undefined\nz = [v * 2 for v in range(x)]", globals_=space) is None
    )
    assert is_thunk(space["x"]) and strict(space["x"]) == 3
    assert is_thunk(space["y"]) and strict(space["z"]) == [0, 2, 4]


def test_eval():
    """An expression gives its thunk."""
    t = run_lazy("a + 1", mode="eval", globals_={"a": 1})
    assert is_thunk(t) and strict(t) == 2


def test_namespaces_of_the_caller():
    """By default the names are those of the caller, locals before globals."""
    local = 7  # noqa: F841
    assert strict(run_lazy("local + GLOBAL", mode="eval")) == 12
    assert strict(run_lazy("[local for _ in 'ab'] if local else 0", mode="eval")) == [7, 7]


def test_globals_and_locals():
    """What is bound goes to the locals, what is deleted is deleted there."""
    space, local = {"a": 1}, {"b": 2, "c": 3}
    run_lazy("d = a + b\ne = f'{d}'\ndel c", globals_=space, locals_=local)
    assert set(local) == {"b", "d", "e"} and strict(local["e"]) == "3"
    assert set(space) <= {"a", "__builtins__"}


def test_functions_are_lazy():
    """Functions of a lazy program are lazy functions."""
    space = {"undefined": undefined}
    run_lazy("def f(a, b):\n    return a\nx = f(1, undefined)", globals_=space)
    assert is_thunk(space["f"](2, undefined)) and strict(space["x"]) == 1


def test_file_name():
    """Errors name the file."""
    with pytest.raises(SyntaxError) as caught:
        run_lazy("x = = 1", "prog.py")
    assert caught.value.filename == "prog.py"


def test_mode():
    """There are two modes."""
    with pytest.raises(ValueError, match="'exec' or 'eval', not 'single'"):
        run_lazy("1", mode="single")
