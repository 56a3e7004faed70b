"""Operands that are not plain arrays of numbers: each operation is Python's own, as it ever was."""

import datetime
from fractions import Fraction

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits

X = np.arange(1.0, 7.0)


class Named(np.ndarray):
    """Keeps a name, which a result has from its first operand."""

    def __new__(cls, values, name):
        made = np.asarray(values).view(cls)
        made.name = name
        return made

    def __array_finalize__(self, other):
        self.name = getattr(other, "name", None)


class Counted(np.ndarray):
    """Has its own idea of ufuncs."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(one) if isinstance(one, Counted) else one for one in inputs]
        if "out" in kwargs:
            kwargs["out"] = tuple(map(np.asarray, kwargs["out"]))
        result = getattr(ufunc, method)(*plain, **kwargs)
        return (result + 100).view(Counted)


class Swapped(np.ndarray):
    """Overrides one operator only."""

    def __add__(self, other):
        return np.ndarray.__sub__(self, other)


class Wrapped(np.ndarray):
    """Turns every result into a list."""

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return ["wrapped", np.asarray(array).copy()]


class Distance:
    """A number of somebody else's, which knows arrays."""

    __array_ufunc__ = None

    def __mul__(self, other):
        return np.asarray(other) * 3

    __rmul__ = __mul__

    def __add__(self, other):
        return np.asarray(other) + 3

    __radd__ = __add__


class Convertible:
    """Something that can be taken for an array."""

    def __array__(self, dtype=None, copy=None):
        return np.arange(6.0) if dtype is None else np.arange(6).astype(dtype)


class Real(float):
    """A float with an addition of its own."""

    def __radd__(self, other):
        return np.asarray(other) - 1

    def __mul__(self, other):
        return "product"


def arithmetic(a, b):
    c = a * b
    return c + a, c - 1, c


def functions(a, b):
    c = a + b
    return np.sqrt(abs(c)), np.maximum(c, a), c > a, np.where(c > 2, c, a), c.sum()


def augmented(a, b):
    c = a + b
    c += b
    d = a * 1
    d -= b
    return c, d


SUBCLASSES = {
    "named": Named(X, "x"),
    "counted": X.copy().view(Counted),
    "swapped": X.copy().view(Swapped),
    "wrapped": X.copy().view(Wrapped),
    "masked": np.ma.array(X, mask=[0, 1, 0, 0, 1, 0]),
    "masked without mask": np.ma.array(X),
    "hard mask": np.ma.array(X, mask=X > 3, hard_mask=True, fill_value=-1),
    "all masked": np.ma.masked_all(6),
    "masked constant": np.ma.masked,
    "matrix": np.asmatrix(X),
    "column": np.asmatrix(X).T,
    "record": np.rec.array(X),
    "characters": np.char.array(["a", "b", "c", "d", "e", "f"]),
    "memory map": np.frombuffer(X.tobytes()).view(np.memmap),
}


@pytest.mark.parametrize("name", SUBCLASSES)
@pytest.mark.parametrize("program", [arithmetic, functions, augmented])
def test_subclasses(name, program):
    """They decide themselves, on either side of a plain array, a number, and each other."""
    special = SUBCLASSES[name]
    for other in (X, 2.0, np.float32(3), np.array(2), special, X[:, None], SUBCLASSES["named"]):
        same_bits(program, special, other, ordered=False)
        same_bits(program, other, special, ordered=False)


OTHERS = {
    "distance": Distance(),
    "convertible": Convertible(),
    "real": Real(2.5),
    "list": [1, 2, 3, 4, 5, 6],
    "nested list": [[1.5], [2]],
    "tuple": (1, 2, 3, 4, 5, 6),
    "ragged": [[1, 2], [3]],
    "text": "a",
    "bytes": b"a",
    "nothing": None,
    "fraction": Fraction(1, 3),
    "large": 10**30,
    "date": datetime.date(2026, 1, 1),
    "set": {1, 2},
    "range": range(6),
    "memory": memoryview(X),
    "boolean": True,
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("program", [arithmetic, functions])
def test_other_operands(name, program):
    """Whatever else Python has: converted, computed with, or the error of plain Python."""
    same_bits(program, X, OTHERS[name], ordered=False)
    same_bits(program, X.astype("i4"), OTHERS[name], ordered=False)
    same_bits(np_first, X, OTHERS[name], ordered=False)


def np_first(a, b):
    c = np.multiply(b, a)
    return np.add(c, b), c


DTYPES = {
    "objects": np.array([1, 2.5, Fraction(1, 3), 10**30, True, 7], object),
    "objects that fail": np.array([1, None, 3, 4, 5, 6], object),
    "texts as objects": np.array(list("abcdef"), object),
    "dates": np.array(["2026-01-01", "2026-02-01", "NaT"] * 2, "M8[D]"),
    "times": np.array(["2026-01-01T00", "2026-02-01T01", "NaT"] * 2, "M8[ns]"),
    "spans": np.array([1, 2, -3, 4, 5, 6], "m8[s]"),
    "texts": np.array(list("abcdef")),
    "bytes": np.array(list("abcdef"), "S"),
    "numbers as texts": np.array(list("123456"), np.dtypes.StringDType()),
    "structured": np.array([(n, n / 2) for n in range(6)], [("x", "i4"), ("y", "f8")]),
    "nested": np.array([((1, 2),)] * 6, [("x", "i4", (2,))]),
    "void": np.array([b"ab"] * 6, "V2"),
    "swapped": X.astype(">f8"),
    "swapped integers": X.astype(">i2"),
    "swapped halves": X.astype(">f2"),
    "swapped complex": X.astype(">c16"),
    "long": X.astype("g"),
}


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("program", [arithmetic, functions])
def test_dtypes(name, program):
    """Dates, texts, objects and records have their own rules and errors."""
    for other in (X, 2, np.array(2, "i4"), DTYPES[name], DTYPES["spans"], DTYPES["objects"], "2"):
        same_bits(program, DTYPES[name], other, ordered=False)
        same_bits(program, other, DTYPES[name], ordered=False)


def test_fields_and_dates():
    """Element-wise work on parts of records and on dates."""

    def parts(a):
        return a["x"] * a["y"] + 1, a["x"] == 2, a["y"].astype("f4") - a["x"]

    def spans(a, b):
        c = a - a[::-1]
        return c + b, c / b, c // b, a + b * 2, a < a[::-1], np.isnat(a)

    same_bits(parts, DTYPES["structured"])
    same_bits(spans, DTYPES["times"], DTYPES["spans"], ordered=False)


def test_one_function_many_kinds():
    """What was kept for one kind of argument is never used for another."""
    for other in (X, 2, X.astype("f4"), *SUBCLASSES.values(), 2.0, *DTYPES.values(), X, True):
        same_bits(arithmetic, other, other, ordered=False)
        same_bits(arithmetic, X, other, ordered=False)


def test_objects_with_an_array_inside():
    """The order of an object's own operators is that of plain Python."""
    said = []

    class Loud:
        def __init__(self, name):
            self.name = name

        def __add__(self, other):
            said.append(self.name)
            return 1

        __radd__ = __mul__ = __rmul__ = __add__

    values = np.array([Loud("a"), Loud("b"), Loud("c")], object)
    same_bits(lambda x: (x + 1) * 2 + x, values, heard=lambda: [said.pop(0) for _ in said[:]])


@pytest.mark.parametrize("module", ["pandas"])
def test_frames(module):
    """A frame's labels are aligned by the frame."""
    pd = pytest.importorskip(module)

    def aligned(series, array):
        total = series + array
        return total.to_numpy(), (total * 2 - series).index.to_numpy(), np.sqrt(total).to_numpy()

    series = pd.Series(X, index=list("abcdef"))
    same_bits(aligned, series, X)
    same_bits(aligned, series, series[::-1])
    same_bits(aligned, pd.Series(X).convert_dtypes(), 3)
