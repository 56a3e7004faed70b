"""Random pure functions, as source text, and the arguments to call them with.

Each variable is bound once, and all of them are returned, so that all work is needed: where the
plain function raises, the traced one has to. An expression is made for a kind of value, and now and
then for another one, so that some programs fail.
"""

from __future__ import annotations

import linecache
import warnings
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
from hypothesis import strategies as st

from daisy import autodask, inline

KINDS = "number array string list dict tuple object truth"
NUMBER, ARRAY, STRING, LIST, DICT, TUPLE, OBJECT, TRUTH = KINDS.split()


class Vector:
    """A user's class with operators of its own."""

    def __init__(self, x, y=0):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + getattr(other, "x", other), self.y)

    __radd__ = __add__

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __eq__(self, other):
        return isinstance(other, Vector) and bool(np.all(self.x == other.x))

    def __lt__(self, other):
        return bool(np.all(self.x < other.x))

    def __getitem__(self, index):
        return (self.x, self.y)[index]

    def __len__(self):
        return 2

    def __call__(self, value, *, plus=0):
        return Vector(self.x + value, plus)

    __hash__ = None

    def __repr__(self):
        return f"Vector({self.x!r}, {self.y!r})"

    def scaled(self, by=2, **more):
        return Vector(self.x * by, len(more))

    @property
    def total(self):
        return self.x + self.y


def plain_helper(a, b=2, *rest, scale=1):
    """A function that is one node where a traced one calls it."""
    return (a + b) * scale if not rest else (a, b, *rest)


@inline
def inline_helper(a, b=1):
    """A function that is entered."""
    return a if a is None else a + b * 2


@autodask
def one_node(a, b=3):
    """An autodask function that is one node."""
    return a - b


@autodask(inline=True)
def entered(a, *more, sign=1):
    """An autodask function that is entered."""
    total = a
    for one in more:
        total = total + one * sign
    return total


GLOBAL = np.arange(3.0)

SPACE = {
    "np": np,
    "Vector": Vector,
    "helper": plain_helper,
    "inlined": inline_helper,
    "node": one_node,
    "entered": entered,
    "GLOBAL": GLOBAL,
}

# What stands in braces is an expression of that kind; `{var}` is a new name, bound by the template.
TEMPLATES = {
    NUMBER: """
        {number} + {number} | {number} - {number} | {number} * {number} | {number} // {number}
        {number} % {number} | {number} / {number} | -{number} | abs({number}) | ({array}).sum()
        ({array})[{index}] | ({array}).size | ({array}).ndim | len({list}) | round({number}, 1)
        max({number}, {number}) | min([{number}, {number}, 2]) | sum([{number}, {number}])
        float({number}) | int({number}) | {number} if {truth} else {number} | {number} and {number}
        {number} or {number} | helper({number}) | inlined({number}, {number}) | ({object}).x
        ({object}).total | ({object})[0] | len({object})
        (lambda {var}: {var} * {number})({number})
        ({dict})["k"] | ({tuple})[0] | ({list})[{index}] | hash({string}) | ({list}).index({number})
        entered({number}, {number}, sign={number}) | node({number}) | divmod({number}, {number})[1]
        sum({var} + 1 for {var} in {list}) | ({array}).max() | next(iter({list})) | ord("a")
        len({array})
        ({dict}).get({string}, {number}) | np.float64({number}) | np.float32({number}) + {number}
        {number} ** 2 | {number} & 3 | {number} << 1 | pow({number}, 2, 7) | {number} * {string}
        ({array}).item() | np.int8({number}) | min({number}, {number}, key=lambda {var}: -{var})
    """,
    ARRAY: """
        {array} + {number} | {array} + {array} | {array} * {array} | {array} - {number} | -{array}
        {number} * {array} | {array} / {number} | abs({array}) | np.sin({array})
        ({array})[{slice}]
        np.where({array} > {number}, {array}, {number}) | helper({array})
        inlined({array}, {number})
        entered({array}, {array}, sign={number}) | node({array}, {array}) | ({array}).T
        ({array}).copy()
        np.asarray({name}) | np.atleast_1d({name}) | ({array}).astype("f4")
        ({array}).reshape(-1)
        (lambda {var}: {var} + {number})({array}) | {array} if {truth} else {array}
        GLOBAL + {number}
        np.add({array}, {number}) | ({array})[({array}) > {number}] | ({array}).clip(0, 2)
        ({array})[...]
        {array} // 2 | {array} % 3 | {array} ** 2 | {array} @ {array}
        np.concatenate([{array}, {array}])
        np.zeros(3) + {number} | {array} > {number} | np.maximum({array}, {array})
        {array} == {array}
        np.stack([{array}, {array}]) | np.cumsum({array}) | ({array}) & 1 | ~({array})
        ({array}).sum(axis=0)
        sum([{array}, {array}]) | np.array([{number}, {number}]) | ({array})[None] | +{array}
        np.sum({array}, keepdims=True) | np.multiply({array}, {number}) + {array}
        ({object}).x + {array}
    """,
    STRING: """
        {string} + {string} | {string} * 2 | f"{{name}}" | f"{{name}:.2f}|{{name}!r}"
        str({number})
        "%s" % ({number},) | "{}".format({number}) | ({string}).upper() | ",".join(map(str, {list}))
        ({string})[{slice}] | repr({list}) | {string} if {truth} else {string}
        format({number}, ".1f")
        "".join(f"{{var}}" for {var} in {list}) | type({number}).__name__ | str({tuple})
        f"{{name}=}"
    """,
    LIST: """
        [{number}, {number}] | [{number}, {number}, {number}] | {list} + {list} | {list} * 2
        ({list})[{slice}] | [{var} * {number} for {var} in {list}] | sorted([{number}, {number}, 1])
        [{var} for {var} in {list} if {var} > {number}]
        list(map(lambda {var}: {var} + {number}, {list}))
        list(range(3)) | list({tuple}) | [{number}, *{list}] | list(reversed({list})) | list({list})
        list(filter(lambda {var}: {var} != {number}, {list})) | [len({list})] | [*({dict}).values()]
        [{var} + {var}b for {var}, {var}b in zip({list}, {list})]
        sorted({list}, key=lambda {var}: -{var})
        [{var} for {var} in ({array}).ravel()] | ({array}).tolist()
        [{var}[0] for {var} in enumerate({list})]
        [{array}, {array}] | [[{number}], [{number}]] | [{string}, {number}]
    """,
    DICT: """
        {"k": {number}} | {"k": {number}, "m": {array}} | {{string}: {number}} | dict(k={number})
        {**{dict}, "n": {number}} | {str({var}): {var} * 2 for {var} in {list}}
        {"k": {list}, "t": {tuple}}
        dict(zip("kl", {list})) | {dict} | {{string}: {number}, 5: 1} | dict({dict}, z={number})
    """,
    TUPLE: """
        ({number}, {number}) | ({number}, {array}) | {tuple} + {tuple} | ({tuple})[{slice}]
        tuple({list}) | ({string}, {list}) | helper({number}, {number}, {number})
        divmod({number}, {number})
        ({array}).shape | (*{list}, {number}) | tuple(({dict}).items())
        (lambda *{var}: {var})({number}, *{list})
    """,
    OBJECT: """
        Vector({number}) | Vector({number}, {number}) | {object} + {object} | {object} * {number}
        -{object} | ({object}).scaled({number}) | ({object}).scaled(by={number}, q=1)
        ({object})({number})
        ({object})({number}, plus={number}) | {number} + {object}
        {object} if {truth} else {object}
        Vector({array}) | helper({object}) | inlined({object}, {number})
        entered({object}, {number})
    """,
    TRUTH: """
        {number} < {number} | {number} == {number} | {number} <= {number} < {number} | not {truth}
        {truth} and {truth} | {truth} or {truth} | {number} in {list} | {string} == {string}
        {object} == {object} | {object} < {object} | {list} == {list} | {object} is None
        bool({number})
        any({var} > {number} for {var} in {list}) | all([{truth}, {truth}])
        isinstance({number}, int)
        isinstance({array}, np.ndarray) | ({array}).any() | {number} not in {tuple}
        callable({number})
        ({array}).dtype.kind == "f" | hasattr({array}, "shape") | {tuple} < {tuple}
        {string} in {dict}
        {truth} if {truth} else {truth} | {list} is {list} | ({array} == {array}).all()
        "k" in {dict}
    """,
}
TEMPLATES = {
    kind: [one.strip() for line in text.strip().splitlines() for one in line.split(" | ")]
    for kind, text in TEMPLATES.items()
}

CONSTANTS = {
    NUMBER: ["0", "1", "2", "-1", "0.5", "-0.0", "3", "True", "1e300", "7", "float('nan')"],
    ARRAY: ["GLOBAL", "np.arange(3)", "np.ones((2, 2))"],
    STRING: ['"a"', '""', '"k"'],
    LIST: ["[3, 1]", "[1, 2, 0]", "[0.5]"],
    DICT: ['{"k": 0.5}', '{"k": 1}'],
    TUPLE: ["()", "(1, 2)"],
    OBJECT: ["Vector(1)", "Vector(2.5, 1)"],
    TRUTH: ["True", "False"],
    "index": ["0", "0", "-1", "5"],
    "slice": [":2", "::-1", "0:5:2", ":", "1:"],
}

STATEMENTS = r"""
    {new} = {any}
    {new} = {any}
    {new} = {any}
    {new}, {new} = {number}, {any}
    {new}, *{new} = {list}
    {new} = {list}; {last}.append({any})
    {new} = [1, 2]; {last}[0] = {any}
    {new} = {dict}.copy(); {last}["n"] = {any}
    {new} = {array} * 2; {last} += {number}
    {new} = {number}; {last} += {number}
    {new} = {string}; {last} += {string}
    {new} = [1] + {list}; {last} += {list}
    {new} = {number}\nfor {var} in {list}: {last} = {last} + {var}
    {new} = []\nfor {var} in range(3): {last}.append({number} + {var})
    {new} = {array}\nfor {var} in range(2): {last} = {last} * {number}
    {new} = 0\nwhile {last} < 3: {last} += 1
    if {truth}: {new} = {any}\nelse: {last} = {any}
    if {number}: {new} = {number}\nelif {truth}: {last} = {string}\nelse: {last} = {any}
    def {new}(a, b={number}, *c): return (a + {number}, b, c)\n{new} = {before}({number})
    def {new}(a): return lambda b: a + b\n{new} = {before}({number})({number})
    {new} = {list}; {new} = [{before}, {before}]
    {new} = {array} + 1; {new} = ({before}, [{before}], {"a": {before}})
    {new} = {}\nfor {var} in {list}: {last}.setdefault("s", []).append({var})
    assert {truth}, {string}
    {new} = (lambda a, *b, c={number}, **d: (a, b, c, sorted(d)))({any}, {number}, z=1)
    {new} = [{var} for {var} in {list} if ({var}w := {var}) is not None]
    match {any}:\n    case int() as {new}: pass\n    case [*_]: {last} = 1\n    case _: {last} = 0
    {new} = sum({var} * 2 for {var} in {list}); {new} = max({list}, default={number})
""".strip().splitlines()
STATEMENTS = [one.strip().replace(r"\n", "\n") for one in STATEMENTS]

numbers = count()


@dataclass
class Maker:
    """Makes one program out of what Hypothesis draws."""

    draw: Any
    known: dict[str, str]
    """The kind of each variable."""
    bound: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    def choose(self, items):
        return self.draw(st.sampled_from(items))

    def program(self, length):
        parameters = ", ".join(self.known)
        statements = [self.statement(self.choose(STATEMENTS)) for _ in range(length)]
        results = [self.expression("any", 2) for _ in range(2)]
        lines = [f"    {line}" for one in statements for line in one.split("\n")]
        results = ", ".join([*self.bound, *results])
        return "\n".join([f"def f({parameters}):", *lines, f"    return ({results},)\n"])

    def statement(self, template):
        kind = self.choose([*TEMPLATES])
        before = len(self.bound)
        made = self.fill(template.replace("{any}", "{%s}" % kind), 2)
        if template == "{new} = {any}":
            self.known[self.bound[before]] = kind
        return made

    def expression(self, kind, depth):
        if kind == "any" or (kind in TEMPLATES and self.draw(st.integers(0, 300)) == 300):
            kind = self.choose([*TEMPLATES])  # now and then one that does not fit
        names = [name for name, own in self.known.items() if own == kind]
        if kind not in TEMPLATES or depth <= 0 or (names and self.draw(st.booleans())):
            return self.choose(names * 3 + CONSTANTS[kind])
        return f"({self.fill(self.choose(TEMPLATES[kind]), depth - 1)})"

    def fill(self, template, depth):
        """The template with its places filled in."""
        variable = f"v{next(self.numbers)}"
        made, rest, new = "", template, []
        while rest:
            before, brace, after = rest.partition("{")
            name, _, tail = after.partition("}")
            place = self.place(name, depth, variable, new) if brace else ""
            made += before + (brace if place is None else place)
            rest = after if place is None else tail
        self.bound += new
        return made

    def place(self, name, depth, variable, new):
        """What stands for one place; None for a brace of the program's own."""
        if name in TEMPLATES or name in ("index", "slice", "any"):
            return self.expression(name, depth)
        if name == "new":
            new.append(f"x{next(self.numbers)}")
        given = {"var": variable, "new": new and new[-1], "last": new and new[-1]}
        given |= {"before": new[:-1] and new[-2], "name": "a0"}
        return given.get(name) or None


def function_of(text, marked=True):
    """The function that the text defines; its source can be found. Or one without marks."""
    filename = f"<random program {next(numbers)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    space = {name: one if marked else getattr(one, "func", one) for name, one in SPACE.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(text, filename, "exec"), space)
    return space["f"]


DTYPES = ["f8", "i8", "f8", "i8", "f4", "i1", "u2", "?", "c16"]
SHAPES = [(3,), (2, 2), (), (0,), (1,)]
_arrays = st.builds(
    lambda dtype, shape, first: (
        (np.arange(np.prod(shape, dtype=int)) + first).reshape(shape).astype(dtype)
    ),
    st.sampled_from(DTYPES),
    st.sampled_from(SHAPES),
    st.integers(-2, 2),
)
_numbers = st.one_of(
    st.integers(-3, 9),
    st.floats(-3, 9),
    st.sampled_from([np.float64(1.5), np.int64(2), True, float("inf"), -0.0, np.float32(0.1)]),
)
ARGUMENTS = {
    ARRAY: _arrays,
    NUMBER: _numbers,
    STRING: st.sampled_from(["", "ab", "k", "{%"]),
    LIST: st.one_of(st.lists(_numbers, max_size=3), st.lists(_arrays, max_size=2)),
    DICT: st.builds(lambda one, two: {"k": one, "m": two}, _numbers, _arrays),
    TUPLE: st.tuples(_numbers, _arrays),
    OBJECT: st.builds(Vector, st.one_of(_numbers, _arrays), _numbers),
}


@st.composite
def programs(draw):
    """The text of a program and its arguments."""
    kinds = [ARRAY, *draw(st.lists(st.sampled_from([*ARGUMENTS]), max_size=3))]
    known = {f"a{index}": kind for index, kind in enumerate(kinds)}
    text = Maker(draw, known).program(draw(st.integers(1, 5)))
    return text, [draw(ARGUMENTS[kind]) for kind in kinds]
