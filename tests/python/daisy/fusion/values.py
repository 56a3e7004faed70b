"""Arrays to compute with: special values of every dtype, tame ones, and every layout."""

import numpy as np

LENGTHS = (1, 63, 64, 65, 1023, 1500)
NUMERIC = "?bBhHiIlLqQefdgFDG"
"""The dtypes of loops that compute numbers, as the characters of `ufunc.types`."""


def special(char, length, turn=0):
    """An array that goes through the special values of a dtype, at another pace each `turn`.

    The first operand steps at every element, the second after each round of the first, so that two
    operands of a thousand elements meet in all pairs.
    """
    values = _special(np.dtype(char))
    places = np.arange(length) // len(values) ** min(turn, 1) + 3 * turn
    return values[places % len(values)]


def moderate(char, length, turn=0):
    """As `special`, without what is finite and far from zero."""
    values = _special(np.dtype(char))
    with np.errstate(all="ignore"):
        far = np.isfinite(values) & ~(np.abs(values) <= 100) | (values == values.min(initial=0))
    if np.dtype(char).kind not in "iu":
        far &= np.isfinite(values)
    values = values[~far]
    places = np.arange(length) // len(values) ** min(turn, 1) + 3 * turn
    return values[places % len(values)]


def tame(char, length, turn=0):
    """An array of small positive numbers, of which most loops have nothing to complain."""
    dtype = np.dtype(char)
    if dtype.kind in "b":
        return (np.arange(length) + turn) % 3 == 0
    steps = np.arange(length) * (7 + 4 * turn) % 64
    if dtype.kind in "iu":
        return (steps % 12 + 1).astype(dtype)
    return ((steps + 1) / 66).astype(dtype)


def _special(dtype):
    if dtype.kind == "b":
        return np.array([False, True, True, False, True])
    if dtype.kind in "iu":
        return _integers(dtype)
    if dtype.kind == "f":
        return _floats(dtype)
    parts = _floats(np.dtype(dtype.char.lower()))
    pairs = np.empty(len(parts), dtype)
    pairs.real, pairs.imag = parts, np.roll(parts, 5)
    return pairs


def _integers(dtype):
    limits = np.iinfo(dtype)
    near = [limits.min, limits.min + 1, limits.max, limits.max - 1, limits.max // 2]
    small = [0, 1, 2, 3, 7, 31, 32, 63, 64, 100]
    negative = [-1, -2, -3, -100] if limits.min else []
    return np.array(near + small + negative, dtype)


def _floats(dtype):
    limits = np.finfo(dtype)
    with np.errstate(all="ignore"):
        edges = [limits.smallest_subnormal, limits.tiny, limits.max, limits.eps]
        plain = [0.0, 1.0, 0.5, 2.0, 3.0, 1.5, 1e-3, 10.0, 88.5, 0.1, np.inf]
        values = np.array([*edges, *plain], dtype)
        values = np.concatenate([values, -values, [dtype.type(2.5), dtype.type(710.0)]])
    return np.concatenate([values, _nans(dtype)]).astype(dtype)


def _nans(dtype):
    """Quiet NaNs of both signs, with payloads where the format is one of IEEE's."""
    payloads = {"e": ("u2", [0x7E00, 0xFE55]), "f": ("u4", [0x7FC00000, 0xFFC01234])}
    payloads["d"] = ("u8", [0x7FF8000000000000, 0xFFF8000000001234, 0x7FF8DEADBEEF0001])
    if dtype.char not in payloads:
        return np.array([np.nan, -np.nan], dtype)
    unsigned, bits = payloads[dtype.char]
    return np.array(bits, unsigned).view(dtype)
