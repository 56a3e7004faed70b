"""Functions and lambdas inside the traced function."""

import pytest
from tests.python.daisy.tracing.rewrite.plain_runtime import (
    Deferred,
    Plain,
    check,
    defined,
    given,
    remade,
)


def test_lambdas():
    """The factory gives the lambda as it was written, for the values it reads and its defaults."""
    check(
        "return lambda x, y=a + 1: x + y + b",
        "return .local(S, lambda x, y=.binary(S, 0, a, 1): .binary(S, 0, .binary(S, 0, x, y), b), "
        "lambda b, .default0: lambda x, y=.default0: x + y + b, lambda: (b,))",
    )


def test_definitions():
    """A definition is decorated with what keeps its plain twin."""
    check(
        """
        def g(x, /, y: int=a, *z, k=b, l, **m) -> int:
            return x + c
        """,
        """
        def .value1(c, .default0, .default1):
            def g(x, /, y=.default0, *z, k=.default1, l, **m):
                return x + c
            return g
        @lambda .function: .local(S, .function, .value1, lambda: (c,))
        def g(x, /, y: int=a, *z, k=b, l, **m) -> int:
            return .binary(S, 0, x, c)
        """,
    )


def test_decorators():
    """They are evaluated in order before the defaults, and called from the inside out."""
    check(
        """
        @a
        @b(c)
        def g():
            pass
        """,
        """
        def .value1():
            def g():
                pass
            return g
        @(lambda .decorator: lambda .function: .call(S, .decorator, .function))(a)
        @(lambda .decorator: lambda .function: .call(S, .decorator, .function))(.call(S, b, c))
        @lambda .function: .local(S, .function, .value1, lambda: ())
        def g():
            pass
        """,
    )


def test_a_function_that_calls_itself():
    """Its plain twin finds itself, and is not given its traced self."""
    check(
        "def g(n):\n    return g(n) + a",
        """
        def .value1(a):
            def g(n):
                return g(n) + a
            return g
        @lambda .function: .local(S, .function, .value1, lambda: (a,))
        def g(n):
            return .binary(S, 0, .call(S, g, n), a)
        """,
    )


CLOSURES = """
import functools
def f(a, b):
    log = []
    def fact(n, one=a - a + 1):
        return one if n <= one else n * fact(n - 1)
    def keeps(*args, scale=b, **kw):
        "Words."
        def inner(x):
            return [x * scale + y for y in args] + [fact(kw["k"])]
        return inner(a)
    def shadow(a, f=lambda a: a + b):
        return (lambda b=a: f(b) + a)()
    @functools.wraps(shadow)
    def wrapped(x):
        return shadow(x) - a
    @functools.lru_cache(maxsize=None)
    def cached(n):
        log.append(n)
        return n + b
    twice = [cached(1), cached(1)]
    later = lambda: after + 1
    after = a
    return (fact(4), keeps(1, 2, k=3), shadow(2), wrapped(3), wrapped.__name__, keeps.__doc__,
            twice, log, sorted([3, 1, 2], key=lambda v: -v * a), later())
"""


@pytest.mark.parametrize("runtime", [Plain, Deferred])
def test_closures_behave(runtime):
    """The rewritten functions, and the plain ones of their factories, do what was written."""
    func = defined(CLOSURES)
    assert remade(func, runtime())(5, 7) == func(5, 7)


def test_the_plain_twin_needs_nothing_of_the_trace():
    """It has the helpers neither among its names nor in its cells."""
    runtime = Plain()
    func = defined(
        "def f(a):\n    def g(x, y=a):\n        return [x + y + a + z for z in x]\n    return g\n"
    )
    remade(func, runtime)(2)
    ((function, factory, capture),) = runtime.locals
    plain = factory(*capture(), *function.__defaults__)
    assert plain.__code__.co_freevars == ("a",)
    assert plain([]) == []
    assert given(function, factory, capture)([]) == []


def test_lines_of_nested_functions():
    """The code of both twins is at the line of the definition."""
    runtime = Plain()
    func = defined("def f(a):\n\n    def g(x):\n        return -x\n    return g\n")
    made = remade(func, runtime)(2)
    ((_, factory, _),) = runtime.locals
    assert made.__code__.co_firstlineno == 3
    assert factory().__code__.co_firstlineno == 3
    assert made.__qualname__ == "f.<locals>.g"
