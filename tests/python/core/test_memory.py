"""Arrays whose data come from the pool are arrays like any others, until after their end."""

import contextvars
import copy
import ctypes
import gc
import pickle
import threading
import tracemalloc
import weakref

import numpy as np
import pytest
from numpy._core.multiarray import get_handler_name
from tests.python.programs import output

from daisy import _core

SIZE = 1 << 17  # items; of any dtype they take more than the pool's smallest block
PLAIN = [np.dtype(code) for code in "?bBhHiIlLqQefdgFDG"]
OTHERS = ["O", "S10", "U3", "V16", "i4,f8", "T"]


def make(value=1.0, size=SIZE):
    """An array from the pool, full of a value."""
    array = _core.empty_array("f8", (size,))
    assert get_handler_name(array) == "daisy"
    array[:] = value
    return array


def in_use():
    """Bytes in use, when what nobody can reach has gone."""
    gc.collect()
    return _core.memory_stats()[0]


@pytest.fixture(autouse=True)
def nothing_is_left():
    """Each test frees what it made."""
    before = in_use()
    yield
    assert in_use() == before


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("shape", [(SIZE,), (SIZE, 3), (7, SIZE // 8, 3), (1, SIZE, 1)])
def test_layout_is_numpys(shape, fortran):
    """Guards flags and strides: code that asks an array for them takes other ways by the answer."""
    found = _core.empty_array("f4", shape, fortran)
    expected = np.empty(shape, "f4", order="F" if fortran else "C")
    assert get_handler_name(found) == "daisy"
    assert str(found.flags) == str(expected.flags)
    assert (found.strides, found.shape) == (expected.strides, expected.shape)
    assert (type(found), found.base) == (np.ndarray, None)
    assert found.ctypes.data % 64 == 0


@pytest.mark.parametrize("dtype", [*PLAIN, ">f8", "M8[s]", "m8[ns]"])
def test_numbers_come_from_the_pool(dtype):
    """Guards that no dtype of numbers, dates or times is left out, and what it can hold."""
    found = _core.empty_array(dtype, (SIZE,))
    assert (get_handler_name(found), found.dtype) == ("daisy", np.dtype(dtype))
    found[:] = 1
    assert np.array_equal(found, np.full(SIZE, 1, dtype))


@pytest.mark.parametrize("dtype", OTHERS)
def test_other_items_are_made_by_numpy(dtype):
    """Its twin: a pool that knows no references must not make what has some."""
    found = _core.empty_array(dtype, (SIZE,))
    assert (get_handler_name(found), found.dtype) == ("default_allocator", np.dtype(dtype))
    assert np.array_equal(found[:3], found[:3].copy())


@pytest.mark.parametrize("shape", [(), (0,), (SIZE, 0, 5), (3,), (1000,)])
def test_small_arrays_are_made_by_numpy(shape):
    """Guards that small results do not pay for a pool."""
    found = _core.empty_array("f8", shape)
    assert (get_handler_name(found), found.shape) == ("default_allocator", shape)


@pytest.mark.parametrize("shape", [(-1,), (SIZE, -SIZE), (1 << 62, 1 << 62), (1,) * 70])
def test_impossible_shapes_are_refused_as_numpy_does(shape):
    """Guards that a size that overflows is no small array."""
    for empty in (np.empty, lambda shape: _core.empty_array("f8", shape)):
        with pytest.raises(
            ValueError, match=r"negative dim|too (big|large)|number of dim|maximum sup"
        ):
            empty(shape)


def test_too_much_memory_is_refused_as_numpy_does():
    """Guards that where the pool has no memory, NumPy says so."""
    with pytest.raises(MemoryError, match="Unable to allocate"):
        _core.empty_array("f8", (1 << 56,))


def test_memory_is_used_again():
    """Guards what all of this is for; and that an array alive has its memory for itself."""
    first = make()
    address = first.ctypes.data
    second = make(2.0)
    assert not np.shares_memory(first, second)
    del first
    third = make(3.0)
    assert third.ctypes.data == address
    assert (second == 2).all()


def test_resized_in_place():
    """Guards contents, and the zeros that NumPy promises; in the C library's memory, too."""
    array = make(np.arange(SIZE))
    for size in (SIZE + 1, 4 * SIZE, SIZE // 2, 10, 1, SIZE):
        kept = array[:size].copy()
        array.resize(size, refcheck=False)
        assert get_handler_name(array) == "daisy"
        assert np.array_equal(array[: len(kept)], kept)
        assert not array[len(kept) :].any()


def test_resized_to_nothing_and_reshaped():
    """Guards the sizes that NumPy gives when it frees, which are not those it asked for."""
    array = make()
    array.resize(0, refcheck=False)
    array.resize((3, SIZE), refcheck=False)
    array.shape = (SIZE, 3)
    assert not array.any()
    other = make().reshape(2, -1)
    assert np.resize(other, 10).tolist() == [1.0] * 10


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickled(protocol):
    """Guards that an array goes through pickle, and into an array of the pool."""
    array = make(np.arange(SIZE))
    copied = pickle.loads(pickle.dumps(array, protocol))
    assert np.array_equal(copied, array)
    target = make()
    target.__setstate__(array.__reduce__()[2])
    assert np.array_equal(target, array)


def test_pickled_out_of_band():
    """Guards that who gets the buffer keeps the memory."""
    array, buffers = make(np.arange(SIZE)), []
    data = pickle.dumps(array, 5, buffer_callback=buffers.append)
    del array
    make(7.0)
    assert np.array_equal(pickle.loads(data, buffers=buffers), np.arange(SIZE))


class Annotated(np.ndarray):
    """A subclass, as users have."""


@pytest.mark.parametrize(
    "view",
    [
        lambda array: array[::-2],
        lambda array: array.view(Annotated),
        lambda array: np.ma.array(array, copy=False),
        lambda array: np.asarray(memoryview(array)),
        lambda array: np.from_dlpack(array),
        lambda array: np.lib.stride_tricks.sliding_window_view(array, 3),
    ],
)
def test_a_view_keeps_the_memory(view):
    """Guards against a view of memory that is somebody else's by now."""
    seen = view(make(5.0))
    other = make(7.0)
    assert (seen == 5).all()
    assert (other == 7).all()


def test_copies_are_numpys():
    """Guards that what is made of an array later is none of daisy's business."""
    array = make(2.0)
    for copied in (array.copy(), copy.deepcopy(array), array + 1, array.astype("f4")):
        assert get_handler_name(copied) == "default_allocator"
        assert copied.flags.owndata


def test_weak_references_and_cycles():
    """Guards that the array dies like any other."""
    array = make().view(Annotated)
    array.me = array
    died = weakref.ref(array)
    del array
    gc.collect()
    assert died() is None


def test_dropped_by_other_threads():
    """Guards that whichever thread drops an array, its memory comes back."""
    made = []
    maker = threading.Thread(target=lambda: made.extend(make(i) for i in range(8)))
    maker.start()
    maker.join()

    def drop():
        while made:
            array = made.pop()
            assert (array == array[0]).all()
            make(9.0)

    threads = [threading.Thread(target=drop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_context_is_as_it_was():
    """Guards thunks: two calls are one only if their contexts are."""
    context = contextvars.Context()
    context.run(make)
    assert not list(context)


def test_tracemalloc_sees_the_memory():
    """Guards that who looks for memory finds it, where NumPy's is."""
    tracemalloc.start()
    try:
        array = make()
        numpys = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
        traces = tracemalloc.take_snapshot().filter_traces([numpys]).traces
        assert array.nbytes in [trace.size for trace in traces]
        del array, traces
        traces = tracemalloc.take_snapshot().filter_traces([numpys]).traces
        assert not [trace for trace in traces if trace.size >= SIZE]
    finally:
        tracemalloc.stop()


# A handler of somebody else's, of NEP 49, which counts its calls.
OTHER = """
import ctypes, gc
import numpy as np
from numpy._core import _multiarray_umath
from numpy._core.multiarray import get_handler_name

P, S = ctypes.c_void_p, ctypes.c_size_t
MALLOC, CALLOC = ctypes.CFUNCTYPE(P, P, S), ctypes.CFUNCTYPE(P, P, S, S)
REALLOC, FREE = ctypes.CFUNCTYPE(P, P, P, S), ctypes.CFUNCTYPE(None, P, P, S)
libc = ctypes.CDLL(None)
for name in ("malloc", "calloc", "realloc"):
    getattr(libc, name).restype = P
freed = []

def free(ctx, start, size):
    freed.append(size)
    libc.free(P(start))

class Handler(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("ctx", P),
        ("malloc", MALLOC), ("calloc", CALLOC), ("realloc", REALLOC), ("free", FREE),
    ]

handler = Handler(
    b"other", 1, None,
    MALLOC(lambda ctx, size: libc.malloc(S(size))),
    CALLOC(lambda ctx, count, size: libc.calloc(S(count), S(size))),
    REALLOC(lambda ctx, start, size: libc.realloc(P(start), S(size))),
    FREE(free),
)
api = ctypes.pythonapi
api.PyCapsule_New.restype = ctypes.py_object
api.PyCapsule_GetPointer.restype = P
capsule = api.PyCapsule_New(ctypes.byref(handler), b"mem_handler", None)
table = api.PyCapsule_GetPointer(ctypes.py_object(_multiarray_umath._ARRAY_API), None)
entry = ctypes.cast(table, ctypes.POINTER(P))[304]
set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(entry)
"""


def test_beside_another_handler():
    """Guards that each array is freed by what made it, whatever handler is in force by then."""
    out = output(
        """
        from daisy import _core

        def make():
            return _core.empty_array("f8", (100_000,))

        before = make()
        numpys = set_handler(capsule)
        inside, theirs = make(), np.empty(100_000)
        print(*map(get_handler_name, (before, inside, theirs)))
        inside.resize(200_000, refcheck=False)
        del before, inside
        print(freed, _core.memory_stats()[0])
        set_handler(numpys)
        del theirs
        print(freed, get_handler_name(make()))
    """,
        head=OTHER,
    )
    assert out.splitlines() == ["daisy daisy other", "[] 0", "[800000] daisy"]


def test_first_used_beside_another_handler():
    """Guards the look at where arrays have their handler, which happens once."""
    out = output(
        """
        from daisy import _core
        numpys = set_handler(capsule)
        print(get_handler_name(_core.empty_array("f8", (100_000,))))
        set_handler(numpys)
    """,
        head=OTHER,
    )
    assert out == "daisy\n"


def test_arrays_alive_at_the_end():
    """Guards the end of the interpreter: arrays may be freed after everything else."""
    out = output(
        """
        import atexit, builtins, sys, threading
        import numpy as np
        from daisy import _core

        def make():
            array = _core.empty_array("f8", (100_000,))
            array[:] = 5
            return array

        class Late:
            def __init__(self):
                self.array, self.me = make(), self
            def __del__(self):
                self.array.resize(200_000, refcheck=False)
                assert self.array[0] == 5

        here, late = make(), Late()
        builtins.kept = make()
        sys.kept = [make(), Late()]
        np.kept = make().view(np.ma.MaskedArray)
        atexit.register(lambda array: print(array.sum(), make().sum()), make())
        sleeper = threading.Thread(target=lambda array: threading.Event().wait(), args=(make(),))
        sleeper.daemon = True
        sleeper.start()
    """
    )
    assert out == "500000.0 500000.0\n"


def test_freed_in_a_forked_child():
    """Guards that parent and child each have memory of their own, and no lock waits."""
    out = output(
        """
        import os, signal, threading
        import numpy as np
        from daisy import _core

        def make(value):
            array = _core.empty_array("f8", (100_000,))
            array[:] = value
            return array

        def work():
            while go_on:
                make(7)

        def child():
            signal.alarm(10)
            arrays.pop()
            others = [make(value) for value in range(3)]
            assert [array[-1] for array in others] == [0, 1, 2]
            assert (arrays[0] == 1).all()
            assert _core.memory_stats()[0] >= 4 * 800_000
            _core.trim_memory()
            os._exit(5)

        go_on = [True]
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        arrays = [make(1), make(2)]
        ends = set()
        for _ in range(30):
            pid = os.fork()
            if not pid:
                child()
            ends.add(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        go_on.clear()
        print(ends, arrays[0].mean(), arrays[1].mean())
    """
    )
    assert out == "{5} 1.0 2.0\n"


def test_no_array_without_a_dtype():
    """Guards that what is no dtype is refused by NumPy."""
    with pytest.raises(TypeError):
        _core.empty_array(ctypes, (SIZE,))
