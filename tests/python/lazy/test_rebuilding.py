"""lazy.rebuilding: functions made from changed definitions."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from itertools import count

import pytest
from tests.python.lazy.definitions import again, define, found

from lazy.rebuilding import HELPER_PREFIX, rebuild
from lazy.source import find

OFFSET = 100


class Double(ast.NodeTransformer):
    """Puts a helper round every returned value."""

    def visit_Return(self, node):
        call = ast.Call(ast.Name(".double", ast.Load()), [node.value], [])
        return ast.copy_location(ast.Return(call), node)


def doubled(func):
    source = find(func)
    node = ast.fix_missing_locations(Double().visit(source.node))
    return rebuild(source, node, func, {".double": lambda x: 2 * x}, {})


# Rebuilding


def test_rebuilt_means_the_same():
    """Defaults, keyword-only and positional-only arguments, names and documentation stay."""

    def f(a, b=2, /, c=3, *d, e=5, **g):
        """Doc."""
        return a, b, c, d, e, g

    f.mark = object()
    made = again(f)
    assert made(1) == f(1)
    assert made(1, 2, 3, 4, e=6, z=7) == f(1, 2, 3, 4, e=6, z=7)
    assert inspect.signature(made) == inspect.signature(f)
    for name in ("__name__", "__qualname__", "__module__", "__doc__", "__dict__", "__defaults__"):
        assert getattr(made, name) == getattr(f, name)
    assert made.__code__.co_name == f.__code__.co_name
    assert made.__code__.co_qualname == f.__code__.co_qualname
    assert made.__code__.co_firstlineno == f.__code__.co_firstlineno
    assert made.__globals__ is f.__globals__


def test_live_globals_and_cells():
    """What is bound later to a global or a closed-over name is seen."""
    f = define("k = 1\ndef f(x):\n    return x + k\n")
    made = again(f)
    f.__globals__["k"] = 10
    assert made(1) == 11

    held = 1

    def g(x):
        return x + held

    made = again(g)
    held = 5
    assert made(1) == 6
    assert doubled(g)(1) == 12


def test_own_name_stays_a_global():
    """A recursive function calls what its name is bound to now."""
    f = define("def f(n):\n    return 1 if n == 0 else n * f(n - 1)\n")
    made = doubled(f)
    assert "f" in made.__code__.co_names and made(3) == 12
    f.__globals__["f"] = lambda n: 100
    assert made(3) == 600


def test_own_name_in_a_closure():
    """A nested recursive function finds itself through its cell."""

    def fact(n):
        return 1 if n == 0 else n * fact(n - 1)

    original = fact
    made = again(original)
    assert made.__closure__[0] is original.__closure__[0]
    assert made(4) == 24


def test_private_names():
    """`__x` in a class means `_A__x`, in nested functions too."""
    f = define(
        """
        class __A:
            def __init__(self): self.__x = 7
            def f(self):
                __local = [self.__x for _ in "ab"]
                return (lambda: __local + [self.__x])()
        """,
        "globals()['__A']",
    )
    assert again(f.f)(f()) == [7, 7, 7]


def test_private_closure():
    """A closed-over private name is closed over under its mangled name."""
    f = define(
        """
        def outer():
            class A:
                def f(self):
                    __x = 3
                    def g(): return __x
                    return g
            return A().f()
        """,
        "outer()",
    )
    assert f.__code__.co_freevars == ("_A__x",)
    assert again(f)() == 3


def test_super():
    """`super()` and `__class__` work through the live cell."""

    class A:
        def f(self):
            return [1]

    class B(A):
        def f(self):
            return super().f() + [__class__]

    assert again(B.f)(B()) == [1, B]


def test_class_name_stays_a_global():
    """The class round a method is not hidden by the one that only mangles names."""
    f = define("class A:\n    def f(self):\n        return A\n", "A")
    assert again(f.f)(None) is f


def test_nested_scopes():
    """Classes, functions and comprehensions inside keep their qualified names and cells."""

    def f(n):
        class Inner:
            size = n

            def get(self):
                return [n + k for k in range(self.size)]

        return Inner

    made, plain = again(f)(2), f(2)
    assert made.__qualname__ == plain.__qualname__
    assert made.get.__qualname__ == plain.get.__qualname__
    assert made().get() == [2, 3]


def test_nonlocal():
    """A rebuilt function writes to the same cell."""
    total = 0

    def f(x):
        nonlocal total
        total += x
        return total

    made = again(f)
    made(2)
    f(3)
    assert total == 5


def test_decorators_are_dropped():
    """Decorators run at definition only, and the first line stays theirs."""
    calls = []
    f = define("@mark\ndef f():\n    return 1\n", mark=lambda g: calls.append(g) or g)
    made = again(f)
    assert len(calls) == 1 and made() == 1
    assert made.__code__.co_firstlineno == 1
    assert found(made).startswith("@mark")


def test_defaults_are_not_run_again():
    """Defaults are the objects of the function, whatever expression made them."""
    f = define("def f(a=next(k), *, b=next(k)):\n    return a, b\n", k=count())
    assert again(f)() == f() == (0, 1)


def test_traceback_lines():
    """An error in a rebuilt function points at the line of the user's file."""
    f = define("def f(x):\n    y = x\n    return y / 0\n")
    with pytest.raises(ZeroDivisionError) as caught:
        again(f)(1)
    entry = caught.traceback[-1]
    assert entry.lineno + 1 == 3 and str(entry.frame.code.raw.co_filename).startswith("<cell")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax came with CPython 3.12")
def test_generic_functions():
    """Type parameters are cells of the function."""
    f = define("def f[T](x: T):\n    return T, [T for _ in x]\n")
    made = again(f)
    assert made.__type_params__ == f.__type_params__
    assert made("a") == f("a")


# Helpers and constants


def helper_everywhere():
    """One helper used in every kind of scope."""
    text = """
    def f(xs):
        a = h(1)
        b = [h(x) for x in xs if h(x)]
        c = {h(x): h(y) for x in xs for y in xs}
        d = list(h(x) for x in xs)
        e = (lambda y: h(y))(2)
        def inner(z=h(3)):
            return [[h(z) for _ in xs] for _ in xs]
        class Body:
            value = h(4)
            values = [h(x) for x in (1, 2)]
            def get(self): return h(5)
        return a, b, c, d, e, inner(), Body.value, Body.values, Body().get()
    """
    return define(text, h=lambda x: x * 10)


def test_helpers_in_every_scope():
    """A helper is reached from comprehensions, lambdas, classes and nested functions."""
    f = helper_everywhere()
    source = find(f)
    node = source.node
    for name in ast.walk(node):
        if isinstance(name, ast.Name) and name.id == "h":
            name.id = HELPER_PREFIX + "h"
    made = rebuild(source, node, f, {".h": lambda x: x * 10}, {})
    assert "h" not in made.__code__.co_names
    assert made.__code__.co_freevars == (".h",)
    assert made([1, 2]) == f([1, 2])


def test_helpers_beside_cells():
    """Helpers and the function's own cells are closed over by name, in whatever order."""
    a, z = 1, 26

    def f(x):
        return a + z + x

    assert doubled(f)(3) == 60
    assert doubled(f).__code__.co_freevars == (".double", "a", "z")


@pytest.mark.parametrize("name", ["call", ".0", ".", ".type_params", "..x"])
def test_bad_helper_names(name):
    """Names that users or CPython may use cannot name a helper."""
    source = find(define)
    with pytest.raises(ValueError, match="cannot name a helper"):
        rebuild(source, source.node, define, {name: 1}, {})


def test_constants_are_replaced():
    """A placeholder becomes the object itself, in nested code and in folded tuples as well."""

    def f():
        return ("site", 1), [("site", 2) for _ in "a"], (lambda: ("site", 1))(), (1, ("site", 2))

    one, two = object(), [2]
    source = find(f)
    made = rebuild(source, source.node, f, {}, {("site", 1): one, ("site", 2): two})
    a, b, c, d = made()
    assert a is one and b[0] is two and c is one and d[0] == 1 and d[1] is two


def test_equal_constants_stay_apart():
    """`1`, `1.0` and `True` keep their types."""
    f = define("def f():\n    return 1, 1.0, True, -0.0, 0.0, 'a', None\n")
    assert repr(again(f)()) == repr(f())


# Parts


def test_rebuilt_is_a_function():
    """What is rebuilt is a plain function, and a lambda stays one."""
    made = again(lambda x: x + OFFSET)
    assert isinstance(made, types.FunctionType) and made.__name__ == "<lambda>"
    assert made(1) == 101


def test_functions_round_functions():
    """What a rewriter puts round a nested function, with a dot, shows in no qualified name."""

    def f():
        def inner():
            class Body:
                def get(self):
                    return 1

            return Body

        return inner

    source = find(f)
    node = source.node
    inner = node.body[0]
    returned = ast.Return(ast.Name("inner", ast.Load()))
    factory = ast.FunctionDef(
        name=".factory", args=ast.parse("lambda: 0").body[0].value.args, decorator_list=[]
    )
    factory.body = [inner, returned]
    if "type_params" in factory._fields:
        factory.type_params = []
    call = ast.Call(ast.Name(".factory", ast.Load()), [], [])
    node.body = [factory, ast.Return(call)]
    made = rebuild(source, ast.fix_missing_locations(node), f, {}, {})
    assert made().__qualname__ == f().__qualname__
    assert made()().__qualname__ == f()().__qualname__
    assert made()().get.__qualname__ == f()().get.__qualname__
