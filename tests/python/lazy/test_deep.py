"""lazy: a chain and a tree of a million nodes, from building to dropping, on a small stack."""

import pickle
import sys
import threading

import pytest

from lazy import fold_subexprs, parse, strict, thunk
from lazy import operator as op
from lazy.printing import PRINTED
from lazy.tree import Call

NODES = 1_000_000
# What recursion cannot do on this stack shows with fewer nodes as well, and much sooner.
FEWER = 50_000
# CPython 3.13 nests the freeing of Python objects, of which trees consist, deeper than before.
STACK = (256 if sys.version_info < (3, 13) else 1024) * 1024


def chain(nodes=NODES):
    """A chain of additions, and its value."""
    t = thunk.fromexpr(0)
    for _ in range(nodes):
        t = t + 1
    return t, nodes


def tree(nodes=NODES):
    """A balanced tree over different leaves, and its value."""
    level = [thunk.fromexpr(i) for i in range(nodes // 2)]
    while len(level) > 1:
        odd = level[len(level) & ~1 :]
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0], sum(range(nodes // 2))


def on_a_small_stack(function):
    """Run `function` in a thread whose stack holds no recursion to speak of."""
    failures = []

    def run():
        try:
            function()
        except BaseException as error:
            failures.append(error)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if failures:
        raise failures[0]


@pytest.mark.slow
@pytest.mark.parametrize("build", [chain, tree])
def test_thunks(build):
    """Built, printed in part, pickled, forced and dropped."""

    def survive():
        t, value = build()
        assert len(str(parse(t))) < PRINTED + 1000
        loaded = pickle.loads(pickle.dumps(t))
        assert strict(loaded) == value
        del loaded
        assert strict(t) == value
        del t

    on_a_small_stack(survive)


@pytest.mark.parametrize("build", [chain, tree])
def test_unforced_thunks_are_dropped(build):
    """Dropping what was never forced is a loop, too."""
    on_a_small_stack(lambda: build()[0])


@pytest.mark.parametrize("build", [chain, tree])
def test_trees(build):
    """Parsed, compared, searched, changed and dropped."""

    def survive():
        t, value = build(FEWER)
        tree = parse(t)
        twin = parse(t)
        assert tree == twin and hash(tree) == hash(twin)
        assert 10**9 not in tree and op.add in tree
        assert sum(1 for _ in tree.leaves()) < FEWER
        changed = tree.subs({op.add: op.sub})
        assert changed != tree
        assert changed.subs({op.sub: op.add}) == tree
        assert strict(tree.lcompile()) == value

    on_a_small_stack(survive)


@pytest.mark.parametrize("build", [chain, tree])
def test_trees_made_again(build):
    """Pickled, compiled after a change, and folded."""

    def survive():
        t, value = build(FEWER)
        tree = parse(t)
        loaded = pickle.loads(pickle.dumps(tree))
        assert loaded == tree
        assert strict(loaded.lcompile()) == value
        del loaded
        assert strict(fold_subexprs(t)) == value

    on_a_small_stack(survive)


def test_wide():
    """A call with very many arguments."""

    def survive():
        call = Call(len, [Call(op.build_list, range(FEWER))])
        assert str(call).endswith("...")
        assert strict(call.lcompile()) == FEWER
        assert pickle.loads(pickle.dumps(call)) == call

    on_a_small_stack(survive)
