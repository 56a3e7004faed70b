"""lazy.magic: the magics of IPython."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from daisy._core import is_thunk
from lazy import strict, undefined


@pytest.fixture
def shell():
    made = InteractiveShell()
    made.run_line_magic("load_ext", "lazy")
    made.user_ns["undefined"] = undefined
    return made


def test_line(shell):
    """A line gives its thunk."""
    shell.user_ns["x"] = 2
    t = shell.run_line_magic("lazy", "x + 1")
    assert is_thunk(t) and strict(t) == 3


def test_cell(shell):
    """A cell binds thunks and gives that of its last expression."""
    t = shell.run_cell_magic("lazy", "", "a = 1 / 0\nb = undefined\nc = 3\nc + 1\n")
    assert strict(t) == 4 and is_thunk(shell.user_ns["b"])
    with pytest.raises(ZeroDivisionError):
        strict(shell.user_ns["a"])


def test_statements(shell):
    """A line of statements gives nothing."""
    assert shell.run_line_magic("lazy", "d = 1") is None
    assert strict(shell.user_ns["d"]) == 1
