"""`astype` in the midst of a kernel: dtypes, layouts, keywords, and what is left to NumPy."""

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.test_fusion import peak
from tests.python.daisy.fusion.values import LENGTHS, special, tame

from daisy import autodask, strict, thunk

DTYPES = "?bBhHiIlLqQefdgFDG"
CODES = "f4 <f8 >f8 =i2 |b1 f i9 <".split()
NAMES = "float double single int uint8 longdouble bool complex <int no".split()
SETTINGS = [{"all": "ignore"}, {"all": "warn"}, {"all": "raise"}, {"invalid": "ignore"}]


@pytest.mark.parametrize("to", DTYPES)
@pytest.mark.parametrize("one", DTYPES)
def test_every_pair_of_dtypes(one, to):
    """No conversion gives other bits, warnings or errors than NumPy's."""

    def function(x):
        y = (+x if x.dtype != bool else x | x).astype(to)
        return y, np.where(y == y, y, y), x.astype(to)

    for make in (special, tame):
        for length in LENGTHS[:4]:
            same_bits(function, make(one, length), ordered=False)


@pytest.mark.parametrize("to", [*CODES, *NAMES, "S3", "M8[s]", "f4,f4", "", "a3"])
def test_names(to):
    """Names of dtypes mean what they mean to NumPy, or are refused; it warns of old ones once."""

    def function(x):
        return (x + 1).astype(to)

    same_bits(function, np.arange(5.0))


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("to", ["i4", "u1", "i8", "u8", "f4", "?"])
def test_what_does_not_fit(to, setting):
    """What is no number, or too large, becomes what NumPy makes of it, and is told as there."""

    def function(x):
        return (x * 2).astype(to) * 3

    values = [0.4, -0.9, 1e300, -1e300, np.nan, np.inf, -np.inf, 2.0**31, 2.0**63, -(2.0**62), -3.0]
    with np.errstate(**setting):
        for value in values:
            for place in (0, 999, 4000):
                x = np.linspace(0.0, 100.0, 5000)
                x[place] = value
                same_bits(function, x, ordered=False)
                with np.errstate(all="ignore"):
                    x = x.astype("f4")
                same_bits(function, x, ordered=False)


def layouts():
    grid = np.linspace(-3, 50, 24 * 10).reshape(4, 6, 10)
    yield from (grid, grid[::2, ::-1], grid.T, grid.transpose(1, 0, 2), np.asfortranarray(grid))
    yield from (grid[:, None], grid[:, :1], grid[..., ::3], grid[:0], grid[0, 0, 0])
    yield np.broadcast_to(grid[0], (4, 6, 10))
    yield np.broadcast_to(grid[:, :1], (4, 6, 10)).transpose(2, 0, 1)
    yield np.lib.stride_tricks.as_strided(grid, (3, 4), (8, 8))


@pytest.mark.parametrize("x", list(layouts()), ids=lambda x: f"{x.shape}{x.strides}")
def test_results_lie_as_those_of_numpy(x):
    """An array that is converted keeps the order of its axes, whoever made it."""

    def function(x):
        return x.astype("f4") + 1, (x * 2).astype("i2"), (x + x.T.T).astype("f4").astype("f8") * 2

    same_bits(function, x, ordered=False)


@pytest.mark.parametrize(
    "given",
    [
        (("f4",), {}),
        ((np.float32,), {}),
        ((np.dtype("i2"),), {}),
        ((int,), {}),
        ((bool,), {}),
        ((complex,), {}),
        ((object,), {}),
        ((">i4",), {}),
        (("no such dtype",), {}),
        ((), {"dtype": "f4"}),
        (("f4",), {"dtype": "f4"}),
        (("f4",), {"copy": False}),
        (("f8",), {"copy": False}),
        (("f8",), {"copy": True}),
        (("f8",), {}),
        (("f4", "K"), {}),
        (("f4", "F"), {}),
        (("f4",), {"order": "C"}),
        (("f4", "K", "safe"), {}),
        (("i4", "K", "same_kind", True, True), {}),
        (("f4",), {"casting": "same_kind"}),
        (("i4",), {"casting": "no such rule"}),
        (("f4",), {"subok": False}),
        (("f4",), {"copy": 0}),
        (("f4",), {"unknown": 1}),
        ((), {}),
        (("f4",) * 6, {}),
    ],
    ids=str,
)
def test_arguments(given):
    """All ways to call it mean what they mean to NumPy."""
    args, kwargs = given

    def function(x):
        y = x * 2
        return y.astype(*args, **kwargs) + 1, y

    same_bits(function, np.linspace(0, 9, 500))
    same_bits(function, np.asfortranarray(np.arange(12.0).reshape(3, 4)))


def test_no_copy_is_the_same_object():
    """With `copy=False` and nothing to convert, the result is the array itself."""

    def function(x):
        y = x * 2
        return y.astype("f8", copy=False) is y, y.astype("f8", copy=True) is y

    assert strict(autodask(function)(np.arange(4.0))) == (True, False)


def test_a_method_may_be_used_otherwise():
    """What takes the method itself gets it, beside calls of it."""

    def function(x):
        method = (x * 2).astype
        return method("f4") + 1, method.__name__, method("U3"), method("i2") * 2

    same_bits(function, np.arange(300.0))


def test_a_held_method_is_there_afterwards():
    """A thunk of the method keeps it."""
    x = thunk.fromexpr(np.arange(1000.0))
    method = (x * 2).astype
    assert strict(method("f4") + 1)[3] == 7
    assert strict(method)("i2")[3] == 6


def test_conversions_of_part_of_a_group_do_not_spoil_the_rest():
    """What NumPy has to convert is left to it, and what comes before is fused all the same."""

    def function(x):
        y = np.sin(x) * 2
        return y.astype("f4") * 2, y.astype("e") * 2, y.astype("O") + 1, y.astype("c8") - 1

    same_bits(function, np.linspace(0, 1, 700), ordered=False)


@pytest.mark.parametrize("to", "?bBhHiIlfdFD")
def test_any_byte_is_a_truth_value(to):
    """In a view of bytes, what is not zero is true, and one as a number."""

    def function(x):
        return x.astype(to) | x if to in "?bBhHiIl" else x.astype(to) + x, np.where(x, x, x).sum()

    same_bits(function, np.array([0, 1, 2, 255] * 20, "u1").view("?"), ordered=False)


class Own(np.ndarray):
    def astype(self, dtype):
        return f"my {dtype}"


def test_subclasses_have_methods_of_their_own():
    """What is not exactly an array is asked itself."""

    def function(x):
        return (x * 2).astype("f4")

    same_bits(function, np.arange(4.0).view(Own))
    same_bits(function, np.ma.array([1.0, 2.0], mask=[0, 1]))


@pytest.mark.parametrize("to", ["f4", "i4", "?", "c16", "f8"])
def test_no_array_is_made_for_it(to):
    """A conversion in the midst of a chain takes no memory of its own."""

    def function(x):
        return ((np.sin(x) * 2 + 3).astype(to) == x) | (x > 0.5)

    x = np.linspace(0.0, 1.0, 200_000)
    marked = autodask(function)
    taken, result = peak(lambda: strict(marked(x)))
    assert result.tobytes() == function(x).tobytes()
    assert taken < 1.2 * result.nbytes
