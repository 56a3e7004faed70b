"""Expressions in which everything is lazy."""

from __future__ import annotations

import ast
from typing import TypeVar

from lazy.syntax import COMPARE
from lazy.transform.nodes import first_argument, later, runtime_call

__all__ = ["Expressions"]

_ASKS_NO_OBJECT = (ast.Is, ast.IsNot, ast.In, ast.NotIn)
_OF_THE_FRAME = frozenset({"locals", "globals", "eval", "exec"})
_OF_THE_FRAME_ALONE = frozenset({"vars", "dir"})
_BOUND_HERE = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
_MAY_BE_REAL = (ast.Call, ast.Lambda, *_BOUND_HERE)

Node = TypeVar("Node", bound=ast.AST)


def _binds_here(node: ast.AST) -> bool:
    """Whether an expression must stay where it is: it binds a name there, or waits there."""
    return any(isinstance(part, _BOUND_HERE) for part in ast.walk(node)) or any(
        isinstance(part, ast.comprehension) and part.is_async for part in ast.walk(node)
    )


class Expressions(ast.NodeTransformer):
    """Rewrites expressions.

    Attributes:
        first_arguments: the first parameters of the functions that it is in, from outside in.
    """

    def __init__(self) -> None:
        self.first_arguments: list[str | None] = []

    # Parts

    def all(self, nodes: list[ast.expr]) -> list[ast.expr]:
        """Several expressions."""
        return [self.visit(node) for node in nodes]

    def operand(self, node: ast.expr) -> ast.expr:
        """An operand, which makes the operator defer: a call may give a real value."""
        changed: ast.expr = self.visit(node)
        return runtime_call("lazy", node, changed) if isinstance(node, _MAY_BE_REAL) else changed

    def forced(self, node: ast.expr) -> ast.expr:
        """An expression whose value is needed at once."""
        return runtime_call("force", node, self.visit(node))

    def iterable(self, node: ast.expr) -> ast.expr:
        """What is iterated over: a real container gives its items and forces none of them."""
        changed: ast.expr = node if isinstance(node, ast.Name) else self.visit(node)
        return changed

    def index(self, node: ast.expr, *, forced: bool) -> ast.expr:
        """An index; its slices and its tuple are taken in as they are."""
        if isinstance(node, ast.Slice):
            for name in ("lower", "upper", "step"):
                part = getattr(node, name)
                if part is not None:
                    setattr(node, name, self.index(part, forced=forced))
            return node
        if isinstance(node, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in node.elts):
            node.elts = [self.index(item, forced=forced) for item in node.elts]
            return node
        changed: ast.expr = self.forced(node) if forced else self.visit(node)
        return changed

    def generic(self, node: Node) -> Node:
        """A node that stays what it is, of changed parts."""
        self.generic_visit(node)
        return node

    # Names and values

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return runtime_call("lazy", node, node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return runtime_call("lazy", node, node) if isinstance(node.ctx, ast.Load) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        defer = isinstance(node.ctx, ast.Load)
        node.value = self.operand(node.value) if defer else self.owner(node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        defer = isinstance(node.ctx, ast.Load)
        node.slice = self.index(node.slice, forced=not defer)
        if defer and isinstance(node.value, (ast.Name, ast.Call)):
            real = node.value if isinstance(node.value, ast.Name) else self.visit(node.value)
            node.value = runtime_call("items_of", node, real)
        else:
            node.value = self.operand(node.value) if defer else self.owner(node.value)
        return node

    def owner(self, node: ast.expr) -> ast.expr:
        """What is stored into: the very object, which no copy will do for."""
        if isinstance(node, ast.Name):
            return runtime_call("owner", node, node)
        if isinstance(node, ast.Attribute):
            node.value = self.owner(node.value)
            return runtime_call("owner", node, node)
        if isinstance(node, ast.Subscript):
            node.value = self.owner(node.value)
            node.slice = self.index(node.slice, forced=True)
            return runtime_call("owner", node, node)
        return runtime_call("owner", node, self.visit(node))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        node.value = self.visit(node.value)
        return node

    def visit_Await(self, node: ast.Await) -> ast.expr:
        node.value = self.forced(node.value)
        return node

    # Operators, and what becomes a function for later

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node.left, node.right = self.operand(node.left), self.operand(node.right)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        node.operand = self.operand(node.operand)
        return runtime_call("not_", node, node.operand) if isinstance(node.op, ast.Not) else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) > 1:
            return self._chain(node)
        left, right = self.operand(node.left), self.operand(node.comparators[0])
        if isinstance(node.ops[0], _ASKS_NO_OBJECT):
            index = ast.Constant(COMPARE.index(type(node.ops[0])))
            return runtime_call("compare", node, index, left, right)
        node.left, node.comparators = left, [right]
        return node

    def _chain(self, node: ast.Compare) -> ast.expr:
        """``a < b < c`` needs the truth of its first part, so it is for later as a whole."""
        stays = _binds_here(node)
        node.left = self.forced(node.left)
        node.comparators = [self.forced(each) for each in node.comparators]
        return node if stays else later(node)

    def _as_a_whole(self, node: ast.expr) -> ast.expr:
        stays = _binds_here(node)
        changed = self.generic(node)
        return changed if stays else later(changed)

    visit_BoolOp = visit_IfExp = _as_a_whole
    visit_ListComp = visit_SetComp = visit_DictComp = _as_a_whole

    # Displays

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, name: str) -> ast.expr:
        starred = any(isinstance(item, ast.Starred) for item in node.elts)
        stays = _binds_here(node)
        node.elts = self.all(node.elts)
        if not starred:
            return runtime_call("display", node, ast.Constant(name), *node.elts)
        return node if stays else later(node)

    def visit_List(self, node: ast.List) -> ast.expr:
        load = isinstance(node.ctx, ast.Load)
        return self._sequence(node, "build_list") if load else self.generic(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        load = isinstance(node.ctx, ast.Load)
        return self._sequence(node, "build_tuple") if load else self.generic(node)

    def visit_Set(self, node: ast.Set) -> ast.expr:
        return self._sequence(node, "build_set")

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        keys = [key for key in node.keys if key is not None]
        if len(keys) == len(node.keys):
            items = self.all([*keys, *node.values])
            return runtime_call("display", node, ast.Constant("build_dict"), *items)
        stays = _binds_here(node)
        pairs = zip(node.keys, node.values, strict=True)
        node.values = [self.forced(v) if k is None else self.visit(v) for k, v in pairs]
        node.keys = [key and self.visit(key) for key in node.keys]
        return node if stays else later(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.target, node.iter = self.visit(node.target), self.iterable(node.iter)
        node.ifs = self.all(node.ifs)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        load = isinstance(node.ctx, ast.Load)
        node.value = self.iterable(node.value) if load else self.visit(node.value)
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        """Who takes from a generator mostly wants values: `str.join` takes nothing else."""
        stays = _binds_here(node)
        changed = self.generic(node)
        changed.elt = runtime_call("force", changed.elt, changed.elt)
        return changed if stays else later(changed)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        stays = _binds_here(node)
        self._format(node)
        return node if stays else later(node)

    def _format(self, node: ast.JoinedStr) -> None:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
                if isinstance(part.format_spec, ast.JoinedStr):
                    self._format(part.format_spec)

    # Calls and functions

    def visit_Call(self, node: ast.Call) -> ast.expr:
        func = node.func
        if isinstance(func, ast.Name):
            if func.id == "super" and not node.args:
                return self._super(node)
            alone = not node.args and not node.keywords
            if func.id in _OF_THE_FRAME or (alone and func.id in _OF_THE_FRAME_ALONE):
                node.args = [self.forced(arg) for arg in node.args]
                return node
        args = self.all(node.args)
        keywords = [self._keyword(keyword) for keyword in node.keywords]
        call = self._call_of(node, func, args)
        call.keywords = keywords
        return call

    def _call_of(self, node: ast.Call, func: ast.expr, args: list[ast.expr]) -> ast.Call:
        if isinstance(func, ast.Name):
            return runtime_call("call", node, func, *args)
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            private = func.attr.startswith("__") and not func.attr.endswith("__")
            if not private:
                return runtime_call("method", node, func.value, ast.Constant(func.attr), *args)
        return runtime_call("call", node, self.visit(func), *args)

    def _keyword(self, node: ast.keyword) -> ast.keyword:
        node.value = self.owner(node.value) if node.arg is None else self.visit(node.value)
        return node

    def _super(self, node: ast.Call) -> ast.expr:
        """``super()`` reads the first argument out of the frame, which a thunk would not do for."""
        first = self.first_arguments[-1] if self.first_arguments else None
        if first is not None:
            owner = ast.Name("__class__", ast.Load())
            node.args = [owner, self.forced(ast.copy_location(ast.Name(first, ast.Load()), node))]
        return node

    def _defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = self.all(arguments.defaults)
        arguments.kw_defaults = [each and self.visit(each) for each in arguments.kw_defaults]

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self._defaults(node.args)
        self.first_arguments.append(first_argument(node.args))
        node.body = self.visit(node.body)
        self.first_arguments.pop()
        return runtime_call("function", node, node)
