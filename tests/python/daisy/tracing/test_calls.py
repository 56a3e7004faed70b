"""The table of calls: each row, and what it must not do."""

# ruff: noqa: B905  (the functions under test are as people write them)

import functools
import math
import operator
import random
import typing
import warnings
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest

from daisy import Refusal, autodask, inline, ltree_to_dask, strict
from daisy._core import is_thunk

A = np.arange(6.0)
Point = namedtuple("Point", "x y")


class Area(typing.NamedTuple):
    x: object
    y: object

    def area(self):
        return self.x * self.y

    @property
    def double(self):
        return self.x * 2


def user(x, *more, **named):
    return x * 2 if not more else (x, more, named)


@inline
def doubled(x):
    return x + x


@autodask(inline=True)
def tripled(x):
    return x + x + x


@autodask
def opaque(x):
    return x + x


def names_of(thunk):
    graph, _ = ltree_to_dask(thunk)
    return sorted(key.split("-")[0] for key in graph)


# Entered ------------------------------------------------------------------------------------------


def test_inline_functions_are_entered(unforced):
    """The body of an inline function joins the graph, of either kind."""

    def func(x):
        return doubled(x) + tripled(x)

    unforced(func, A)
    assert "doubled" not in names_of(autodask(func)(A))


def test_inline_functions_share_work_with_the_rest():
    """Work in separate functions that is the same is one node."""

    def func(x):
        return doubled(x), x + x

    assert names_of(autodask(func)(A)).count("add") == 1


def test_an_autodask_function_is_one_node(unforced):
    """A non-inline autodask function runs as the plain function."""

    def func(x):
        return opaque(x) + 1

    unforced(func, A)
    assert "opaque" in names_of(autodask(func)(A))


def test_local_functions_are_entered(unforced):
    """A function or lambda defined in the body is traced with it."""

    def func(x):
        def inner(y, scale=2):
            return doubled(y) * scale

        return inner(x) + (lambda z: z - 1)(x)

    unforced(func, A)
    assert "inner" not in names_of(autodask(func)(A))


def test_partials_are_taken_apart(unforced):
    """A partial of an inline function enters it; of any other it is a call of that."""

    def func(x):
        return (
            functools.partial(doubled)(x),
            functools.partial(user, x)(),
            functools.partial(max, 3)(2),
        )

    unforced(func, A)


def test_inline_without_source_traces_by_operators(unforced):
    """Where there is no source, what a function does to thunks makes the graph."""
    space = {}
    exec("def plus(x): return x + 1", space)
    plus = inline(space["plus"])

    def func(x):
        return plus(x) * plus(x)

    unforced(func, A)


def test_recursion_that_ends_is_entered(check):
    """A recursive inline function is unrolled as far as its condition is known."""
    check(lambda n: factorial(n), 5)


@inline
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


def test_recursion_without_an_end_is_refused():
    """A recursion that tracing never ends is refused, not an overflow of the stack."""
    with pytest.raises(Refusal, match="calls itself"):
        strict(autodask(endless)(1))


@inline
def forever(n):
    return forever(n + 1)


def endless(n):
    return forever(n)


# Done now -----------------------------------------------------------------------------------------


def test_strict_is_done_now(strict_at):
    """`strict` computes while tracing, and what it gives is a value."""

    def func(x):
        n = strict(x.sum())
        return list(range(int(n)))

    strict_at(func, "strict(x.sum())", A)


def test_subclasses_of_strict_are_made_now(trace):
    """What derives from `strict` is never deferred."""

    class Logged(strict):
        def __init__(self, value):
            self.value = value

    def func(x):
        return Logged(x)

    _, made = trace(func, A)
    assert type(made) is Logged
    assert is_thunk(made.value)


def test_callables_that_look_at_the_container(unforced):
    """They are done now though thunks stand inside."""

    def func(x):
        y = user(x)
        items = [y, x]
        pairs = list(zip(items, range(len(items))))
        numbered = list(enumerate(items))
        first = next(iter(items))
        table = dict(a=y, b=x)
        back = list(reversed(items))
        length = len(table)
        kinds = isinstance(items, list), type(items) is list, issubclass(int, object)
        rest = callable(user), hasattr(items, "append"), getattr(items, "nope", None)
        return (
            pairs,
            numbered,
            first,
            tuple(items),
            back,
            table,
            length,
            kinds,
            rest,
            items[slice(1)],
        )

    unforced(func, A)


def test_callables_that_look_at_the_container_given_a_thunk(unforced):
    """Given a thunk itself they are deferred."""

    def func(x):
        y = user(x)
        return (
            len(y),
            list(y),
            tuple(y),
            isinstance(y, np.ndarray),
            type(y),
            callable(y),
            range(len(y)),
        )

    unforced(func, A)


def test_iterators_over_thunks_are_never_folded(unforced):
    """Two equal `zip`s are two iterators: each is used up by its own list."""

    def func(x):
        return list(zip(x, x)), list(zip(x, x)), list(enumerate(x)), list(enumerate(x))

    unforced(func, A)


def test_callables_that_look_at_values(unforced):
    """They are deferred when a thunk takes part, and done now when none does."""

    def func(x):
        n = x.sum()
        values = [n, 3, 1]
        return (
            *(sorted(values), min(values), max(n, 2), sum(values), any([n, 0]), all(values)),
            *(int(n), float(n), complex(n), bool(n), str(n), abs(n), round(n, 1), repr(n)),
            *(format(n, ".1f"), divmod(n, 4), pow(n, 2), set(values), frozenset(values)),
            *(chr(int(n)), ord("a"), hash(n), bytes([1, 2]), hex(int(n))),
        )

    unforced(func, A)


def test_values_of_static_arguments_are_static(trace):
    """So that a branch on `max(a, b)` or `math.floor(x)` is plain Python."""

    def func(n):
        size = max(n, 2) + sum([1, 2]) + int("3") + math.floor(2.5) + operator.add(1, 1)
        size = size + int(np.sqrt(16.0)) + np.ndim([1, 2]) + len(sorted({3, 1}))
        return [0] * size if np.isscalar(n) and isinstance(np.float64(2).item(), float) else None

    assert trace(func, 3)[1] == [0] * (3 + 3 + 3 + 2 + 2 + 4 + 1 + 2)


def test_ufuncs_on_lists_are_work(trace):
    """The cheap table is for scalars: on a list a ufunc is a node."""
    assert is_thunk(trace(lambda n: np.sin([n, 2.0]), 1.0)[1])


def test_exception_classes_are_called_now(check):
    """`raise` forces what the exception holds."""

    def func(x):
        raise ValueError(f"the sum is {x.sum()}", x.sum())

    check(func, A)


def test_namedtuples_are_containers(unforced):
    """A namedtuple holds thunks; its user's methods and properties are nodes."""

    def func(x):
        p = Point(x, 1)
        q = Area(x, user(x))
        a, b = p
        return p, q.area(), q.double, p._replace(y=x).y, a, b, q.x, q._asdict()

    unforced(func, A)


def test_printing_and_warning_force_their_arguments(capsys):
    """`print` prints values, in the order written, once."""

    def func(x):
        print("sum", x.sum(), [x.mean()])
        return x

    strict(autodask(func)(A))
    assert capsys.readouterr().out == "sum 15.0 [np.float64(2.5)]\n"


def test_casts_are_transparent(trace):
    """`typing.cast` gives its argument."""
    assert trace(lambda n: typing.cast(int, n) + 1, 2)[1] == 3


# Deferred -----------------------------------------------------------------------------------------


def test_anything_else_is_deferred(trace):
    """A call is deferred also when all its arguments are static."""

    def func(n):
        return user(n), pd.Series([1]), np.zeros(3)

    assert all(map(is_thunk, trace(func, 1)[1]))


def test_arguments_of_deferred_calls(unforced):
    """Positional, keyword and starred arguments arrive, containers as containers of values."""

    def func(x):
        more = [x, 1]
        named = {"key": x, "n": (x, [2])}
        return user(x, *more, **named), user(x, [x, {"a": (x,)}], 3)

    unforced(func, A)


def test_a_container_is_copied_when_the_call_is_deferred(unforced):
    """What is put in afterwards is not seen."""

    def func(x):
        items = [x]
        before = amount(items)
        items.append(1)
        return before, items

    unforced(func, A)


def amount(items):
    return len(items)


def test_methods_of_data_are_deferred(unforced):
    """Methods of arrays and frames are nodes."""

    def func(frame):
        grouped = frame.groupby("k").sum()
        return grouped, frame["v"].mean(), frame.v.max(), frame.assign(w=frame.v * 2).w.to_numpy()

    unforced(func, pd.DataFrame({"k": [1, 1, 2], "v": [1.0, 2.0, 3.0]}))


def test_callables_of_operator(unforced):
    """`itemgetter` and its like look into real containers."""

    def func(x):
        pair = operator.itemgetter(1, 0)([x, 2])
        return pair, operator.attrgetter("T.shape")(x), operator.methodcaller("sum")(x)

    unforced(func, A)


def test_unbound_methods(unforced):
    """`str.upper(s)` is cheap, `list.append(l, x)` is the method of the real list."""

    def func(x):
        out = []
        list.append(out, x)
        return str.upper("a"), out, str.join(",", ["a", str(x.sum())])

    unforced(func, A)


def test_a_function_argument_is_called_as_one_node(unforced):
    """A function that comes in is static, and a call of it is deferred."""

    def func(x, apply):
        return apply(x) + 1

    unforced(func, A, user)


def test_calling_a_thunk_is_deferred(unforced):
    """What is called can be a result itself."""

    def func(x):
        return functools.partial(max, 3) if x is None else user(x).sum(), operator.methodcaller

    unforced(lambda x: func, 1)
    unforced(lambda x: {"a": np.sum}["a"](x), A)


# Refused ------------------------------------------------------------------------------------------


def out_keyword(x):
    y = x * 2
    return np.add(x, 1, out=y)


def out_positional(x):
    return np.add(x, 1, x)


def out_of_clip(x):
    return np.clip(x, 0, 1, x)


def out_of_method(x):
    return x.clip(0, 1, x)


def out_of_method_by_keyword(x):
    return x.cumsum(out=x)


def copyto(x):
    y = np.zeros(6)
    return np.copyto(y, x)


def put(x):
    return np.put(x, [0], 1)


def place(x):
    return np.place(x, x > 1, 0)


def fill_diagonal(x):
    return np.fill_diagonal(x, 0)


def shuffle(x):
    return random.shuffle(x)


def shuffle_by_generator(x):
    return np.random.default_rng(0).shuffle(x)


def add_at(x):
    return np.add.at(x, [0], 1)


def sort(x):
    y = x.copy()
    return y.sort()


def fill(x):
    return x.copy().fill(0)


def update(x):
    return user(x).update(a=1)


def append(x):
    return user([x]).append(1)


def inplace_keyword(x):
    return pd.Series(x).rename("a", inplace=True)


def copy_false(x):
    return np.nan_to_num(x, copy=False)


def overwrite(x):
    return user(x, overwrite_a=True)


def set_by_function(x):
    return setattr(x, "a", 1)


@pytest.mark.parametrize(
    "func",
    [
        *(out_keyword, out_positional, out_of_clip, out_of_method, out_of_method_by_keyword),
        *(copyto, put, place, fill_diagonal, shuffle, shuffle_by_generator, add_at, sort, fill),
        *(update, append, inplace_keyword, copy_false, overwrite, set_by_function),
    ],
    ids=lambda func: func.__name__,
)
def test_what_changes_its_argument_is_refused(func):
    """It would happen later than it is written, or be seen by others."""
    value = A.copy()
    with pytest.raises(Refusal) as caught:
        strict(autodask(func)(value))
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert func.__code__.co_filename in text
    assert value.tobytes() == A.tobytes()


def test_out_none_and_partition_of_text_are_fine(unforced):
    """The tables do not fire for what changes nothing."""

    def func(x):
        left = ("a-" + str(x.sum())).partition("-")
        index = pd.Index([1]).append(pd.Index([2]))
        return np.sum(x, out=None), np.sum(x, 0, None, None), left, index, np.clip(x, 0, 1)

    unforced(func, A)


def test_an_alias_of_globals_is_refused(refused):
    """`locals` and its like under another name would see the tracer's frame."""

    def func(x):
        look = locals
        return look(), x

    refused(func, 1, match="locals")


# Notes --------------------------------------------------------------------------------------------


def fails_while_tracing(x):
    return int("no number") + x


def fails_in_a_task(x):
    return user(x, 1)[5]


def fails_in_python(x):
    a, b = [1, 2, 3]
    return a + b + x


def fails_for_a_name(x):
    return x + undefined_name  # noqa: F821


def fails_in_inline(x):
    return ratio(x, 0)


@inline
def ratio(x, y):
    return [x][y + 3]


@pytest.mark.parametrize(
    "func",
    [fails_while_tracing, fails_in_a_task, fails_in_python, fails_for_a_name, fails_in_inline],
)
def test_exceptions_have_one_note(check, func):
    """Each says the file, the line and the expression, once."""
    error = check(func, A)
    assert len(error.__notes__) == 1
    assert "line" in error.__notes__[0]


def test_an_exception_object_is_the_same_object():
    """What the function raises is what comes out."""
    error = KeyError("mine")

    def func(x):
        raise error

    with pytest.raises(KeyError) as caught:
        autodask(func)(1)
    assert caught.value is error


def test_warnings_name_the_line_of_the_user():
    """`warnings.warn` in a traced function points into the user's file."""

    def func(x):
        warnings.warn(f"careful {x.sum()}", UserWarning, stacklevel=1)
        return x

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        strict(autodask(func)(A))
    assert [str(one.message) for one in caught] == ["careful 15.0"]
    assert caught[0].filename == __file__
    assert caught[0].lineno == func.__code__.co_firstlineno + 1
