"""Rewritten functions under a runtime that does at once what Python does: nothing may change."""

import traceback

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.python.daisy.tracing.rewrite.plain_runtime import Deferred, Plain, defined, remade

from lazy.errors import Refusal

RUNTIMES = pytest.mark.parametrize("runtime", [Plain, Deferred])

# Order of evaluation ------------------------------------------------------------------------------


class Logged:
    """An object that writes down all that is done with it, so that order can be compared."""

    def __init__(self, name, log):
        self.__dict__.update(name=name, log=log)

    def _note(self, *what):
        self.log.append((self.name, *map(str, what)))
        return Logged(self.name + "'", self.log)

    def __str__(self):
        return self.name

    __repr__ = __str__

    def __format__(self, spec):
        return f"{self.name}:{spec}"

    def __hash__(self):
        self._note("hash")
        return hash(self.name)

    def __bool__(self):
        # Not written down: in `a and b or c` CPython asks once what Python would ask twice.
        return len(self.name) % 2 == 1

    def __iter__(self):
        self._note("iter")
        return iter([Logged(self.name + "0", self.log), Logged(self.name + "1", self.log)])

    def __contains__(self, other):
        self._note("contains", other)
        return True

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._note("getattr", name)

    def __setattr__(self, name, value):
        self._note("setattr", name, value)

    def __delattr__(self, name):
        self._note("delattr", name)

    def __getitem__(self, index):
        return self._note("getitem", index)

    def __setitem__(self, index, value):
        self._note("setitem", index, value)

    def __delitem__(self, index):
        self._note("delitem", index)

    def __call__(self, *args, **kwargs):
        return self._note("call", *args, *kwargs.items())

    def keys(self):
        return ["k"]


def _operator(name):
    return lambda self, *others: self._note(name, *others)


for _name in (
    "add sub mul truediv floordiv mod pow lshift rshift and or xor matmul "
    "iadd isub imul neg pos invert lt le eq ne gt ge"
).split():
    setattr(Logged, f"__{_name}__", _operator(_name))
Logged.__hash__ = lambda self: hash(self.name)
OPERATORS = "+ - * / // % ** << >> & | ^ @ < <= == != > >= in is and or".split()
SHAPES = [
    "{0} {op} {1}",
    "{0} < {1} <= {2}",
    "{0} and {1} or {2}",
    "{0} if {1} else {2}",
    "-{0}",
    "not {0}",
    "{0}.attr",
    "w := {0}",
    "{0}[{1}]",
    "{0}[{1}:{2}, ::{1}]",
    "[{0}][0]({1}, k={2})",
    "a(*[{0}], {1}, **{{'k': {2}}})",
    "{0}.method({name}, k={name})",  # The method is looked up after its arguments.
    "{{{0}: {1}, **{{'k': {2}}}, 'x': {0}}}",
    "[{0}, *{1}]",
    "f'{{{0}!s}} {{{1}!s:>{{{2}!s}}}}'",
    "[x + {0} for x in {1} if {2}]",
    "[y for x, y in [({0}, {1})] for z in {2}]",
    "(lambda x, y={0}: x + {1})({2})",
]
TARGETS = ["{name}", "({0})[{1}]", "({0}).attr"]
STATEMENTS = [
    "{t} = {0}",
    "{t} += {0}",
    "{t}, *{u} = {0}",
    "({t}, {u}), a = [{0}, {1}], {0}",
    "{t} = {u}, a = {0}",
    "for {t} in {0}: pass",
    "if {0}: a = {1}",
    "del ({0}).attr, ({1})[0]",
    "assert {0}, 'no'",
    "{0}",
]


@st.composite
def expressions(draw, depth=2):
    """An expression of the names a to e, in brackets where it is none of these."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from("abcde"))
    shape = draw(st.sampled_from(SHAPES))
    parts = [draw(expressions(depth - 1)) for _ in range(3)]
    name, op = draw(st.sampled_from("abcde")), draw(st.sampled_from(OPERATORS))
    return f"({shape.format(*parts, name=name, op=op)})"


@st.composite
def statements(draw):
    """A statement over such expressions."""
    t, u = (
        draw(st.sampled_from(TARGETS)).format(
            draw(expressions(1)), draw(expressions(1)), name=draw(st.sampled_from("abcde"))
        )
        for _ in range(2)
    )
    parts = [draw(expressions()) for _ in range(2)]
    return draw(st.sampled_from(STATEMENTS)).format(*parts, t=t, u=u)


def logged(func):
    """What a function does with its arguments, what it gives, and where it fails."""
    log = []
    try:
        result = str(func(*[Logged(name, log) for name in "abcde"]))
    except Exception as error:
        result = (type(error), str(error), lines_of(error))
    return log, result


def lines_of(error):
    """The user's line that an exception was raised at. An arm runs in a frame of its own."""
    frames = traceback.extract_tb(error.__traceback__)
    return [one.lineno for one in frames if one.filename.startswith("<rewritten")][-1:]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=100, deadline=None)
@given(st.lists(statements(), min_size=1, max_size=3))
def test_order_of_evaluation(lines):
    """Every operation happens as often, and in the same order, as Python does it."""
    text = "def f(a, b, c, d, e):\n" + "".join(f"    {line}\n" for line in lines) + "    return a\n"
    try:
        func = defined(text)
        made = remade(func)
    except (SyntaxError, Refusal):
        assume(False)
    assert logged(made) == logged(func)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=100, deadline=None)
@given(expressions())
def test_plain_functions_of_arms(expression):
    """The plain functions of arms give what the arms give, in the same order."""
    try:
        func = defined(f"def f(a, b, c, d, e):\n    return {expression}\n")
    except SyntaxError:
        assume(False)
    assert logged(remade(func, Deferred())) == logged(func)


# Lines --------------------------------------------------------------------------------------------


FAILING = """
def f(which, d):
    x = 0
    if which == 0:
        return (1 +
                d["a"])
    elif which == 1:
        for i in range(2):
            x += \\
                i.nothing
    elif which == 2:
        return [
            y
            for y in [1]
            if y.nothing
        ]
    elif which == 3:
        a, b = d, \\
            d["a"]
        a, b = d
    elif which == 4:
        return (lambda:
                d["a"])()
    elif which == 5:
        assert d, \\
            "empty"
    elif which == 6:
        raise ValueError(
            which)
    elif which == 7:
        return (x
                if d
                else d["a"])
    elif which == 8:
        d["a"]["b"] = 1
    elif which == 9:
        return f"{x} " \\
               f"{d['a']}"
    elif which == 10:
        with open("/nowhere/at/all"):
            pass
    elif which == 11:
        def g(y=1):
            return d[y]
        return g()
    elif which == 12:
        return x < 1 < \\
            d["a"]
"""


@RUNTIMES
@pytest.mark.parametrize("which", range(13))
def test_tracebacks_point_into_the_file(which, runtime):
    """The user's frames are at the lines where they would be."""
    func = defined(FAILING)
    made = remade(func, runtime())
    failures = []
    for one in (func, made):
        with pytest.raises(Exception) as caught:  # noqa: PT011 (the two are compared)
            one(which, {})
        failures.append((caught.type, str(caught.value), lines_of(caught.value)))
    assert failures[0] == failures[1]
