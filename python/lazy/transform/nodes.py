"""Nodes of the transformed source: calls of the runtime, and what is asked of a definition."""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["RUNTIME", "first_argument", "later", "runtime_call", "runtime_method"]

RUNTIME = (".lazy", "runtime")
"""The constant that stands for the runtime until the code is compiled."""


def first_argument(arguments: ast.arguments) -> str | None:
    """The name of the first positional parameter, which `super()` reads."""
    named = [*arguments.posonlyargs, *arguments.args]
    return named[0].arg if named else None


def runtime_method(name: str) -> ast.expr:
    """A method of the runtime."""
    runtime: Any = RUNTIME  # a tuple is a constant, too
    return ast.Attribute(ast.Constant(runtime), name, ast.Load())


def runtime_call(name: str, place: ast.AST, *args: ast.expr) -> ast.Call:
    """A call of a method of the runtime, at a place of the source."""
    return ast.copy_location(ast.Call(runtime_method(name), list(args), []), place)


def later(body: ast.expr) -> ast.Call:
    """An expression of which only a part may ever run, as a function for later."""
    function = ast.Lambda(_no_arguments(), body)
    return runtime_call("later", body, ast.copy_location(function, body))


def _no_arguments() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
