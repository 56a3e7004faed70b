"""Programs, parsed as far as it takes to find a function in them.

A function stands in one statement at the top of its file. To find it, that statement and the
imports at the top are mostly enough, and of a class only its head and the method; parsing a file of
thousands of lines would take longer than all else that is done for the function. So a file gives
two programs: an excerpt, which has these and for all else empty lines, so that all stays on its
line, and the whole.

Where a statement or method begins is guessed from the left margin. A guess that is wrong gives a
program that does not parse, or has no such function, or has one that does not compile to what runs;
then the whole file decides.

    >>> file = File(("import math\\n", "def f(x):\\n", "    return x\\n", "x = 1 +\\n"))
    >>> program = file.excerpt(3, "<example>", flags=0)
    >>> [type(one).__name__ for one in program.statements]
    ['Import', 'FunctionDef']
"""

from __future__ import annotations

import ast
import re
import types
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lazy.syntax import FunctionNode, below

__all__ = ["Definition", "File", "Program"]


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A function's node, the top-level statement that it stands in, and the classes between."""

    node: FunctionNode
    statement: ast.stmt
    class_names: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Program:
    """A parsed program.

    Attributes:
        flags: the flags of future imports that it was parsed with.
        statements: all that stands at its top.
        imports: the imports that bind globals.
        compiled: what was compiled of it; for who compiles it.
    """

    flags: int
    statements: list[ast.stmt]
    imports: list[ast.stmt]
    compiled: dict[Any, types.CodeType] = field(default_factory=dict)

    def definitions(self, line: int, name: str) -> list[Definition]:
        """The functions of this name that begin on this line, in no order that matters.

        Args:
            line: the first line, as a code object has it: that of the first decorator.
            name: the name, ``<lambda>`` for a lambda.
        """
        found = _definitions(self.statements, line)
        return [one for one in found if _first_line_and_name(one.node) == (line, name)]


# Excerpts ----------------------------------------------------------------------------------------

_IMPORT = re.compile(r"(?:import|from\s+\S+\s+import)\s")
_MEMBER = re.compile(r"(?P<margin>[ \t]+)(?P<word>@|(?:async\s+)?def\s|class\s)")


class File:
    """The text of a file, and what was parsed of it.

    Args:
        text: all lines of the file.
    """

    def __init__(self, text: tuple[str, ...]) -> None:
        self.text = text
        self._edges = [0, *_starts(text), len(text)]
        statements = [(first, end) for first, end in pairwise(self._edges) if first < end]
        self._imports = [(first, end) for first, end in statements if _IMPORT.match(text[first])]
        self._members: dict[int, list[int]] = {}
        self._programs: dict[tuple[_Parts, int], Program] = {}

    def whole(self, filename: str, flags: int) -> Program:
        """All of the file.

        Args:
            filename: its name.
            flags: flags of future imports.

        Raises:
            SyntaxError: it is no program.
            ValueError: it holds characters that no program may hold.
        """
        return self._parsed(((0, len(self.text)),), filename, flags)

    def excerpt(self, line: int, filename: str, flags: int) -> Program:
        """The statement or method that seems to hold a line, with the imports at the top.

        Args:
            line: the line, counted from 1.
            filename: the name of the file.
            flags: flags of future imports.

        Raises:
            SyntaxError: it is no program.
            ValueError: it holds characters that no program may hold.
        """
        at = bisect(self._edges, line - 1, hi=len(self._edges) - 1)
        parts = self._parts(self._edges[at - 1], self._edges[at], line - 1)
        return self._parsed(parts, filename, flags)

    def _parsed(self, parts: _Parts, filename: str, flags: int) -> Program:
        key = parts, flags
        if key not in self._programs:
            text = "".join(self._excerpt(parts))
            mode = flags | ast.PyCF_ONLY_AST
            tree = compile(text, filename, "exec", mode, dont_inherit=True)
            self._programs[key] = Program(flags, tree.body, list(_imports(tree)))
        return self._programs[key]

    def _excerpt(self, parts: _Parts) -> list[str]:
        """The lines of some parts and of the imports, with empty lines for all between."""
        made: list[str] = []
        for first, end in sorted({*parts, *self._imports}):
            made += ["\n"] * (first - len(made))
            made += self.text[max(first, len(made)) : end]
        return made

    def _parts(self, first: int, end: int, line: int) -> _Parts:
        """Of a statement what is needed for a line: of a class its head and one member."""
        if first not in self._members:
            self._members[first] = list(_members(self.text, first, end))
        members = self._members[first]
        at = bisect(members, line)
        if at == 0:
            return ((first, end),)
        return (first, members[0]), (members[at - 1], [*members, end][at])


_Parts = tuple[tuple[int, int], ...]
"""The first line of each part and the one behind its last, counted from 0."""


def _starts(lines: Sequence[str]) -> Iterator[int]:
    """The lines at the left margin on which a statement can begin, its decorators included."""
    decorated = False
    for at, line in enumerate(lines):
        is_decorator = line[:1] == "@"
        if is_decorator or line[:1].isidentifier():
            if not decorated and not (at and lines[at - 1].endswith("\\\n")):
                yield at
            decorated = is_decorator


def _members(lines: Sequence[str], first: int, end: int) -> Iterator[int]:
    """The lines in a statement on which methods and classes of a class begin; none of another."""
    heads = (line for line in lines[first:end] if not line[:1].isspace() and line[:1] != "@")
    if not next(heads, "").startswith("class "):
        return
    margin, decorated = None, False
    for at in range(first, end):
        found = _MEMBER.match(lines[at])
        if found and margin in (None, found["margin"]):
            margin = found["margin"]
            if not decorated:
                yield at
            decorated = found["word"] == "@"


# Parts -------------------------------------------------------------------------------------------


def _imports(tree: ast.Module) -> Iterator[ast.stmt]:
    """The imports that bind globals, also those in branches. Future imports come by the flags."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield node
        elif isinstance(node, ast.ImportFrom):
            if node.module != "__future__" and node.names[0].name != "*":
                yield node
        elif not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
            waiting.extend(ast.iter_child_nodes(node))


def _definitions(statements: list[ast.stmt], line: int) -> Iterator[Definition]:
    """All functions in the statements that reach over a line. A loop: expressions can be deep."""
    waiting: list[tuple[ast.AST, ast.stmt, tuple[str, ...]]]
    waiting = [(one, one, ()) for one in statements if _reaches(one, line)]
    while waiting:
        node, statement, classes = waiting.pop()
        if isinstance(node, FunctionNode):
            yield Definition(node, statement, classes)
        for child in [one for one in below(node) if _reaches(one, line)]:
            if isinstance(node, ast.ClassDef) and child in node.body:
                waiting.append((child, statement, (*classes, node.name)))
            else:
                waiting.append((child, statement, classes))


def _reaches(node: ast.AST, line: int) -> bool:
    """Whether something in a node can stand on a line.

    Only statements are asked: CPython 3.11 does not know the lines of what stands in an f-string.
    """
    if not isinstance(node, ast.stmt):
        return True
    decorators = getattr(node, "decorator_list", None)
    first = decorators[0].lineno if decorators else node.lineno
    return first <= line <= (node.end_lineno or line)


def _first_line_and_name(node: FunctionNode) -> tuple[int, str]:
    if isinstance(node, ast.Lambda):
        return node.lineno, "<lambda>"
    first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
    return first, node.name
