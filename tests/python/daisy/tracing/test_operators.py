"""Operators, comparisons, attributes, items, formats."""

import operator

import numpy as np
import pytest

from daisy import Refusal, autodask, strict
from daisy._core import is_thunk

A = np.arange(6.0)
TABLE = {"a": 1, "b": 2}


def user(x):
    return x * 2


def arithmetic(x, y):
    return (
        *(x + y, x - y, x * y, x / y, x // y, x % y, x**2, 1 + x, 2 - x, 2 * x, 1 / (x + 1)),
        *(-x, +x, abs(x), x @ x, divmod(x, 3), x < y, x <= y, x == y, x != y, x > y, x >= y),
    )


def bitwise(x):
    return x << 1, x >> 1, x & 3, x | 8, x ^ 1, ~x, 1 << x, 7 & x


def test_all_operators_are_deferred(unforced):
    """Every operator on data is a node, and gives the same bits."""
    unforced(arithmetic, A, A + 1)
    unforced(bitwise, np.arange(4))


def test_static_values_are_plain_python(trace):
    """Operators on static values are done while tracing, so that loops can use them."""

    def count(n):
        return [i for i in range(n * 2 + 1 - 3 // 2)] if n > 1 and not n < 1 else None

    assert trace(count, 3)[1] == [0, 1, 2, 3, 4, 5]


def test_sequences_are_put_together_now(unforced):
    """`+` and `*` of real lists look at no value in them."""

    def join(x):
        both = [x, 1] + [2, x] + [x] * 2
        return both, (x,) + (1,), 2 * (x,), len(both)

    unforced(join, A)


def test_comparison_of_containers_with_thunks_is_deferred(unforced):
    """`==` of lists looks at values, so it waits for them."""

    def equal(x):
        return [x.sum(), 1] == [15.0, 1], (x.sum(),) < (16,), {"a": x.sum()} != {"a": 15.0}

    unforced(equal, A)


def test_identity_is_deferred_on_thunks(unforced):
    """`is None` of a result is asked of its value; of containers it is known."""

    def identity(x):
        y = user(x)
        items = [y]
        return y is None, y is not None, y is y, items is items, items is None

    unforced(identity, A)


def test_not_is_deferred_on_thunks_only(unforced):
    """`not` of a real container looks at its length."""

    def negate(x):
        return not x.sum(), not [x], not [], not 0

    unforced(negate, A)


def test_membership(unforced):
    """`in` is deferred when a thunk takes part; keys of a real dict are static."""

    def member(x):
        total = x.sum()
        return (
            *(total in [1, 15.0], 1 in [total, 2], total not in (1, 2), "a" in TABLE),
            *("a" in {"a": x}, total in {15.0: 1}, 3.0 in x, total in {"b": 1}.values()),
        )

    unforced(member, A)


def test_formats_are_deferred(unforced):
    """f-strings and `%` on a thunk are nodes; on static values they are strings."""

    def text(x):
        name = f"{3:>5}|{'a'!r}"
        width = 8
        return f"{x.sum():{width}.2f} {name}", "%s is %d" % ("sum", x.sum()), "%s" % x.sum()

    unforced(text, A)


def test_static_formats_are_strings(trace):
    """A static f-string can name a branch."""

    def text(n):
        return f"n{n}" == "n3" and "%03d" % n == "003"

    assert trace(text, 3)[1] is True


def test_items_and_attributes_of_data(unforced):
    """Item and attribute access on data are nodes, with slices and tuples of thunks."""

    def items(x):
        n = user(1)
        return x[1], x[n], x[1:n], x[::-1], x[..., None], x[x > 2], x.T, x.real.imag, [1, 2, 3][n]

    unforced(items, A)


def test_items_of_real_containers_are_what_is_in_them(trace):
    """An item taken out of a list made here is that very thunk."""

    def pick(x):
        y = user(x)
        return [1, y][1] is y and {"a": y}["a"] is y and (y, 2)[0] is y

    assert trace(pick, A)[1] is True


def test_a_deferred_index_into_lists_that_can_change_is_a_strict_point(strict_at):
    """The list that it takes out can be changed afterwards, so it must be the list itself."""

    def grow(x):
        rows = [[1], [2]]
        row = rows[x.argmax() - 5]
        row.append(3)
        return rows

    strict_at(grow, "rows[x.argmax() - 5]", A)


def test_no_work_on_global_data_is_done_while_tracing(trace):
    """Globals and closure values count as data, too."""
    closed = np.ones(6)

    def use(n):
        return A + n, closed * n, A.sum(), A[0]

    assert all(map(is_thunk, trace(use, 2)[1]))


def in_place_on_results(x):
    y = x * 2
    y += 1
    y -= x
    y *= 2
    return y, x


def in_place_keeps_the_type(x):
    y = x + np.float32(1)
    y += np.float64(1)
    return y


def in_place_on_numbers(x):
    n = x.sum()
    n += 1
    text = str(n)
    text += "!"
    pair = (n,)
    pair += (x,)
    return n, text, pair


def in_place_on_a_shared_node(x):
    y = x + 1
    z = x + 1
    y += 1
    return y, z


@pytest.mark.parametrize(
    ("func", "value"),
    [
        (in_place_on_results, A),
        (in_place_keeps_the_type, A.astype("f4")),
        (in_place_on_numbers, A),
        (in_place_on_a_shared_node, A),
    ],
)
def test_in_place_operators_on_what_was_made_here(unforced, func, value):
    """`x op= y` on the fresh result of an operator is the in-place operator, on its own value."""
    unforced(func, value)


def in_place_on_an_argument(x):
    x += 1
    return x


def in_place_on_an_alias(x):
    y = x * 2
    z = y
    y += 1
    return y, z


@pytest.mark.parametrize("func", [in_place_on_an_argument, in_place_on_an_alias])
def test_in_place_operators_on_what_others_hold_are_refused(func):
    """A mutable value that something else refers to would be seen changed, or not changed."""
    with pytest.raises(Refusal) as caught:
        strict(autodask(func)(A.copy()))
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert func.__code__.co_filename in text
    assert "line" in text


def test_in_place_integer_overflow_of_type_raises_as_plain(check):
    """An int array += 1.5 raises NumPy's own error, though the node works on a copy."""

    def add(x):
        y = x * 1
        y += 1.5
        return y

    check(add, np.arange(3))


def test_in_place_on_lists_made_here(unforced):
    """`list += list` is done now, and what it takes from a thunk is forced."""

    def extend(x):
        out = [x]
        alias = out
        out += [1, user(x)]
        out *= 2
        names = {1}
        names |= {2}
        table = {"a": x}
        table |= {"b": x}
        return out, alias is out, names, table

    unforced(extend, A)


def test_functions_of_operator_are_the_operators():
    """`operator.add(a, b)` and `a + b` are one piece of work."""
    from daisy import ltree_to_dask

    def both(x, y):
        return operator.add(x, y) * (x + y)

    graph, _ = ltree_to_dask(autodask(both)(A, A))
    assert sum(key.startswith("add-") for key in graph) == 1
