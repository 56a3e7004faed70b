"""Groups in a graph: what others see of their members, what they wait for, and what they keep."""

import gc
import threading
import warnings
import weakref

import numpy as np
import pytest
from scipy import special
from tests.python.daisy.fusion.bits import same_bits

from daisy import autodask, strict, thunk


def test_no_operation_passes_an_effect():
    """An error comes before the effect that stands behind it, as in the plain function."""
    seen = []

    def note(value):
        seen.append(value)
        return 1.0

    def function(a):
        y = a / 0
        z = note(a)
        return y + a * z

    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        strict(autodask(function)(np.ones(3)))
    assert not seen


def test_no_operation_passes_a_function_that_may_change_its_argument():
    """What is read before a call of which nothing is known is read as it was then."""

    def spoil(a):
        a[:] = -1
        return 5.0

    def function(a):
        y = a * 2
        z = spoil(a)
        return y + a * z

    assert strict(autodask(function)(np.arange(4.0))).tolist() == function(np.arange(4.0)).tolist()


class Waiting:
    """An operand whose operator waits for another thread to have computed a thunk."""

    __array_ufunc__ = None

    def __init__(self, wanted):
        self.wanted = wanted

    def __radd__(self, other):
        thread = threading.Thread(target=lambda: strict(self.wanted), daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        return np.asarray(other) + 1


def test_a_held_value_is_there_as_soon_as_it_is_computed():
    """Another thread gets the value of a thunk in the midst of a group that goes on."""
    held = thunk.fromexpr(np.ones(3)) * 2 + 1
    result = (held * 3 + thunk.fromexpr(Waiting(held))) * 2
    assert strict(result).tolist() == [20.0, 20.0, 20.0]


def test_a_held_value_stays_when_the_group_fails():
    """What was computed before an error is not computed again, nor warned of."""
    held = thunk.fromexpr(np.ones(3)) / 0
    failing = (held + 1) + np.ones(7)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(ValueError, match="broadcast"):
            strict(failing)
        strict(held)
    assert len(said) == 1


def test_plans_keep_no_values():
    """A value that is no function is not kept alive by what was found out about it."""
    alive = []

    def halves(x):
        made = np.ones(3, np.float16)
        alive.append(weakref.ref(made))
        return made

    def function(x):
        return (halves(x) + x) * 2 - 1

    marked = autodask(function)
    for _ in range(10):
        strict(marked(np.ones(3)))
    gc.collect()
    assert not any(value() is not None for value in alive)


def test_plans_keep_no_ufuncs_of_others():
    """A ufunc that somebody makes in a function goes when it is not used any more."""
    captured = []

    class Captured:
        pass

    def made():
        value = Captured()
        captured.append(weakref.ref(value))
        return np.frompyfunc(lambda x, _=value: x, 1, 1)

    for _ in range(3):
        strict(thunk.fromexpr(made())(np.ones(3)) + 1)
    gc.collect()
    assert not any(value() is not None for value in captured)


def test_clip_of_a_number():
    """`np.clip` makes an array of a Python number, which then has a dtype to promote with."""

    def clipped(x, y):
        return np.clip(2.5, x, y) + x

    def clipped_integer(x, y):
        return np.clip(3, x, y) + x

    same_bits(clipped, np.ones(5, "f4"), np.ones(5, "f4"))
    same_bits(clipped_integer, np.ones(5, "i1"), np.ones(5, "i1"))


def test_long_complex_numbers_are_gathered_whole():
    """Elements of 32 bytes in an order that is not that of memory."""

    def function(x, y):
        return (x + y) * x

    square = np.arange(16.0).reshape(4, 4).astype("G")
    for other in (square.T, square[0], square):
        traced = strict(autodask(function)(square, other))
        assert (traced == function(square, other)).all()


@pytest.mark.parametrize("shape", [(4, 3, 1), (3, 1, 4), (1, 3, 4), (2, 3, 4)])
def test_axes_of_length_one(shape):
    """Their strides mean nothing, and are NumPy's all the same."""

    def function(x):
        return (x + 1) * 2

    for x in (np.ones(shape, order="F"), np.ones(shape), np.ones(shape).transpose(1, 0, 2)):
        assert strict(autodask(function)(x)).strides == function(x).strides


def test_a_loop_that_warns_may_run_a_kernel():
    """What hears of a warning may compute something itself."""
    inner = autodask(lambda x: (x * 2 + 1) * x)
    heard = []

    def hear(*_args, **_kwargs):
        heard.append(strict(inner(np.ones(4))).tolist())

    def function(x):
        return special.gammaln(x) * 2 + x

    with special.errstate(all="warn"), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = hear
        strict(autodask(function)(np.array([0.0, -1.0, 2.0])))
    assert heard == [[3.0] * 4] * 2


def test_an_array_that_would_be_too_big():
    """NumPy says so, and the note names the line."""

    def function(x):
        return (x + x.T) * 2

    with pytest.raises(ValueError, match="too large") as caught:
        strict(autodask(function)(np.broadcast_to(1.0, (2**33, 1))))
    assert "x+x.T" in caught.value.__notes__[0].replace(" ", "")
