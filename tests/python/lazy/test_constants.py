"""lazy.constants: when two values are the same constant."""

import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lazy.constants import constant_key

simple = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, True, False, None, ..., "", "a", b"a"]),
    st.builds(complex, st.sampled_from([0.0, -0.0, 1.0]), st.sampled_from([0.0, -0.0])),
    st.sampled_from([np.int8(1), np.int16(1), np.float64(1), np.float32(-0.0), np.bool_(True)]),
)
constants = st.recursive(simple, lambda c: st.lists(c, max_size=3).map(tuple), max_leaves=6)


@given(constants, constants)
def test_type_and_text(a, b):
    """Equal keys are equal types and equal texts, through and through."""
    assert (constant_key(a) == constant_key(b)) == (typed(a) == typed(b))


def typed(value):
    if type(value) is tuple:
        return tuple, tuple(typed(item) for item in value)
    return type(value), repr(value)


def test_nan_by_its_bits():
    """A NaN is the same as one with its own bits, and as no other."""
    other = struct.unpack("d", struct.pack("Q", 0x7FF8000000000001))[0]
    assert constant_key(math.nan) == constant_key(float("nan"))
    assert constant_key(math.nan) != constant_key(other)


def test_others_by_identity():
    """An array, a list or an object of a user is itself, and never asked."""

    class Rude:
        __hash__ = None

        def __eq__(self, other):
            raise RuntimeError

    for make in (lambda: np.arange(3), lambda: [1], Rude, lambda: (Rude(),)):
        a, b = make(), make()
        assert constant_key(a) == constant_key(a)
        assert constant_key(a) != constant_key(b)


def test_deep_tuples():
    """A tuple of any depth has a key."""
    deep = ()
    for _ in range(100_000):
        deep = (deep,)
    assert constant_key(deep) == constant_key(deep)
