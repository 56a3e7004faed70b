"""Reductions of element-wise work: NumPy's bits at every size, and no array for them."""

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.test_fusion import peak
from tests.python.daisy.fusion.values import special, tame

import daisy
from daisy import autodask, strict, thunk

DTYPES = "?bBhHiIlLqQefdgFDG"
NAMES = "sum prod min max mean any all argmin argmax std".split()
EDGES = (1, 2, 7, 8, 9, 15, 16, 63, 64, 65, 127, 128, 129, 136, 255, 256, 257, 1000, 1023, 1025)
BLOCKS = (4095, 4096, 4097, 6143, 6145, 8191, 8192, 8193, 8200, 16_384, 16_385, 24_577, 70_001)
LARGE = (131_072, 200_003, 262_145, 524_288 + 8)


def reduced(name, function=False):
    """Reductions of a value that is made for nothing else, and of one that is wanted, too."""

    def by_method(a, b):
        both = a * b
        return getattr(a + b, name)(), both, getattr(both, name)()

    def by_function(a, b):
        return getattr(np, name)(np.maximum(a, b)), getattr(np, name)(a + b, axis=None) * 2

    return by_function if function else by_method


def uneven(char, length, seed=0):
    """Numbers of which no order of adding gives the sum of another."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=length) * 10.0 ** rng.integers(-3, 4, length)
    if char in "FDG":
        return (values + 1j * rng.normal(size=length)).astype(char)
    return (values > 0) if char == "?" else np.abs(values).astype(char)


@pytest.mark.parametrize("function", [False, True], ids=["method", "function"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("char", DTYPES)
def test_every_dtype(char, name, function):
    """Special values, of which NumPy may tell, and tame ones."""
    for make in (special, tame, uneven):
        for length in (1, 9, 129, 1000):
            same_bits(
                reduced(name, function), make(char, length), make(char, length, 1), ordered=False
            )


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("char", "fdFDilB?")
def test_every_size(char, name):
    """On both sides of every border: of vectors, of the runs of a sum, of blocks and of chunks."""
    for length in EDGES + BLOCKS:
        a, b = uneven(char, length), uneven(char, length, 1)
        same_bits(reduced(name), a, b, ordered=False, modes=({"workers": 2},))


@pytest.mark.parametrize("length", LARGE)
@pytest.mark.parametrize("char", "fdFil")
def test_whoever_does_which_part(char, length):
    """Sums do not depend on how many workers there are."""

    def function(a, b):
        both = a * b - a
        return both.sum(), both.mean(), both.max(), (both + b).mean(), (a * 2 > b).sum()

    same_bits(function, uneven(char, length), uneven(char, length, 1), ordered=False)


@pytest.mark.parametrize("size", [16, 64, 4096, 8192 * 4])
def test_the_size_of_buffers(size):
    """What NumPy casts first it adds buffer by buffer, whatever their size."""
    old = np.getbufsize()
    try:
        np.setbufsize(size)
        x = np.random.default_rng(0).integers(-(2**62), 2**62, 50_000)
        same_bits(lambda x: (x | 1).mean(), x)
    finally:
        np.setbufsize(old)


LAYOUTS = [
    lambda x: x,
    lambda x: x.T,
    np.asfortranarray,
    lambda x: x.transpose(1, 0, 2),
    lambda x: x.transpose(2, 0, 1),
    lambda x: x[::2],
    lambda x: x[:, ::-1],
    lambda x: x[..., :1],
    lambda x: x[:1],
    lambda x: x[:, None],
    lambda x: x[0, 0, 0],
    lambda x: x[:0],
    lambda x: np.broadcast_to(x[:, :1], x.shape),
]


@pytest.mark.parametrize("name", ["sum", "mean", "max", "argmax", "any"])
@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_layouts(layout, name):
    """A sum goes through an array as it lies in memory."""
    x = LAYOUTS[layout](uneven("d", 7 * 50 * 31).reshape(7, 50, 31))

    def function(x):
        return getattr(x * 2, name)(), getattr(x * np.arange(x.size).reshape(x.shape), name)()

    same_bits(function, x, ordered=False)
    same_bits(function, x.astype("f4"), ordered=False)
    if x.ndim:
        one = x[..., :1] + 1
        same_bits(lambda x, y: (getattr(x * y, name)(), getattr(x + 1, name)()), x, one)


@pytest.mark.parametrize("name", ["max", "min", "sum"])
def test_zeros_and_what_is_no_number(name):
    """Which zero is the greatest, and which NaN a result has, is as NumPy finds it."""
    for char in "fd":
        for length in (3, 16, 100, 5000):
            for places in ([0], [length - 1], [1, length // 2], range(length)):
                x = np.full(length, -1.0 if name == "max" else 1.0, char)
                x[list(places)] = -0.0
                same_bits(reduced(name), x, np.ones(length, char), ordered=False)
                x[places[0]] = 0.0
                same_bits(reduced(name), x, np.ones(length, char), ordered=False)
                x[list(places)] = special(char, 33)[-1]
                same_bits(reduced(name), x, np.ones(length, char), ordered=False)


@pytest.mark.parametrize("setting", ["ignore", "warn", "raise"])
@pytest.mark.parametrize("name", ["sum", "mean", "max", "prod"])
def test_settings(name, setting):
    """What overflows, in the work or in the sum, is told of as `np.errstate` says."""
    where = ("add", "multiply", "reduce")
    errors = [(FloatingPointError, f"overflow encountered in {one}") for one in where]
    errors = errors if setting == "raise" else ()
    with np.errstate(all=setting):
        for char in "fd":
            most = np.full(1000, np.finfo(char).max, char)
            same_bits(reduced(name), most, np.ones(1000, char), ordered=False)
            same_bits(reduced(name), most, most, ordered=False, errors=errors)
            least = np.full(3, np.finfo(char).smallest_subnormal, char)
            same_bits(lambda x: (x * 1).mean(), least)
            same_bits(lambda x: np.log(x).sum(), np.array([1.0, 0.0, 2.0], char))


@pytest.mark.parametrize("name", NAMES)
def test_of_nothing(name):
    """Of no elements there is a neutral one, a warning or an error."""
    same_bits(lambda x: getattr(x * 2, name)(), np.zeros(0))
    same_bits(lambda x: getattr(np, name)(x * 2), np.zeros((3, 0), "i4"))


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {"axis": None}),
        ((None,), {}),
        ((), {"keepdims": False}),
        ((), {"keepdims": True}),
        ((), {"axis": 0}),
        ((1,), {}),
        ((), {"axis": (0, 1), "keepdims": True}),
        ((), {"axis": 5}),
        ((), {"dtype": "f4"}),
        ((), {"initial": 3}),
        ((), {"where": np.array([True, False, True])}),
        ((), {"out": None}),
        ((), {"unknown": 1}),
        ((None, None, None, None, None, None, None), {}),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["sum", "max"])
def test_arguments(name, args, kwargs):
    """What asks for more than one number of all elements is NumPy's to do."""

    def by_method(x):
        y = x * 2
        return getattr(y, name)(*args, **kwargs), getattr(y, name)() + 1, y - getattr(y, name)()

    def by_function(x):
        return getattr(np, name)(x * 2, *args, **kwargs), getattr(np, name)(x + 1)

    x = np.linspace(0, 5, 12).reshape(4, 3)
    same_bits(by_method, x, ordered=False)
    same_bits(by_function, x, ordered=False)


def test_work_behind_a_reduction():
    """What needs the number waits for it, and more reductions may follow."""

    def function(x):
        for _ in range(4):
            x = (x - x.mean()) / (x.max() - x.min() + 1)
        return x, x.sum() * 2 + x.mean(), (x > x.mean()).sum()

    same_bits(function, uneven("d", 5000))
    same_bits(function, uneven("f", 5000))


def test_methods_and_values_that_are_held():
    """A thunk of the array, of the method or of the number keeps its value."""
    y = thunk.fromexpr(np.arange(1000.0)) * 2
    method = y.sum
    total = method()
    assert strict(total + 1) == 999_001
    assert strict(total) == 999_000
    assert strict(method)() == 999_000
    assert strict(y)[3] == 6


class Own(np.ndarray):
    def sum(self):
        return "my sum"


def test_other_classes():
    """What is not exactly an array is reduced in its own way."""
    same_bits(lambda x: ((x * 2).sum(), np.sum(x + 1)), np.arange(4.0).view(Own))
    same_bits(lambda x: ((x * 2).sum(), (x * 2).max()), np.ma.array([1.0, 2.0], mask=[0, 1]))
    same_bits(lambda x: ((x * 2).sum(), np.max(x * 2)), np.arange(4).astype(object))
    same_bits(lambda x: ((x * 2).sum(), np.mean(x * 2)), np.array(3.5))


REDUCTIONS = {
    "a sum of squares": lambda x: ((x - 0.5) ** 2).sum(),
    "a maximum": lambda x: np.max(np.sqrt(x * x + 1)),
    "a mean of integers": lambda x: (x * 100).astype("i4").mean(),
    "a count": lambda x: ((x > 0.2) & (x < 0.7)).sum(),
    "whether any": lambda x: (x * 3 > 2).any(),
    "a product of integers": lambda x: (x + 1).astype("i8").prod(),
    "several": lambda x: ((x * 2).min(), np.sum(x * 2), (x * 2).mean(axis=None)),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_no_array_is_made_for_it(name):
    """A value that is only reduced takes no memory, be there one worker or two."""
    function, x = REDUCTIONS[name], np.linspace(0.1, 1.0, 200_000)
    marked = autodask(function)
    for workers in (1, 2):
        with daisy.options(workers=workers):
            taken, result = peak(lambda: strict(marked(x)))
        assert np.asarray(result).tobytes() == np.asarray(function(x)).tobytes()
        assert taken < 0.1 * x.nbytes
    with daisy.options(fuse=False):
        assert peak(lambda: strict(marked(x)))[0] > 0.1 * x.nbytes
