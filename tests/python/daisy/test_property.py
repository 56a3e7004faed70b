"""Random pure functions: traced they give what they give plain, raise the same, or are refused."""

import ast
import copy
import warnings

import numpy as np
from hypothesis import HealthCheck, given, settings
from tests.python.conftest import same
from tests.python.daisy.random_programs import function_of, programs

from daisy import Refusal, autodask, strict

EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],
)


def outcome(call):
    """The value of a call, or what it raised. Warnings about numbers are not the subject."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return strict(call()), None
        except (Exception, Refusal) as error:
            return None, error


def said(error):
    return type(error), str(error)


def failures(text, plain, args):
    """What the plain function can fail with: the error of each statement and expression in it.

    Of several operations that would fail any may be reported, and the traced function may come to
    another one first. A statement that fails is left out, and what needs it fails, too.
    """
    body = ast.parse(text).body[0].body
    space = dict(plain.__globals__) | dict(
        zip(plain.__code__.co_varnames, copy.deepcopy(args), strict=False)
    )
    found = []
    for statement in body:
        inner = [one for one in ast.walk(statement) if isinstance(one, ast.expr)]
        for one in inner:
            if not isinstance(getattr(one, "ctx", None), ast.Store | ast.Del):
                found.append(_attempt(ast.Expression(one), "eval", dict(space)))
        if not isinstance(statement, ast.Return):
            module = ast.Module([statement], type_ignores=[])
            found.append(_attempt(module, "exec", space))
    return [said(one) for one in found if one is not None]


def _attempt(tree, mode, space):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            code = compile(ast.fix_missing_locations(tree), "<part>", mode)
        except SyntaxError:
            return None
    call = (lambda: eval(code, space)) if mode == "eval" else (lambda: exec(code, space))
    return outcome(lambda: call() and None)[1]


def mutable_places(value):
    """The mutable values in a result, by the place that each has."""
    places, waiting = {}, [((), value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, list | dict | np.ndarray):
            places[path] = id(one)
        if isinstance(one, list | tuple):
            waiting += [((*path, index), item) for index, item in enumerate(one)]
        elif isinstance(one, dict):
            waiting += [((*path, key), item) for key, item in one.items()]
    return places


def joined(value):
    """The pairs of places of a result that hold one mutable object."""
    by_id = {}
    for path, one in mutable_places(value).items():
        by_id.setdefault(one, []).append(repr(path))
    return {(a, b) for paths in by_id.values() for a in paths for b in paths if a < b}


@EXAMPLES
@given(programs())
def test_traced_gives_what_plain_gives(program):
    """Same value, type and structure, or the same exception, or a refusal; arguments untouched."""
    check(*program)


def check(text, args):
    plain, function = function_of(text, marked=False), function_of(text)
    mine, theirs = copy.deepcopy(args), copy.deepcopy(args)
    expected, error = outcome(lambda: plain(*mine))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        marked = autodask(function, inline=True)
    got, raised = outcome(lambda: marked(*theirs))
    assert same(args, theirs), "an argument was changed"
    if isinstance(raised, Refusal):
        return "refused"
    if error is None and raised is None:
        assert same(got, expected), (got, expected)
        more = joined(got) - joined(expected)
        assert not more, f"one object at two places: {more}"
        return "value"
    assert error is not None, raised
    assert raised is not None, error
    if said(raised) != said(error):
        assert said(raised) in failures(text, plain, args), (raised, error)
    return "exception"
