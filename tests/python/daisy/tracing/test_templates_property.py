"""Random functions, called again and again, with templates and without, against plain Python."""

import copy
import linecache
import types
from itertools import count

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.python.conftest import same
from tests.python.daisy.random_programs import ARGUMENTS, Maker, function_of
from tests.python.daisy.test_property import outcome

from daisy import Refusal, autodask, inline, options

EXAMPLES = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # one call is a function made and called dozens of times
    suppress_health_check=[*HealthCheck],
)
NUMBERS = count()

# `a` and `b` are arguments or results, `n` a number, `m` the module's.
LINES = """
    {new} = {a} + {b} | {new} = {a} * {n} - {b} | {new} = f({a}, {b}) | {new} = f({a}, by={n})
    {new} = np.sin({a}) * M | {new} = np.where({a} > {n}, {a}, {b}) | {new} = helper({a}, {n})
    {new} = {a}.sum() + {b} | {new} = {a}.astype(np.float32) | {new} = np.maximum({a}, {n})
    {new} = [{a} + k for k in range(K)][-1] | {new} = {a} if K > 2 else {b}
    {new} = {a} * {a}.ndim | {new} = {a} * {a}.shape[0] if {a}.ndim else {b} | {new} = -{a}
    {new} = {a} + 1 if isinstance({a}, np.ndarray) else {b} | {new} = {a} if {b} is None else {b}
    {new} = {a} * math.sqrt(M * M) | {new} = sum([{a}, {b}, {n}]) | {new} = g({a})
    {new} = np.asarray({a}) + {b} | {new} = {a} ** 2 + abs({b}) | {new} = {a} if f is g else {b}
    {new} = np.concatenate([np.atleast_1d({a}), np.atleast_1d({b})]) | {new} = {a}[0] + {b}
""".replace("\n", "|").split("|")
LINES = [line.strip() for line in LINES if line.strip()]

HELPERS = """
M = 2.0
K = 3
def helper(x, n):
    return x + n
@inline
def f(x, y=1.0, by=2):
    return x * by + y
@inline
def g(x):
    return f(x, M) if K else x
"""
CHANGES = [
    "M = 3.0",
    "M = 2",
    "K = 1",
    "K = 3",
    "def helper(x, n):\n    return x - n",
    "g = inline(helper_of_one)",
    "f = g",
    "abs = np.negative",
]


@st.composite
def functions(draw):
    """The text of a function of three arguments that returns all it has made."""
    names, body = ["x", "y"], []
    for _ in range(draw(st.integers(1, 6))):
        new = f"v{len(names)}"
        pick = lambda: draw(st.sampled_from(names))
        number = draw(st.sampled_from(["n", "2", "0.5", "M"]))
        line = draw(st.sampled_from(LINES))
        body.append(line.format(new=new, a=pick(), b=pick(), n=number))
        names.append(new)
    return f"def made(x, y, n=3):\n    {'; '.join(body)}\n    return {', '.join(names[2:])},\n"


arrays = ARGUMENTS["array"]
numbers = st.sampled_from([1, 1.0, True, 0.0, -0.0, 2.5, np.float64(2.5), None])
calls = st.lists(
    st.tuples(st.one_of(arrays, numbers), st.one_of(arrays, st.none()), st.booleans(), numbers),
    min_size=2,
    max_size=6,
)


def namespace(text):
    """A module with helpers and the function; the sources can be found."""
    module = types.ModuleType("random_module")
    vars(module).update(np=np, inline=inline, math=__import__("math"))
    add(module, HELPERS)
    add(module, "def helper_of_one(x):\n    return x + 100\n")
    add(module, text)
    return module


def add(module, text):
    """Runs text in a module, as a cell of a notebook is run."""
    filename = f"<random lines {next(NUMBERS)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), vars(module))


def agree(marked, plain, args):
    """One call: with templates, without, and plain."""
    expected, error = outcome(lambda: plain(*copy.deepcopy(args)))
    with options(trace_once=False):
        traced, traced_error = outcome(lambda: marked(*args))
    got, raised = outcome(lambda: marked(*args))
    assert (type(raised), str(raised)) == (type(traced_error), str(traced_error))
    assert same(got, traced), (got, traced)
    if error is None and not isinstance(raised, Refusal):
        assert raised is None
        assert same(got, expected), (got, expected)


@EXAMPLES
@given(functions(), calls, st.lists(st.sampled_from(CHANGES), max_size=4))
def test_whatever_changes_between_two_calls(text, given_lists, changes):
    """Other arguments, aliases, globals, helpers: never what was there before."""
    module = namespace(text)
    marked = autodask(module.made)
    for change in [None, *changes]:
        if change is not None:
            add(module, change)
        for x, y, is_alias, n in given_lists:
            agree(marked, module.made, (x, x if is_alias else y, n))


@st.composite
def programs_and_calls(draw):
    """A program of any kind, and several lists of arguments for it."""
    kinds = draw(st.lists(st.sampled_from([*ARGUMENTS]), min_size=1, max_size=3))
    known = {f"a{index}": kind for index, kind in enumerate(kinds)}
    text = Maker(draw, known).program(draw(st.integers(1, 3)))
    return text, [[draw(ARGUMENTS[kind]) for kind in kinds] for _ in range(4)]


@EXAMPLES
@given(programs_and_calls())
def test_any_program_called_again(program):
    """Most of these are traced each time; those that are not give the same."""
    text, argument_lists = program
    plain, marked = function_of(text, marked=False), autodask(function_of(text))
    for args in [*argument_lists, *argument_lists]:
        agree(marked, plain, args)
