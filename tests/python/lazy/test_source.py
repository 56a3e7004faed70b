"""lazy.source: finding the definition of what runs, and making functions from changed ones."""

from __future__ import annotations

import ast
import doctest
import inspect
import linecache
import os
import sys
import textwrap
import types
from itertools import count

import pytest

from lazy.source import HELPER_PREFIX, Source, SourceError, copy_tree, find, rebuild

NUMBERS = count()
OFFSET = 100


def define(text, name="f", flags=0, **space):
    """Run `text` as a cell of a notebook would be run, and give what it binds to `name`."""
    text = textwrap.dedent(text)
    filename = f"<cell {next(NUMBERS)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec", flags, dont_inherit=True), space)
    return eval(name, space)


def found(func):
    return ast.unparse(find(func).node)


def again(func, **helpers):
    """Rebuild `func` from its own source."""
    source = find(func)
    return rebuild(source, source.node, func, helpers, {})


class Double(ast.NodeTransformer):
    """Puts a helper round every returned value."""

    def visit_Return(self, node):
        call = ast.Call(ast.Name(".double", ast.Load()), [node.value], [])
        return ast.copy_location(ast.Return(call), node)


def doubled(func):
    source = find(func)
    node = ast.fix_missing_locations(Double().visit(source.node))
    return rebuild(source, node, func, {".double": lambda x: 2 * x}, {})


# Finding


def test_plain_function():
    """A module-level function is found with its own file and line."""
    source = find(define)
    assert isinstance(source, Source)
    assert isinstance(source.node, ast.FunctionDef)
    assert source.node.lineno == define.__code__.co_firstlineno
    assert source.filename == define.__code__.co_filename
    assert source.text[source.node.lineno - 1].startswith("def define(")


def test_node_is_fresh():
    """Changing a node that was handed out does not change the next one."""
    source = find(define)
    source.node.body.clear()
    assert source.node.body


def test_lambdas_on_one_line():
    """Lambdas on one line are told apart, also where only positions differ."""
    a, b, c = (lambda x: x + 1), (lambda x: x + 2), (lambda x: x + 1)
    assert [found(f) for f in (a, b, c)] == [
        "lambda x: x + 1",
        "lambda x: x + 2",
        "lambda x: x + 1",
    ]
    assert find(a).node.col_offset < find(b).node.col_offset < find(c).node.col_offset


def test_lambdas_within_lambdas():
    """A lambda that holds another one on the same line is not taken for it."""
    outer = lambda x: lambda y: x + y
    assert found(outer) == "lambda x: lambda y: x + y"
    assert found(outer(1)) == "lambda y: x + y"


def test_lambdas_that_differ_in_an_operator():
    """Lambdas with equal names and constants are told apart by what they do."""
    pair = [lambda a, b: a + b, lambda a, b: a - b]
    assert [found(f) for f in pair] == ["lambda a, b: a + b", "lambda a, b: a - b"]


def test_lambda_over_lines():
    """A lambda in the middle of a call that spans lines is found."""
    funcs = dict(
        first=lambda x: x,
        second=lambda x: -x,
    )
    assert found(funcs["second"]) == "lambda x: -x"


def test_definitions_of_one_name():
    """Of several definitions with one name the one that runs is found."""
    first = define("def f():\n    return 1\ng = f\ndef f():\n    return 2\n", "g")
    assert found(first) == "def f():\n    return 1"


def test_conditional_definitions():
    """A definition in a branch is found, also in a finally block, which is compiled twice."""
    f = define("try:\n    x = 1\nfinally:\n    if x:\n        def f():\n            return x\n")
    assert found(f) == "def f():\n    return x"


def test_decorated():
    """A decorated function is found by its own code, with its decorators on the node."""
    f = define("def same(g):\n    return g\n@same\n@same\ndef f(x):\n    return x\n")
    assert len(find(f).node.decorator_list) == 2


def test_wrapped_is_not_followed():
    """What runs counts, not what it says it wraps."""
    f = define(
        """
        import functools
        def inner(): return 1
        @functools.wraps(inner)
        def f(): return 2
        """
    )
    assert found(f).endswith("return 2")


def test_async_and_generators():
    """Coroutines and generators are found: refusing them is the tracer's affair."""
    assert isinstance(find(define("async def f():\n    await g()\n")).node, ast.AsyncFunctionDef)
    assert "yield" in found(define("def f():\n    yield 1\n"))


def test_class_names():
    """The classes round a method are named, those beside it are not."""
    text = """
    class A:
        class B:
            def f(self):
                return self.__x
            class C: pass
        def g(self):
            def h(): return __y
            return h
    """
    assert find(define(text, "A.B.f")).class_names == ("A", "B")
    assert find(define(text, "A().g()")).class_names == ("A",)


def test_class_of_a_default():
    """A lambda among the bases of a class does not stand in it."""
    f = define("class A((lambda: (f.append(lambda: __x), object)[1])()): pass\n", "f", f=[])[0]
    assert find(f).class_names == ()


def test_future_flags():
    """The future imports of the file belong to the function."""
    f = define("from __future__ import annotations\ndef f(x: 1 + 1):\n    return 1\n")
    flag = inspect.CO_FUTURE_ANNOTATIONS if hasattr(inspect, "CO_FUTURE_ANNOTATIONS") else 0x1000000
    assert find(f).flags & flag
    assert f.__annotations__ == again(f).__annotations__ == {"x": "1 + 1"}


def test_future_flags_from_elsewhere():
    """Flags can come from compile (a notebook keeps them over cells) and not from the text."""
    import __future__

    flag = __future__.annotations.compiler_flag
    f = define("def f():\n    def g(x: nothing): return x\n    return g\n", flags=flag)
    assert find(f).flags == flag
    assert again(f)()(3) == 3


def test_what_stands_beside():
    """A statement elsewhere in the file can change how a function compiles."""
    text = """
    old_super = super
    import math
    class A:
        def f(self):
            return super().__repr__(), math.floor(2.5), (lambda: super), (lambda: math)
    """
    a = define(text, "A()")
    assert found(type(a).f).startswith("def f(self)")
    assert found(a.f()[2]) == "lambda: super"


def test_optimised_code():
    """Code compiled without asserts is found, and rebuilt without them."""
    text = "def f(x):\n    assert x\n    return x\n"
    linecache.cache["<optimised>"] = (len(text), None, text.splitlines(True), "<optimised>")
    space = {}
    exec(compile(text, "<optimised>", "exec", optimize=1), space)
    assert again(space["f"])(0) == 0


def test_asserts_rewritten_by_pytest():
    """pytest rewrites the asserts of test files; that is not a change of the file."""

    def checked(x):
        assert x > 0, "positive"
        return [y for y in x]

    assert "assert x > 0" in found(checked)


def test_doctest_examples():
    """A function defined in a doctest is found through doctest's own linecache entries."""
    text = ">>> def f(x):\n...     return x + 1\n>>> print(found(f))\ndef f(x):\n    return x + 1\n"
    test = doctest.DocTestParser().get_doctest(text, {"found": found}, "sample", None, 0)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_notebook_cells():
    """A function typed into IPython is found, also in a cell with a top-level await."""
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell()
    shell.run_cell("async def w(): pass\nawait w()\ndef f(x):\n    return x + 1\n")
    assert found(shell.user_ns["f"]) == "def f(x):\n    return x + 1"


def test_long_sums():
    """A sum of many terms is a deep tree, and finding and rebuilding it does not recurse."""
    terms = 800
    f = define("def f(x):\n    return " + " + ".join(["x"] * terms))
    assert again(f)(1) == terms


# No source, or another one


def refused(func):
    with pytest.raises(SourceError) as caught:
        find(func)
    return str(caught.value)


def test_no_source():
    """Code that never had a file says so, and names the way that needs none."""
    space = {}
    exec("def f(): return 1", space)
    message = refused(space["f"])
    assert "function f (<string>, line 1)" in message and "inline(func)" in message


def test_not_a_function():
    """Builtins and classes have no Python source."""
    assert "only functions written in Python" in refused(len)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return x + 2\n",
        "def f(x):\n    return x - 1\n",
        "def f(x):\n    return x + 1.0\n",
        "def f(y):\n    return y + 1\n",
        "def f(x):\n    return y + 1\n",
        "\ndef f(x):\n    return x + 1\n",
        "def f(x:\n",
        "def f(x):\n    return x + 1; break\n",
    ],
)
def test_changed(text):
    """Another name, constant, operator or line, or no program at all: the file has changed."""
    f = define("def f(x):\n    return x + 1\n")
    name = f.__code__.co_filename
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    assert "has changed since it was imported" in refused(f)


def test_changed_on_disk(tmp_path, monkeypatch):
    """A file that linecache remembers as it was is still found; once forgotten it is refused."""
    path = tmp_path / "changing.py"
    path.write_text("def f(x):\n    return x + 1\n")
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    assert found(space["f"]) == "def f(x):\n    return x + 1"
    path.write_text("def f(x):\n    return x * 111\n")
    os.utime(path, (1, 1))
    assert found(space["f"]) == "def f(x):\n    return x + 1"
    linecache.clearcache()
    assert "has changed" in refused(space["f"])
    exec(compile(path.read_text(), str(path), "exec"), space)
    assert found(space["f"]) == "def f(x):\n    return x * 111"


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


def test_generic_functions():
    """Type parameters are cells of the function (3.12 and later)."""
    if sys.version_info < (3, 12):
        pytest.skip("type parameters came with CPython 3.12")
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


def test_segment():
    """The text of a node, with characters of more than one byte before and in it."""
    f = define("def f(x):\n    return 'ä' + (x +\n        'ö')\n")
    source = find(f)
    assert source.segment(source.node.body[0].value.right) == "x +\n        'ö'"
    assert source.segment(ast.Name("x", ast.Load())) == ""


def test_copy_tree():
    """A copy has the same fields and positions and shares no node but what has no state."""
    tree = ast.parse(inspect.getsource(copy_tree))
    copied = copy_tree(tree)
    assert ast.dump(copied, include_attributes=True) == ast.dump(tree, include_attributes=True)
    assert not {id(n) for n in ast.walk(copied)} & {id(n) for n in ast.walk(tree)}


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
