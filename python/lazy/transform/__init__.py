"""Source in which everything is lazy, from ordinary source.

Operators, attributes, items and ordering defer by themselves once their operands are thunks, so
names and constants become thunks where they are read. What Python decides without asking the object
becomes a call of the runtime (``is``, ``in``, ``not``, displays, calls, imports), or, where only a
part of it may ever run (``and``, ``or``, ``x if p else y``, comprehensions, f-strings), a function
for later. Statements stay statements: they run when the lazy function runs.

* :mod:`~lazy.transform.expressions`: what each kind of expression becomes
* :mod:`~lazy.transform.statements`: statements, and the functions and classes made by them
* :mod:`~lazy.transform.nodes`: the nodes that they put in
"""

from __future__ import annotations

import ast
from typing import Any

from lazy.transform.nodes import RUNTIME, first_argument
from lazy.transform.statements import Lazifier

__all__ = ["RUNTIME", "lazify", "lazify_module"]


def lazify(node: Any) -> Any:
    """Make the body of a function lazy.

    Args:
        node: a function definition or a lambda. It is changed.

    Returns:
        The definition, in which the constant :data:`RUNTIME` stands for the runtime.

    >>> print(ast.unparse(lazify(ast.parse("lambda a: not a", mode="eval").body)))
    lambda a: ('.lazy', 'runtime').not_(('.lazy', 'runtime').lazy(a))
    """
    transformer = Lazifier()
    transformer.first_arguments.append(first_argument(node.args))
    if isinstance(node, ast.Lambda):
        node.body = transformer.visit(node.body)
    else:
        node.body = transformer.statements(node.body)
    return ast.fix_missing_locations(node)


def lazify_module(tree: Any) -> Any:
    """Make a parsed program, or an expression, lazy.

    Args:
        tree: an ``ast.Module`` or ``ast.Expression``. It is changed.
    """
    if isinstance(tree, ast.Expression):
        tree.body = Lazifier().visit(tree.body)
    else:
        tree.body = Lazifier().statements(tree.body)
    return ast.fix_missing_locations(tree)
