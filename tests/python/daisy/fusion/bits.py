"""Plain against traced to the last bit: values, layout, warnings, errors, under every setting.

`same_bits` is what the tests here are made of. What is compared of a value is its *image*: a tree
of plain values in which two are equal only if nobody could tell what they stand for apart.
"""

import warnings
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

import daisy
from daisy import autodask, strict

SIZES = (1, 100, 1000, 5000, 70_000)
"""Numbers of elements on both sides of whatever is decided by size."""

MODES = ({"workers": 1}, {"workers": 2})
if "fuse" in daisy.options.get():
    MODES = (*({**mode, "fuse": True} for mode in MODES), {"workers": 2, "fuse": False})
CALLS = ("first call", "second call")  # what is kept of the first may serve the second


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a value or an error, and what was said on the way."""

    value: object
    error: Exception | None
    warned: tuple
    heard: object

    @property
    def raised(self):
        """Type and text of the error; None where there was none."""
        return self.error and (type(self.error), str(self.error))


def same_bits(function, *args, ordered=True, filters="always", heard=None, errors=(), modes=MODES):
    """Check that a function gives the same plain and traced, and give what it gives.

    `ordered` is whether the warnings come in one order: those of a single chain do, others are run
    in an order of daisy's own. `filters` is what Python does with a warning. `heard` empties, and
    gives, what the test has collected by other ways since it was asked last. `errors` are those,
    as in `Outcome.raised`, of which any may be reported where the plain function reports one.
    `modes` are the options under which the traced function runs.
    """
    before = image(args)
    expected = observe(function, args, filters, heard)
    wanted = image(expected.value), sharing(expected.value, args)
    marked, kept = marked_once(function), []
    for mode in modes:
        with daisy.options(**mode):
            for call in CALLS:
                got = observe(lambda *given: strict(marked(*given)), args, filters, heard)
                where = f"{mode}, {call}"
                ahead = mode.get("workers") != 1
                compare(where, expected, got, ordered, errors, ahead)
                compare_values(where, wanted, got.value, args)
                kept.append((where, got.value))
    for where, value in kept:  # what later calls did must not be seen in results of earlier ones
        compare_values(f"{where}, looked at later", wanted, value, args)
    assert image(args) == before, "an argument was changed"
    if expected.error is not None:
        return expected.error
    return expected.value


@lru_cache(maxsize=64)
def marked_once(function):
    """The traced function, the same for all arguments, as users have it."""
    return autodask(function)


def observe(function, args, filters="always", heard=None):
    """The outcome of one call."""
    value = error = None
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter(filters)
        try:
            value = function(*args)
        except Exception as raised:
            error = raised
    warned = tuple((one.category, str(one.message)) for one in said)
    return Outcome(value, error, warned, heard and heard())


def compare(where, expected, got, ordered, errors=(), ahead=False):
    """Check everything but the value.

    `ahead` is whether several threads were at work: where a function fails, they may be ahead of
    the operation that does, and have warned of what plain Python never came to.
    """
    if expected.error is not None and errors:
        assert got.raised in errors, (where, got.raised, errors)
        return
    assert got.raised == expected.raised, (where, got.raised, expected.raised)
    order = tuple if ordered else lambda said: sorted(said, key=repr)
    if expected.error is not None and ahead:
        assert Counter(got.warned) >= Counter(expected.warned), (where, got.warned, expected.warned)
    else:
        assert order(got.warned) == order(expected.warned), (where, got.warned, expected.warned)
    assert got.heard == expected.heard, (where, got.heard, expected.heard)


def compare_values(where, wanted, value, args):
    """Check a value, and which arguments it is a view of."""
    got = image(value), sharing(value, args)
    assert got == wanted, f"{where}: {difference(wanted, got)}"


def image(value):
    """What there is to know of a value, as a tree of plain values that can be compared."""
    if value is np.ma.masked:
        return ("masked",)
    if isinstance(value, np.ma.MaskedArray):
        inner = value.view(np.ndarray), np.ma.getmask(value)
        return type(value), *map(image, inner), repr(value.fill_value), value.hardmask
    if isinstance(value, np.ndarray):
        return array_image(value)
    if isinstance(value, np.generic):
        return type(value), value.dtype.char, image(np.asarray(value))
    if isinstance(value, float | complex):
        return type(value), np.asarray(value).tobytes()
    if isinstance(value, list | tuple):
        return type(value), *map(image, value)
    if isinstance(value, dict):
        return type(value), *((key, image(one)) for key, one in value.items())
    return type(value), value


def array_image(array):
    """Type, dtype, shape, layout and bytes of an array."""
    laid_out = array.size > 0
    strides = [
        step
        for step, length in zip(array.strides, array.shape, strict=True)
        if laid_out and length > 1
    ]
    flags = array.flags
    owning = flags.owndata, flags.writeable, flags.aligned, flags.c_contiguous, flags.f_contiguous
    kind = type(array), array.dtype, array.dtype.char, array.shape
    return (*kind, tuple(strides), owning, contents(array), image(getattr(array, "__dict__", {})))


def contents(array):
    """The bytes of all elements that mean something, or the images of objects."""
    plain = array.view(np.ndarray)
    if plain.dtype.hasobject:
        return image(plain.ravel().tolist())
    if plain.dtype.char in "gG":  # of 16 bytes a number has 10
        native = plain.astype(plain.dtype.newbyteorder("="))
        return np.frombuffer(native.tobytes(), np.uint8).reshape(-1, 16)[:, :10].tobytes()
    return plain.tobytes()


def arrays(value):
    """All arrays in a value."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [a for one in value for a in arrays(one)] if isinstance(value, list | tuple) else []


def sharing(value, args):
    """Which arrays of a value may share memory with which arrays of the arguments."""
    given = arrays(args)
    return [[np.may_share_memory(one, other) for other in given] for one in arrays(value)]


def difference(wanted, got):
    """Where two images first differ, for a reader."""
    if type(wanted) is tuple and type(got) is tuple and len(wanted) == len(got):
        for one, other in zip(wanted, got, strict=True):
            if one != other:
                return difference(one, other)
    if isinstance(wanted, bytes) and isinstance(got, bytes) and len(wanted) == len(got):
        place = next(n for n, (a, b) in enumerate(zip(wanted, got, strict=True)) if a != b)
        start = place - place % 16
        span = slice(start, start + 16)
        return f"byte {place} of {len(got)}: {got[span].hex()}, plain {wanted[span].hex()}"
    return f"{got!r:.300}, plain {wanted!r:.300}"
