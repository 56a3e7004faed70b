"""lazy.function: functions in which everything is lazy."""

import asyncio
import math
import sys

import pytest

import lazy
from daisy._core import is_thunk, known
from lazy import lazy_function, strict, thunk, undefined
from lazy.runtime import is_lazy_function
from lazy.source import SourceError

TEN = 10


class Record:
    """Calls that were made."""

    def __init__(self):
        self.calls = []

    def __call__(self, *args):
        self.calls.append(args)
        return args[0] if args else None


record = Record()


@pytest.fixture(autouse=True)
def fresh():
    record.calls.clear()


def check(func, *args):
    """The lazy function gives a thunk, whose value is what the plain function returns."""
    expected = func(*args)
    record.calls.clear()
    result = lazy_function(func)(*args)
    assert is_thunk(result) and not record.calls
    value = strict(result)
    assert type(value) is type(expected) and value == expected
    return value


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


# Imports


def test_imports_are_lazy():
    """A module is not imported until something of it is needed."""
    sys.modules.pop("this_is_not_there", None)
    sys.modules.pop("colorsys", None)

    @lazy_function
    def f():

        return 1

    assert strict(f()) == 1 and "colorsys" not in sys.modules

    @lazy_function
    def g():
        import colorsys

        return colorsys.rgb_to_hsv(1, 1, 1)

    assert strict(g()) == (0.0, 0, 1) and "colorsys" in sys.modules


def test_kinds_of_imports():
    """`import a.b`, `import a.b as c` and `from a import b as c` bind what they say."""

    def f():
        import os.path
        import os.path as p
        import xml.etree.ElementTree as tree
        from math import floor
        from math import pi as number
        from os import path

        return os.path.sep, p.sep, path.sep, tree.__name__, number, floor(2.5)

    check(f)


def test_failing_imports():
    """What is not there raises when it is needed."""

    @lazy_function
    def f():
        from math import nothing

        return nothing

    with pytest.raises(ImportError, match="cannot import name 'nothing' from 'math'"):
        strict(f())

    @lazy_function
    def g():
        import this_is_not_there

        return this_is_not_there.x

    with pytest.raises(ModuleNotFoundError):
        strict(g())


# Meaning


def test_expressions():
    """Every kind of expression has the value it always has."""

    def f(a, b):
        return (
            (a + b, a - b, a * b, a / b, a // b, a % b, a**2, a << 1, a >> 1, a & b, a | b, a ^ b),
            (a < b, a <= b, a == b, a != b, a > b, a >= b, 0 < a < b, a < b > 0 != a),
            (a is b, a is not b, a is None, a in [a], b not in (a,), not a, -a, +a, ~a),
            (a and b, a or b, 0 and b, 0 or a or b, a if b else 0, b if a > 100 else a),
            [a, b, *range(a)],
            {a, b},
            {**{"x": a}, "y": b},
            {"z": a},
            [x + y for x in range(a) for y in range(b) if x < y],
            {x: x * a for x in range(3)},
            {x % 2 for x in range(5)},
            f"{a}{b!r:>4}{a:{b}}",
            "%d-%s" % (a, b),
            [1, 2, 3][a - 2 : b],
            (lambda x, y=b: x + y)(a),
            max(a, b, key=lambda v: -v),
            ",".join(str(x) for x in range(a)),
            sum(x for x in [a, b]),
            str(a).zfill(3).upper(),
            dict(x=a, **{"y": b}),
            max(*[a, b]),
            divmod(b, a),
        )

    check(f, 3, 5)


def test_names_and_subscripts():
    """Attributes and items of any depth, of globals as well."""

    def f(d):
        return d["a"][1].real, math.pi, math.floor(2.5), d["a"][-1:], TEN

    check(f, {"a": [1, 2, 3]})


def test_statements():
    """Statements run in order and take the branches they take."""

    def f(n):
        total, odd = 0, []
        for i in range(n):
            if i % 2:
                odd = odd + [i]
                continue
            total += i
        else:
            total = total + 100
        while n > 0:
            n -= 1
            if n == 1:
                break
        a, (b, *c) = n, [1, 2, 3]
        a, b = b, a
        x: int = 5
        del x
        assert n == 1, "one"
        return total, odd, n, a, b, c

    check(f, 7)


def test_match():
    """`match` looks at values."""

    def f(x):
        match x:
            case 1 | 2 as y if y > 1:
                return "two", y
            case [a, *b]:
                return a, b
            case {"k": v}:
                return v
            case _:
                return None

    for value in (1, 2, [3, 4], {"k": 5}):
        check(f, value)


def test_errors():
    """What is raised is what is raised; handlers see what is forced under them."""

    def f(x):
        try:
            return strict(1 // x)
        except (ZeroDivisionError, KeyError) as error:
            raise ValueError(f"no {x}") from error
        finally:
            record(1)

    assert check(f, 1) == 1
    with pytest.raises(ValueError, match="no 0") as caught:
        strict(lazy_function(f)(0))
    assert type(caught.value.__cause__) is ZeroDivisionError


def test_storing_forces_what_is_stored_into():
    """A value that is stored into is changed when the statement runs."""

    def f():
        a = [1, 2, 3]
        b = {}
        a = strict(a)
        a[0] = 5
        del a[1]
        b = strict(b)
        b["x"] = a
        b["x"][0] += 1
        return a, b

    check(f)


def test_with():
    """A context manager is entered at once."""

    def f():
        with pytest.raises(ZeroDivisionError):
            strict(1 / 0)
        with open(__file__) as file:
            return strict(file.readline())

    check(f)


def test_late_and_early():
    """An expression that waits has the names as they were where it stands."""

    def f():
        x = 1
        a = x if x else 0
        b = [x for _ in range(2)]
        c = f"{x}"
        x = 2
        return a, b, c, [y if y else 9 for y in range(3)]

    check(f)


def test_walrus():
    """A name bound in an expression is bound in the function."""

    def f(n):
        a = [last := x for x in range(n)]
        return (y if (y := n) else 0), y, a, last

    check(f, 3)


def test_unbound_names():
    """A name that is not bound raises when it is needed and not before."""

    @lazy_function
    def f(p):
        if p:
            x = 1
        return x if p else 0

    assert strict(f(0)) == 0 and strict(f(1)) == 1


def test_guarded_in_place():
    """`x += y` looks at the value when it runs, and refuses one that others can see change."""

    @lazy_function
    def f(x):
        x += x
        return x

    assert strict(f("ab")) == "abab"
    held = [1]
    with pytest.raises(BaseException, match=r"write `x = x \+ y`"):
        strict(f(held))
    assert held == [1]


def test_generators():
    """A lazy generator function gives a thunk of a generator."""

    @lazy_function
    def f(n):
        for i in range(n):
            yield i * 2

    assert [strict(x) for x in strict(f(3))] == [0, 2, 4]
    assert sum(f(3)) == 6


def test_coroutines():
    """A lazy coroutine function gives a thunk of a coroutine."""

    @lazy_function
    async def f(x):
        await asyncio.sleep(0)
        return x + 1

    assert strict(asyncio.run(strict(f(1)))) == 2


def test_classes_inside():
    """A class made inside is made at once, with plain methods, of the bases it names."""

    def f(base):
        class Sub(base):
            def get(self):
                return 5

        return Sub().get(), issubclass(Sub, base)

    check(f, Record)


def test_methods():
    """A lazy method is bound, and `super()` and private names work in it."""

    class A:
        def get(self, x):
            return x + 1

    class B(A):
        __hidden = 3

        @lazy_function
        def get(self, x):
            return super().get(x) + self.__hidden

        @lazy_function
        def listed(self, n):
            return [super(B, self).get(i) for i in range(n)]

    assert strict(B().get(1)) == 5
    assert strict(B().listed(2)) == [1, 2]


def test_recursion():
    """A lazy function may call itself."""

    @lazy_function
    def fact(n):
        return 1 if n == 0 else n * fact(n - 1)

    assert strict(fact(10)) == math.factorial(10)


def test_frame_functions():
    """`locals` and `globals` are those of the function."""

    @lazy_function
    def f(a):
        return strict(sorted(locals())), globals()["TEN"]

    assert strict(f(1)) == (["a"], 10)


def test_keeps_its_name():
    """Name, documentation, defaults and signature stay."""

    @lazy_function
    def f(a, b=2):
        """Doc."""
        return a + b

    assert (f.__name__, f.__doc__) == ("f", "Doc.") and strict(f(1)) == 3


def test_lines():
    """A traceback has the line of the user's file."""

    @lazy_function
    def f():
        x = 1
        raise ValueError(x)

    with pytest.raises(ValueError, match="1") as caught:
        strict(f())
    line = f.__wrapped__.__code__.co_firstlineno + 3
    assert line in [entry.lineno + 1 for entry in caught.traceback]


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
