"""Real containers: methods, and storing into them."""

import bisect
import heapq

import numpy as np
import pytest

from daisy import Refusal, autodask, strict

A = np.arange(6.0)
NUMBERS = [1, 2, 3]
TABLE = {"a": [1]}


def user(x):
    return x * 2


def test_methods_of_containers_made_here(unforced):
    """They only move items about, so they are done now, thunks and all."""

    def func(x):
        out = []
        out.append(x)
        out.extend([user(x), 1])
        out.insert(0, x.sum())
        popped = out.pop()
        out.reverse()
        copied = out.copy()
        copied.clear()
        table = {"a": x}
        table.update(b=user(x))
        table.update({"c": 1})
        table.setdefault("d", x)
        got = table.get("a"), table.get("zz", x), table.pop("c")
        names = [name for name in table.keys()]
        seen = set()
        seen.add("a")
        seen.update(["b", "c"])
        seen.discard("c")
        merged = seen.union({"d"}) | {"e"}
        for name, value in table.items():
            out.append((name, value))
        total = sum(table.values())
        return out, popped, copied, table, got, names, seen, merged, total

    unforced(func, A)


def test_an_alias_of_a_method(unforced):
    """`append = out.append` is the method of that very list."""

    def func(x):
        out = []
        append = out.append
        for i in range(3):
            append(x + i)
        return out

    unforced(func, A)


def test_storing_into_containers_made_here(unforced):
    """Items are stored and deleted while tracing."""

    def func(x):
        out = [0] * 3
        out[1] = x
        out[0:1] = [x, x]
        del out[-1]
        table = {}
        table["x"] = out
        table["x"][0] = user(x)
        del table["x"][1]
        out[-1] = out[-1] + 5
        counts = [0, 1]
        counts[0] += 5
        return table, [row for row in out], counts

    unforced(func, A)


def test_storing_by_a_deferred_index_is_a_strict_point(strict_at):
    """Which item is replaced must be known."""

    def func(x):
        out = [1, 2, 3, 4, 5, 6, 7]
        out[x.argmax()] = x
        return out

    strict_at(func, "out[x.argmax()] = x", A)


def test_looking_for_values_waits_for_them(unforced):
    """`index`, `count` and `join` look at values."""

    def func(x):
        items = [x.sum(), 1]
        text = ",".join([str(x.sum()), "b"])
        return items.index(1), items.count(15.0), text, text.upper(), "{} {}".format(x.sum(), 1)

    unforced(func, A)


def test_looking_up_a_deferred_key(unforced):
    """A dict is looked up when the key is there."""

    def func(x):
        table = {15.0: "fifteen"}
        return table[x.sum()], table.get(x.sum()), table.get(x.mean(), "none")

    unforced(func, A)


def test_sorting_a_list_forces_what_it_is_sorted_by(check):
    """The order of a list made here is static."""

    def func(x):
        values = [x.sum(), 3, x[1]]
        values.sort(reverse=True)
        rows = [[x, 2], [x, 1]]
        rows.sort(key=lambda row: row[1] * x[1])
        values.remove(3)
        return values, rows

    check(func, A)


@pytest.mark.parametrize(
    "func",
    [
        lambda x: [x.sum()].remove(7),
        lambda x: [].pop(),
        lambda x: {}["missing"],
        lambda x: [1].index(2),
        lambda x: {"a": 1}.pop("b"),
        lambda x: [3, "a"].sort(),
        lambda x: [x].append(1, 2),
    ],
)
def test_errors_of_containers_are_pythons_own(check, func):
    """The message is the one that Python gives."""
    check(func, A)


def test_heaps_of_real_lists(check):
    """`heapq` and `bisect.insort` change a list made here, and compare what is in it."""

    def func(x):
        heap = [5, 3]
        heapq.heapify(heap)
        heapq.heappush(heap, x[1])
        first = heapq.heappop(heap)
        bisect.insort(heap, 4)
        return heap, first

    check(func, A)


def test_displays(unforced):
    """Displays and comprehensions give real containers with thunks in them."""

    def func(x):
        rows = [[x, i] for i in range(2)]
        table = {name: x for name in "ab"} | {**{"c": x}, "d": (x,)}
        return rows, table, [*rows, x], len(table), {1, 2}, {"one": {2: x}}

    unforced(func, A)


# From outside -------------------------------------------------------------------------------------


def append(items):
    items.append(1)
    return items


def add_in_place(items):
    items += [1]
    return items


def store(items):
    items[0] = 1
    return items


def delete(items):
    del items[0]
    return items


def append_inside(items):
    for item in items:
        item.append(1)
    return items


def append_to_global(items):
    NUMBERS.append(1)
    return items


def append_inside_global(items):
    TABLE["a"].append(1)
    return items


def append_to_default(items, kept=[]):  # noqa: B006
    kept.append(1)
    return kept


def sort_argument(items):
    items.sort()
    return items


def append_to_attribute(items):
    Settings.items.append(1)
    return items


class Settings:
    items = []  # noqa: RUF012


CHANGES = [
    *((append, [1]), (append, [A]), (add_in_place, [1]), (store, [1]), (store, [A])),
    *((delete, [A]), (append_inside, [[1]]), (append_inside, [[A]]), (append_inside, ([A],))),
    *((append_to_global, [1]), (append_inside_global, [1]), (append_to_default, [1])),
    *((sort_argument, [2, 1]), (append_to_attribute, [1]), (append, {"a": []}["a"])),
]


@pytest.mark.parametrize(
    ("func", "value"), CHANGES, ids=lambda value: getattr(value, "__name__", "")
)
def test_changing_what_came_from_outside_is_refused(refused, func, value):
    """The caller would see it; an argument container is the caller's, though it is a copy."""
    before = repr(value)
    refused(func, value, match="not made in this function")
    assert repr(value) == before
    assert NUMBERS == [1, 2, 3]
    assert TABLE == {"a": [1]}


def test_changing_what_a_closure_holds_is_refused(refused):
    """A list of the function round a traced one is not made in it."""
    kept = []

    def func(x):
        kept.append(1)
        return x

    refused(func, 1, match="not made in this function")
    assert kept == []


def test_copies_of_what_came_from_outside_can_be_changed(unforced):
    """A list made of the caller's is this function's own, and so are its star arguments."""

    def func(items, *rest, **named):
        mine = list(items)
        mine.append(rest[0])
        also = items + [1]
        also.append(2)
        named["more"] = 1
        named.pop("more", None)
        return mine, also, named, [[*item] for item in [items]]

    unforced(func, [A, 1], A)


def test_the_value_of_a_thunk_is_not_made_here(refused):
    """Others can hold the thunk, and would see its value change."""

    def func(x):
        items = strict(pair(x))
        items.append(1)
        return items

    refused(func, A, match="not made in this function")


def pair(x):
    return [x, 1]


def test_argument_containers_arrive_as_copies():
    """What the caller puts in afterwards is not seen, what is in it is a leaf."""

    def func(items):
        return [item for item in items]

    items = [A, 1]
    thunk = autodask(func)(items)
    items.append(2)
    assert len(strict(thunk)) == 2


def test_two_arguments_that_are_one_list_are_one_copy(check):
    """Aliasing among the arguments stays."""

    def func(a, b):
        return a is b, a[0] is b[0]

    value = [A]
    assert strict(autodask(func)(value, value)) == (True, True)
    assert strict(autodask(func)(value, [A])) == (False, True)


def test_a_container_that_holds_itself_as_argument():
    """A cycle ends."""
    items = [A]
    items.append(items)

    def func(x):
        return x[1][1][0] + 1, len(x)

    assert strict(autodask(func)(items))[1] == 2


# Stores that are refused --------------------------------------------------------------------------


def store_item(x):
    x[0] = 1


def store_attribute(x):
    x.name = 1


def delete_item(x):
    del x[0]


def delete_attribute(x):
    del x.name


def store_in_result(x):
    y = user(x)
    y[0] += 1
    return y


def store_in_module(x):
    np.nothing = x


def store_in_class(x):
    Settings.value = x


def store_in_function(x):
    user.cache = x


@pytest.mark.parametrize(
    "func",
    [
        *(store_item, store_attribute, delete_item, delete_attribute, store_in_result),
        *(store_in_module, store_in_class, store_in_function),
    ],
)
def test_storing_into_data_is_refused(refused, func):
    """It would happen later than it is written, or be seen by others."""
    refused(func, A.copy(), match="stores into")


def test_a_refusal_comes_before_anything_is_changed():
    """Nothing is stored when a store is refused."""
    value = A.copy()
    with pytest.raises(Refusal):
        autodask(store_item)(value)
    assert value.tobytes() == A.tobytes()
