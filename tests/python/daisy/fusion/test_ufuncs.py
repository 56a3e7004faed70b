"""Every loop of every ufunc: alone and among other work, special values and tame ones."""

import numpy as np
import pytest
from tests.python.daisy.fusion.bits import same_bits
from tests.python.daisy.fusion.enumeration import (
    NUMPY,
    SCIPY,
    TAME_ONLY,
    batches,
    loops_of,
    programs,
)
from tests.python.daisy.fusion.values import LENGTHS, moderate, special, tame


def named(ufuncs):
    return f"{ufuncs[0].__name__}-{ufuncs[-1].__name__}"


def rotated(count, turn):
    """As many lengths, others each turn: together all loops see all lengths."""
    return [LENGTHS[(turn + 3 * n) % len(LENGTHS)] for n in range(count)]


def operands(make, loop, length):
    return [make(char, length, turn) for turn, char in enumerate(loop)]


def check(ufunc, makers, lengths):
    """Each loop in each program, with values of each maker; `lengths` of the n-th of these."""
    turn = 0
    for program in programs(ufunc):
        for loop in loops_of(ufunc):
            for make in makers:
                for length in lengths(turn):
                    same_bits(program, *operands(make, loop, length), ordered=False)
                turn += 1


@pytest.mark.parametrize("ufuncs", batches(NUMPY, 6), ids=named)
def test_ufuncs_of_numpy(ufuncs):
    """No loop of NumPy's gives other bits, warnings or errors."""
    for ufunc in ufuncs:
        check(ufunc, (special, tame), lambda turn: rotated(1, turn))


@pytest.mark.parametrize("ufuncs", batches(SCIPY, 23), ids=named)
def test_ufuncs_of_scipy(ufuncs):
    """Nor any loop of scipy.special, which computes element by element."""
    for ufunc in ufuncs:
        makers = (tame,) if ufunc.__name__ in TAME_ONLY else (moderate, tame)
        check(ufunc, makers, lambda turn: [(65, 1, 130)[turn % 3]])


@pytest.mark.slow
@pytest.mark.parametrize("ufuncs", batches(NUMPY, 6), ids=named)
def test_ufuncs_of_numpy_at_every_length(ufuncs):
    """Wherever blocks and vectors end, the bits are the same."""
    for ufunc in ufuncs:
        check(ufunc, (special, tame), lambda turn: LENGTHS)


@pytest.mark.parametrize("loop", ["ff", "dd", "FF", "DD", "ee", "gg", "ll", "BB"])
def test_large_operands(loop):
    """Arrays that are worth several workers are computed as small ones are."""

    def function(a, b):
        both = a * b
        return both + a, (both - b) * 2, np.maximum(both, a)

    for make in (special, tame):
        same_bits(function, *operands(make, loop, 70_000), ordered=False)
        same_bits(function, *operands(make, loop, 300_001), ordered=False)
