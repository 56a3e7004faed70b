"""What Python can do to a thunk: deferred, forced, or refused."""

import copy
import math
import operator
import threading

import numpy as np
import pytest

from daisy import _core
from daisy._core import autodaskthunk, is_thunk
from lazy import strict, thunk
from lazy.errors import Refusal

CLASSES = [thunk, autodaskthunk]


class Sub(thunk):
    """A user's own class of thunks."""

    def method(self):
        """A method that the class itself defines."""
        return "own"


class Bomb:
    """An object that cannot be computed with, to see that nothing was."""

    def __getattr__(self, name):
        raise AssertionError(f"touched: {name}")


DEFERRED = [
    *[(op, 7, 2) for op in (operator.add, operator.sub, operator.mul, operator.truediv)],
    *[(op, 7, 2) for op in (operator.floordiv, operator.mod, operator.pow, divmod)],
    *[(op, 7, 2) for op in (operator.lshift, operator.rshift)],
    *[(op, 7, 2) for op in (operator.and_, operator.or_, operator.xor)],
    *[(op, 7, 2) for op in (operator.lt, operator.le, operator.eq, operator.ne)],
    *[(op, 7, 2) for op in (operator.gt, operator.ge)],
]


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(("op", "a", "b"), DEFERRED)
def test_operators_are_deferred(cls, op, a, b):
    """Guards that each operator builds a thunk, both ways round, and gives Python's value."""
    for left, right in [(cls(lambda: a), b), (a, cls(lambda: b)), (cls(int, a), cls(int, b))]:
        result = op(left, right)
        assert type(result) is cls
        assert strict(result) == op(a, b)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(
    "op",
    [operator.neg, operator.pos, operator.invert, abs, round, math.floor, math.ceil, math.trunc],
)
def test_unary_operators_are_deferred(cls, op):
    """Guards that unary operators and the rounding functions build thunks."""
    result = op(cls(int, -7))
    assert type(result) is cls
    assert strict(result) == op(-7)


@pytest.mark.parametrize("cls", CLASSES)
def test_calls_items_and_attributes_are_deferred(cls):
    """Guards that calling, indexing and looking up attributes does not force."""
    forced = []
    value = cls(lambda: forced.append(1) or "a-b")
    parts = value.split("-")
    first, power, rounded = parts[0], pow(cls(int, 7), 2, 5), round(cls(float, 2.345), 2)
    assert not forced
    assert [strict(first), strict(power), strict(rounded)] == [
        "a",
        4,
        2.35 if round(2.345, 2) == 2.35 else 2.34,
    ]


def test_three_argument_pow_reflected():
    """Guards pow(a, b, c) with the thunk in any of its places."""
    assert strict(pow(2, thunk(int, 5), 7)) == pow(2, 5, 7)


@pytest.mark.parametrize("cls", CLASSES)
def test_strict_points_force(cls):
    """Guards that what must have a concrete type computes the value."""
    seven = cls(int, 7)
    assert bool(cls(int, 0)) is False
    assert (str(seven), repr(seven), format(seven, "03")) == ("7", "7", "007")
    assert (int(cls(float, 2.5)), float(seven), complex(seven)) == (2, 7.0, 7 + 0j)
    assert [1, 2, 3, 4, 5, 6, 7, 8][seven] == 8
    assert (len(cls(list, (1, 2))), hash(seven)) == (2, hash(7))
    assert bytes(cls(bytearray, b"x")) == b"x"
    assert 2 in cls(list, (1, 2))
    assert "bit_length" in dir(seven)
    assert np.array_equal(np.asarray(cls(list, (1, 2))), [1, 2])


def test_transparent_thunk_shows_the_class_of_its_value():
    """Guards that lazy.thunk answers isinstance as its value would, and as a thunk."""
    assert isinstance(thunk(int, 2), int)
    assert isinstance(thunk(int, 2), thunk)


def test_autodaskthunk_keeps_its_own_class():
    """Guards that libraries which look before they leap do not set off a run."""
    value = autodaskthunk(Bomb)
    assert not isinstance(value, int)
    assert value.__class__ is autodaskthunk
    assert callable(value.__dask_graph__)
    assert not hasattr(value, "__array_interface__")


def test_iterating_a_transparent_thunk_stays_lazy():
    """Guards that next() gives thunks one by one and ends with StopIteration."""
    iterator = iter(thunk(lambda: (1, 2)))
    assert type(iterator) is thunk
    items = list(iterator)
    assert all(type(item) is thunk for item in items)
    assert [strict(item) for item in items] == [1, 2]
    with pytest.raises(StopIteration):
        next(iterator)


def test_iterating_an_autodaskthunk_gives_a_plain_iterator():
    """Guards that a loop over an autodask result sees values."""
    assert [type(item) for item in autodaskthunk(lambda: (1, 2))] == [int, int]


def test_next_of_what_is_no_iterator():
    """Guards the TypeError of next() on a value that does not iterate."""
    with pytest.raises(TypeError, match="not an iterator"):
        next(thunk(int, 3))


def test_subclass_is_kept():
    """Guards that operations on a user's subclass give that subclass."""
    s = Sub(int, 3)
    results = [s + 1, 1 + s, -s, s.real, s[0], s(1), s < 2, iter(s), round(s), Sub.fromexpr(1) ** 2]
    assert {type(result) for result in results} == {Sub}
    assert type(next(Sub(lambda: iter((1, 2))))) is Sub


def test_subclass_keeps_its_own_methods():
    """Guards that a method of the user's subclass is that method, not a deferred attribute."""
    assert Sub(int, 3).method() == "own"


def test_fromexpr_of_a_thunk_is_not_nested():
    """Guards that wrapping a thunk gives a thunk of the value, of the class asked for."""
    wrapped = Sub.fromexpr(thunk.fromexpr(1))
    assert type(wrapped) is Sub
    assert strict(wrapped) == 1


def test_thunk_of_strict_runs_now():
    """Guards that strict and its subclasses are never deferred."""

    class Now(strict):
        def __init__(self, value):
            self.value = value

    assert _core.get_children(thunk(Now, 5))[0].value == 5
    assert strict(thunk(strict, 2)) == 2


def test_inplace_operators_make_new_thunks():
    """Guards that `t += 1` leaves other names of the old thunk alone."""
    old = value = thunk(int, 1)
    value += 2
    value *= 5
    assert (strict(value), strict(old)) == (15, 1)


def test_inplace_on_a_mutable_value_is_refused():
    """Guards that `t += x` on a list is not turned into a silent copy."""
    value = thunk(list, (1,))
    value += [2]
    with pytest.raises(Refusal):
        strict(value)


@pytest.mark.parametrize("cls", CLASSES)
def test_changing_a_thunk_is_refused(cls):
    """Guards that stores and deletions on a thunk end with the ways out."""
    value = cls(list, (1,))
    for store in (
        lambda: operator.setitem(value, 0, 1),
        lambda: operator.delitem(value, 0),
        lambda: setattr(value, "name", 1),
        lambda: delattr(value, "name"),
        lambda: np.add(value, 1, out=np.zeros(1)),
    ):
        with pytest.raises(Refusal, match="cannot be changed"):
            store()


def test_not_callable_is_told():
    """Guards the message for thunk(5), which names fromexpr."""
    with pytest.raises(TypeError, match="fromexpr"):
        thunk(5)


def test_numpy_stays_lazy():
    """Guards that ufuncs and array functions on a thunk are deferred, reflected ones as well."""
    array = np.arange(4.0)
    t = autodaskthunk.fromexpr(array)
    cases = {
        "ufunc": (np.sin(t), np.sin(array)),
        "reflected": (array + t, array + array),
        "scalar": (np.float64(2) * t, 2 * array),
        "function": (np.concatenate([t, array]), np.concatenate([array, array])),
        "reduce": (np.add.reduce(t), 6.0),
        "where": (np.where(t > 1, t, 0), np.where(array > 1, array, 0)),
    }
    for name, (lazy, plain) in cases.items():
        assert is_thunk(lazy), name
        assert np.array_equal(strict(lazy), plain), name


def test_containers_are_copied_when_the_call_is_deferred():
    """Guards that changing a list after it was given away changes nothing."""
    given = [1, thunk(int, 2), {"a": (3, thunk(int, 4))}]
    deferred = thunk(lambda x: x, given)
    given.append(5)
    given[2]["b"] = 6
    assert strict(deferred) == [1, 2, {"a": (3, 4)}]


def test_each_call_gets_a_container_of_its_own():
    """Guards that a function which keeps its argument cannot reach another call's."""
    keep = thunk(lambda x: x, [1, 2])
    other = thunk(lambda x: (x.append(3), x)[1], [1, 2])
    assert strict([keep, other]) == [[1, 2], [1, 2, 3]]


def test_a_container_that_holds_itself_is_reported():
    """Guards a clear error instead of a stack overflow."""
    knot = [thunk(int, 1)]
    knot.append(knot)
    with pytest.raises(RecursionError, match="holds itself"):
        thunk(len, knot)


def test_copies_of_a_thunk_are_the_thunk():
    """Guards copy and deepcopy, which must not look into the expression."""
    value = thunk(int, 1)
    assert copy.copy(value) is value
    assert copy.deepcopy(value) is value


def test_a_thunk_made_in_another_thread_can_be_forced_here():
    """Guards that nothing of a thunk belongs to the thread that made it."""
    made = []
    thread = threading.Thread(target=lambda: made.append(thunk(int, 3) + 1))
    thread.start()
    thread.join()
    assert strict(made[0]) == 4
