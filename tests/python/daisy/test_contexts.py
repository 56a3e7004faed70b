"""Equal work called under two `contextvars` contexts: each call has what its own context gives."""

import contextvars
import decimal

import dask
import numpy as np
import pytest
from distributed.client import _current_client

import daisy
from daisy import Refusal, _core, autodask, autodaskthunk, register_get, strict, thunk
from lazy.operator import build_tuple

SCALE = contextvars.ContextVar("scale", default=1)


def quotient(x, y):
    return np.divide(x, y)


def third(x):
    return x / 3


def scaled(x):
    return SCALE.get() * x


def counted():
    """A function that counts its calls."""
    calls = []

    def count(x):
        calls.append(x)
        return x

    return count, calls


def under(value, func, *args):
    """A call put off where the variable has that value."""
    return contextvars.copy_context().run(lambda: (SCALE.set(value), autodaskthunk(func, *args))[1])


def test_two_precisions_are_two_results(engine):
    """One division for both would give one of them the digits of the other."""
    wide = autodask(third)(decimal.Decimal(1))
    with decimal.localcontext() as context:
        context.prec = 5
        narrow = autodask(third)(decimal.Decimal(1))
    assert strict([wide, narrow]) == [decimal.Decimal("0." + "3" * 28), decimal.Decimal("0.33333")]


def test_errstate_of_one_call_is_not_that_of_an_equal_one(engine):
    """Folded into the call outside, the division would not raise."""
    x, y = np.ones(2), np.zeros(2)
    with np.errstate(all="ignore"):
        quiet = autodask(quotient)(x, y)
    with np.errstate(all="raise"):
        loud = autodask(quotient)(x, y)
    with pytest.raises(FloatingPointError):
        strict([quiet, loud])
    assert np.isinf(strict(quiet)).all()


def test_a_value_that_is_kept_is_that_of_its_own_context(engine):
    """A value computed for one thunk must not be handed to an equal thunk of another context."""
    one, two = under(1, scaled, 10), under(2, scaled, 10)
    assert strict(one) == 10
    assert strict([one, two, under(3, scaled, 10)]) == [10, 20, 30]


def test_operators_belong_to_the_context_of_their_thunk(engine):
    """Where an operator on a thunk is written makes no difference; where a call is, it does."""
    with np.errstate(divide="ignore"):
        x = autodaskthunk(np.ones, 2)
    with np.errstate(divide="raise"):
        made = [x / 0, np.divide(x, 0)]
        call = autodaskthunk(np.divide, x, 0)
        later = autodaskthunk(np.ones, 2)
    assert np.isinf(strict([*made, x / (later * 0)])).all()
    for raising in (call, later / (x * 0)):
        with pytest.raises(FloatingPointError):
            strict(raising)


def test_calls_with_keywords_and_operators_are_told_apart(engine):
    """Names of arguments and the context together make an operation."""
    told = autodask(lambda x: scaled(x=x) + scaled(x=x + 1))

    def call(value):
        SCALE.set(value)
        return told(1)

    made = [contextvars.copy_context().run(call, value) for value in (1, 2, 1)]
    assert strict(made) == [3, 6, 3]


@pytest.mark.parametrize("pair", [(1, True), (1, 1.0), (0.0, -0.0)])
def test_values_that_are_equal_and_not_the_same(pair, engine):
    """A variable that is 1 and one that is True are equal to Python, and give other results."""
    got = strict([under(value, scaled, 1) for value in pair])
    assert [repr(value) for value in got] == [repr(value * 1) for value in pair]


def test_a_thunk_as_the_value_of_a_variable_is_left_alone():
    """Contexts are compared while a graph is compiled, when nothing may be computed."""
    held = thunk(max, 2, 3)
    made = [under(value, scaled, 1) for value in (held, thunk(max, 3, 4), held)]
    assert [int(value) for value in strict(made)] == [3, 4, 3]


def test_many_contexts(engine):
    """Each of many contexts is its own, and going to and fro between two of them folds."""
    assert strict([under(n, scaled, 1) for n in range(300)]) == list(range(300))
    count, calls = counted()
    assert strict([under(n % 2, count, 1) for n in range(300)]) == [1] * 300
    assert len(calls) == 2


def test_contexts_of_equal_content_fold():
    """The twin: where the variables are the same, equal work is done once, whatever was between."""
    count, calls = counted()
    other = object()
    got = [under(value, count, 1) for value in ("a", other, "a", other, "a")]
    assert strict(got) == [1] * 5
    assert len(calls) == 2


def test_containers_have_no_context():
    """The twin: building a list depends on nothing but its items."""
    value = autodaskthunk(max, 2, 3)
    pairs = [under(n, build_tuple, value, 1) for n in range(2)]
    graph = _core.graph([autodaskthunk(len, pair) for pair in pairs])
    assert sum(node.func is build_tuple for node in graph.nodes) == 1


def test_variables_that_cannot_matter_do_not_keep_work_apart():
    """Guards that work called in several notebook cells folds: each sets ipykernel's variables."""
    import sys

    count, calls = counted()
    parent = contextvars.ContextVar("parent_header")

    class Stream:
        _parent_header = parent

        def __init__(self, stream):
            self.write, self.flush = stream.write, stream.flush

    def cell(message):
        parent.set({"msg_id": message})
        return autodaskthunk(count, 1)

    before, sys.stdout = sys.stdout, Stream(sys.stdout)
    try:
        cells = [contextvars.copy_context().run(cell, number) for number in range(3)]
        assert strict(cells) == [1] * 3
    finally:
        sys.stdout = before
    assert len(calls) == 1


def with_options(func):
    """A call put off inside a block of options."""
    with daisy.options(workers=2, cull=True):
        return autodaskthunk(func, 1)


def with_a_client(func):
    """A call put off where distributed has a client."""

    def call():
        _current_client.set(object())
        return autodaskthunk(func, 1)

    return contextvars.copy_context().run(call)


def elsewhere(graph, keys):
    """A scheduler that daisy does not know."""
    return dask.get(graph, keys)


@pytest.mark.parametrize("put_off", [with_options, with_a_client])
@pytest.mark.parametrize("get", [None, elsewhere])
def test_who_works_does_not_keep_work_apart(put_off, get):
    """Work called inside a block of options or beside a client folds with the same outside."""
    count, calls = counted()
    made = [put_off(count), autodaskthunk(count, 1)]
    register_get(get)
    assert strict(made) == [1, 1]
    assert len(calls) == 1


def test_a_variable_of_the_users_own_is_never_overlooked():
    """The twin: a variable that only has the name of such a one counts."""
    parent = contextvars.ContextVar("parent_header", default=0)

    def read(x):
        return parent.get() + x

    def cell(number):
        parent.set(number)
        return autodaskthunk(read, 1)

    assert strict([contextvars.copy_context().run(cell, n) for n in range(3)]) == [1, 2, 3]


def test_several_contexts_on_several_processes_are_refused():
    """Contexts stay in their process, so the second call would run in the first one's."""
    made = [under(1, scaled, 1), under(2, scaled, 1)]
    register_get(lambda graph, keys: dask.get(graph, keys))
    with pytest.raises(Refusal, match="context"):
        strict(made)
    register_get(None)
    assert strict(made) == [1, 2]
