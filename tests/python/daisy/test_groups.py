"""Element-wise work as one task of a graph of dask's, with kernels and without daisy."""

import operator
import pickle
import tracemalloc
import warnings
import weakref

import cloudpickle
import dask
import dask.threaded
import numpy as np
import pytest
from dask._task_spec import DataNode
from hypothesis import HealthCheck, assume, given, settings
from tests.python.daisy.fusion.bits import image, same_bits
from tests.python.daisy.fusion.expressions import expressions
from tests.python.programs import run_without_daisy

import daisy
from daisy import Refusal, autodask, ltree_to_dask, register_get, strict
from daisy.groups import load

A = np.linspace(0.1, 2, 1000)
B = A[::-1].copy()


@pytest.fixture
def on():
    """What chooses the scheduler of thunks, for as long as a test lasts."""
    yield register_get
    register_get(None)


def tasks_of(graph):
    return [node for node in graph.values() if not isinstance(node, DataNode)]


def graph_of(function, *args):
    return ltree_to_dask(autodask(function, inline=True)(*args), fuse=True)


def pickled_graph_of(function, *args):
    return cloudpickle.dumps(graph_of(function, *args))


def chain(a, b):
    return np.where(a > b, (a - b) * 2, np.sqrt(a * b) + 1)


def both(a, b):
    shared = a * b
    return shared + 1, (shared - a).astype(np.float32), divmod(a, b)[1]


def total(a, b):
    return (a * b + 1).sum()


def mixed(a, b):
    return np.sort(a * b + 1) * np.exp(-a)


FUNCTIONS = [chain, both, total, mixed]


def test_connected_work_is_one_task():
    """A chain is one task, and its key names what is in it."""
    graph, key = graph_of(chain, A, B)
    assert len(tasks_of(graph)) == 1
    assert key.startswith("gt-sub-mul-")
    _, key = graph_of(lambda a: np.sqrt(a.astype("f4") + 1), A)
    assert key.startswith("astype-add-sqrt-")


def test_work_of_two_kinds():
    """What is not element-wise stays a task of its own."""
    graph, _ = graph_of(mixed, A, B)
    assert len(tasks_of(graph)) == 3


def test_it_can_be_switched_off():
    """Without fusion each operation is a task."""
    with daisy.options(fuse=False):
        graph, _ = graph_of(chain, A, B)
    assert len(tasks_of(graph)) == 7


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("get", [dask.get, dask.threaded.get, daisy.get])
def test_schedulers_give_the_same_bits(on, get, function):
    """Whoever runs the task, the bits are NumPy's."""
    on(get)
    same_bits(function, A, B, modes=({"fuse": True}, {"fuse": False}))


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(expressions(longest=12))
def test_random_programs_on_dask(made):
    """Random programs give NumPy's bits, warnings and errors on dask's scheduler, too."""
    program, args = made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        errors = program.errors(args)
    register_get(dask.get)
    try:
        same_bits(program.function(), *args, ordered=False, errors=errors, modes=({"fuse": True},))
    except Refusal:
        assume(False)
    finally:
        register_get(None)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_daisy(function):
    """A worker that has no daisy gets the same bits from NumPy."""
    done = run_without_daisy(pickled_graph_of(function, A, B))
    assert done.returncode == 0, done.stderr.decode()
    plain = pickle.loads(pickle.dumps(function(A, B)))
    assert image(pickle.loads(done.stdout)) == image(plain)


def fails(a, b):
    c = a * 2
    return c + b


def test_the_line_of_an_error(on):
    """The exception of one operation in a task names its line, and no other one's."""
    on(dask.get)
    with pytest.raises(ValueError, match="broadcast") as caught:
        strict(autodask(fails, inline=True)(A, np.ones(3)))
    (note,) = caught.value.__notes__
    assert note.startswith("in fails (") and note.endswith(": c + b")


def test_the_line_of_an_error_without_daisy():
    """The note travels with the graph."""
    done = run_without_daisy(pickled_graph_of(fails, A, np.ones(3)))
    assert b"ValueError: operands could not be broadcast" in done.stderr
    assert b"in fails (" in done.stderr and b": c + b" in done.stderr


def test_a_kernel_computes_it():
    """Where daisy is, only the result takes memory, and no value between two operations."""
    big = np.ones(1_000_000)
    graph, key = graph_of(lambda a: ((a + 1) * a - 2) * (a + 3) + a, big)
    dask.get(graph, key)
    tracemalloc.start()
    try:
        dask.get(graph, key)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * big.nbytes


def test_settings_of_the_call(on):
    """The errors of the context of the call count, not those of the force."""
    on(dask.threaded.get)
    divide = autodask(lambda a, b: (a + 1) / b, inline=True)
    with np.errstate(divide="raise"):
        loud = divide(A, B * 0)
    with pytest.raises(FloatingPointError), np.errstate(all="ignore"):
        strict(loud)
    with np.errstate(divide="ignore"):
        quiet = divide(A, B * 0)
    with np.errstate(all="raise"):
        assert np.isinf(strict(quiet)).all()


def test_what_the_user_holds(on):
    """A thunk that the user holds of a value within a group has it after the run."""
    on(dask.get)
    calls = []
    on(lambda graph, keys: calls.append(len(keys)) or dask.get(graph, keys))
    product = autodask(lambda a: a * 2, inline=True)(A)
    result = autodask(lambda p: p + 1, inline=True)(product)
    np.testing.assert_array_equal(strict(result), A * 2 + 1)
    np.testing.assert_array_equal(strict(product), A * 2)
    assert calls == [2]


class Watched(np.ndarray):
    """An array that can be watched."""


def test_values_go_with_their_last_use():
    """Without kernels, too, no value stays longer than it is needed."""
    alive = []

    def watched(value):
        assert not any(reference() is not None for reference in alive[:-1])
        value = value.view(Watched)
        alive.append(weakref.ref(value))
        return value

    graph, _ = graph_of(lambda a: +(-(+(-a))), A)
    (task,) = graph.values()
    steps, outputs, notes, *inputs = task.args
    steps = tuple((lambda value: watched(operator.neg(value)), *step[1:]) for step in steps)
    np.testing.assert_array_equal(task.func(steps, outputs, notes, *inputs), A)
    assert len(alive) == 4


ADD = (operator.add, (0, 1), ())
UNREADABLE = {
    "an operator": (2, ((len, (0,), ()),), (2,)),
    "a value before it is made": (2, ((operator.add, (0, 2), ()),), (2,)),
    "another value before it is made": (2, (ADD,), (3,)),
    "an input that is an output": (2, (ADD,), (0,)),
    "a step that is there twice": (2, (ADD, ADD), (3,)),
    "a step without operands": (2, ((operator.add, (), ()),), (2,)),
    "a call without a function": (2, ((None, (), ()),), (2,)),
    "more names than operands": (2, ((None, (0,), ("a", "b")),), (2,)),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read(data):
    """Data that this version does not know is an error that says so, and nothing worse."""
    with pytest.raises(ValueError, match="which this version cannot compute"):
        load(*data)


def test_another_number_of_inputs():
    """A group is not computed with fewer inputs than it has."""
    with pytest.raises(ValueError, match="another number of inputs"):
        load(2, (ADD,), (2,)).compute((1,), (None,))
