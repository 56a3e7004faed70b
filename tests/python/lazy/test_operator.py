"""lazy.operator: the functions that thunk operators stand for."""

import operator as std
import pickle
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest

from lazy import operator, strict, thunk
from lazy.errors import Refusal

Point = namedtuple("Point", "x y")


def test_standard_functions_stay():
    """What the standard library has is that very function, so a graph can be read anywhere."""
    for name in ("add", "pow", "not_", "is_", "getitem", "iadd", "matmul"):
        assert getattr(operator, name) is getattr(std, name)
    assert operator.getattr is getattr and operator.divmod is divmod


def test_tables_are_in_order():
    """The numbers of the operators are shared with the core: their order is fixed."""
    names = "add sub mul truediv floordiv mod pow lshift rshift and_ or_ xor matmul divmod"
    assert [f.__name__ for f in operator.BINARY] == names.split()
    assert [f.__name__ for f in operator.UNARY] == ["neg", "pos", "invert", "abs", "not_"]
    names = "lt le eq ne gt ge is_ is_not contains_in not_contains"
    assert [f.__name__ for f in operator.COMPARE] == names.split()
    for plain, changing, guarded in zip(
        operator.BINARY, operator.INPLACE, operator.GUARDED, strict=False
    ):
        assert changing.__name__ == "i" + plain.__name__.strip("_")
        assert guarded.__name__ == "inplace_" + plain.__name__


def test_everything_listed_is_there():
    """`__all__` names what exists."""
    assert all(hasattr(operator, name) for name in operator.__all__)


def test_containers_of_values():
    """The builders make what the displays make."""
    assert operator.build_list(1, 2) == [1, 2]
    assert operator.build_tuple(1, 2) == (1, 2)
    assert operator.build_set(1, 2) == {1, 2}
    assert operator.build_frozenset(1, 2) == frozenset({1, 2})
    assert operator.build_dict("a", "b", 1, 2) == {"a": 1, "b": 2}
    assert operator.build_slice(1, None, 2) == slice(1, None, 2)
    assert operator.build_namedtuple(Point, 1, 2) == Point(1, 2)
    assert type(operator.build_namedtuple(Point, 1, 2)) is Point


def test_membership():
    """`contains_in` takes its operands in the order of the source."""
    assert operator.contains_in(1, [1]) and not operator.not_contains(1, [1])


@pytest.mark.parametrize("value", [2, 2.5, True, 1j, np.float64(2), np.int8(3), Fraction(1, 2)])
def test_guarded_on_numbers(value):
    """`x op= y` on a number gives `x op y`."""
    for plain, guarded in zip(operator.BINARY[:3], operator.GUARDED[:3], strict=True):
        result = guarded(value, 2)
        assert type(result) is type(plain(value, 2)) and result == plain(value, 2)


def test_guarded_on_sequences_that_cannot_change():
    """A string, bytes, tuple or frozenset is not changed by `+=` or `|=`."""
    assert operator.inplace_add("a", "b") == "ab"
    assert operator.inplace_add((1,), (2,)) == (1, 2)
    assert operator.inplace_or_(frozenset({1}), {2}) == frozenset({1, 2})


@pytest.mark.parametrize("value", [[1], np.arange(2), bytearray(b"a"), np.array(1.0)])
def test_guarded_refuses(value):
    """What can be changed is left alone, and the way out is named."""
    with pytest.raises(Refusal, match=r"write `x = x \+ y`"):
        operator.inplace_add(value, value)


def test_guarded_through_a_thunk():
    """`t += 1` is a node that looks at the value when it runs."""
    t = thunk.fromexpr(1)
    t += 2
    assert strict(t) == 3
    held = [1]
    t = thunk.fromexpr(held)
    t += [2]
    with pytest.raises(Refusal):
        strict(t)
    assert held == [1]


def test_standard_pickle_knows_the_standard_functions():
    """Functions of the standard library are pickled by name."""
    for function in (*operator.BINARY, *operator.INPLACE, *operator.UNARY):
        assert pickle.loads(pickle.dumps(function)) is function
