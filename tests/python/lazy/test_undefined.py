"""lazy.undefined: the value that nobody may look at."""

import pickle

import pytest

from daisy._core import is_thunk
from lazy import lazy_function, strict, thunk, undefined


def test_can_be_passed_on():
    """It is a thunk, and computing with it computes nothing."""
    assert is_thunk(undefined)
    assert is_thunk(undefined + 1) and is_thunk(thunk(len, undefined))


def test_raises_when_forced():
    """Forcing it, or what needs it, raises an instance of its own exception, again and again."""
    for t in (undefined, undefined + 1, undefined):
        with pytest.raises(Exception, match="needed") as caught:
            strict(t)
        assert caught.type.__name__ == "undefined"


def test_may_be_unneeded():
    """What does not need it has a value."""

    @lazy_function
    def second(a, b):
        return b

    assert strict(second(undefined, 1)) == 1


def test_exception_can_be_pickled():
    """The exception comes back from a worker."""
    with pytest.raises(AttributeError) as caught:
        strict(undefined)
    assert type(pickle.loads(pickle.dumps(caught.value))) is caught.type


def test_introspection():
    """Tools that look at all names of a module take it for an object without the attribute."""
    assert not hasattr(undefined, "__wrapped__")
