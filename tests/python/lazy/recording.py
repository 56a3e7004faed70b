"""Calls that are counted, and lazy functions held against plain ones."""

from daisy._core import is_thunk
from lazy import lazy_function, strict


class Record:
    """Calls that were made."""

    def __init__(self):
        self.calls = []

    def __call__(self, *args):
        self.calls.append(args)
        return args[0] if args else None


record = Record()


def check(func, *args):
    """The lazy function gives a thunk, whose value is what the plain function returns."""
    expected = func(*args)
    record.calls.clear()
    result = lazy_function(func)(*args)
    assert is_thunk(result) and not record.calls
    value = strict(result)
    assert type(value) is type(expected) and value == expected
    return value
