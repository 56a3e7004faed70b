"""How functions are marked, and what can be marked."""

import functools
import inspect
import pickle
import sys

import cloudpickle
import numpy as np
import pytest
from tests.python.conftest import in_threads
from tests.python.daisy.tracing.rewrite.plain_runtime import defined

from daisy import Refusal, autodask, inline, strict, thunk
from daisy._core import autodaskthunk, is_thunk

A = np.arange(6.0)


def plain(x, y=1):
    """Adds."""
    return x + y


@autodask
def bare(x):
    return x + 1


@autodask(inline=True)
def opened(x):
    return x + 1


@inline
def inlined(x):
    return x + 1


class Model:
    """Methods of every kind."""

    factor = 3

    def __init__(self, scale=2):
        self.scale = scale

    @autodask
    def method(self, x):
        return self.scale * x

    @autodask
    @classmethod
    def of_class(cls, x):
        return cls.__name__, cls.factor * x

    @autodask
    @staticmethod
    def static(x):
        return x - 1

    @autodask(inline=True)
    def through(self, x):
        return self.helper(x) + self.method(x) + self.__private(x)

    @inline
    def helper(self, x):
        return x * self.scale

    def __private(self, x):
        return x * 100

    def plain_method(self, x):
        return self.scale + x

    def __call__(self, x):
        return self.scale - x


class Derived(Model):
    @autodask
    def method(self, x):
        return super().plain_method(x) + super(Derived, self).plain_method(x)


def test_the_ways_to_mark(engine):
    """A call, with and without `inline`, and both forms of the decorator."""
    for marked in (autodask(plain), autodask(plain, inline=True), autodask(inline=True)(plain)):
        made = marked(1, y=2)
        assert type(made) is autodaskthunk
        assert strict(made) == 3
    assert strict(bare(1)) == strict(opened(1)) == inlined(1) == 2


def test_the_result_is_always_a_thunk():
    """Also where the function returns a constant, a container or its argument."""
    for value in (1, None, "a", [1, A], A, thunk(lambda: 1)):
        made = autodask(lambda x: x)(value)
        assert type(made) is autodaskthunk
    assert strict(autodask(lambda x: [x, {"a": x}])(1)) == [1, {"a": 1}]


def test_methods(engine):
    """Bound methods, class methods, static methods, through the instance and through the class."""
    model = Model()
    assert strict(model.method(2)) == strict(Model.method(model, 2)) == 4
    assert strict(model.of_class(1)) == strict(Model.of_class(1)) == ("Model", 3)
    assert strict(Derived.of_class(1)) == ("Derived", 3)
    assert strict(model.static(1)) == strict(Model.static(1)) == 0
    assert strict(model.through(1)) == 2 + 2 + 100
    assert strict(Derived().method(1)) == 6


def test_bound_methods_partials_instances(engine):
    """What is called with something in front of its arguments."""
    model = Model()
    assert strict(autodask(model.plain_method)(1)) == 3
    assert strict(autodask(model)(1)) == 1
    assert strict(autodask(functools.partial(plain, y=5))(1)) == 6
    assert strict(autodask(functools.partial(plain, 1))(y=3)) == 4
    assert strict(autodask(functools.partial(model.plain_method, 1))()) == 3


def test_classes(engine):
    """The construction of a class is one node."""
    made = autodask(Model)(5)
    assert is_thunk(made)
    assert strict(made.scale) == 5
    assert strict(autodask(lambda x: autodask_model(x).scale * x)(2)) == 4


autodask_model = autodask(Model)


def test_lambdas_on_one_line():
    """Positions tell them apart."""
    first, second = autodask(lambda x: x + 1), autodask(lambda x: x * 10)
    assert (strict(first(1)), strict(second(1))) == (2, 10)


def test_marks_look_like_the_function():
    """Name, documentation and signature are those of the function."""
    for marked in (autodask(plain), inline(plain)):
        assert marked.__name__ == "plain"
        assert marked.__doc__ == "Adds."
        assert marked.__wrapped__ is plain
        assert str(inspect.signature(marked)) == "(x, y=1)"
        assert "plain" in repr(marked)


def test_marking_twice():
    """A marked function is marked again by what it marks."""
    assert strict(autodask(autodask(plain), inline=True)(1)) == 2
    assert strict(autodask(inline(plain))(1)) == 2
    assert inline(autodask(plain))._target.function is plain


def test_marking_a_marked_method():
    """A bound method of a marked function is marked by its plain function."""
    model = Model()
    assert strict(autodask(model.method)(2)) == 4
    assert strict(autodask(model.helper)(2)) == 4
    assert strict(autodask(functools.partial(opened, 1))()) == 2


def test_pickling():
    """By reference where the module has it, by value otherwise."""
    for marked in (bare, opened, inlined):
        copied = cloudpickle.loads(cloudpickle.dumps(marked))
        assert strict(copied(1)) == 2
    local = cloudpickle.loads(cloudpickle.dumps(inline(lambda x: x + 2)))
    assert local(1) == 3
    assert pickle.loads(pickle.dumps(autodask(max_of).func)) is max_of


def max_of(x):
    return x


@pytest.mark.parametrize("value", [1, "text", None, [len]], ids=repr)
def test_what_cannot_be_called(value):
    """The error says what to do."""
    if value is not None:
        with pytest.raises(TypeError, match="fromexpr"):
            autodask(value)
    with pytest.raises(TypeError, match="inline wants a function"):
        inline(value)


def test_no_source():
    """The error says so, and that `inline` needs none."""
    for func in (len, np.sin, functools.partial(max, 1)):
        with pytest.raises(TypeError, match="inline"):
            autodask(func)


def test_refusals_come_at_decoration():
    """What can never be traced is refused when it is marked."""

    def generator(x):
        yield x

    with pytest.raises(Refusal, match="yield"):
        autodask(generator)
    with pytest.raises(Refusal, match="yield"):
        inline(generator)


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="the compiler of CPython 3.12 goes deeper than this"
)
def test_what_the_compiler_cannot_take_is_refused():
    """Rewritten code is deeper than what was written, and CPython's compiler recurses."""
    with pytest.raises(Refusal, match="nests too deeply") as caught:
        for terms in range(700, 1000, 5):
            autodask(deep(terms))
    assert caught.value.lineno == 1 and caught.value.expression == "def f(a, b):"


def deep(terms):
    """A long sum, which is rewritten in a loop, in conditions, which nest deeper afterwards."""
    text = "def f(a, b):\n    return " + "a if b else " * 20 + " + ".join(["a"] * terms)
    return defined(text)


def test_wrong_arguments(check):
    """The error of a call with the wrong arguments is Python's own."""
    with pytest.raises(TypeError, match=r"plain\(\) missing 1 required positional argument: 'x'"):
        autodask(plain)()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        autodask(plain)(1, z=2)


def test_globals_and_cells_are_live(engine):
    """What a name means is asked when the function is called."""
    number = 1

    def func(x):
        return x + number

    marked = autodask(func)
    assert strict(marked(1)) == 2
    number = 10
    assert strict(marked(1)) == 11


def test_thunks_as_arguments(engine):
    """A thunk that comes in stays one, of either class."""
    assert strict(autodask(plain)(thunk(lambda: 3), autodask(plain)(1))) == 5
    assert strict(autodask(lambda xs: [x + 1 for x in xs])([thunk(lambda: 3)])) == [4]


def test_marked_functions_in_threads():
    """Each thread has its own trace."""

    def work(n):
        return [strict(autodask(plain)(n)) for _ in range(50)]

    assert in_threads(work, 4) == [[n + 1] * 50 for n in range(4)]


def test_autodask_called_by_autodask_in_a_task(engine):
    """A recursion of a non-inline function goes through tasks."""
    assert strict(fibonacci(7)) == 13


@autodask
def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def test_dataclass_fields_and_defaults(check):
    """Keyword-only, positional-only, star and default parameters bind as ever."""

    def func(a, /, b, *rest, c=3, **named):
        return a, b, rest, c, named

    check(func, A, 1, 2, A, c=4, d=A)
    check(func, 1, 2)
