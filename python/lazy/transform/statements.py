"""Statements in which everything is lazy: the few that need a value at once force it."""

from __future__ import annotations

import ast

from lazy.syntax import BINARY
from lazy.transform.expressions import Expressions
from lazy.transform.nodes import first_argument, runtime_call, runtime_method

__all__ = ["Lazifier"]


class Lazifier(Expressions):
    """Rewrites statements, and the expressions in them."""

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a block, of which an import may become several."""
        made: list[ast.stmt] = []
        for statement in body:
            changed = self.visit(statement)
            made.extend(changed if isinstance(changed, list) else [changed])
        return made

    def stored(self, value: ast.expr, targets: list[ast.expr]) -> ast.expr:
        """A value to bind, forced where it goes into an object: that is a deed, and done now."""
        parts = (part for target in targets for part in ast.walk(target))
        into = any(
            isinstance(part, (ast.Attribute, ast.Subscript)) and isinstance(part.ctx, ast.Store)
            for part in parts
        )
        changed: ast.expr = self.forced(value) if into else self.visit(value)
        return changed

    # Functions and classes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        self._defaults(node.args)
        self.first_arguments.append(first_argument(node.args))
        node.body = self.statements(node.body)
        self.first_arguments.pop()
        node.decorator_list.append(ast.copy_location(runtime_method("function"), node))
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        """A class is made at once of what it is made of, and its methods are plain functions."""
        node.bases = [self._base(base) for base in node.bases]
        node.keywords = [self._class_keyword(keyword) for keyword in node.keywords]
        return node

    def _base(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.Starred):
            return self.forced(node)
        node.value = self.forced(node.value)
        return node

    def _class_keyword(self, node: ast.keyword) -> ast.keyword:
        node.value = self.forced(node.value)
        return node

    # Statements

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        if not isinstance(node.value, ast.Constant):
            node.value = self.visit(node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        displays = (ast.Tuple, ast.List)
        if isinstance(node.value, displays) and all(
            isinstance(target, displays) for target in node.targets
        ):  # `a, b = b, a` forces neither of them
            node.value.elts = [self.stored(each, node.targets) for each in node.value.elts]
        else:
            node.value = self.stored(node.value, node.targets)
        node.targets = self.all(node.targets)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is not None:
            node.value = self.stored(node.value, [node.target])
            node.target = self.visit(node.target)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if not isinstance(node.target, ast.Name):
            node.value = self.forced(node.value)
            node.target = self.visit(node.target)
            return node
        value = self.operand(node.value)
        read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        index = ast.Constant(BINARY.index(type(node.op)))
        result = runtime_call("augmented", node, index, self.visit(read), value)
        return ast.copy_location(ast.Assign([node.target], result), node)

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        return [self._import(node, alias) for alias in node.names]

    def _import(self, node: ast.Import, alias: ast.alias) -> ast.stmt:
        bound = alias.asname or alias.name.split(".")[0]
        whole = ast.Constant(alias.asname is not None)
        return self._bind(
            node, bound, runtime_call("import_", node, ast.Constant(alias.name), whole)
        )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        if node.module == "__future__" or node.names[0].name == "*":
            return [node]
        return [self._import_from(node, alias) for alias in node.names]

    def _import_from(self, node: ast.ImportFrom, alias: ast.alias) -> ast.stmt:
        parts = (node.module or "", alias.name, node.level)
        found = runtime_call("import_from", node, *(ast.Constant(part) for part in parts))
        return self._bind(node, alias.asname or alias.name, found)

    def _bind(self, node: ast.stmt, name: str, value: ast.expr) -> ast.stmt:
        return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), node)

    def visit_withitem(self, node: ast.withitem) -> ast.withitem:
        node.context_expr = self.forced(node.context_expr)
        if node.optional_vars is not None:
            node.optional_vars = self.visit(node.optional_vars)
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        node.target, node.iter = self.visit(node.target), self.iterable(node.iter)
        node.body, node.orelse = self.statements(node.body), self.statements(node.orelse)
        return node

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.stmt:
        iterable = self.forced(node.iter)
        changed = self.generic(node)
        changed.iter = iterable
        return changed

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        node.exc = node.exc and self.forced(node.exc)
        node.cause = node.cause and self.forced(node.cause)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        node.type = node.type and self.forced(node.type)
        node.body = self.statements(node.body)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        node.test = self.visit(node.test)
        node.msg = node.msg and self.forced(node.msg)
        return node

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        node.subject = self.forced(node.subject)
        for case in node.cases:
            case.guard = case.guard and self.visit(case.guard)
            case.body = self.statements(case.body)
        return node
