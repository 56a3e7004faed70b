"""lazy.transform: a lazy function means what the plain one does."""

import asyncio
import math

import pytest
from tests.python.lazy.recording import Record, check, record

from lazy import lazy_function, strict

TEN = 10


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

    def starred(bases):
        class Sub(*bases, dict):
            pass

        return [base.__name__ for base in Sub.__mro__]

    check(starred, [Record])


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


def test_special_methods_by_name():
    """A special method that is called by its name belongs to a thunk, whose class is not asked."""
    check(lambda x: [x].__len__(), 1)
    check(lambda x: x.__add__(2), 1)
