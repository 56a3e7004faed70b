"""Arrays that change, alias and die; results that outlive, are resized, pickled and handed on."""

import gc
import io
import pickle
import sys
import threading
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.python.conftest import in_threads
from tests.python.daisy.fusion.bits import SIZES, image, same_bits
from tests.python.programs import output

from daisy import autodask, strict


def function(a, b):
    c = a * b + 1
    return c - a / 2, c


traced = autodask(function)
LARGE = (100, 70_000, 600_000)
"""Numbers of elements with and without mapped memory."""


def made(size, seed=0):
    return np.random.default_rng(seed).normal(size=(2, size))


def computed(size, seed=0):
    """One result, and the image that it has to have as long as it lives."""
    a, b = made(size, seed)
    return strict(traced(a, b))[0], image(function(a, b)[0])


@pytest.mark.parametrize("size", SIZES)
def test_change_between_evaluations(size):
    """A new evaluation sees an array as it is now; the result of an earlier one stays."""
    a, b = made(size)
    first, before = strict(traced(a, b)), image(function(a, b))
    a[...] = 7
    assert image(strict(traced(a, b))) == image(function(a, b))
    b *= 2
    assert image(strict(traced(a, b))) == image(function(a, b))
    assert image(first) == before


@pytest.mark.parametrize("size", SIZES)
def test_change_between_call_and_run(size):
    """What has not run yet sees the array as it is when it runs."""
    a, b = made(size)
    lazy = traced(a, b)
    a[...] = 7
    assert image(strict(lazy)) == image(function(a, b))


def test_an_array_gets_another_shape_or_dtype():
    """What was known of an argument at an earlier call is asked again."""
    a = np.arange(12.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # setting them is deprecated, and still done
        for name, value in [("shape", (3, 4)), ("dtype", "i8"), ("shape", 12), ("dtype", "u1")]:
            setattr(a, name, value)
            same_bits(function, a, a)
            assert image(strict(traced(a, a))) == image(function(a, a))


@pytest.mark.parametrize("size", LARGE)
def test_arguments_die(size):
    """Nothing keeps an argument or a result alive once nobody has it."""
    a, b = made(size).copy()
    a, b = a.copy(), b.copy()
    for _ in range(3):
        results = strict(traced(a, b))
    refs = [weakref.ref(one) for one in (a, b, *results)]
    wanted = image(function(a, b))
    del a, b
    gc.collect()
    assert [ref() is None for ref in refs[:2]] == [True, True]
    assert image(results) == wanted
    del results
    gc.collect()
    assert [ref() for ref in refs] == [None] * 4


def test_a_thunk_keeps_its_argument():
    """Until it has run, although the caller has let go of it."""
    expected = function(np.arange(5000.0), np.ones(5000))
    lazy = traced(np.arange(5000.0), np.ones(5000))
    np.zeros(5000), np.zeros(5000)
    assert image(strict(lazy)) == image(expected)


@pytest.mark.parametrize("size", LARGE)
def test_results_outlive(size):
    """No later evaluation writes into memory that somebody can still see."""
    kept = [computed(size, seed) for seed in range(6)]
    views = [(result[::2], image(result[::2].copy())) for result, _ in kept]
    buffers = [(memoryview(result), result.tobytes()) for result, _ in kept]
    kept = kept[::2]
    for seed in range(10, 25):
        computed(size, seed)
    assert all(image(result) == wanted for result, wanted in kept)
    assert all(image(view.copy()) == wanted for view, wanted in views)
    assert all(buffer.tobytes() == wanted for buffer, wanted in buffers)


@pytest.mark.parametrize("size", LARGE)
def test_results_are_the_users(size):
    """Writing into one changes no argument, no other result and no later one."""
    a, b = made(size)
    before, wanted = image([a, b]), image(function(a, b))
    for _ in range(4):
        first, second = strict(traced(a, b))
        first[...] = np.nan
        assert image(second) == wanted[2]
        second.fill(-1)
        assert np.isnan(first).all()
        assert image([a, b]) == before
        assert image(strict(traced(a, b))) == wanted


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize("factor", [0, 0.25, 1.5, 40])
def test_resized(size, factor):
    """A result can grow and shrink in place, as it owns its memory."""
    if size * factor > 4_000_000:
        factor = 3
    result, _ = computed(size)
    other = function(*made(size))[0]
    for one in (result, other):
        one.resize(int(size * factor), refcheck=False)
    assert image(result) == image(other)
    result += 1
    computed(size)
    assert image(result) == image(other + 1)


@pytest.mark.parametrize("size", LARGE)
def test_pickled_and_saved(size):
    """In every way, also without copying."""
    result, wanted = computed(size)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert image(pickle.loads(pickle.dumps(result, protocol)).copy()) == wanted
    buffers = []
    data = pickle.dumps(result, 5, buffer_callback=buffers.append)
    del result
    computed(size, 1)
    assert image(pickle.loads(data, buffers=buffers).copy()) == wanted
    file = io.BytesIO()
    np.save(file, computed(size)[0])
    file.seek(0)
    assert image(np.load(file).copy()) == wanted


@pytest.mark.parametrize("size", LARGE)
def test_as_other_arrays_are(size):
    """Size, owner, flags and interface are those of NumPy's own results."""
    result, _ = computed(size)
    other = function(*made(size))[0]
    assert sys.getsizeof(result) == sys.getsizeof(other)
    assert result.base is None
    assert str(result.flags) == str(other.flags)
    assert result.__array_interface__["shape"] == other.__array_interface__["shape"]
    assert result.ctypes.data % 16 == 0
    assert sys.getrefcount(result) == sys.getrefcount(other)


def test_numpys_memory_stays_numpys():
    """Arrays that NumPy makes have NumPy's own handler, before, during and after."""
    handler = np._core.multiarray.get_handler_name
    assert handler(np.empty(1_000_000)) == "default_allocator"
    seen = []

    def look(a):
        seen.append(handler(np.empty(1_000_000)))
        return a

    strict(autodask(lambda a: look(a * 2) + 1)(np.ones(600_000)))
    assert [*seen, handler(np.empty(1_000_000))] == ["default_allocator"] * 2


def test_handed_to_other_threads():
    """Results made by one thread are read, changed and let go of by others."""

    def use(result_and_image):
        result, wanted = result_and_image
        right = image(result) == wanted
        result += 1
        return right

    with ThreadPoolExecutor(3) as pool:
        for size in LARGE:
            made_here = (computed(size, seed) for seed in range(8))
            assert all(pool.map(use, made_here))


@pytest.mark.parametrize("size", [3, 1000, 70_000])
def test_the_same_function_in_many_threads(size):
    """Each has arguments of its own, of its own kinds."""

    def run(number):
        dtype = ["f8", "f4", "i8", "c16"][number % 4]
        for turn in range(12):
            a, b = (made(size, number * 100 + turn) * 9).astype(dtype)
            if image(strict(traced(a, b))) != image(function(a, b)):
                return False
        return True

    assert all(in_threads(run, 6))


def test_one_thunk_in_many_threads():
    """All of them get one and the same value."""
    a, b = made(70_000)
    lazy = traced(a, b)
    together = threading.Barrier(4, timeout=30)

    def force(_number):
        together.wait()
        return strict(lazy)

    got = in_threads(force, 4)
    assert all(one[0] is got[0][0] for one in got)
    assert image(got[0]) == image(function(a, b))


def test_aliases():
    """One array, a view of it, a view of that, the same one twice, and one that holds the other."""

    def several(a, b, c):
        d = a + b
        return d * c, a - c, d, np.where(a > b, c, a)

    x = np.linspace(-2, 2, 3000)
    for others in ((x, x), (x[:], x[::-1]), (x[::-1][::-1], x), (x.view("i8"), x)):
        same_bits(several, x, *others)
    grid = x.reshape(50, 60)
    same_bits(several, grid, grid[0], grid[:, :1])
    same_bits(several, grid[:, :50], grid[:, :50].T, grid[::-1, :50])


def test_results_that_are_arguments():
    """What is given back as it came is that very object, or the same view of it."""

    def given(a, b):
        return a, b.T, a[::2], (a * 1)[::2], np.asarray(b), b.real, a.reshape(-1), +a

    x = np.arange(6000.0)
    same_bits(given, x, x.reshape(60, 100))
    assert strict(autodask(lambda a: (a, a + 1))(x))[0] is x


def test_results_in_a_cycle():
    """The collector finds arrays that only refer to each other through objects."""
    result, _ = computed(600_000)
    box = [result]
    box.append(box)
    ref = weakref.ref(result)
    del result, box
    gc.collect()
    assert ref() is None


HEAD = """
import atexit, os, sys, threading
import numpy as np
from daisy import strict
from tests.python.daisy.fusion.test_lifetimes import traced as f

A, B = np.random.default_rng(0).normal(size=(2, 600_000))
kept = strict(f(A, B))
C = A * B + 1
"""


def test_at_the_end_of_the_interpreter():
    """Results that live in globals, in finalizers and in threads are let go of quietly."""
    program = """
    class Last:
        def __init__(self, array): self.array = array
        def __del__(self, right=C): print((self.array == right).all(), flush=True)
    last = Last(strict(f(A, B))[1])
    atexit.register(lambda: print((strict(f(A, B))[1] == C).all()))
    sys.kept_by_sys = strict(f(A, B))
    local = threading.local()
    local.kept = kept
    """
    assert output(program, head=HEAD) == "True\nTrue\n"


def test_in_a_forked_child():
    """The child has the results, may compute more, and frees what the parent made."""
    program = """
    child = os.fork()
    if not child:
        ok = (kept[1] == C).all() and (strict(f(A, B))[1] == C).all()
        kept = None
        ok = ok and (strict(f(A, B))[1] == C).all()
        os._exit(0 if ok else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), (strict(f(A, B))[1] == C).all())
    """
    assert output(program, head=HEAD) == "0 True\n"
