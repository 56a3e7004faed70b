"""Displays and f-strings."""

import pytest
from tests.python.daisy.tracing.rewrite.plain_runtime import check, check_same, defined, remade


def test_lists_and_tuples_stay():
    """They are real containers; what is in them is rewritten."""
    check("return [a, b + 1]", "return [a, .binary(S, 0, b, 1)]")
    check("return (a, *b)", "return (a, *.star(S, b))")


def test_sets():
    """A set hashes what it is given."""
    check("return {a, *b}", "return .set_display(S, (a, *.star(S, b)))")


def test_dicts_of_constants_stay():
    """Constants are hashed now."""
    check("return {'x': a + 1, 2: b}", "return {'x': .binary(S, 0, a, 1), 2: b}")
    check_same("return {}")


def test_dicts_of_other_keys():
    """Each key is evaluated before its own value, so a dict of several is put together."""
    check("return {a: b}", "return .dict_display(S, (a,), (b,))")
    check(
        "return {a: b, 'x': c}",
        "return .merge(S, .dict_display(S, (a,), (b,)), {'x': c})",
    )


def test_dicts_with_mappings_in_them():
    """A mapping that is unpacked is a part of its own."""
    check("return {**a, 'x': b}", "return .merge(S, .starstar(S, a), {'x': b})")
    check("return {**a}", "return .merge(S, .starstar(S, a))")


def test_f_strings():
    """The format stays in a plain function of the values."""
    check(
        "return f'{a} and {b + 1!r}'",
        "return .format(S, lambda .formatted0, .formatted1: f'{.formatted0} and {.formatted1!r}', "
        "a, .binary(S, 0, b, 1))",
    )


def test_f_strings_with_values_in_the_format():
    """A width is a value like another, in the order in which Python evaluates them."""
    check(
        "return f'{a:>{b}} {c}'",
        "return .format(S, lambda .formatted0, .formatted1, .formatted2: "
        "f'{.formatted0:>{.formatted1}} {.formatted2}', a, b, c)",
    )


def test_f_strings_without_values_stay():
    """There is nothing to put off."""
    check_same("return f'text'")


@pytest.mark.parametrize(
    "text", ["{a=}", "{a!r:>{b}}|{a:{b}.{c}f}", "{a:%}", "{'x':{a}}", "{{{a}}}"]
)
def test_f_strings_give_the_same_text(text):
    """Debug texts, conversions and nested formats survive."""
    func = defined(f'def f(a, b, c):\n    return f"{text}"\n')
    assert remade(func)(3, 12, 2) == func(3, 12, 2)
