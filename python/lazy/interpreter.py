"""Programs and expressions, given as text, in which everything is lazy."""

from __future__ import annotations

import ast
import sys
import types
from typing import Any

from daisy._core import thunk
from lazy.codes import with_constants
from lazy.runtime import Runtime
from lazy.transform import RUNTIME, lazify_module

__all__ = ["run_lazy"]


def run_lazy(
    src: str,
    name: str = "<string>",
    mode: str = "exec",
    globals_: dict[str, Any] | None = None,
    locals_: dict[str, Any] | None = None,
) -> Any:
    """Run a program, or evaluate an expression, in which everything is lazy.

    Statements run now, and what they compute are thunks, as in a lazy function.

    Args:
        src: the text of the program.
        name: its file name, for error messages.
        mode: ``"exec"`` for a program, ``"eval"`` for an expression.
        globals_: its globals; by default those of the caller.
        locals_: its locals; by default `globals_` where that is given, or else those of the caller.

    Returns:
        The thunk of the expression; ``None`` for a program.

    Raises:
        SyntaxError: `src` is not a program.
        ValueError: `mode` is neither of the two.

    >>> from lazy import run_lazy, strict
    >>> space = {}
    >>> run_lazy("x = 1 + 2", globals_=space)
    >>> strict(space["x"])
    3
    >>> strict(run_lazy("x * 2", mode="eval", globals_=space))
    6
    """
    if mode not in ("exec", "eval"):
        raise ValueError(f"mode is 'exec' or 'eval', not {mode!r}")
    if globals_ is None:
        frame = sys._getframe(1)
        globals_ = frame.f_globals
        locals_ = frame.f_locals if locals_ is None else locals_
    if locals_ is None or locals_ is globals_:
        return _run(compiled(src, name, mode, globals_), globals_)
    return _run_in_two(src, name, mode, globals_, locals_)


def compiled(
    src: str | ast.Module | ast.Expression, name: str, mode: str, module_globals: dict[str, Any]
) -> types.CodeType:
    """The code of a lazy program.

    Args:
        src: its text, or its tree, which is changed.
        name: its file name.
        mode: ``"exec"`` or ``"eval"``.
        module_globals: the globals that it will have.
    """
    tree = compile(src, name, mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    code = compile(lazify_module(tree), name, mode, dont_inherit=True)
    return with_constants(code, {RUNTIME: Runtime(thunk, module_globals)})


def _run(code: types.CodeType, space: dict[str, Any]) -> Any:
    return eval(code, space)


def _run_in_two(
    src: str, name: str, mode: str, globals_: dict[str, Any], locals_: dict[str, Any]
) -> Any:
    """Run with globals and locals.

    Functions see their globals only, and much of a lazy program is functions, so it gets one
    namespace of both, and what it binds goes to the locals.
    """
    space = {**globals_, **locals_}
    before = dict(space)
    try:
        return _run(compiled(src, name, mode, globals_), space)
    finally:
        _give_back(before, space, locals_)


def _give_back(before: dict[str, Any], after: dict[str, Any], locals_: dict[str, Any]) -> None:
    missing = object()
    changed = [key for key, value in after.items() if before.get(key, missing) is not value]
    # The locals of a frame take a dict only, from CPython 3.13 on.
    locals_.update({key: after[key] for key in changed if key != "__builtins__"})
    for key in before.keys() - after.keys():
        locals_.pop(key, None)
