"""Functions that once gave another answer than plain Python, each the smallest of its kind."""

import typing

import numpy as np
import pytest

from daisy import Refusal, autodask, strict

ARR = np.arange(3.0)


def first(iterable):
    return next(iter(iterable))


def counted(n):
    yield from range(n)


class Pair(typing.NamedTuple):
    """A namedtuple with an operator and a property of its own."""

    x: object
    y: object

    def __mul__(self, factor):
        return isinstance(self.x, np.ndarray)

    def __len__(self):
        return 7

    def __getitem__(self, index):
        return 42

    @property
    def holds_array(self):
        return isinstance(self.x, np.ndarray)


class Base(typing.NamedTuple):
    x: object

    @property
    def holds_array(self):
        return isinstance(self.x, np.ndarray)


class Derived(Base):
    __slots__ = ()


class Made:
    def __init__(self, x):
        self.x = x


def test_a_list_in_a_tuple_can_change(check):
    """What a deferred index takes out of tuples may be a list that is changed afterwards."""

    def f(x):
        inner = []
        taken = [(inner,), (inner,)][x[0].astype(int)]
        inner.append(1)
        return taken

    check(f, ARR)


def test_a_default_of_get_can_change(check):
    """The default of `d.get(deferred, default)` stays the very list that it is."""

    def f(x):
        default = []
        got = {1: 2}.get(int(x[0]), default)
        default.append(5)
        return got

    check(f, ARR)


def test_membership_in_an_iterator(check):
    """`x in iterator` compares values with values, by identity first."""

    def f(x):
        return x in iter([x])

    check(f, ARR)


def test_a_list_added_to_itself(check):
    """`a += a` ends: the list is not iterated over while it grows."""

    def f(x):
        a = [x]
        a += a
        return a

    check(f, ARR)


@pytest.mark.parametrize("start", [1, "a", None, (1,)])
def test_errors_of_augmented_assignment(check, start):
    """The message names the operator that was written: `+=`, not `+`."""

    def f(x, start):
        start -= x
        return start

    check(f, "s", start)


def test_errors_of_deferred_augmented_assignment(check):
    """The same where the operation is deferred, on either side."""

    def f(x, other):
        total = 1
        total -= x.get("k")
        total -= other
        return total

    check(f, {"k": ARR}, None)

    def g(x):
        text = str(x)
        text -= 1
        return text

    check(g, ARR)


@pytest.mark.parametrize("rest", [next, list, tuple, lambda it: it.__next__()])
def test_an_iterator_that_was_given_away(refused, rest):
    """A deferred call takes who knows how many items of an iterator: then nobody else may."""

    def f(x, rest):
        items = (v for v in [x, x + 1])
        one = first(items)
        return one, rest(items)

    refused(f, ARR, rest, match="given to a deferred call")


def test_an_iterator_below_one_that_was_given_away(refused):
    """What an iterator takes its items from is used up with it."""

    def over_enumerate(x):
        items = iter([x, x + 1, x + 2])
        one = first(enumerate(items))
        return one, list(items)

    def over_generator(x):
        items = iter([x, x + 1, x + 2])
        one = first(v + 1 for v in items)
        return one, list(items)

    refused(over_enumerate, ARR, match="given to a deferred call")
    refused(over_generator, ARR, match="given to a deferred call")


def test_generators_are_not_folded(check):
    """Each call of a generator function gives an iterator of its own."""

    def zipped(x):
        return list(zip(counted(4), counted(4), strict=True)), x

    def stepped(x):
        items = counted(4)
        return first(items), first(items), x

    check(zipped, ARR)
    check(stepped, ARR)


def test_two_generators_in_a_result():
    """Two generators of one function can be returned: no copy is made of one."""

    def f():
        return counted(2), counted(2)

    assert list(map(list, strict(autodask(f)()))) == [[0, 1], [0, 1]]


def test_the_subject_of_match_is_itself(check):
    """A pattern binds the list itself, not a copy with values."""

    def f(x):
        items = [x]
        match items:
            case list() as bound:
                bound.append(1)
        return items

    check(f, ARR)


def test_a_list_computed_now_is_itself(check):
    """`strict(items)` gives the list itself, with values in it from then on."""

    def f(x):
        items = [x[0], {"k": x[1]}]
        same = strict(items)
        same.append(2)
        same[1]["m"] = 3
        return items

    check(f, ARR)


def test_a_computed_container_is_not_ours(refused):
    """A container that a deferred call gave may be held by others: it is not changed."""

    def give(x):
        return [x]

    def f(x):
        given = give(x)
        strict([given])[0].append(1)
        return given

    refused(f, ARR)


def test_namedtuples_with_operators(check):
    """An operation that a namedtuple's class defines is the user's, and sees values."""

    def given(pair):
        return pair * 2, len(pair), pair[0], pair.holds_array

    def made(x):
        return Pair(x, 1) * 2

    check(given, Pair(ARR, 1))
    check(made, ARR)


def test_inherited_properties_of_namedtuples(check):
    """A property sees values wherever in the class's bases it stands."""

    def f(derived):
        return derived.holds_array

    check(f, Derived(ARR))


def test_views_in_arms(check):
    """A view that an arm gives goes on to show its dict."""

    def f(x):
        known = {1: x}
        keys = known.keys()
        taken = keys if x[0] > 5 else known
        known[2] = x
        return list(taken)

    check(f, ARR)


def test_equal_values_beside_an_object_of_unknown_class(engine):
    """Two places of a result get a value each, also where something in it has an order."""

    def f(x):
        return (len([Made(x)]), Made(1)), (np.ones(2), x), np.ones(2)

    _, (left, _), right = strict(autodask(f)(ARR))
    assert left is not right
    left += 1
    assert right.tolist() == [1, 1]


def test_one_value_at_two_places_beside_an_object_of_unknown_class():
    """One object at two places of a result stays one object."""

    def f(x):
        made = Made(x)
        return made, [made]

    made, [again] = strict(autodask(f)(ARR))
    assert made is again


def test_qualified_names_of_local_functions(check):
    """A local function has the qualified name that it has in plain Python."""

    def f(x):
        def g(a, *, k):
            return a

        return g(x, j=1)

    check(f, ARR)


def test_a_refusal_of_an_iterator_is_final():
    """The refusal of a used iterator is not swallowed by the function."""

    def f(x):
        items = iter([x, 1])
        one = first(items)
        for item in items:
            one = one + item
        return one

    with pytest.raises(Refusal):
        strict(autodask(f)(ARR))


def test_what_cannot_be_unpacked(check):
    """Unpacking a value that is no iterable raises Python's own error for the place."""

    def target(x):
        head, *rest = x.sum()
        return head, rest

    def display(x):
        return [*x.sum()]

    check(target, ARR)
    check(display, ARR)


class Counter:
    def __init__(self, n):
        self.n = n

    def inc(self):
        self.n += 1
        return self.n


def make_counter(n):
    return Counter(n)


def two_counters(x):
    a = make_counter(x)
    b = make_counter(x)
    return a.inc(), b.inc(), a.inc()


def test_equal_factories_give_two_objects():
    """Guards two objects made by equal calls, of which one is changed."""
    assert strict(autodask(two_counters, inline=True)(1)) == two_counters(1) == (2, 2, 3)


def parts_of_equals(x):
    return (x + 1)[:2], (x + 1)[:2]


def test_parts_of_equal_values_are_two():
    """Guards views of two arrays, which the caller may change one of."""
    first, second = strict(autodask(parts_of_equals, inline=True)(np.arange(3.0)))
    first[:] = 9
    assert second.tolist() == [1, 2]
