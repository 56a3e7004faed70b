"""``%lazy`` and ``%%lazy`` for IPython and notebooks: load them with ``%load_ext lazy``."""

from __future__ import annotations

import ast
from typing import Any

from lazy.interpreter import compiled

__all__ = ["load_ipython_extension"]


def run_cell(text: str, space: dict[str, Any]) -> Any:
    """Run a lazy program as a notebook runs a cell.

    Args:
        text: the program.
        space: its globals.

    Returns:
        The thunk of its last statement if that is an expression.
    """
    tree = ast.parse(text)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compiled(tree, "<lazy>", "exec", space), space)
    if isinstance(last, ast.Expr):
        return eval(compiled(ast.Expression(last.value), "<lazy>", "eval", space), space)
    return None


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics.

    Args:
        ipython: the running shell, as ``%load_ext lazy`` hands it over.
    """

    def lazy(line: str, cell: str | None = None) -> Any:
        """Run a line (``%lazy x + 1``) or a cell (``%%lazy``) in which everything is lazy."""
        return run_cell(line if cell is None else cell, ipython.user_ns)

    ipython.register_magic_function(lazy, magic_kind="line_cell", magic_name="lazy")
