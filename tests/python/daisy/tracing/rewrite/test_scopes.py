"""Which names are bound where."""

import ast

import pytest

from daisy.tracing.rewrite.scopes import (
    bound_names,
    captured_names,
    first_parameter,
    free_names,
    mangle,
    parameters,
    scope_of,
    walk,
)


def scope(text, outer=()):
    """The function of a text, and its scope."""
    node = ast.parse(text).body[0]
    return node, scope_of(node, outer=frozenset(outer))


BINDINGS = [
    ("x = 1", "x"),
    ("x.y = z[0] = 1", ""),
    ("x, (*y, z) = 1", "x y z"),
    ("x += 1", "x"),
    ("x: int", "x"),
    ("del x", "x"),
    ("for x in y: z = 1", "x z"),
    ("import x.y, z as w", "x w"),
    ("from x import y as z", "z"),
    ("def x(y=(z := 1)): w = 1", "x z"),
    ("lambda x: (y := 1)", ""),
    ("lambda x=(y := 1): 1", "y"),
    ("[(x := y) for y in z]", "x"),
    ("[[(x := y) for y in z] for z in w]", "x"),
    ("[lambda: (x := 1) for y in z]", ""),
    ("with a as x: pass", "x"),
    ("try: pass\nexcept E as x: y = 1", "x y"),
    ("match a:\n  case [x, *y]: pass\n  case {**z}: pass\n  case E(k=w) as v: pass", "x y z w v"),
    ("class x: y = 1", "x"),
]


@pytest.mark.parametrize(("text", "names"), BINDINGS)
def test_bound_names(text, names):
    """A name belongs to the scope that binds it, whichever way."""
    assert bound_names(ast.parse(text).body) == set(names.split())


def test_parameters():
    """All kinds of parameters, as they stand."""
    node, _ = scope("def f(a, /, b, *c, d, **e): pass")
    assert parameters(node.args) == list("abcde")
    assert first_parameter(node) == "a"
    assert first_parameter(ast.parse("lambda *a: 1").body[0].value) is None


def test_owners():
    """Names are looked up outwards; a `global` ends the search."""
    node, outer = scope("def f(a):\n  def g(b):\n    global a\n    return a, b, c\n  x = 1", ["c"])
    inner = scope_of(node.body[0], outer)
    assert inner.owner("b") is inner
    assert inner.owner("x") is outer
    assert inner.owner("c") is outer
    assert inner.owner("a") is None
    assert inner.owner("print") is None
    assert outer.is_local("a")


def test_captured_names():
    """What a nested function reads of the functions round it, its own and globals left out."""
    inner = "def g(x=a):\n    y = b\n    return [z + c for z in y] + (lambda q: q + d)(e)\n"
    node, outer = scope("def f(a, b, c, d):\n  " + inner)
    assert captured_names(node.body[0], outer) == ["b", "c", "d"]


def test_first_iterables_stand_outside():
    """In `[x for x in x]` the last `x` is the function's."""
    node, outer = scope("def f(x):\n  return [x for x in x]")
    assert free_names([node.body[0].value], outer) == ["x"]
    node, outer = scope("def f(x):\n  return [x for y in z for x in x]")
    assert free_names([node.body[0].value], outer) == []


def test_super_reads_its_class():
    """`super()` has no argument, and reads the class all the same."""
    node, outer = scope("def f(self):\n  def g(me): return super().g()", ["__class__"])
    assert captured_names(node.body[0], outer) == ["__class__"]


def test_walk():
    """Every node comes with the scope that it stands in."""
    node, outer = scope("def f(a):\n  return lambda b=c: [d for e in g]")
    found = {one.id: where for one, where in walk(node, outer) if isinstance(one, ast.Name)}
    assert found["c"] is outer
    assert isinstance(found["d"].node, ast.ListComp)
    assert isinstance(found["d"].function.node, ast.Lambda)


@pytest.mark.parametrize(
    ("name", "class_name", "mangled"),
    [
        ("__x", "A", "_A__x"),
        ("__x", "__A", "_A__x"),
        ("__x", "___", "__x"),
        ("__x__", "A", "__x__"),
        ("_x", "A", "_x"),
        ("__x", None, "__x"),
    ],
)
def test_mangling(name, class_name, mangled):
    """Private names as the compiler makes them."""
    assert mangle(name, class_name) == mangled
