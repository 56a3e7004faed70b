"""Functions to find and rebuild, defined as a cell of a notebook defines them."""

from __future__ import annotations

import ast
import linecache
import textwrap
from itertools import count

from lazy.rebuilding import rebuild
from lazy.source import find

NUMBERS = count()


def define(text, name="f", flags=0, **space):
    """Run `text` as a cell of a notebook would be run, and give what it binds to `name`."""
    text = textwrap.dedent(text)
    filename = f"<cell {next(NUMBERS)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec", flags, dont_inherit=True), space)
    return eval(name, space)


def found(func):
    return ast.unparse(find(func).node)


def again(func, **helpers):
    """Rebuild `func` from its own source."""
    source = find(func)
    return rebuild(source, source.node, func, helpers, {})
