"""What the rules of the rewriting share: the scope they are in, sites, helpers, names for values.

A rule is a function from the context and a node to a new node. It changes no node, so what a plain
lambda repeats can share nodes with what was rewritten.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from daisy.tracing.rewrite import nodes
from daisy.tracing.rewrite.scopes import Scope, mangle
from daisy.tracing.sites import Site
from lazy.errors import Refusal
from lazy.rebuilding import HELPER_PREFIX
from lazy.source import Source

__all__ = ["Context", "Expression", "Statement"]

Expression = Callable[["Context", Any], ast.expr]
Statement = Callable[["Context", Any], list[ast.stmt]]

_SITE = HELPER_PREFIX + "site"


class Context:
    """One rewriting of one function.

    Args:
        source: the function's source.
        func: the function, whose live globals tell ufuncs apart.
        scope: the scope of its body.
        kinds: the kinds of nodes that its body has.
        expressions: the rule for each kind of expression.
        statements: the rule for each kind of statement.
    """

    def __init__(
        self,
        source: Source,
        func: Any,
        scope: Scope,
        kinds: frozenset[type[ast.AST]],
        expressions: Mapping[type[ast.AST], Expression],
        statements: Mapping[type[ast.AST], Statement],
    ) -> None:
        self.source = source
        self.func = func
        self.scope = scope
        self.kinds = kinds
        self.fresh: set[ast.AugAssign] = set()
        self.helpers: set[str] = set()
        self.constants: dict[object, object] = {}
        self._expressions = expressions
        self._statements = statements
        self._name = source.code.co_qualname
        self._temporaries = 0
        self._statement: ast.stmt | None = None
        self._formatting = False

    # Rules

    def expression(self, node: ast.expr) -> ast.expr:
        """The rewritten expression."""
        rule = self._expressions.get(type(node))
        return node if rule is None else rule(self, node)

    def optional(self, node: ast.expr | None) -> ast.expr | None:
        """The same for an expression that may be missing."""
        return None if node is None else self.expression(node)

    def expressions(self, items: list[ast.expr]) -> list[ast.expr]:
        """The same for several, in order."""
        return [self.expression(one) for one in items]

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The rewritten statements; one can become several."""
        made: list[ast.stmt] = []
        for one in body:
            self._statement = one
            rule = self._statements.get(type(one))
            made += [one] if rule is None else rule(self, one)
        return made

    # Building

    def helper(self, name: str, where: ast.AST, *arguments: ast.expr) -> ast.Call:
        """A call of a helper that takes a site first, standing where `where` stands."""
        return self.bare(name, where, self.site(where), *arguments)

    def bare(self, name: str, where: ast.AST, *arguments: ast.expr) -> ast.Call:
        """A call of a helper that takes no site."""
        full_name = sys.intern(HELPER_PREFIX + name)  # One text for all: the compiler hashes it.
        self.helpers.add(full_name)
        return nodes.named_call(full_name, arguments, where)

    def site(self, where: ast.AST) -> ast.Constant:
        """The placeholder for the site of a node."""
        placeholder = (_SITE, len(self.constants))
        line: int = getattr(where, "lineno", 0)
        is_target = isinstance(getattr(where, "ctx", None), (ast.Store, ast.Del))
        text = self._text(self._statement if is_target and self._statement else where)
        self.constants[placeholder] = Site(self.source.filename, line, self._name, text)
        return nodes.constant(placeholder)

    def text(self, node: ast.AST) -> str:
        """The source text of an expression, or of the first line of a statement with a body."""
        text = self._text(node)
        return text if isinstance(text, str) else text() or ast.unparse(node)

    def _text(self, node: ast.AST) -> str | Callable[[], str]:
        """The same, or what gives it later: most texts are never asked for.

        What is kept for that is the text of the file, and not the tree.
        """
        if isinstance(node, ast.stmt) and hasattr(node, "body"):
            return self.source.text[node.lineno - 1].strip()
        if self._formatting or not hasattr(node, "lineno"):
            return ast.unparse(node)
        return self.source.segment_later(node)

    def temporary(self) -> str:
        """A new name for a value in between, which no name of the user's can be."""
        self._temporaries += 1
        return f"{HELPER_PREFIX}value{self._temporaries}"

    def mangled(self, name: str) -> str:
        """The name of an attribute as the class that the function stands in sees it."""
        classes = self.source.class_names
        return mangle(name, classes[-1] if classes else None)

    # States and refusals

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        """Rewrite what stands in an inner scope."""
        outer, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = outer

    @contextmanager
    def in_format(self) -> Iterator[None]:
        """Rewrite what stands in an f-string, whose positions CPython 3.11 does not know."""
        outer, self._formatting = self._formatting, sys.version_info < (3, 12)
        try:
            yield
        finally:
            self._formatting = outer

    def refusal(self, node: ast.AST, reason: str, ways_out: tuple[str, ...]) -> Refusal:
        """The refusal of what stands at `node`."""
        line: int = getattr(node, "lineno", 0)
        return Refusal(reason, self.source.filename, line, self.text(node), ways_out)
