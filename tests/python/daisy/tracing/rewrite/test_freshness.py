"""Which augmented assignments may work in place."""

import re
import textwrap

import numpy as np
import pytest
from tests.python.daisy.tracing.rewrite.plain_runtime import rewritten


def flags(body):
    """For each augmented assignment to a name whether it may work in place, in order."""
    text = "def f(a, b, c, o, t):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return re.findall(r"\.inplace\(.*?(True|False)\)", rewritten(text, np=np, exp=np.exp, len=len))


FRESH = [
    "x = 0; x += a",
    "x = -1; x += 1",
    "x = a + b; y = x * 2 + np.exp(x) - (x < 1); x += 1",
    "x = 0\nfor i in c:\n  x += i\nreturn x",
    "x = a + b; x += 1",
    "x = -a; x += 1",
    "x = a < b; x &= c",
    "x: object = a * b; x += 1",
    "x = np.exp(a); x += 1",
    "x = exp(a); x += 1",
    "x = np.add(a, b); x += 1",
    "a = a * 2; a += 1",
    "x = a; x = x * 2; x += 1",
    "if a:\n  x = a + b\nelse:\n  x = a - b\nx += 1",
    "if a:\n  x = a + b\nelse:\n  return b\nx += 1",
    "x = a + b\nfor i in c:\n  x += i\nreturn x",
    "x = a + b\nwhile t:\n  if c: continue\n  x += 1\nreturn x",
    "for i in c:\n  x = a + i\n  x += 1\n  t(x)",
    "x = a + b\nif c:\n  t(x)\n  x = a + b\nx += 1",
    "x = a + b; x += 1; return x",
    "x = a + b\ntry:\n  pass\nfinally:\n  pass\nx += 1",
    "match a:\n  case 1:\n    x = a + b\n  case _:\n    x = a - b\n    y = 1\nx = a + b\nx += 1",
    "x = a + b\nx += 1\nreturn [x for _ in c], lambda: x",
    "x = a + b\nif c:\n  return lambda: x\nx += 1",
    "y = [x for x in c]\nx = a + b\nx += 1",
]

NOT_FRESH = [
    "g = lambda: x\nx = a + b\ng()\nx += 1",
    "def g(): o.append(x)\nx = a + b\ng()\nx += 1",
    "for i in c:\n  x = a + b\n  if i: t()\n  x += 1\n  def t(): o.append(x)",
    "x = a + b\nfor i in c:\n  x += 1\n  o.append([x for _ in c])",
    "x = a + b; y = (x for _ in c); x += 1",
    "a += 1",
    "x = a; x += 1",
    "x = t(a); x += 1",
    "x = o.copy(); x += 1",
    "x = np.zeros(3); x += 1",
    "x = np.exp(a, out=b); x += 1",
    "x = np.exp(a, b); x += 1",
    "x = np.exp(*a); x += 1",
    "np = o; x = np.exp(a); x += 1",
    "x = [a]; x += 1",
    "x = y = a + b; x += 1",
    "x = (y := a + b); x += 1",
    "x = a + b; y = x; x += 1",
    "x = a + b; t(x); x += 1",
    "x = a + b; y = [x]; x += 1",
    "x = a + b; x += x",
    "x = a + b; y = x[0] * 2; x += 1",
    "x = a + b; y = np.exp(x, o); x += 1",
    "x = a + b; y = exp(x, where=a); x += 1",
    "x = a + b; y = lambda: x; x += 1",
    "x = a + b; y = [x for _ in c]; x += 1",
    "x = a + b if c else t; x += 1",
    "x = a and b; x += 1",
    "x = a < b < c; x += 1",
    "if a:\n  x = a + b\nelse:\n  x = t(b)\nx += 1",
    "if a:\n  x = a + b\nx += 1",
    "x = a + b\nfor i in c:\n  t(x)\n  x += i",
    "x = a + b\nfor i in c:\n  x += i\n  o.append(x)",
    "x = a + b\nwhile t:\n  if c:\n    y = x\n    continue\n  x += 1",
    "x = a + b\nwhile t:\n  y = x\n  break\nx += 1",
    "x = a + b\nwhile t(x):\n  x += 1",
    "x = a + b\nfor x in c:\n  x += 1",
    "x = a + b\ntry:\n  y = x\nexcept E:\n  pass\nx += 1",
    "for i in c:\n  try:\n    y = x\n    continue\n  except E:\n    pass\n  x = a + b\nx += 1",
    "x = a + b\nmatch a:\n  case 1:\n    t(x)\nx += 1",
    "x = a + b\nmatch a:\n  case x:\n    pass\nx += 1",
    "x = a + b\ndel x\nx += 1",
    "x = a + b\nimport x\nx += 1",
    "x = a + b\nimport y as x\nx += 1",
    "x = a + b\ndef x(): pass\nx += 1",
]


@pytest.mark.parametrize("body", FRESH)
def test_fresh(body):
    """Nothing but the name can refer to its value, which an operator or a ufunc made."""
    assert flags(body) == ["True"]


@pytest.mark.parametrize("body", NOT_FRESH)
def test_not_fresh(body):
    """Something else may refer to the value, or it may be another's."""
    assert flags(body) == ["False"]


def test_in_a_row():
    """What an in-place operator gives is as fresh as what it got."""
    assert flags("x = a + b; x += 1; x *= 2; y = x; x -= 1") == ["True", "True", "False"]
    assert flags("a += 1; a *= 2") == ["False", "False"]


def test_nested_functions():
    """Each function is looked at by itself; free variables are never fresh."""
    assert flags("def g(y):\n  y = y + 1\n  y += 1\n  return y\nreturn g(a)") == ["True"]
    assert flags("x = a + b\ndef g():\n  return x\nx += 1") == ["False"]


def test_globals():
    """Binding a global is refused; the twin of a local one never gets here."""
    assert flags("x = pi * 2; x += 1") == ["True"]
