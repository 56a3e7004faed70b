"""A million nodes, deep or wide: built, forced, pickled and dropped, with a small stack."""

import gc
import os
import pickle
import resource
import threading
import weakref

import pytest

from lazy import strict, thunk

N = 1_000_000
SMALL_STACK = 256 * 1024


def in_small_stack(work):
    """Run `work` in a thread with a small stack, and give what it gives or raises."""
    outcome = []

    def target():
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    before = threading.stack_size(SMALL_STACK)
    try:
        thread = threading.Thread(target=target)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def chain(n):
    """A chain of additions."""
    value = thunk(int)
    for _ in range(n):
        value = value + 1
    return value


def tree(n):
    """A balanced tree of additions over n different leaves."""
    level = [thunk(int, i) for i in range(n)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [a + b for a, b in pairs] + level[len(level) & ~1 :]
    return level[0]


EXPECTED = [(chain, N, N), (tree, N // 2, (N // 2) * (N // 2 - 1) // 2)]


@pytest.mark.parametrize(("make", "n", "expected"), EXPECTED)
def test_built_and_forced(make, n, expected):
    """Guards that neither compiling nor running recurses."""
    assert in_small_stack(lambda: strict(make(n))) == expected


@pytest.mark.parametrize(("make", "n", "expected"), EXPECTED)
def test_dropped_without_being_forced(make, n, expected):
    """Guards that dropping a deep expression is a loop."""

    def work():
        value = make(n)
        del value
        gc.collect()
        return True

    assert in_small_stack(work)


@pytest.mark.parametrize(("make", "n", "expected"), EXPECTED)
def test_pickled(make, n, expected):
    """Guards that pickling and loading are loops."""

    def work():
        data = pickle.dumps(make(n))
        loaded = pickle.loads(data)
        return strict(loaded)

    assert in_small_stack(work) == expected


def test_a_million_inputs_of_one_call():
    """Guards a graph that is a million wide."""
    assert in_small_stack(lambda: strict(thunk(sum, [thunk(int, 1) for _ in range(N)]))) == N


def test_a_million_results():
    """Guards a result of a million values of which many fold."""
    result = in_small_stack(lambda: strict([thunk(int, i % 1000) for i in range(N)]))
    assert sum(result) == sum(i % 1000 for i in range(N))


def resident():
    """Memory of this process in bytes."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads Linux's /proc")
def test_no_leak():
    """Guards that 100,000 evaluations leave the memory that 1,000 left."""

    class Value:
        def __init__(self, x):
            self.x = x

        def __add__(self, other):
            return Value(self.x + other)

    def evaluate(times):
        for i in range(times):
            value = thunk(Value, i)
            total = thunk(lambda a, b, *, k: [a.x, b], value + 1, [value + 1, {i: "x"}], k=(i, i))
            strict(total)
            value + 2  # never forced
        gc.collect()

    evaluate(1_000)
    before = resident()
    evaluate(100_000)
    assert resident() - before < 4 << 20


def test_nothing_of_a_forced_expression_stays_alive():
    """Guards that values, functions and arguments go when the thunk goes."""

    class Noted:
        pass

    noted = Noted()
    gone = weakref.ref(noted)
    value = thunk(lambda x: [x], noted)
    strict(value)
    del noted, value
    gc.collect()
    assert gone() is None
