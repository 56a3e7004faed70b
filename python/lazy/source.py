"""The source of a running function, found by its code object.

A function is found by what runs, its code object, and never by what it is called or wraps
(``__wrapped__`` is not followed). The statement at the top of the file that holds it is compiled
again, so the code that is compared with the running one stood in the very same scopes: the class
for private names, the functions round it for free variables. What does not compile to the running
code is refused, because then the file is no longer what was imported.

The way back, :func:`lazy.rebuilding.rebuild`, never runs a factory. It compiles the changed node
below scopes that make its free variables free, takes the code object out, and closes it over the
live cells of the function that it replaces.

This module and those that it imports need nothing but the standard library.

    >>> import ast, linecache
    >>> text = "def triple(x):\\n    return 3 * x\\n"
    >>> linecache.cache["<triple>"] = (len(text), None, text.splitlines(True), "<triple>")
    >>> space = {}
    >>> exec(compile(text, "<triple>", "exec"), space)
    >>> source = find(space["triple"])
    >>> print(ast.unparse(source.node))
    def triple(x):
        return 3 * x
"""

from __future__ import annotations
import __future__

import ast
import functools
import linecache
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from lazy.codes import codes_at, same_code, same_positions
from lazy.programs import Definition, File, Program
from lazy.syntax import FunctionNode, compile_statements, copy_tree

__all__ = ["Source", "SourceError", "find"]

_FUTURE_FLAGS = functools.reduce(
    int.__or__, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
_INLINE_HINT = (
    "`inline(func)` needs no source: it traces by operators alone. Or write the function in a file."
)
_CHANGED_HINT = "Import (or define) it again, so that the file and what runs are the same."
_FILES_KEPT = 8


class SourceError(TypeError):
    """The source of a function cannot be had.

    Args:
        what: what was looked for, e.g. ``"function f"``.
        reason: why it cannot be had.
        hint: what the user can do.
        filename: the file that the function says it comes from.
        lineno: its first line there.

    >>> print(SourceError("function f", "there is no such file.", "Do this.", "a.py", 3))
    no source for function f (a.py, line 3): there is no such file. Do this.
    """

    def __init__(
        self,
        what: str,
        reason: str,
        hint: str,
        filename: str | None = None,
        lineno: int | None = None,
    ) -> None:
        self.reason = reason
        self.filename = filename
        self.lineno = lineno
        where = "" if filename is None else f" ({filename}, line {lineno})"
        super().__init__(f"no source for {what}{where}: {reason} {hint}")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The source of one function, as :func:`find` gives it.

    Attributes:
        code: the code object that was looked for, the running one.
        filename: the file, as the code object names it.
        text: all lines of the file; line ``n`` is ``text[n - 1]``.
        flags: the compiler flags of its ``from __future__`` imports.
        class_names: names of the classes it stands in, outermost first.
        optimize: the optimisation level it was compiled with (-1: the interpreter's own).
        definition: the definition, with the line numbers of the file. It is shared with whoever
            else looks at it and must not be changed; who changes it takes :attr:`node`.
    """

    code: types.CodeType
    filename: str
    text: tuple[str, ...]
    flags: int
    class_names: tuple[str, ...]
    optimize: int
    definition: FunctionNode = field(repr=False)

    @property
    def node(self) -> FunctionNode:
        """The definition, a fresh copy at each access, with the line numbers of the file."""
        node: FunctionNode = copy_tree(self.definition)
        return node

    def segment(self, node: ast.AST) -> str:
        """The text of `node`, which is a node of this source with its positions still on it.

        Args:
            node: an expression or statement.

        Returns:
            Its source text, or ``""`` where it has no position.
        """
        return self.segment_later(node)()

    def segment_later(self, node: Any) -> Callable[[], str]:
        """What gives the text of `node` when it is called, and keeps no tree alive until then.

        Args:
            node: an expression or statement.

        Returns:
            A function without arguments that gives what :meth:`segment` does.
        """
        first = getattr(node, "lineno", None)
        last = getattr(node, "end_lineno", None)
        if first is None or last is None:
            return str
        return functools.partial(_cut, self.text, first, node.col_offset, last, node.end_col_offset)


def _cut(text: tuple[str, ...], first: int, begin: int, last: int, end: int) -> str:
    """The text between two places; columns count bytes."""
    if not 0 < first <= last <= len(text):
        return ""
    lines = [line.encode() for line in text[first - 1 : last]]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin:]
    return b"".join(lines).decode(errors="replace")


# Finding -----------------------------------------------------------------------------------------


def find(func: Any) -> Source:
    """Find the definition that `func` was compiled from.

    Args:
        func: a Python function: made by ``def``, ``async def`` or ``lambda``.

    Returns:
        Its :class:`Source`.

    Raises:
        SourceError: there is no source, or it is no longer the source of what runs.
    """
    if not isinstance(func, types.FunctionType):
        kind = type(func).__name__
        raise SourceError(f"a {kind}", "only functions written in Python have one.", _INLINE_HINT)
    code = func.__code__
    changed = None
    for lines in _versions(code.co_filename, func.__globals__):
        try:
            return _find_in(_file(code.co_filename, lines), code)
        except SourceError as error:
            changed = error
    if changed is not None:
        raise changed
    raise _error(code, "it has none (it was made from a string or typed in).", _INLINE_HINT)


def _error(code: types.CodeType, reason: str, hint: str) -> SourceError:
    what = "this lambda" if code.co_name == "<lambda>" else f"function {code.co_qualname}"
    return SourceError(what, reason, hint, code.co_filename, code.co_firstlineno)


def _changed(code: types.CodeType, reason: str) -> SourceError:
    text = f"the file has changed since it was imported ({reason})."
    return _error(code, text, _CHANGED_HINT)


def _versions(filename: str, module_globals: dict[str, Any]) -> Iterator[list[str]]:
    """The lines of a file as linecache remembers them, then, where that differs, as they are now.

    What linecache remembers can be older than the file, and can be older than what runs: only the
    comparison of code objects can tell which of the two it is.
    """
    remembered = linecache.getlines(filename, module_globals)
    if remembered:
        yield remembered
    linecache.checkcache(filename)
    current = linecache.getlines(filename, module_globals)
    if current and current != remembered:
        yield current


_Beside = Literal["imports", "nothing", "everything"]


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a file may have been compiled.

    Attributes:
        optimize: the optimisation level, -1 for that of the interpreter.
        beside: what was compiled together with the statement. A method call on an imported module
            compiles to other instructions than one on another name, so mostly its imports are
            enough; a notebook compiles statements alone; and once in a while another statement of
            the file matters (one that names ``super`` does, since CPython 3.12).
    """

    optimize: int
    beside: _Beside


_BESIDE: tuple[_Beside, ...] = ("imports", "nothing", "everything")
_SETTINGS = tuple(_Setting(level, beside) for level in (-1, 0, 1, 2) for beside in _BESIDE)
_IN_EXCERPT = _SETTINGS[:2]
"""An excerpt is tried as it most likely was compiled; all other ways are for the whole file."""


_files: OrderedDict[str, File] = OrderedDict()


def _file(filename: str, lines: list[str]) -> File:
    text = tuple(lines)
    file = _files.get(filename)
    if file is None or file.text != text:
        file = _files[filename] = File(text)
        while len(_files) > _FILES_KEPT:
            _files.popitem(last=False)
    return file


def _find_in(file: File, code: types.CodeType) -> Source:
    """What compiles to the running code is its source; why nothing does, the whole file tells."""
    name, flags = code.co_filename, code.co_flags & _FUTURE_FLAGS
    with suppress(SyntaxError, ValueError, SourceError):
        part = file.excerpt(code.co_firstlineno, name, flags)
        return _find_among(file, part, code, _IN_EXCERPT)
    try:
        whole = file.whole(name, flags)
    except (SyntaxError, ValueError) as error:
        raise _changed(code, f"it does not parse: {error}") from None
    return _find_among(file, whole, code, _SETTINGS)


def _find_among(
    file: File, program: Program, code: types.CodeType, settings: tuple[_Setting, ...]
) -> Source:
    candidates = program.definitions(code.co_firstlineno, code.co_name)
    if not candidates:
        raise _changed(code, f"line {code.co_firstlineno} does not begin it any more")
    for setting in settings:
        definition = _match(program, candidates, code, setting)
        if definition is not None:
            return Source(
                code=code,
                filename=code.co_filename,
                text=file.text,
                flags=program.flags,
                class_names=definition.class_names,
                optimize=setting.optimize,
                definition=definition.node,
            )
    raise _changed(code, "what stands there has other names, constants or operations")


def _match(
    program: Program, candidates: list[Definition], code: types.CodeType, setting: _Setting
) -> Definition | None:
    """The candidate that compiles to `code`, by positions where several do.

    Several that compile to equal code without equal positions mean the same: any of them will do.
    """
    if len(candidates) == 1:
        compiled = _compiled_statement(program, candidates[0].statement, code, setting)
        found = codes_at(compiled, code.co_firstlineno, code.co_name)
        return candidates[0] if any(same_code(one, code) for one in found) else None
    matching = []
    for candidate in candidates:
        for one in _marked_codes(candidate, program, code, setting):
            if same_code(one, code):
                if same_positions(one, code, _MARK):
                    return candidate
                matching.append(candidate)
    return matching[0] if matching else None


def _compiled_statement(
    program: Program, statement: ast.stmt, code: types.CodeType, setting: _Setting
) -> types.CodeType:
    key = (0 if setting.beside == "everything" else id(statement), setting)
    if key not in program.compiled:
        program.compiled[key] = _compile_in(program, statement, statement, code, setting)
    return program.compiled[key]


def _compile_in(
    program: Program, place: ast.stmt, statement: ast.stmt, code: types.CodeType, setting: _Setting
) -> types.CodeType:
    """Compile a statement in the place of one of the program."""
    body = {
        "imports": lambda: [*program.imports, statement],
        "nothing": lambda: [statement],
        "everything": lambda: [statement if s is place else s for s in program.statements],
    }[setting.beside]()
    try:
        return compile_statements(body, code.co_filename, program.flags, setting.optimize)
    except (SyntaxError, ValueError) as error:
        raise _changed(code, f"it does not compile: {error}") from None


_MARK = 1 << 29


def _marked_codes(
    candidate: Definition, program: Program, code: types.CodeType, setting: _Setting
) -> Iterator[types.CodeType]:
    """The code of one candidate among others on its line, told apart by a line number of its own.

    The line number of a definition goes into its code as the first line and nowhere else, and two
    candidates for one line have no decorators (whose line it would be).
    """
    made: dict[int, Any] = {}
    statement = copy_tree(candidate.statement, made)
    marked = made[id(candidate.node)]
    marked.lineno = marked.end_lineno = _MARK
    marked.end_col_offset = marked.col_offset
    compiled = _compile_in(program, candidate.statement, statement, code, setting)
    yield from codes_at(compiled, _MARK, code.co_name)
