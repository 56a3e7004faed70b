"""lazy.transform: source in which everything is lazy."""

import ast

import pytest

from lazy.transform import RUNTIME, lazify, lazify_module


def check(before, after):
    """A lazy program, written with `L` for the runtime."""
    tree = lazify_module(ast.parse(before))
    compile(tree, "x", "exec")
    made = ast.unparse(tree).replace(repr(RUNTIME), "L")
    assert ast.dump(ast.parse(made)) == ast.dump(ast.parse(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", "L.lazy(a)"),
        ("x = 1", "x = L.lazy(1)"),
        ("a + f()", "L.lazy(a) + L.lazy(L.call(f))"),
        ("a is b", "L.compare(6, L.lazy(a), L.lazy(b))"),
        ("a not in b", "L.compare(9, L.lazy(a), L.lazy(b))"),
        ("a < b", "L.lazy(a) < L.lazy(b)"),
        ("not a", "L.not_(L.lazy(a))"),
        ("a and b", "L.later(lambda: L.lazy(a) and L.lazy(b))"),
        ("f'{a:>{b}}'", "L.later(lambda: f'{L.lazy(a):>{L.lazy(b)}}')"),
        ("[a, b]", "L.display('build_list', L.lazy(a), L.lazy(b))"),
        ("{a: b}", "L.display('build_dict', L.lazy(a), L.lazy(b))"),
        ("a.b.c", "L.lazy(a).b.c"),
        ("a[b:c, d]", "L.items_of(a)[L.lazy(b):L.lazy(c), L.lazy(d)]"),
        ("a.b[c]", "L.lazy(a).b[L.lazy(c)]"),
        ("for x in a: x", "for x in a:\n    L.lazy(x)"),
        ("a.b = c", "L.owner(a).b = L.force(L.lazy(c))"),
        ("a[b] = c", "L.owner(a)[L.force(L.lazy(b))] = L.force(L.lazy(c))"),
        ("a.b[0] += c", "L.owner(L.owner(a).b)[L.force(L.lazy(0))] += L.force(L.lazy(c))"),
        ("a += b", "a = L.augmented(0, L.lazy(a), L.lazy(b))"),
        ("f(a, *b, c=d)", "L.call(f, L.lazy(a), *b, c=L.lazy(d))"),
        ("a.m(b)", "L.method(a, 'm', L.lazy(b))"),
        ("a.__m(b)", "L.call(L.lazy(a).__m, L.lazy(b))"),
        ("import a.b", "a = L.import_('a.b', False)"),
        ("import a.b as c", "c = L.import_('a.b', True)"),
        ("from .a import b as c", "c = L.import_from('a', 'b', 1)"),
        ("raise a from b", "raise L.force(L.lazy(a)) from L.force(L.lazy(b))"),
        ("a, b = b, a", "a, b = (L.lazy(b), L.lazy(a))"),
    ],
)
def test_rewritten(before, after):
    """Each kind of expression, and the statements that need values."""
    check(before, after)


@pytest.mark.parametrize(
    "text",
    [
        "'documentation'",
        "from __future__ import annotations",
        "from a import *",
        "global a",
        "pass",
        "x: int",
        "locals()",
    ],
)
def test_left_alone(text):
    """What must stay as it stands stays."""
    check(text, text)


def test_patterns_stay():
    """The constants of a pattern are no expressions."""
    before = "match a:\n    case 1:\n        pass"
    check(before, before.replace("match a", "match L.force(L.lazy(a))"))


def test_lines_stay():
    """Every statement keeps its line."""
    text = "def f(a):\n    x = 1\n\n    return a is x\n"
    node = lazify(ast.parse(text).body[0])
    assert [statement.lineno for statement in node.body] == [2, 4]
