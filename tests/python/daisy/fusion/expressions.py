"""Random functions of element-wise work, one operation a line, and arguments for them.

No line is equal work to another one and all of it is needed, so that daisy does neither less nor
more than plain Python, and gives each warning as often.
"""

import linecache
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import scipy.special
from hypothesis import strategies as st
from tests.python.daisy.fusion.test_kinds import DTYPES as ODD_DTYPES
from tests.python.daisy.fusion.test_kinds import SUBCLASSES
from tests.python.daisy.fusion.test_layouts import LAYOUTS
from tests.python.daisy.fusion.values import special, tame

BINARY = """
    {} + {} | {} - {} | {} * {} | {} / {} | {} + {} | {} - {} | {} * {} | {} / {} | {} // {}
    {} % {} | {} < {} | {} <= {} | {} == {} | {} != {} | {} > {} | {} & {} | {} | {} ^ {}
    np.maximum({}, {}) | np.minimum({}, {}) | np.fmax({}, {}) | np.fmin({}, {}) | np.add({}, {})
    np.hypot({}, {}) | np.arctan2({}, {}) | np.copysign({}, {}) | np.logaddexp({}, {})
    np.power({}, {}) | np.multiply({}, {}) | np.subtract({}, {}) | np.true_divide({}, {})
    np.logical_or({}, {}) | np.heaviside({}, {}) | np.nextafter({}, {}) | {} << {} | {} >> {}
    special.xlogy({}, {}) | np.add({}, {}, dtype='f4') | np.float_power({}, {}) | {} ** {}
"""
UNARY = """
    -{} | abs({}) | +{} | ~{} | np.sqrt({}) | np.exp({}) | np.log({}) | np.sin({}) | np.tanh({})
    np.square({}) | np.reciprocal({}) | np.floor({}) | np.rint({}) | np.isnan({}) | np.signbit({})
    np.isfinite({}) | np.sign({}) | np.conjugate({}) | np.cbrt({}) | np.expm1({}) | np.log1p({})
    np.absolute({}) | np.logical_not({}) | special.erf({}) | special.expit({}) | np.spacing({})
    {} ** 2 | {} ** 0.5 | {} ** -1 | {} ** 3 | {} ** 2.0 | {} ** 1 | 2 ** {} | np.deg2rad({})
    {} + 1 | {} * 2 | 1 - {} | {} / 3 | {} * 0.5 | 1 / {} | {} - 1.5 | {} > 0 | {} * 1j | {} + True
    {} + np.float32(0.1) | {} * np.int64(3) | np.uint8(200) + {} | {} - np.float64(2) | {} % 3
    {} * ZERO_D | FLOAT_D + {} | {} // 2
"""
OTHER = """
    np.where({} > 0.5, {}, {}) | np.where({}, {}, {}) | np.where({}, {}, 1) | np.where({}, 0.0, {})
    np.clip({}, 0, 2) | np.clip({}, {}, {}) | ({}).clip(-1, 1.5) | np.clip({}, None, {})
    ({}).astype('f4') | ({}).astype(float) | ({}).astype('i2') | ({}).astype('?')
    ({}).astype('c8', copy=False) | ({}).astype('>f8') | ({}).astype('e')
    ({})[::-1] | ({}).T | ({}).real | ({}).copy() | np.asarray({}) | ({}).reshape(-1) | ({})[1:]
    ({}).sum() | ({}).mean() | ({}).max() | np.min({}, axis=0) | ({}).any() | np.argmax({})
    np.sum({}, axis=-1, keepdims=True) | ({}).prod() | np.add.reduce({}) | np.round({}, 1)
"""
PAIRS = "np.modf({}) | np.frexp({}) | np.divmod({}, {}) | divmod({}, {}) | divmod({}, 2)"
INPLACE = "+= | -= | *= | /= | **= | //= | &="


def listed(text):
    return [one.strip() for line in text.strip().splitlines() for one in line.split(" | ")]


BINARY, UNARY, OTHER, PAIRS, INPLACE = map(listed, (BINARY, UNARY, OTHER, PAIRS, INPLACE))
TRUTH = (" < ", " <= ", " == ", " != ", " > 0", " > {", "isnan", "isfinite", "signbit", "logical")
BITS = (" & ", " | ", " ^ ", "~", "<<", ">>", "&=")
FLOATS = (" / ", "/=", "**", "np.s", "np.ex", "np.log", "np.t", "np.r", "np.cb", "np.hy", "np.arct")
FLOATS += ("special", "np.fl", "np.nex", "np.copy", "np.he", "np.d", "np.mo", "np.fr", ".5", "f4")
COMPLEX = ("1j", "c8")
FAMILIES = {
    "floats": ("dddddfffeg", (*BITS, *COMPLEX)),
    "integers": ("llliiiBbhHIQ", (*FLOATS, *COMPLEX)),
    "complex": ("DDDFFd", (*BITS, "//", "%", "divmod", "np.modf", "np.f", "np.c", "<")),
    "anything": ("dddddffflliiBb?eHQgDF", ()),
}
"""The dtypes of the arrays of a program, and what stands in no operation of it."""

SPACE = {"np": np, "special": scipy.special, "ZERO_D": np.array(3), "FLOAT_D": np.array(0.3, "f4")}
numbers = count()


@dataclass
class Program:
    """Lines of one function, each with the names that it binds."""

    parameters: list[str]
    lines: list[tuple[str, list[str]]] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    def text(self):
        body = [f"    {one}" for line, _ in self.lines for one in line.split("\n")]
        head = f"def f({', '.join(self.parameters)}):"
        return "\n".join([head, *body, f"    return ({', '.join(self.results)},)\n"])

    def function(self):
        """The function, whose source can be found."""
        text, filename = self.text(), f"<random expression {next(numbers)}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        space = dict(SPACE)
        exec(compile(text, filename, "exec"), space)
        return space["f"]

    def errors(self, args):
        """Every error that some line meets, whatever the order in which they are run."""
        known, found = dict(zip(self.parameters, args, strict=True)), set()
        for line, _ in self.lines:
            try:
                exec(line, SPACE, known)
            except NameError:
                pass  # needs a line that failed
            except Exception as error:
                found.add((type(error), str(error)))
        return found


class Maker:
    """Makes one program out of what Hypothesis draws."""

    def __init__(self, draw, args, excluded):
        self.draw, self.excluded = draw, excluded
        self.program = Program([f"a{number}" for number in range(len(args))])
        self.names = list(self.program.parameters)
        self.same = dict(zip(self.names, map(identity, args), strict=True))
        self.seen, self.used, self.truths = set(), set(), set()

    def make(self, length):
        for _ in range(length):
            self.step()
        bound = [name for _, names in self.program.lines for name in names]
        also = set(self.draw(st.lists(st.sampled_from(bound), max_size=3))) if bound else set()
        results = [name for name in bound if name not in self.used or name in also]
        self.program.results = results or self.names[:1]
        return self.program

    def step(self):
        kind = self.draw(st.integers(0, 19))
        if kind < 9:
            self.bind(BINARY, 1)
        elif kind < 14:
            self.bind(UNARY, 1)
        elif kind < 17:
            self.bind(OTHER, 1)
        elif kind < 18:
            self.bind(PAIRS, 2)
        else:
            self.change()

    def bind(self, templates, outputs):
        """A line of one operation, unless it has been there."""
        allowed = [one for one in templates if not any(part in one for part in self.excluded)]
        if not allowed:
            return None
        template = self.draw(st.sampled_from(allowed))
        operands = [self.operand() for _ in range(template.count("{}"))]
        work = template.format(*(self.same.get(name, name) for name in operands))
        if work in self.seen:
            return None
        self.seen.add(work)
        self.used.update(operands)
        names = [f"v{len(self.names) + number}" for number in range(outputs)]
        self.names += names
        self.truths.update(names if any(part in template for part in TRUTH) else ())
        self.program.lines.append((f"{', '.join(names)} = {template.format(*operands)}", names))
        return names[0]

    def change(self):
        """A new value, to which something is done in place before anybody else sees it."""
        name = self.bind(BINARY[:8], 1)
        if name is not None:
            signs = [one for one in INPLACE if one not in self.excluded]
            operator, operand = self.draw(st.sampled_from(signs)), self.operand(name)
            line, names = self.program.lines.pop()
            self.used.add(operand)
            self.program.lines.append((f"{line}\n{name} {operator} {operand}", names))

    def operand(self, but=None):
        """A name, more often one of the last."""
        names = [name for name in self.names if name != but]
        if self.draw(st.integers(0, 9)) and self.truths != set(names):
            names = [name for name in names if name not in self.truths] or names
        recent = names[-4:] if self.draw(st.booleans()) else names
        return self.draw(st.sampled_from(recent))


def identity(value):
    """What is equal for two values exactly if daisy takes them for one."""
    if isinstance(value, np.ndarray | list):
        return f"<{id(value)}>"
    return f"<{type(value).__name__} {value!r}>"


SHAPES = [(), (1,), (5,), (64,), (100,), (1000,), (0,), (3, 4), (20, 70), (2, 3, 4), (5000,)]
SCALARS = [0, 1, 2, -1, 3, 0.5, -0.0, 1e300, True, 2.5, 1j, 300, -2, float("nan"), float("inf")]


@st.composite
def shapes(draw, shape):
    """A shape that is broadcast to that one, mostly."""
    if draw(st.integers(0, 30)) == 30:
        return draw(st.sampled_from(SHAPES))
    kept = [1 if draw(st.integers(0, 5)) == 5 else length for length in shape]
    return tuple(kept[draw(st.integers(0, len(kept))) if draw(st.integers(0, 4)) == 4 else 0 :])


@st.composite
def arrays(draw, shape, chars):
    """An array of numbers of some dtype, with special values or tame ones, in some layout."""
    shape, char = draw(shapes(shape)), draw(st.sampled_from(chars))
    make = draw(st.sampled_from([special, tame, tame]))
    array = make(char, int(np.prod(shape)), draw(st.integers(0, 3))).reshape(shape)
    if array.ndim == 2 and array.size and array.shape[0] > 1 and array.shape[1] > 1:
        array = LAYOUTS[draw(st.sampled_from([*LAYOUTS]))](array)
    return array[..., ::-1] if array.ndim and draw(st.booleans()) else array


@st.composite
def scalars(draw):
    value = draw(st.sampled_from(SCALARS))
    kind = draw(st.sampled_from("pppns"))
    if kind == "p":
        return value
    return np.array(value) if kind == "n" else np.array(value)[()]


@st.composite
def arguments(draw, chars):
    """Some arrays, and now and then numbers, views of the others, and other things."""
    shape, args = draw(st.sampled_from(SHAPES)), []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 24))
        earlier = [one for one in args if isinstance(one, np.ndarray) and one.ndim]
        if kind > 23 and draw(st.booleans()):
            odd = {**SUBCLASSES, **ODD_DTYPES, "list": [1, 2.5, 3, 4, 5, 6]}
            args.append(odd[draw(st.sampled_from([*odd]))])
        elif kind > 20 and earlier:
            view = draw(st.sampled_from([lambda a: a, lambda a: a[::-1], lambda a: a.T]))
            args.append(view(draw(st.sampled_from(earlier))))
        elif kind > 17:
            args.append(draw(scalars()))
        else:
            args.append(draw(arrays(shape, chars)))
    return args


@st.composite
def expressions(draw, longest):
    """A program and its arguments."""
    chars, excluded = FAMILIES[draw(st.sampled_from([*FAMILIES] + ["floats"] * 3))]
    args = draw(arguments(chars))
    return Maker(draw, args, excluded).make(draw(st.integers(2, longest))), args


settings_of_errors = st.fixed_dictionaries(
    {
        one: st.sampled_from(["ignore", "warn", "warn", "warn", "warn", "call", "raise"])
        for one in ("divide", "over", "under", "invalid")
    }
)
