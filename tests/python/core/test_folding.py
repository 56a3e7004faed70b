"""When two pieces of work are the same."""

import math

import numpy as np
import pandas as pd
import pytest

from daisy._core import defer, graph, keep_apart, lift
from lazy import strict, thunk


def count(make):
    """How many operations are left of what `make` writes."""
    return len(graph([lift(make())]).nodes)


def identity(*args, **kwargs):
    """An ordinary function."""
    return args, kwargs


def pair(left, right):
    """How many calls of `identity` on two constants are left of two."""
    tasks = graph([thunk(divmod, thunk(identity, left), thunk(identity, right))]).nodes
    return sum(task.func is identity for task in tasks)


NAN = float("nan")
SAME = [
    (1, 1),
    (10**30, 10**30),
    (1.5, 1.5),
    (NAN, float("nan")),
    ("ab", "".join(["a", "b"])),
    (b"x", bytes([120])),
    (None, None),
    ((1, 2), (1, 2)),
    ([1, "a"], [1, "a"]),
    ({"a": [1]}, {"a": [1]}),
    (slice(1, 2), slice(1, 2)),
    (np.float32(1), np.float32(1)),
    (2j, 2j),
]
DIFFERENT = [
    (1, 1.0),
    (1, True),
    (1.0, True),
    (0.0, -0.0),
    (0j, -0j),
    ("a", b"a"),
    ((1,), [1]),
    ((1,), (1.0,)),
    ((0.0,), (-0.0,)),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (np.float32(1), np.float64(1)),
    (np.float64(0.0), np.float64(-0.0)),
    (np.zeros(1), np.zeros(1)),
    (np.datetime64(1, "s"), np.datetime64(1, "ms")),
    (object(), object()),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_equal_constants_fold(left, right):
    """Guards that constants of the same type and value are one, a NaN by its bits."""
    assert pair(left, right) == 1


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_constants_do_not_fold(left, right):
    """Guards that type, sign of zero, order of keys and identity of objects count."""
    assert pair(left, right) == 2


def test_a_nan_of_other_bits_is_another_constant():
    """Guards that NaNs are told apart by their payload."""
    other = np.frombuffer(np.uint64(0x7FF8000000000001).tobytes(), np.float64)[0].item()
    assert math.isnan(other)
    assert pair(NAN, other) == 2


def test_leaves_fold_by_identity():
    """Guards that one array is one leaf, and an equal one is another."""
    array = np.zeros(3)
    assert pair(array, array) == 1


def test_work_written_in_two_functions_is_done_once():
    """Guards the reason for all this: a + b in f and in g is one node."""
    a, b = thunk(int, 1), thunk(int, 2)

    def f(a, b):
        return a + b

    def g(a, b):
        return a + b + 1

    assert count(lambda: f(a, b) + g(a, b)) == 5  # int(1), int(2), a + b, + 1, the sum


def test_keyword_arguments_are_part_of_a_call():
    """Guards that calls which differ in a keyword do not fold, and equal ones do."""
    call = thunk.fromexpr(identity)
    assert count(lambda: thunk(divmod, call(1, k=2), call(1, k=2))) == 2
    assert count(lambda: thunk(divmod, call(1, k=2), call(1, j=2))) == 3
    assert count(lambda: thunk(divmod, call(1, k=2), call(1, 2))) == 3


def test_operators_and_their_functions_are_one_operation():
    """Guards that `a + b` and `operator.add(a, b)` fold."""
    import operator

    a = thunk(int, 1)
    assert count(lambda: thunk(divmod, a + 1, thunk(operator.add, a, 1))) == 3


def test_impure_nodes_do_not_fold():
    """Guards that what was deferred as impure runs as often as it was written."""
    calls = []

    def draw():
        calls.append(1)
        return len(calls)

    assert strict([defer(draw, (), impure=True), defer(draw, (), impure=True)]) == [1, 2]


def test_methods_of_unknown_objects_do_not_fold():
    """Guards that two calls of one method of the user's own object are two."""

    class Counter:
        def __init__(self):
            self.value = 0

        def step(self):
            self.value += 1
            return self.value

    counter = thunk.fromexpr(Counter())
    assert sorted(strict([counter.step(), counter.step()])) == [1, 2]


def test_methods_of_known_objects_fold():
    """Guards that array and frame methods are shared."""
    for leaf in (np.arange(3), pd.Series([1, 2])):
        value = thunk.fromexpr(leaf)
        assert count(lambda value=value: value.sum() + value.sum()) == 3  # sum, its call, the sum


def test_after_orders_without_giving_a_value():
    """Guards that an ordering edge runs its node first and passes nothing on."""
    order = []
    first = defer(lambda: order.append("first"), (), impure=True)
    second = defer(lambda: order.append("second"), (), None, None, True, first)
    assert strict(second) is None
    assert order == ["first", "second"]


def test_an_array_changed_between_two_runs_is_seen_changed():
    """Guards that nothing is shared across separate evaluations."""
    array = np.zeros(2)
    value = thunk.fromexpr(array)
    assert strict(value + 1).tolist() == [1, 1]
    array[:] = 5
    assert strict(value + 1).tolist() == [6, 6]


def test_one_container_stays_one():
    """Guards `return a, a` and `h(a, a)`: what is one list stays one."""
    x = thunk(int, 3)
    a = [x]
    first, second, (third,) = strict(lift((a, a, [a])))
    assert first is second
    assert first is third
    same = thunk(lambda a, b, c: (a is b, a is c[0]), a, a, [a])
    assert strict(same) == (True, True)
    big = list(range(1000))
    assert strict(thunk(lambda a, b: a is b, big, big))


def test_equal_containers_stay_two():
    """Guards that two lists which fold into one are still two for the function that gets them."""
    x = thunk(int, 3)

    def grow(a, b):
        a.append(0)
        return len(b)

    assert strict(thunk(grow, [x], [x])) == 1
    assert strict(thunk(grow, [1], [1])) == 1
    assert strict(thunk(lambda c: grow(*c), ([x], [x]))) == 1


def test_a_call_does_not_reach_the_container_of_another():
    """Guards that equal or overlapping containers of several calls are copies of each other."""
    x = thunk(int, 3)

    def grow(a):
        a[0].append(len(a))
        return a

    one, two, three = thunk(grow, [[x], 1]), thunk(grow, [[x], 2]), thunk(len, [[x], 1])
    assert strict([one, two, three]) == [[[3, 2], 1], [[3, 2], 2], 2]


def test_calls_with_equal_containers_fold():
    """Guards that copies for safety do not cost the sharing."""
    x = thunk(int, 3)
    assert pair([x, 1], [x, 1]) == 1
    assert pair(x + 1, x + 1) == 1
    assert pair([x, 1], [x, 2]) == 2


def test_is_sees_two_results():
    """Guards `(x + 1) is (x + 1)`, which is false for what can be told apart."""
    import operator

    x = thunk.fromexpr(np.arange(3))
    total = x + 1
    assert strict(thunk(operator.is_, x + 1, x + 1)) is False
    assert strict(thunk(operator.is_not, x + 1, x + 1)) is True
    assert strict(thunk(operator.is_, total, total)) is True


def test_a_function_gets_two_objects_where_two_were_written():
    """Guards `h(x + 1, x + 1)` where `h` asks whether they are one (scipy.signal.csd does)."""
    x = thunk.fromexpr(np.arange(3))
    total = x + 1
    assert strict(thunk(lambda a, b: a is b, x + 1, x + 1)) is False
    assert strict(thunk(lambda a, b: a is b, total, total)) is True
    assert strict(thunk(lambda a, *, b: a is b, x + 1, b=x + 1)) is False


def test_a_function_may_change_what_was_made_for_it():
    """Guards folded work against a helper that works in place on its argument."""
    x = thunk.fromexpr(np.arange(3.0))

    def centre(a):
        a -= a.mean()
        return a

    assert strict(thunk(centre, x * 2) + x * 2).tolist() == [-2.0, 2.0, 6.0]
    assert strict(x * 2 + thunk(centre, x * 2)).tolist() == [-2.0, 2.0, 6.0]


def test_what_did_not_fold_is_not_copied():
    """Guards that one value given to two functions is given to them as it is."""
    x = thunk.fromexpr(np.arange(3.0))
    total = x + 1
    assert count(lambda: thunk(divmod, thunk(identity, total), thunk(len, total))) == 4
    left, right = strict([thunk(lambda a: a, total), thunk(lambda a: (a,), total)])
    assert left is right[0]


def test_keep_apart_unfolds():
    """Guards the tracer's word that two equal operations are two after all."""
    x = thunk.fromexpr([1])
    one, two = defer(identity, (x,)), defer(identity, (x,))
    assert len(graph([one, two]).nodes) == 2  # the call, and the copy for the second place
    keep_apart(one)
    assert strict(thunk(lambda a, b: a is b, one, two)) is False
