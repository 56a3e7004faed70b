"""lazy.source: finding the definition of what runs."""

from __future__ import annotations

import ast
import doctest
import inspect
import linecache
import os

import pytest
from IPython.core.interactiveshell import InteractiveShell
from tests.python.lazy.definitions import again, define, found

from lazy.source import Source, SourceError, find

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
    shell = InteractiveShell()
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


# Parts


def test_segment():
    """The text of a node, with characters of more than one byte before and in it."""
    f = define("def f(x):\n    return 'ä' + (x +\n        'ö')\n")
    source = find(f)
    assert source.segment(source.node.body[0].value.right) == "x +\n        'ö'"
    assert source.segment(ast.Name("x", ast.Load())) == ""
