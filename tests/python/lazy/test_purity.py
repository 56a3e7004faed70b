"""lazy.purity: which equal calls are one in a tree."""

import random

import pytest

from lazy import fold_subexprs, parse, purity, strict, thunk


class Counter:
    """Gives another number each time."""

    def __init__(self):
        self.count = 0

    def next(self):
        self.count += 1
        return self.count


@pytest.fixture
def tables(monkeypatch):
    """Tables in which `random.random` and `Counter` are impure, and Counter is unknown."""
    monkeypatch.setattr(purity, "_is_pure", lambda f: f not in (random.random, Counter))
    monkeypatch.setattr(purity, "_is_known_class", lambda c: c is not Counter)


def test_impure_functions(tables):
    """Calls of an impure function are two; of others, one."""
    a, b = thunk(random.random), thunk(random.random)
    assert parse(a) == parse(a) and parse(a) != parse(b)
    assert strict(fold_subexprs(a - b)) != 0
    assert parse(thunk(len, "a")) == parse(thunk(len, "a"))


def test_results_of_impure_calls(tables):
    """Methods of what an impure call gave are impure; operators on it are not."""
    c = thunk(Counter)
    assert parse(c.next()) != parse(c.next())
    assert strict(fold_subexprs(c.next() + c.next())) == 3
    assert parse(c + 1) == parse(c + 1)


def test_methods_of_unknown_leaves(tables):
    """Methods of a leaf of an unknown class are impure; of a known one they are pure."""
    c = thunk.fromexpr(Counter())
    assert strict(fold_subexprs(c.next() + c.next())) == 3
    s = thunk.fromexpr("a")
    assert parse(s.upper()) == parse(s.upper())


def test_without_tables(monkeypatch):
    """Without tables everything is pure."""
    monkeypatch.setattr(purity, "_is_pure", None)
    monkeypatch.setattr(purity, "_is_known_class", None)
    assert purity.is_pure(random.random) and purity.is_known_class(Counter)


def test_set_tables(monkeypatch):
    """The tables that are handed over are asked."""
    monkeypatch.setattr(purity, "_is_pure", None)
    monkeypatch.setattr(purity, "_is_known_class", None)
    purity.set_tables(lambda f: f is len, lambda c: c is int)
    assert purity.is_pure(len) and not purity.is_pure(max)
    assert purity.is_known_class(int) and not purity.is_known_class(str)
