"""lazy.function: functions in which everything is lazy."""

import pytest
from tests.python.lazy.recording import check, record

import lazy
from daisy._core import is_thunk, known
from lazy import lazy_function, strict, thunk, undefined
from lazy.runtime import is_lazy_function
from lazy.source import SourceError

TEN = 10


@pytest.fixture(autouse=True)
def fresh():
    record.calls.clear()


# Laziness


def test_nothing_runs_until_forced():
    """Calling runs no statement; forcing runs them once."""
    called = False

    @lazy_function
    def f():
        nonlocal called
        called = True
        return 1

    t = f()
    assert not called
    assert strict(t) == 1 and called
    called = False
    assert strict(t) == 1 and not called


def test_arguments_are_lazy():
    """An argument that is not needed is not computed."""

    @lazy_function
    def first(a, b, *rest, c=undefined, **more):
        return a + 1

    assert strict(first(1, undefined, undefined, d=undefined)) == 2

    @lazy_function
    def packed(*args, **more):
        for item in args:
            last = item
        return args[0] + more["y"] + last + first(*args, **more)

    assert strict(packed(1, undefined, 2, z=undefined, y=3)) == 8


def test_constants_are_thunks():
    """So is all that a name or constant stands for."""

    @lazy_function
    def g():
        x = 1
        return see(x), see(TEN), see(None)

    assert strict(g()) == (True, True, True)


class see(strict):
    """Whether it is given a thunk."""

    def __new__(cls, value):
        return is_thunk(value)


def test_operators_defer():
    """No operator runs before its value is needed."""

    @lazy_function
    def f(a):
        a / 0
        not undefined
        undefined is None
        undefined in [undefined]
        f"{undefined}"
        -undefined
        undefined[0]
        undefined.name
        undefined()
        a if undefined else 1
        undefined and undefined
        a < undefined < a
        [undefined, *undefined]
        {undefined: 1, **undefined}
        [x for x in undefined]
        {undefined}
        (undefined,)
        return a

    assert strict(f(1)) == 1


def test_calls_defer():
    """A call is made when its value is needed, once."""

    @lazy_function
    def f():
        record(1)
        used = record(2)
        return used + used

    assert strict(f()) == 4
    assert record.calls == [(2,)]


def test_functions_made_inside_are_lazy():
    """Closures and lambdas made inside are lazy functions; so what they ignore is not computed."""

    @lazy_function
    def f(a):
        def second(x, y=undefined):
            return a

        third = lambda x: second(x)
        return second, third(undefined)

    second, value = strict(f(5))
    assert is_lazy_function(second) and value == 5
    assert is_thunk(second(undefined))


def test_lazy_function_as_argument():
    """A lazy function that comes as an argument is called lazily as well."""

    @lazy_function
    def constant(x):
        return 7

    @lazy_function
    def apply(g, x):
        return g(x)

    assert strict(apply(constant, undefined)) == 7


def test_strict_is_called_now():
    """A call of `strict`, however it is reached, or of a subclass of it, happens at once."""

    class Now(strict):
        def __init__(self, value):
            record(value)

    @lazy_function
    def f():
        strict(record(1))
        lazy.strict(record(2))
        Now(3)
        record(4)
        return 0

    assert strict(f()) == 0
    assert record.calls == [(1,), (2,), (3,)]


def test_values_from_strict_defer():
    """An operator on what `strict` gave defers, too."""

    @lazy_function
    def f():
        strict(1) / strict(0)
        return strict(3) + strict(4)

    assert strict(f()) == 7


def test_above_strict():
    """`@strict @lazy_function` is the lazy function."""

    @strict
    @lazy_function
    def f(a):
        return a + 1

    assert is_thunk(f(1)) and strict(f(1)) == 2


# The decorator


def test_class_of_thunks():
    """The thunks are of the class asked for."""

    class mine(thunk):
        pass

    @lazy_function(cls=mine)
    def f(a):
        return a + 1

    assert type(f(1)) is mine and strict(f(1)) == 2


def test_twice():
    """A lazy function is not made lazy again."""
    f = lazy_function(check)
    assert lazy_function(f) is f


@pytest.mark.parametrize("value", [len, int, 3, thunk.fromexpr(3)])
def test_not_a_function(value):
    """What is no Python function is refused, and a thunk is not forced for it."""
    with pytest.raises(TypeError, match="takes a function written in Python"):
        lazy_function(value)


def test_no_source():
    """Without source there is a clear error."""
    space = {}
    exec("def f(): return 1", space)
    with pytest.raises(SourceError, match="no source for function f"):
        lazy_function(space["f"])


def test_wrong_arguments():
    """A call that does not fit raises when it is forced."""
    t = lazy_function(fresh_function)()
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        strict(t)


def fresh_function(a):
    return a


def test_parts_are_known_late():
    """Forcing the whole computes what it needs and leaves the rest."""
    t = thunk(record, 1)
    u = thunk(record, 2)

    @lazy_function
    def f(a, b):
        return a

    assert strict(f(t, u)) == 1
    assert known(u, None) is None and record.calls == [(1,)]
