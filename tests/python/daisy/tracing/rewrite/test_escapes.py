"""Functions that are given away while a name that they read is still to be bound again."""

import textwrap

import pytest
from tests.python.daisy.tracing.rewrite.plain_runtime import rewritten

from lazy.errors import Refusal

TOO_EARLY = [
    ("x = 1; g = [lambda: x]; x = 2", "x"),
    ("x = 1\ndef g(): return x\nh = g\nx = 2", "x"),
    ("x = 1\ndef g(): return x\nt(g)\nx += 1", "x"),
    ("x = 1\ndef g(): return x\nt(g)\ndel x", "x"),
    ("x = 1\ndef g(): return x\nt(g)\nfor x in a: pass", "x"),
    ("x = 1\ndef g(): return x\nt(g)\nimport x", "x"),
    ("x = 1\ndef g(): return x\nt(g)\ntry: pass\nexcept E as x: pass", "x"),
    ("x = 1\ndef g(): return x\nt(g)\nwith a as x: pass", "x"),
    ("x = 1\ndef g(): return x\nt(g)\nmatch a:\n  case [x]: pass", "x"),
    ("x = 1\ndef g(): return x\nt(g)\n(x := 2)", "x"),
    ("x = 1\ndef g(): return x\nt(g)\nx: int = 2", "x"),
    ("x = 1\ndef g(): return x\nt(g)\ndef x(): pass", "x"),
    ("def g(): return a\nt(g)\na = 2", "a"),
    ("for i in a: t(lambda: i)", "i"),
    ("for i in a:\n  k = i\n  t(lambda: k)", "k"),
    ("k = 0\nwhile k < 9:\n  t(lambda: k)\n  k += 1", "k"),
    ("return [t(lambda: i) for i in a]", "i"),
    ("@t\ndef g(n): return g(n - 1)", "g"),
    ("def g(n): return g(n - 1)\nt(g)\ng = t", "g"),
    ("g = lambda: x\nt(g)\nx = 1", "x"),
    ("def g(): return h()\ndef h(): return x\nt(g)\nx = 2", "x"),
    ("def h(): return t(lambda: x)\nx = 1\nx = 2", "x"),
    ("x = 1\ndef g(): return [x for _ in a]\nt(g)\nx = 2", "x"),
    ("x = 1\ndef g():\n  def h(): return x\n  return h()\nt(g)\nx = 2", "x"),
    ("x = 1\nif a:\n  t(lambda: x)\nx = 2", "x"),
    ("for i in a:\n  if b:\n    t(lambda: x)\n  else:\n    x = 1", "x"),
    ("try:\n  return t(lambda: x)\nfinally:\n  x = 1", "x"),
    ("return t(lambda: x, (x := 1))", "x"),
]

IN_TIME = [
    "x = 1; x = 2; g = [lambda: x]",
    "x = 1\ndef g(): return x\nx = 2\nt(g)",
    "x = 1\ndef g(): return x\ng()\nx = 2\ng()",
    "g = lambda: x\nx = 1\nt(g)",
    "for i in a: t(lambda i=i: i)",
    "for i in a: t(lambda x: x + b)",
    "for i in a: pass\nt(lambda: i)",
    "for i in a:\n  g = lambda: i\n  g()",
    "for i in a: (lambda: i)()",
    "for i in a:\n  def g(n): return n\n  t(g)",
    "for i in t(lambda: b): pass",
    "for i in a:\n  if i: return t(lambda: i)",
    "return [t(lambda x: x * b) for i in a]",
    "def g(n): return g(n - 1)\nt(g)",
    "def g(): return h()\ndef h(): return b\nt(g)",
    "x = 1\ndef g():\n  x = 2\n  return x\nt(g)\nx = 3",
    "def g():\n  x = 1\n  return t(lambda: x)\nx = 2\nx = 3",
    "def g(x):\n  return t(lambda: x)\nx = 2",
    "for i in a:\n  def g():\n    k = 1\n    return t(lambda: k)\n  g()",
    "x = 1\nif a:\n  t(lambda: x)\nelse:\n  x = 2",
    "x = 1\nmatch a:\n  case 1:\n    t(lambda: x)\n  case 2:\n    x = 2",
    "x = 1\nif a:\n  return t(lambda: x)\nx = 2",
    "g = a\nh = g\ng = lambda: h(1)",
    "t(lambda: pi)\npi2 = 3",
]


def body(text):
    return "def f(a, b, c, o, t):\n" + textwrap.indent(text, "    ")


@pytest.mark.parametrize(("text", "name"), TOO_EARLY)
def test_too_early(text, name):
    """What is given away would keep a value that Python would not."""
    with pytest.raises(Refusal, match=f"reads `{name}`, which is bound again afterwards") as caught:
        rewritten(body(text))
    assert f"(`{name}={name}`)" in str(caught.value)


@pytest.mark.parametrize("text", IN_TIME)
def test_in_time(text):
    """Nothing that is read is bound later, or the function is only called."""
    rewritten(body(text))


def test_the_place_is_where_it_is_given_away():
    """The message names that line, and the line of the binding."""
    with pytest.raises(Refusal) as caught:
        rewritten(body("x = 1\ndef g(): return x\nt(g)\n\nx = 2"))
    assert caught.value.lineno == 4
    assert "(line 6)" in caught.value.reason
    assert caught.value.expression == "g"
