"""A runtime without a graph: each helper does at once what Python does.

A function that is rewritten and run with these helpers must behave as it did before.
"""

import ast
import functools
import itertools
import linecache
import operator
import re
import textwrap
import types

from daisy.tracing.rewrite import rewrite
from lazy.rebuilding import rebuild
from lazy.source import find

_BINARY = "add sub mul truediv floordiv mod pow lshift rshift and_ or_ xor matmul".split()
BINARY = [getattr(operator, name) for name in _BINARY]
INPLACE = [getattr(operator, "i" + name.rstrip("_")) for name in _BINARY]
UNARY = [operator.neg, operator.pos, operator.invert]
COMPARE = [
    operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge,
    operator.is_, operator.is_not, lambda a, b: a in b, lambda a, b: a not in b,
]  # fmt: skip


class Plain:
    """The helpers by name. `guarded` collects what guards were told."""

    def __init__(self):
        self.guarded = []
        self.locals = []

    def binary(self, site, code, a, b):
        return BINARY[code](a, b)

    def inplace(self, site, code, x, y, fresh):
        return INPLACE[code](x, y)

    def unary(self, site, code, a):
        return UNARY[code](a)

    def not_(self, site, a):
        return not a

    def compare(self, site, code, a, b):
        return COMPARE[code](a, b)

    def attribute(self, site, o, name):
        return getattr(o, name)

    def item(self, site, o, index):
        return o[index]

    def slice(self, lo, hi, step):
        return slice(lo, hi, step)

    def call(self, site, f, /, *args, **kw):
        return f(*args, **kw)

    def method(self, site, o, name, /, *args, **kw):
        return getattr(o, name)(*args, **kw)

    def star(self, site, x):
        return x

    starstar = key = truth = iterate = subject = discard = raise_ = unpack_star = star

    def unpack(self, site, x, n):
        return x

    def conditional(self, site, cond, then, orelse, plain, capture):
        return then() if cond else orelse()

    def boolean(self, site, is_and, first, rest, plain, capture):
        return rest() if bool(first) == is_and else first

    def chain(self, site, code, a, b, rest, plain, capture):
        first = COMPARE[code](a, b)
        return rest(b) if first else first

    def format(self, site, plain, /, *values):
        return plain(*values)

    def set_display(self, site, items):
        return set(items)

    def dict_display(self, site, keys, values):
        return dict(zip(keys, values, strict=True))

    def merge(self, site, *parts):
        merged = {}
        for part in parts:
            merged.update(part)
        return merged

    def set_item(self, site, o, i, v):
        o[i] = v

    def del_item(self, site, o, i):
        del o[i]

    def set_attribute(self, site, o, name, v):
        setattr(o, name, v)

    def del_attribute(self, site, o, name):
        delattr(o, name)

    def guard(self, site, kind, names, callees):
        self.guarded.append((kind, [name for name, _ in names], [text for text, _ in callees]))

    def local(self, site, function, factory, capture):
        self.locals.append((function, factory, capture))
        return function


class Deferred(Plain):
    """The same, but arms run as their plain functions, as they do behind a put-off condition."""

    def _plain(self, values, plain, capture, otherwise):
        if plain is None:
            return otherwise()
        try:
            names = capture()
        except NameError:
            return otherwise()
        return plain(*values, *names)

    def conditional(self, site, cond, then, orelse, plain, capture):
        otherwise = lambda: Plain.conditional(self, site, cond, then, orelse, plain, capture)
        return self._plain([cond], plain, capture, otherwise)

    def boolean(self, site, is_and, first, rest, plain, capture):
        otherwise = lambda: Plain.boolean(self, site, is_and, first, rest, plain, capture)
        return self._plain([first], plain, capture, otherwise)

    def chain(self, site, code, a, b, rest, plain, capture):
        first = COMPARE[code](a, b)
        return self._plain([first, b], plain, capture, lambda: rest(b) if first else first)

    def local(self, site, function, factory, capture):
        """The plain function, made when it is first called: only then are its variables bound."""
        Plain.local(self, site, function, factory, capture)
        return given(function, factory, capture)


def given(function, factory, capture):
    """A stand-in that makes the plain function at each call and calls that."""

    @functools.wraps(function)
    def stand_in(*args, **kwargs):
        defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        return factory(*capture(), *defaults)(*args, **kwargs)

    return stand_in


def helpers_of(runtime, names):
    """The helpers by the names of free variables."""
    return {name: getattr(runtime, name[1:]) for name in names}


def remade(func: types.FunctionType, runtime=None):
    """The function rewritten, and built with the helpers of a runtime."""
    source = find(func)
    node, names, sites, _ = rewrite(source, func)
    return rebuild(source, node, func, helpers_of(runtime or Plain(), names), sites)


_numbers = itertools.count()


def defined(text, name="f", **space):
    """The function of this name in a program, whose source can be found."""
    filename = f"<rewritten {next(_numbers)}>"
    text = textwrap.dedent(text).lstrip("\n")
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), space)
    return functools.reduce(getattr, name.split(".")[1:], space[name.split(".")[0]])


def rewritten(text, name="f", **space):
    """The body of the function of this name, rewritten, with S for each site."""
    func = defined(text, name, **space)
    node = rewrite(find(func), func).node
    body = node.body if isinstance(node.body, list) else [node.body]
    lines = "\n".join(ast.unparse(one) for one in body).splitlines()
    return re.sub(r"\('\.site', \d+\)", "S", "\n".join(line for line in lines if line.strip()))


def check(before, after, **space):
    """The body of a function of a, b, c, o and t, and what it is rewritten into."""
    body = textwrap.indent(textwrap.dedent(before).strip(), "    ")
    made = rewritten(f"def f(a, b, c, o, t):\n{body}", **space)
    assert made == textwrap.dedent(after).strip()


def check_same(before, **space):
    """The body of a function that is not changed by the rewriting."""
    check(before, before, **space)
