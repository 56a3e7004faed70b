"""Code objects: finding, comparing and changing them."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Changes", "codes_at", "same_code", "same_positions", "with_constants"]


def codes_at(top: types.CodeType, first_line: int, name: str) -> list[types.CodeType]:
    """All code below `top` with this first line and name (a ``finally`` is compiled twice)."""
    found = []
    waiting = [top]
    while waiting:
        code = waiting.pop()
        if code.co_firstlineno == first_line and code.co_name == name and code is not top:
            found.append(code)
        waiting.extend(const for const in code.co_consts if isinstance(const, types.CodeType))
    return found


def same_code(found: types.CodeType, running: types.CodeType) -> bool:
    """Whether two code objects mean the same: names, constants, variables and instructions."""
    if _code_key(found) == _code_key(running):
        return True
    return _is_instrumented(running) and _is_within(found, running)


def _code_key(code: types.CodeType) -> tuple[object, ...]:
    return (
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_code,
        tuple(_constant_key(const) for const in code.co_consts),
    )


def _constant_key(const: object) -> object:
    """Equal for equal constants, where ``1``, ``1.0`` and ``True`` are three, as are zeros."""
    if isinstance(const, types.CodeType):
        return _code_key(const)
    if isinstance(const, tuple):
        return tuple, tuple(_constant_key(item) for item in const)
    if isinstance(const, frozenset):
        return frozenset, frozenset(_constant_key(item) for item in const)
    if isinstance(const, (float, complex)):
        return type(const), repr(const)
    return type(const), const


def _is_instrumented(code: types.CodeType) -> bool:
    """pytest rewrites the asserts of test files, and calls what it adds by names with an "@"."""
    if "@pytest_ar" in code.co_names or "@pytest_ar" in code.co_freevars:
        return True
    return any(isinstance(c, types.CodeType) and _is_instrumented(c) for c in code.co_consts)


def _is_within(found: types.CodeType, running: types.CodeType) -> bool:
    """Whether `running` can be `found` with asserts rewritten, which only adds to it."""
    arguments = found.co_argcount + found.co_kwonlyargcount
    return (
        found.co_argcount == running.co_argcount
        and found.co_kwonlyargcount == running.co_kwonlyargcount
        and found.co_varnames[:arguments] == running.co_varnames[:arguments]
        and found.co_freevars == running.co_freevars
        and set(found.co_names) <= set(running.co_names) | {"AssertionError"}
    )


def same_positions(marked: types.CodeType, running: types.CodeType, mark: int) -> bool:
    """Whether two codes stand at one place; the line number `mark` stands for any."""
    pairs = zip(marked.co_positions(), running.co_positions(), strict=True)
    return all(mine == theirs or mine[0] == mark for mine, theirs in pairs)


def with_constants(code: types.CodeType, constants: Mapping[Any, object]) -> types.CodeType:
    """Code that loads other objects.

    Args:
        code: a code object.
        constants: objects by the constants whose place they take, in nested code and tuples, too.

    Returns:
        The changed code.

    >>> eval(with_constants(compile("(1, 'x')", "", "eval"), {"x": [2]}))
    (1, [2])
    """
    return Changes(constants, code.co_qualname, code.co_qualname).apply(code)


_HELPERS = re.compile(r"\.\.\w+\.<locals>")
"""Functions with names that no program can write, which stand round a function of the user's."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is changed in built code: constants, and the qualified name that it was built under."""

    constants: Mapping[Any, object]
    built: str
    qualname: str

    def apply(self, code: types.CodeType) -> types.CodeType:
        """The changed code."""
        consts = tuple(self._constant(const) for const in code.co_consts)
        return code.replace(co_consts=consts, co_qualname=self._renamed(code.co_qualname))

    def _renamed(self, text: str) -> str:
        """A class body has its qualified name as a constant, so constants are renamed as well."""
        if text == self.built or text.startswith(self.built + "."):
            return self.qualname + _HELPERS.sub("", text[len(self.built) :])
        return text

    def _constant(self, const: Any) -> object:
        if isinstance(const, types.CodeType):
            return self.apply(const)
        if const in self.constants:
            return self.constants[const]
        if isinstance(const, str):
            return self._renamed(const)
        if isinstance(const, tuple):
            return tuple(self._constant(item) for item in const)
        return const
