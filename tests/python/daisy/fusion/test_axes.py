"""Reductions along an axis: NumPy's bits and layout, and no array for what is reduced."""

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.test_fusion import peak
from tests.python.daisy.fusion.test_reductions import DTYPES, LAYOUTS, NAMES, uneven
from tests.python.daisy.fusion.values import special, tame

import daisy
from daisy import autodask, strict

FUSED = ({"workers": 1}, {"workers": 2})


def along(name, axis, keepdims=False):
    """Reductions of a value that is made for nothing else, and of one that is wanted, too."""

    def function(a, b):
        both = a * b
        first = getattr(a + b, name)(axis=axis, keepdims=keepdims)
        return first, both, getattr(np, name)(both, axis)

    return function


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("char", DTYPES)
def test_every_dtype(char, name):
    """Special values, of which NumPy may tell, and tame ones, along every axis."""
    shape = (5, 4, 9)
    for make in (special, tame, uneven):
        a, b = make(char, 180).reshape(shape), make(char, 180, 1).reshape(shape)
        for axis in (0, 1, -1):
            same_bits(along(name, axis, keepdims=axis == 1), a, b, ordered=False)


SHAPES = [(7,), (1, 9), (9, 1), (1, 1), (3, 4), (129, 3), (3, 129), (40, 1000), (1000, 40)]
SHAPES += [(2, 20_001), (20_001, 2), (5, 1, 300), (1, 300, 5), (20, 30, 40), (2, 3, 5, 700)]


@pytest.mark.parametrize("char", "fdFDilB?")
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "argmin", "all"])
def test_every_shape(name, char):
    """Rows that end in the midst of a block or of a vector, and axes before and behind."""
    for shape in SHAPES:
        size = int(np.prod(shape))
        a, b = (uneven(char, size, seed).reshape(shape) for seed in (0, 1))
        for axis in range(len(shape)):
            with np.errstate(all="ignore"):
                same_bits(along(name, axis), a, b, ordered=False, modes=FUSED)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "argmax", "prod"])
@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_layouts(layout, name):
    """Where an array lies otherwise, NumPy has other orders, and another layout of the result."""
    x = LAYOUTS[layout](uneven("d", 7 * 50 * 31).reshape(7, 50, 31))
    for axis in range(x.ndim):
        with np.errstate(all="ignore"):
            same_bits(lambda x, n=axis: (getattr(x * 2, name)(n), (x + 1).mean(axis=n)), x)


def test_an_axis_is_not_another_one():
    """A kernel for one axis is not taken for the same work along another one."""
    x = uneven("d", 2000).reshape(40, 50)
    functions = [
        lambda x, n: np.sum(x * 2, n),
        lambda x, n: np.max(x * 2, axis=n),
        lambda x, n: (x * 2).sum(n),
        lambda x, n: (x * 2).sum(axis=n, keepdims=True),
        lambda x, n: np.add(n, np.sum(x - n, n)),
    ]
    for function in functions:
        for axis in (0, 1, -1, -2, None, 0):
            if axis is not None or function is not functions[-1]:
                same_bits(function, x, axis)


@pytest.mark.parametrize("axis", [5, -3, True, (0,), (0, 1), (), np.int64(1), 1.0, "x"], ids=repr)
def test_other_axes(axis):
    """What is no axis is NumPy's to refuse, and several of them are its to do."""
    x = np.linspace(0, 5, 12).reshape(4, 3)
    same_bits(lambda x: (x * 2).sum(axis=axis), x)
    same_bits(lambda x: np.max(x * 2, axis), x)


@pytest.mark.parametrize("name", NAMES)
def test_axes_of_no_length(name):
    """Of no elements there are neutral ones, errors, or no numbers at all."""
    for shape in ((3, 0), (0, 3), (2, 0, 3)):
        for axis in range(len(shape)):
            same_bits(lambda x, n=axis: getattr(x * 2, name)(axis=n), np.zeros(shape))


@pytest.mark.parametrize("setting", ["ignore", "warn", "raise"])
@pytest.mark.parametrize("name", ["sum", "mean", "max", "prod", "argmax"])
def test_settings(name, setting):
    """What overflows or vanishes, in the work or on the way, is told of as `np.errstate` says."""
    where = ("add", "multiply", "reduce")
    errors = [
        (FloatingPointError, f"{what} encountered in {one}")
        for one in where
        for what in ("overflow", "underflow")
    ]
    with np.errstate(all=setting):
        for char in "fd":
            limits = np.finfo(char)
            for value in (limits.max, limits.smallest_subnormal, limits.tiny):
                x = np.full((30, 40), value, char)
                for axis in (0, 1, None):
                    same_bits(
                        lambda x, n=axis: getattr(x * np.float32(0.75), name)(axis=n),
                        x,
                        ordered=False,
                        errors=errors if setting == "raise" else (),
                    )


@pytest.mark.parametrize("char", "fd")
@pytest.mark.parametrize("name", ["sum", "max", "min", "prod", "argmin", "argmax"])
def test_zeros_and_what_is_no_number(name, char):
    """Which zero is the greatest, which NaN a number has, and which of equal ones comes first."""
    rng = np.random.default_rng(0)
    values = np.append(special(char, 33)[-3:], np.array([0.0, -0.0, 1.0, -1.0, np.inf], char))
    for shape in ((6, 7), (40, 3), (3, 400), (100, 100)):
        for among in (values, values[3:], values[3:5], values[:4]):
            x = rng.choice(among, shape)
            with np.errstate(all="ignore"):
                for axis in (0, 1, None):
                    same_bits(lambda x, n=axis: getattr(x * 1, name)(axis=n), x)


@pytest.mark.parametrize("size", [16, 64, 4096])
def test_the_size_of_buffers(size):
    """What NumPy casts first goes through buffers, whatever their size."""
    old = np.getbufsize()
    try:
        np.setbufsize(size)
        for char in "hilL?":
            x = np.random.default_rng(0).integers(0, 2**62, (3, 200, 100)).astype(char)
            for axis in (0, 1, 2):
                same_bits(lambda x, n=axis: (x | 1).mean(axis=n), x)
    finally:
        np.setbufsize(old)


@pytest.mark.parametrize("shape", [(4, 50_000), (50_000, 4), (300, 20, 40)])
def test_whoever_does_which_part(shape):
    """Long blocks are shared by threads, and taken in in order."""

    def function(x):
        slow = np.sin(x) ** 2 + np.tan(x) * np.arctan2(x, 3.0) + np.log1p(np.cosh(x))
        return slow.sum(axis=0), slow.mean(axis=-1), slow.argmax(axis=0), slow.prod(), slow.sum()

    x = np.random.default_rng(0).normal(size=shape)
    with np.errstate(all="ignore"):
        for _ in range(3):
            same_bits(function, x, ordered=False, modes=({"workers": 4}, {"workers": 1}))


REDUCTIONS = {
    "sums of rows": lambda x: ((x - 0.5) ** 2).sum(axis=1),
    "sums of columns": lambda x: np.sum((x - 0.5) ** 2, 0),
    "means of rows": lambda x: np.mean(x * 2 + 1, axis=-1, keepdims=True),
    "maxima of columns": lambda x: np.max(np.sqrt(x * x + 1), axis=0),
    "places of minima": lambda x: ((x - 0.5) ** 2).argmin(axis=1),
    "the place of a minimum": lambda x: np.argmin((x - 0.5) ** 2),
    "whether any": lambda x: (x * 3 > 2).any(axis=0),
    "a product": lambda x: (x * 1e-4 + 1).prod(),
    "products": lambda x: (x + 0.6).prod(axis=0),
    "means of integers": lambda x: (x * 100).astype("i4").mean(axis=1),
    "several": lambda x: ((x * 2).min(axis=0), np.sum(x * 2), (x * 2).mean(axis=1)),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_no_array_is_made_for_it(name):
    """A value that is only reduced takes no memory, be there one worker or two."""
    function, x = REDUCTIONS[name], np.linspace(0.1, 1.0, 200_000).reshape(400, 500)
    marked = autodask(function)
    for workers in (1, 2):
        with daisy.options(workers=workers):
            taken, result = peak(lambda: strict(marked(x)))
        results = result if isinstance(result, tuple) else (result,)
        wanted = function(x) if isinstance(result, tuple) else (function(x),)
        for one, other in zip(results, wanted, strict=True):
            assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
        assert taken < 0.1 * x.nbytes
    with daisy.options(fuse=False):
        assert peak(lambda: strict(marked(x)))[0] > 0.1 * x.nbytes
