"""What is refused when a function is decorated."""

import sys

import pytest
from tests.python.daisy.tracing.rewrite.plain_runtime import check_same, defined, remade, rewritten

from lazy.errors import Refusal

REFUSED = [
    ("yield a", "`yield` is refused"),
    ("x = yield", "`yield` is refused"),
    ("yield from a", "`yield from` is refused"),
    ("def g():\n  yield a", "`yield` is refused"),
    ("async def g():\n  return a", "`async def` is refused"),
    ("class A:\n  x = a", "a class in a traced function"),
    ("global x\nx = a", "binding the global variable `x`"),
    ("global x\nx += a", "binding the global variable `x`"),
    ("global x\nfor x in a: pass", "binding the global variable `x`"),
    ("x = 1\ndef g():\n  nonlocal x\n  x = a", "binding the nonlocal variable `x`"),
    ("return locals()", r"`locals\(\)` is refused"),
    ("return vars()", r"`vars\(\)` without an argument"),
    ("return dir()", r"`dir\(\)` without an argument"),
    ("return eval(a)", "`eval` without a namespace"),
    ("return eval(a, None)", "`eval` without a namespace"),
    ("exec(a)", "`exec` without a namespace"),
    ("return [locals() for x in a]", r"`locals\(\)` is refused"),
    ("try:\n  yield a\nfinally:\n  pass", "`yield` is refused"),
    ("return " + " and ".join(["a"] * 300), "nests too deeply"),
]

PASSES = [
    "global x\nreturn x",
    "x = 1\ndef g():\n  nonlocal x\n  return x\nreturn g()",
    "return vars(a)",
    "return dir(a)",
    "return eval(a, b)",
    "exec(a, b)",
    "locals = a\nreturn locals()",
    "return a.locals()",
    "return a.eval(b)",
    "return " + " + ".join(["a"] * 300),
]


def body(text):
    return "def f(a, b):\n" + "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_refused(text, why):
    """Running it later would mean something else; the message says why, where, and what to do."""
    with pytest.raises(Refusal, match=why) as caught:
        rewritten(body(text))
    refusal = caught.value
    assert refusal.filename.startswith("<rewritten")
    assert refusal.lineno >= 1
    assert refusal.expression
    assert any("inline=False" in way for way in refusal.ways_out)


@pytest.mark.parametrize("text", PASSES)
def test_passes(text):
    """What only looks alike is not refused."""
    rewritten(body(text))


def test_the_first_place_is_named():
    """Of several, the first is what the user reads about."""
    with pytest.raises(Refusal) as caught:
        rewritten("def f(a):\n    x = 1\n    yield x\n    locals()\n")
    assert (caught.value.lineno, caught.value.expression) == (3, "yield x")


def test_async_functions():
    """The traced function itself may be one."""
    with pytest.raises(Refusal, match="`async def` is refused"):
        rewritten("async def f(a):\n    return a\n")
    with pytest.raises(Refusal, match="`async def` is refused"):
        rewritten("async def f(a):\n    async with a: await a\n")


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="the compiler of CPython 3.12 goes deeper than this"
)
def test_deep_nesting():
    """What the compiler could not take is refused, not a RecursionError."""
    with pytest.raises(Refusal, match="nests too deeply"):
        rewritten(body("return a" + ".real" * 800))


def test_shadowed_builtins():
    """A module may have its own `locals`."""
    func = defined("def locals():\n    return 3\ndef f():\n    return locals()\n")
    assert remade(func)() == 3


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax came with CPython 3.12")
def test_generic_functions():
    """A nested generic function is refused; a traced one, and type aliases, are not."""
    with pytest.raises(Refusal, match="generic"):
        rewritten("def f(a):\n    def g[T](x: T): return x\n    return g(a)\n")
    func = defined("def f[T](a: T) -> T:\n    type Pair = tuple[T, T]\n    return a, T.__name__\n")
    assert remade(func)(1) == func(1)


def test_nothing_to_refuse():
    """A plain function passes untouched."""
    check_same("return a")
