"""Programs, parsed as far as it takes to find a function in them.

A function stands in one statement at the top of its file. To find it, that statement and the
imports at the top are mostly enough, and parsing a file of thousands of lines would take longer
than all else that is done for the function. So there are two programs for a file: an excerpt,
which has these and for all else empty lines, so that all stays on its line, and the whole.

Where a statement begins is guessed from the left margin. A guess that is wrong gives a program that
does not parse, or has no such function, or has one that does not compile to what runs; then the
whole file decides.

    >>> lines = ["import math", "def f(x):", "    return x", "1 +", "def g(x):", "    return x"]
    >>> excerpt([line + "\\n" for line in lines], 3)
    'import math\\ndef f(x):\\n    return x\\n'
"""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lazy.syntax import FunctionNode

__all__ = ["Definition", "Program", "excerpt", "parse"]


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


def parse(text: str, filename: str, flags: int) -> Program:
    """Parse a program.

    Args:
        text: the program.
        filename: the file that it comes from.
        flags: flags of future imports.

    Raises:
        SyntaxError: it is none.
        ValueError: it holds characters that no program may hold.
    """
    mode = flags | ast.PyCF_ONLY_AST
    tree = compile(text, filename, "exec", mode, dont_inherit=True)
    return Program(flags, tree.body, list(_imports(tree)))


# Excerpts ----------------------------------------------------------------------------------------

_IMPORT = re.compile(r"(?:import|from\s+\S+\s+import)\s")


def excerpt(lines: Sequence[str], number: int) -> str:
    """The statement that seems to hold a line, with the imports at the top of the file.

    Args:
        lines: the lines of the file.
        number: the line, counted from 1.

    Returns:
        Their text, in which they stand on the lines that they have in the file.
    """
    starts = [*_starts(lines), len(lines)]
    made: list[str] = []
    for first, end in zip(starts, starts[1:], strict=False):
        if first < number <= end or _IMPORT.match(lines[first]):
            made += ["\n"] * (first - len(made))
            made += lines[first:end]
    return "".join(made)


def _starts(lines: Sequence[str]) -> Iterator[int]:
    """The lines at the left margin on which a statement can begin, its decorators included."""
    decorated = False
    for at, line in enumerate(lines):
        is_decorator = line[:1] == "@"
        if is_decorator or line[:1].isidentifier():
            if not decorated and not (at and lines[at - 1].endswith("\\\n")):
                yield at
            decorated = is_decorator


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
        inside = (*classes, node.name) if isinstance(node, ast.ClassDef) else classes
        for name, child in _children(node):
            if _reaches(child, line):
                waiting.append((child, statement, inside if name == "body" else classes))


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield name, child


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
