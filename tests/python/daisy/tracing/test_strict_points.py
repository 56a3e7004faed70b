"""Where Python insists on a value."""

# ruff: noqa: B905, RUF059  (the functions under test are as people write them)

import io
import itertools
import linecache

import numpy as np
import pytest

A = np.arange(6.0)


def user(x):
    return x * 2


def test_if(strict_at):
    """`if t:` forces t, and names the line."""

    def func(x):
        if x.sum() > 3:
            return x
        return -x

    strict_at(func, "x.sum() > 3", A)


def test_while(trace, check):
    """`while t:` forces t each time round."""

    def func(x):
        n = 0
        while x.sum() > n * 4:
            n += 1
        return n

    points, result = trace(func, A)
    assert len(points) == 5
    assert result == 4
    check(func, A)


def test_for(strict_at):
    """`for x in t:` forces t, once."""

    def func(x):
        total = 0
        for value in user(x):
            total = total + value
        return total

    strict_at(func, "user(x)", A)


def test_for_over_an_argument(unforced):
    """Looping over a leaf computes nothing: it is there."""

    def func(x, rows):
        return [value + 1 for value in x], {i: row.sum() for i, row in enumerate(rows)}

    unforced(func, A, [A, A])


def test_assert(strict_at):
    """`assert t` forces t."""

    def func(x):
        assert x.sum() > 3, "never"
        return x

    strict_at(func, "x.sum() > 3", A)


def test_assert_that_fails(check):
    """The message of a failed assertion is made of values."""
    text = "def func(x):\n    assert x.sum() < 3, f'the sum is {x.sum()}'\n"
    name = "<not rewritten by pytest>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {}
    exec(compile(text, name, "exec"), space)
    check(space["func"], A)


def test_match(strict_at):
    """`match t:` forces t."""

    def func(x):
        match x.astype(int).tolist():
            case [0, 1, *rest]:
                return rest
            case _:
                return None

    strict_at(func, "x.astype(int).tolist()", A)


def test_match_looks_into_containers(check):
    """A subject made here is forced with all that is in it."""

    def func(x):
        match [x.sum(), {"a": x[1]}]:
            case [float() as total, {"a": one}] if total > one:
                return total, one
            case _:
                return None

    check(func, A)


def test_star(strict_at):
    """`*t` forces t."""

    def func(x):
        return max(*user(x))

    strict_at(func, "*user(x)", A)


def test_star_in_displays_and_targets(check):
    """`[*t]`, `{**t}` and `a, *b = t` force t."""

    def func(x):
        first, *rest = user(x)
        return [*user(x), 1], (*x, 2), first, rest, {**dict_of(x), "c": 1}

    check(func, A)


def dict_of(x):
    return {"a": x, "b": 2}


def test_unpacking_is_deferred(unforced):
    """`a, b = t` on a thunk is deferred: the number of targets is in the source."""

    def func(x):
        a, b = pair(x)
        (c, (d, e)), f = pair((x, pair(x)))
        [g, h] = pair(x)
        total = [p + q for p, q in [pair(x), pair(x)]]
        return a, b, c, d, e, f, g, h, total

    unforced(func, A)


def pair(x):
    return x, 1


@pytest.mark.parametrize("value", [(1,), (1, 2, 3), 5], ids=repr)
def test_unpacking_fails_as_in_python(check, value):
    """The wrong number of values, and what has no values, raise Python's own error."""

    def func(x):
        a, b = user_identity(x)
        return a

    check(func, value)


def user_identity(x):
    return x


def test_unpacking_of_real_containers_is_now(trace):
    """A tuple made here is unpacked while tracing, into the very thunks."""

    def func(x):
        y = user(x)
        a, b = y, 1
        (c, d), e = (a, b), 2
        return c is y and d == 1 and e == 2

    assert trace(func, A)[1] is True


def test_keys_are_forced(check):
    """Keys of dict comprehensions and elements of set comprehensions are hashed."""

    def func(x):
        return {v.sum(): v for v in [x, x + 1]}, {v.sum() for v in [x, x + 1]}

    check(func, A)


def test_displays_with_deferred_keys(unforced):
    """Set and dict displays whose keys are thunks are deferred."""

    def func(x):
        return {x.sum(), 1}, {x.sum(): x}, {x.sum(): 1, "a": x, **{"b": x}}

    unforced(func, A)


def test_a_forced_iterator_of_pythons_own_is_looped_over(check):
    """`zip` over arrays and `itertools.product` give items that stand by themselves."""

    def func(x):
        out = [a * b for a, b in zip(x, x + 1)]
        out += [i * j for i, j in itertools.product(range(2), range(2))]
        out += [v for v in itertools.chain([1], x)]
        return (
            out + [i for i, v in enumerate(x)] + [i for (i,) in np.ndindex(2)] + list(reversed(x))
        )

    check(func, A)


def over_groups(x):
    return [list(group) for _, group in itertools.groupby([1, 1, 2])]


def over_nditer(x):
    return [value + 0 for value in np.nditer(x)]


def over_a_file(x):
    return [line for line in io.StringIO("a\nb")]


def numbers(x):
    yield from range(3)


def over_a_generator(x):
    return [n for n in numbers(x)]


def over_groups_in_zip(x):
    return [list(group) for (_, group), _ in zip(itertools.groupby([1, 1, 2]), [1, 2])]


@pytest.mark.parametrize(
    "func", [over_groups, over_nditer, over_a_file, over_a_generator, over_groups_in_zip]
)
def test_looping_over_other_iterators_is_refused(refused, func):
    """Their items may mean something else once the iterator has gone on."""
    refused(func, A, match="iterator")


def test_raise_forces_what_it_is_given(check):
    """An exception made of thunks is made of values when it is raised."""

    class Mine(ValueError):
        def __init__(self, amount):
            super().__init__(f"got {amount:.1f}")

    def func(x):
        error = Mine(x.sum())
        raise error from KeyError("cause")

    check(func, A)


def test_raising_a_class(check):
    """`raise ValueError` without a call."""

    def func(x):
        raise ValueError

    check(func, A)


def test_strict_points_are_recorded_in_order(trace):
    """Each strict point has its site, so that a report can name it."""

    def func(x):
        if x.sum() > 3 and user(x).sum() > 3:
            for value in user(x):
                return value

    points, _ = trace(func, A)
    assert [point.expression for point in points][-1] == "user(x)"
    assert all(point.filename == __file__ and point.line > 0 for point in points)
