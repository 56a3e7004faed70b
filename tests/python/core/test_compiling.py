"""What is asked while a graph is compiled runs no code of the user's: it would wait for itself."""

import pytest
from tests.python.programs import output

HEAD = """
import contextvars, sys, types
import numpy as np
import daisy
from lazy import strict, thunk

other = thunk(int, 5)
variable = contextvars.ContextVar("variable")

def in_context(value, func, *args):
    return contextvars.copy_context().run(lambda: variable.set(value) and thunk(func, *args))

class Proxy:
    # Asks for the thunk as soon as it is asked for anything.
    def __getattr__(self, name):
        return getattr(strict(other), name)
    def __call__(self, n):
        return n + 1

class Claims:
    # Says what it likes of itself.
    @property
    def __self__(self):
        return strict(other)
    @property
    def __class__(self):
        return type(strict(other))
    __name__ = __module__ = __self__
    def __call__(self, n):
        return n + 1

class Scalar(np.float64):
    def tobytes(self):
        return bytes(strict(other))
"""

PROGRAMS = {
    "a proxy is called": "strict(thunk(Proxy(), 1))",
    "a proxy with a method": "strict(thunk(types.MethodType(Proxy(), 1)))",
    "a callable that says what it is": "strict(thunk(Claims(), 1))",
    "a scalar with methods of its own": "strict(thunk(int, Scalar(1)) + 1)",
    "a display": """(
        setattr(sys, 'displayhook', Proxy()),
        strict(in_context(1, int, 1) + in_context(2, int, 1)))[1]
    """,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_thunk_behind_what_is_looked_at(program):
    """Guards that what is called and given is looked at by type, and asked for nothing."""
    assert output(f"print({program.strip()})", head=HEAD) == "2\n"


def test_who_comes_in_between_is_told():
    """Guards an error instead of waiting for itself, where Python runs code of its own accord."""
    out = output(
        """
        class Meta(type):
            def __hash__(cls):
                return strict(other)
        class Callable(metaclass=Meta):
            def __call__(self, n):
                return n + 1
        try:
            strict(thunk(Callable(), 1))
        except RuntimeError as error:
            print(error)
        print(strict(other))
    """,
        head=HEAD,
    )
    assert out.startswith("a thunk is forced here while")
    assert out.endswith("\n5\n")
