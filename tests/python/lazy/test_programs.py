"""lazy.programs: files, parsed as far as it takes to find a function."""

from __future__ import annotations

import ast

import pytest
from tests.python.lazy.definitions import define, found

from lazy.programs import File
from lazy.source import find

TEXT = '''\
"""A module."""
import math
from os import (
    path,
)

@first
@second(
    1,
)
def f(x):
    return x

class A:
    def g(self):
        """Text
at the margin
        """

if A:
    h = lambda x: x
else:
    h = lambda y: y
'''


def excerpt(text, line):
    """The program that is parsed for a line, imports left out, as text."""
    program = File(tuple(text.splitlines(True))).excerpt(line, "<excerpt>", 0)
    return "\n".join(ast.unparse(one) for one in program.statements if one not in program.imports)


@pytest.mark.parametrize(
    ("line", "begins"),
    [(7, "@first"), (8, "@first"), (10, "@first"), (12, "@first"), (20, "if A")],
)
def test_excerpts(line, begins):
    """Of a file only the statement with that line is parsed, with its decorators."""
    made = excerpt(TEXT, line)
    assert made.startswith(begins)
    assert len(ast.parse(made).body) == 1


def test_imports_are_kept():
    """A method call on an imported name compiles differently, so the imports are there."""
    program = File(tuple(TEXT.splitlines(True))).excerpt(11, "<excerpt>", 0)
    assert {type(one) for one in program.imports} == {ast.Import, ast.ImportFrom}


def test_lines_stay():
    """Each statement of an excerpt stands on the line that it has in the file."""
    file = File(tuple(TEXT.splitlines(True)))
    whole = {ast.dump(one, include_attributes=True) for one in file.whole("<whole>", 0).statements}
    part = file.excerpt(11, "<excerpt>", 0).statements
    assert {ast.dump(one, include_attributes=True) for one in part} < whole


def test_lines_that_are_not_there():
    """A file that was cut since it was imported has an excerpt for each line all the same."""
    assert excerpt("", 3) == ""
    assert excerpt("# text", 3) == ""
    assert excerpt("x = 1\ny = 2\n", 3) == "y = 2"
    assert excerpt("\nx = 1\n", 1) == ""


def test_programs_are_parsed_once():
    """Functions of one statement share what was parsed for the first of them."""
    file = File(tuple(TEXT.splitlines(True)))
    assert file.excerpt(10, "<excerpt>", 0) is file.excerpt(11, "<excerpt>", 0)
    assert file.excerpt(10, "<excerpt>", 0) is not file.excerpt(20, "<excerpt>", 0)


CLASS = '''\
@first
class A(
    B
):
    """Text that begins

    def unlike(a): method
    """

    x = 1

    def f(self):
        def g(): pass

    @second
    @third
    def g(self): pass
    y = 2

    class C:
        def h(self): pass

    # The end.
    async  def i(self): pass
'''


@pytest.mark.parametrize(
    ("line", "names"),
    [(12, "f"), (13, "f"), (15, "g y"), (16, "g y"), (18, "g y"), (21, "C"), (24, "i")],
)
def test_excerpts_of_classes(line, names):
    """Of a class only its head and one member are parsed, whatever stands in its docstring."""
    text = CLASS.replace("    def unlike(a): method\n", "    a method is unlike this\n")
    (made,) = ast.parse(excerpt(text, line)).body
    assert ast.unparse(made.decorator_list[0]) == "first" and ast.get_docstring(made)
    members = made.body[2:]
    assert [getattr(one, "name", None) or one.targets[0].id for one in members] == names.split()
    with pytest.raises(SyntaxError):
        excerpt(CLASS, line)


FOUND = [
    # Text at the margin that is not the beginning of a statement.
    'def f(x):\n    y = """\ndef g(x):\n    return 1\n"""\n    return x, y\n',
    "def f(x):\n    return (x,\nx)\n",
    "def f(x):\n    return x \\\nif x else 0\n",
    '"""\ndef f(x):\n    return 0\n"""\ndef f(x):\n    return 1\n',
    # Parts of a statement that begin at the margin.
    "try:\n    1 / 0\nexcept ZeroDivisionError:\n    def f(x): return x\n",
    "if 0:\n    pass\nelse:\n    def f(x): return x\n",
    "for _ in []: pass\nelse:\n    def f(x): return x\n",
    # Decorators over more than one line, and comments between.
    "def same(f): return f\n@same\n# now\n\n@(\nsame\n)\ndef f(x): return x\n",
    # What begins in the middle of a line.
    "a = [\n1\n]; f = lambda x: x\n",
    "f = 1; f = lambda x: x\n",
    # Methods, and what looks like some.
    "class A:\n  def a(self): pass\n  def f(self): return self.__x\n  b = 1\nf = A.f\n",
    "class A:\n  '''\n  def f(x): text\n  '''\n  def f(self): return self.__x\nf = A.f\n",
    "class A:\n  if 1:\n    def f(self): return self.__x\n  else:\n    def f(x): pass\nf = A.f\n",
    "class A:\n  f = lambda self: self.__x\n  def g(self): pass\nf = A.f\n",
    "class A:\n  def g(self): pass\n  f = lambda self: self.__x\nf = A.f\n",
    "class A: f = lambda self: self.__x\nf = A.f\n",
    "class A(list):\n  class B:\n    def f(self): return super().f(self.__y)\nf = A.B.f\n",
    "class A((f := lambda: 1) and list):\n  def g(self): pass\n",
    # Imports and what looks like some.
    '"""\nimport nothing here\nfrom all import of it\n"""\nimport math\ndef f(x): math.sin(x)\n',
    "from math import (\n    sin,\n    cos,\n)\ndef f(x): return sin.sin(x), cos.cos(x)\n",
    # Other line endings.
    "x = 1\r\ndef f(x):\r\n    return x\r\n",
]


@pytest.mark.parametrize("text", FOUND)
def test_whatever_the_margin_looks_like(text):
    """Where the guess at the margin is wrong, a function is found as in the whole file."""
    f = define(text)
    name = "<lambda>" if "lambda" in text else "f"
    whole = File(tuple(text.splitlines(True))).whole("<whole>", 0)
    (expected,) = whole.definitions(f.__code__.co_firstlineno, name)
    assert dump(find(f).node) == dump(expected.node)


def dump(node):
    return ast.dump(node, include_attributes=True)


def test_lambdas_in_formatted_strings():
    """What stands in an f-string is found, wherever CPython 3.11 thinks that it is."""
    f = define('f = []\nx = f"""\n{1}{\nf.append(lambda x: x + 1)}\n"""\n', "f[0]")
    assert found(f) == "lambda x: x + 1"
