"""lazy.strictness: `strict`, the function and the base class."""

import abc
from collections import OrderedDict, namedtuple

import pytest

from daisy._core import known
from lazy import strict, thunk

Point = namedtuple("Point", "x y")


class Counted:
    """A function that counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self, value):
        self.calls += 1
        return value


def test_forces():
    """A thunk gives its value, and anything else is its own."""
    assert strict(thunk(len, "abc")) == 3
    held = object()
    assert strict(held) is held
    assert strict(thunk.fromexpr(held)) is held


def test_thunk_of_a_thunk():
    """The value is never a thunk, however often a function returns one."""
    assert strict(thunk(lambda: thunk(lambda: thunk.fromexpr(3)))) == 3


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_containers(kind):
    """A container with thunks gives the same kind of container with values."""
    result = strict(kind([thunk(len, "a"), 5]))
    assert type(result) is kind and result == kind([1, 5])


def test_nested_containers():
    """Containers in containers, dict keys and namedtuples are looked into."""
    t = thunk(len, "abc")
    result = strict({"a": [t, (t, {t})], t: Point(t, 0)})
    assert result == {"a": [3, (3, {3})], 3: Point(3, 0)}
    assert type(result[3]) is Point


def test_containers_without_thunks():
    """A container in which no thunk is stands for itself."""
    for value in ([1], (1,), {1}, {1: 1}, Point(1, 2)):
        assert strict(value) is value


def test_other_containers():
    """Only the very types are looked into: subclasses are values."""
    t = thunk(len, "abc")
    value = OrderedDict(a=t)
    assert strict(value) is value


def test_shared_work_is_done_once():
    """All that a container holds is computed in one graph."""
    count = Counted()
    t = thunk(count, 1)
    assert strict([t + 1, t + 2, {"a": t}]) == [2, 3, {"a": 1}]
    assert count.calls == 1


def test_container_from_a_function():
    """A deferred function may return a container with thunks in it."""
    assert strict(thunk(lambda: [thunk.fromexpr(1), 2])) == [1, 2]


def test_own_strict():
    """An object says itself what its value is; what it says may be a thunk."""

    class Box:
        def __strict__(self):
            return thunk(len, "ab")

    assert strict(Box()) == 2
    assert strict(Box) is Box


def test_subclass():
    """A subclass is an ordinary class, and instances are initialised once."""
    made = []

    class Sub(strict):
        def __init__(self, a, *, b):
            made.append((a, b))

    sub = Sub(1, b=2)
    assert type(sub) is Sub and made == [(1, 2)]
    assert strict(sub) is sub and made == [(1, 2)]


def test_subclass_of_two():
    """It can be derived from together with other classes."""

    class Names(strict, dict):
        pass

    assert Names(a=1) == {"a": 1}
    assert isinstance(Names(), strict)


def test_never_deferred():
    """`thunk(strict, x)` runs now, and so does a subclass: the value is there at once."""
    made = []

    class Sub(strict):
        def __init__(self, value):
            made.append(value)

    assert known(thunk(strict, 2), None) == 2
    assert known(thunk(strict, thunk(len, "ab")), None) == 2
    assert type(known(thunk(Sub, 1), None)) is Sub and made == [1]


def test_arguments():
    """`strict` takes one thing."""
    with pytest.raises(TypeError):
        strict()
    with pytest.raises(TypeError):
        strict(1, 2)


def test_decorator():
    """A function is its own value, so `@strict` above another decorator is no harm."""

    @strict
    def f():
        return 1

    assert f() == 1


def test_beside_abstract_classes():
    """A class that mixes it with an abstract base needs a metaclass of both, as Python says."""
    with pytest.raises(TypeError, match="metaclass conflict"):

        class Mixed(strict, abc.ABC):
            pass
