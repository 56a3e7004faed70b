"""Writing a result into an array that nobody needs any more: same bits, nobody else's memory."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lazy import strict, thunk

SIZE = 1 << 14  # above the size from which memory is reused
DTYPES = ["i1", "u2", "i8", "f4", "f8", "c8", "c16", "?", ">f8", "f2"]
OPS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv]


def array_of(dtype, seed):
    """Some numbers of a dtype, among them zeros."""
    numbers = np.random.default_rng(seed).integers(-3, 4, SIZE * 8 // np.dtype(dtype).itemsize)
    return numbers.astype(dtype)


@pytest.fixture(autouse=True)
def quiet():
    """Zeros are divided by on purpose."""
    with np.errstate(all="ignore"):
        yield


@given(
    st.sampled_from(DTYPES),
    st.sampled_from([*DTYPES, "number", "float"]),
    st.lists(st.tuples(st.sampled_from(OPS), st.booleans()), min_size=1, max_size=4),
)
def test_chains_give_numpys_bits(left, right, steps):
    """Guards dtype, bits and error of chains of operators whose temporaries are reused."""
    a = array_of(left, 1)
    b = {"number": 2, "float": 2.5}.get(right)
    b = array_of(right, 2)[: a.size] if b is None else b
    if not np.isscalar(b) and b.size < a.size:
        a = a[: b.size].copy()
    before = a.copy()

    def run(value):
        for op, swap in steps:
            value = op(b, value) if swap else op(value, b)
        return value

    def outcome(compute):
        try:
            return compute()
        except (TypeError, OverflowError, ValueError) as error:
            return type(error)

    with np.errstate(all="ignore"):
        plain = outcome(lambda: run(a))
        lazy = outcome(lambda: strict(run(thunk.fromexpr(a))))
    if isinstance(plain, type):
        assert lazy is plain
    else:
        assert lazy.dtype == plain.dtype
        assert lazy.tobytes() == plain.tobytes()
    assert a.tobytes() == before.tobytes()


def test_a_sum_of_a_value_with_itself_is_in_place():
    """Guards that `s + s` of a dead `s` takes no fresh memory (it is what `g` ends with)."""
    addresses = []

    def spy(array):
        addresses.append(array.ctypes.data)
        return array

    a = thunk.fromexpr(np.arange(SIZE * 8))

    def doubled():
        return thunk(spy, a + a)

    result = strict(doubled() + doubled())
    assert result.tolist() == (np.arange(SIZE * 8) * 4).tolist()
    assert result.ctypes.data == addresses[0]


def test_a_held_value_is_not_written_into():
    """Guards that a thunk which the user holds keeps its value."""
    a = thunk.fromexpr(np.zeros(SIZE * 8))
    held = a + 1
    assert strict(held + 1)[0] == 2
    assert strict(held)[0] == 1


def test_an_array_that_a_function_keeps_is_not_written_into():
    """Guards memory that somebody else still refers to, as an array or through a view."""
    kept = []

    def keep(array):
        kept.append(array)
        return array

    def view(array):
        kept.append(array[:10])
        return array

    for function in (keep, view):
        value = thunk(function, thunk(np.ones, SIZE * 8))
        assert strict(value + 1)[0] == 2
        assert kept[-1][0] == 1


def test_a_view_is_not_written_into():
    """Guards arrays that do not own their memory."""
    base = np.ones(SIZE * 8)
    assert strict(thunk(lambda: base[:]) + 1)[0] == 2
    assert base[0] == 1


def test_the_layout_of_the_result_is_numpys():
    """Guards that C and Fortran order mix as NumPy mixes them."""
    shape = (128, 1024)
    c, f = np.ones(shape), np.ones(shape, order="F")
    for left, right in [(c, f), (f, c), (f, f)]:
        plain = (left + right) + right
        lazy = strict((thunk.fromexpr(left) + right) + right)
        assert lazy.strides == plain.strides


def test_subclasses_keep_their_operators():
    """Guards masked arrays and other subclasses, which have operators of their own."""
    masked = np.ma.masked_less(np.arange(SIZE * 8), 5)
    lazy = strict((thunk.fromexpr(masked) + 1) + 1)
    assert type(lazy) is np.ma.MaskedArray
    assert lazy.mask[:5].all()
