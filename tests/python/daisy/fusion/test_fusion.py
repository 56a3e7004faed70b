"""That element-wise work is fused at all, and what happens where it cannot be."""

import gc
import tracemalloc

import numpy as np
import pytest
from scipy import special
from tests.python.programs import output

import daisy
from daisy import autodask, strict

SIZE = 200_000
BYTES = SIZE * 8


def chain(x):
    y = np.sin(x) * 2.0
    return np.exp(np.cos(y) + x) - np.where(x > 0.5, y, x)


def peak(function, *args):
    """Bytes that a call takes at most, as NumPy tells tracemalloc of them."""
    function(*args)
    gc.collect()
    tracemalloc.start()
    try:
        result = function(*args)
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


def test_no_array_is_made_in_between():
    """A chain of operations takes the memory of its result, where NumPy needs several such."""
    x = np.linspace(0.0, 1.0, SIZE)
    marked = autodask(chain)
    fused, result = peak(lambda: strict(marked(x)))
    with daisy.options(fuse=False):
        apart, _ = peak(lambda: strict(marked(x)))
    assert result.tobytes() == chain(x).tobytes()
    assert fused < 1.2 * BYTES
    assert apart > 1.9 * BYTES


def test_functions_of_scipy_are_fused():
    """Ufuncs of `scipy.special` are part of a kernel like NumPy's."""

    def normal(x):
        return 0.5 * (1.0 + special.erf(x / np.sqrt(2.0)))

    x = np.linspace(-2.0, 2.0, SIZE)
    marked = autodask(normal)
    taken, result = peak(lambda: strict(marked(x)))
    assert result.tobytes() == normal(x).tobytes()
    assert taken < 1.2 * BYTES


def test_each_node_has_its_own_shape():
    """Work on a column takes the memory of a column, and the whole is made once."""
    rows, columns = np.linspace(1.0, 2.0, 300)[:, None], np.linspace(0.0, 1.0, 500)

    def table(rows, columns):
        return np.sqrt(rows * 2.0) + columns * np.float64(3.0)

    marked = autodask(table)
    taken, result = peak(lambda: strict(marked(rows, columns)))
    assert result.tobytes() == table(rows, columns).tobytes()
    assert taken < 1.2 * result.nbytes


def test_a_value_that_is_held_is_there_afterwards():
    """A thunk in the midst of a kernel keeps its value if the user holds it."""
    x = daisy.thunk.fromexpr(np.arange(1000.0))
    middle = x * 2 + 1
    strict(middle * middle - 3)
    assert strict(middle) is strict(middle)
    assert strict(middle)[10] == 21.0


def test_two_results_are_two_arrays():
    """Several values of one kernel do not share memory."""

    def both(x):
        y = x * 2
        return y, y + 1

    x = np.arange(1000.0)
    first, second = strict(autodask(both)(x))
    first[:] = 0
    assert second[10] == 21.0
    assert not np.shares_memory(first, second)


def test_a_loop_that_raises_raises():
    """Integers to negative powers are refused in NumPy's words."""

    def powers(x, y):
        return (x + 1) ** (y - 3)

    x = np.arange(5)
    with pytest.raises(ValueError, match="negative integer powers"):
        strict(autodask(powers)(x, x))


def test_where_the_loops_are_elsewhere_it_says_so_once():
    """If NumPy's loops give other answers than known, every operation is NumPy's own call."""
    program = """
        import warnings
        import numpy as np
        from daisy import strict, thunk

        np.add = np.subtract  # so the answer that is tried is wrong
        x = thunk.fromexpr(np.arange(4.0))
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            values = [strict(x * x - x * 3).tolist() for _ in range(2)]
        print(len(said), values == [[0.0, -2.0, -2.0, 0.0]] * 2)
        print(said[0].category.__name__, "operation by operation" in str(said[0].message))
    """
    assert output(program).split() == ["1", "True", "RuntimeWarning", "True"]
