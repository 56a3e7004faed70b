"""`with` and `try`, and what their guards are told."""

import textwrap

from tests.python.daisy.tracing.rewrite.plain_runtime import (
    Plain,
    check,
    defined,
    remade,
    rewritten,
)


def guarded(body, **space):
    """What the guard of the block is told: names and callees."""
    text = "def f(a, b, c, o, t):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    runtime = Plain()
    try:
        remade(defined(text, **space), runtime)(1, 2, 3, {}, len)
    except Exception:
        pass  # What the block does is not the question.
    ((kind, names, callees),) = runtime.guarded
    return kind, " ".join(names), " ".join(callees)


def test_blocks_stay():
    """The block is plain Python behind its guard."""
    check(
        "try:\n    x = a + 1\nexcept E:\n    pass",
        """
        .guard(S, 'try', (('a', lambda: a), ('E', lambda: E)), ())
        try:
            x = a + 1
        except E:
            pass
        """,
    )
    check(
        "with t(a) as x:\n    o.append(x)",
        """
        .guard(S, 'with', (('t', lambda: t), ('a', lambda: a), ('x', lambda: x), \
('o', lambda: o)), (('t', lambda: t), ('o.append', lambda: o.append)))
        with t(a) as x:
            o.append(x)
        """,
    )


def test_what_follows_is_rewritten():
    """Only the block stays."""
    text = "def f(a):\n    try:\n        x = a\n    finally:\n        pass\n    return x + 1"
    assert rewritten(text).splitlines()[-1] == "return .binary(S, 0, x, 1)"


def test_handing_on_is_no_operation():
    """A value may be bound, returned or put into a container without being worked on."""
    for body in ("x = a", "return a", "x, y = a, b", "x = [a, (b,)]", "x: int = a", "(x := a)"):
        assert guarded(f"try:\n  {body}\nfinally:\n  pass") == ("try", "", "")
    assert guarded("try:\n  x = {'k': a}\nfinally:\n  pass") == ("try", "", "")
    assert guarded("try:\n  x = a if c else b\nfinally:\n  pass") == ("try", "c", "")


def test_operations():
    """Everything else is one."""
    bodies = ["a + b", "a.b", "a[b]", "-a", "a is b", "not a", "f'{a}'", "{a}", "{a: 1}", "[*a]"]
    bodies += ["x, y = a", "del a[b]", "a.x = b", "for x in a: pass", "if a: pass", "assert a"]
    bodies += ["a += 1", "raise a", "[x for x in a]", "while a: break", "(lambda: a)"]
    for body in bodies:
        _, names, _ = guarded(f"try:\n  {body}\nfinally:\n  pass")
        assert names.split()[0] == "a", body


def test_other_names_for_a_value():
    """What is worked on under another name is worked on."""
    assert guarded("try:\n  x = a\n  y = x\n  y + 1\nfinally:\n  pass")[1] == "y x a"
    assert guarded("try:\n  x = [a if c else b]\n  len(x)\nfinally:\n  pass")[1].split() == [
        "c",
        "len",
        "x",
        "a",
        "b",
    ]


def test_variables_of_comprehensions_are_left_out():
    """They are bound in the block alone; one that the function has as well is not left out."""
    assert guarded("try:\n  [i for i in a]\nfinally:\n  pass")[1] == "a"
    assert guarded("i = 1\ntry:\n  [i for i in a]\nfinally:\n  pass")[1].split() == ["i", "a"]


def test_callees():
    """What is called is told, and can be looked at before the block if it is a dotted name."""
    seen = []

    class Runtime(Plain):
        def guard(self, site, kind, names, callees):
            for text, callee in callees:
                try:
                    seen.append((text, callee()))
                except NameError:
                    seen.append((text, None))

    text = """
    import math
    def f(a):
        try:
            from os import path
            x = math.floor(a) + len('ab') + (lambda: 1)() + path.isfile('') + 'x'.count('x')
        finally:
            pass
        return x
    """
    import math

    func = defined(text)
    assert remade(func, Runtime())(2.5) == func(2.5) == 6
    assert dict(seen) == {
        "math.floor": math.floor,
        "len": len,
        "lambda: 1": None,
        "path.isfile": None,
        "'x'.count": dict(seen)["'x'.count"],
    }


def test_imports_are_no_operations():
    """The usual way to do without a package passes."""
    _, names, callees = guarded(
        "try:\n  import nothing_of_that_name as x\nexcept ImportError:\n  x = None"
    )
    assert (names, callees) == ("ImportError", "")


def test_one_guard_for_nested_blocks():
    """The outer block is left as it is, with the inner one."""
    text = "def f(a):\n    try:\n        with a:\n            b\n    finally:\n        pass"
    assert rewritten(text).count(".guard") == 1
