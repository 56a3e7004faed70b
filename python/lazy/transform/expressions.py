"""Source in which everything is lazy, from ordinary source.

Operators, attributes, items and ordering defer by themselves once their operands are thunks, so
names and constants become thunks where they are read. What Python decides without asking the object
becomes a call of the runtime (``is``, ``in``, ``not``, displays, calls, imports), or, where only a
part of it may ever run (``and``, ``or``, ``x if p else y``, comprehensions, f-strings), a function
for later. Statements stay statements: they run when the lazy function runs.
"""

from __future__ import annotations

import ast
from typing import Any, TypeVar

__all__ = ["RUNTIME", "lazify", "lazify_module"]

RUNTIME = (".lazy", "runtime")
"""The constant that stands for the runtime until the code is compiled."""

_BINARY: tuple[type[ast.operator], ...] = (
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.LShift,
    ast.RShift,
    ast.BitAnd,
    ast.BitOr,
    ast.BitXor,
    ast.MatMult,
)
_COMPARE: dict[type[ast.cmpop], int] = {ast.Is: 6, ast.IsNot: 7, ast.In: 8, ast.NotIn: 9}
_OF_THE_FRAME = frozenset({"locals", "globals", "eval", "exec"})
_OF_THE_FRAME_ALONE = frozenset({"vars", "dir"})
_BOUND_HERE = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
_MAY_BE_REAL = (ast.Call, ast.Lambda, *_BOUND_HERE)

Node = TypeVar("Node", bound=ast.AST)


def lazify(node: Any) -> Any:
    """Make the body of a function lazy.

    Args:
        node: a function definition or a lambda. It is changed.

    Returns:
        The definition, in which the constant :data:`RUNTIME` stands for the runtime.

    >>> print(ast.unparse(lazify(ast.parse("lambda a: not a", mode="eval").body)))
    lambda a: ('.lazy', 'runtime').not_(('.lazy', 'runtime').lazy(a))
    """
    transformer = _Lazifier()
    transformer.first_arguments.append(_first_argument(node.args))
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
        tree.body = _Lazifier().visit(tree.body)
    else:
        tree.body = _Lazifier().statements(tree.body)
    return ast.fix_missing_locations(tree)


def _first_argument(arguments: ast.arguments) -> str | None:
    named = [*arguments.posonlyargs, *arguments.args]
    return named[0].arg if named else None


def _binds_here(node: ast.AST) -> bool:
    """Whether an expression must stay where it is: it binds a name there, or waits there."""
    return any(isinstance(part, _BOUND_HERE) for part in ast.walk(node)) or any(
        isinstance(part, ast.comprehension) and part.is_async for part in ast.walk(node)
    )


def _method(name: str) -> ast.expr:
    """A method of the runtime."""
    runtime: Any = RUNTIME  # a tuple is a constant, too
    return ast.Attribute(ast.Constant(runtime), name, ast.Load())


def _runtime(name: str, place: ast.AST, *args: ast.expr) -> ast.Call:
    """A call of a method of the runtime, at a place of the source."""
    return ast.copy_location(ast.Call(_method(name), list(args), []), place)


def _arguments() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def _later(body: ast.expr) -> ast.Call:
    return _runtime("later", body, ast.copy_location(ast.Lambda(_arguments(), body), body))


class _Lazifier(ast.NodeTransformer):
    """Rewrites expressions and the few statements that need a value at once."""

    def __init__(self) -> None:
        self.first_arguments: list[str | None] = []

    # Parts

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in body:
            changed = self.visit(statement)
            made.extend(changed if isinstance(changed, list) else [changed])
        return made

    def all(self, nodes: list[ast.expr]) -> list[ast.expr]:
        return [self.visit(node) for node in nodes]

    def operand(self, node: ast.expr) -> ast.expr:
        """An operand, which makes the operator defer: a call may give a real value."""
        changed: ast.expr = self.visit(node)
        return _runtime("lazy", node, changed) if isinstance(node, _MAY_BE_REAL) else changed

    def forced(self, node: ast.expr) -> ast.expr:
        return _runtime("force", node, self.visit(node))

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
        return self.generic_visit(node)  # type: ignore[return-value]

    # Names and values

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return _runtime("lazy", node, node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _runtime("lazy", node, node) if isinstance(node.ctx, ast.Load) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        defer = isinstance(node.ctx, ast.Load)
        node.value = self.operand(node.value) if defer else self.owner(node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        defer = isinstance(node.ctx, ast.Load)
        node.slice = self.index(node.slice, forced=not defer)
        if defer and isinstance(node.value, (ast.Name, ast.Call)):
            real = node.value if isinstance(node.value, ast.Name) else self.visit(node.value)
            node.value = _runtime("items_of", node, real)
        else:
            node.value = self.operand(node.value) if defer else self.owner(node.value)
        return node

    def owner(self, node: ast.expr) -> ast.expr:
        """What is stored into: the very object, which no copy will do for."""
        if isinstance(node, ast.Name):
            return _runtime("owner", node, node)
        if isinstance(node, ast.Attribute):
            node.value = self.owner(node.value)
            return _runtime("owner", node, node)
        if isinstance(node, ast.Subscript):
            node.value = self.owner(node.value)
            node.slice = self.index(node.slice, forced=True)
            return _runtime("owner", node, node)
        return _runtime("owner", node, self.visit(node))

    def stored(self, value: ast.expr, targets: list[ast.expr]) -> ast.expr:
        """A value to bind, forced where it goes into an object: that is a deed, and done now."""
        parts = (part for target in targets for part in ast.walk(target))
        into = any(
            isinstance(part, (ast.Attribute, ast.Subscript)) and isinstance(part.ctx, ast.Store)
            for part in parts
        )
        changed: ast.expr = self.forced(value) if into else self.visit(value)
        return changed

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        node.value = self.visit(node.value)
        return node

    def visit_Await(self, node: ast.Await) -> ast.expr:
        node.value = self.forced(node.value)
        return node

    # Operators

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node.left, node.right = self.operand(node.left), self.operand(node.right)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        node.operand = self.operand(node.operand)
        return _runtime("not_", node, node.operand) if isinstance(node.op, ast.Not) else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) > 1:
            return self._chain(node)
        left, right = self.operand(node.left), self.operand(node.comparators[0])
        index = _COMPARE.get(type(node.ops[0]))
        if index is not None:
            return _runtime("compare", node, ast.Constant(index), left, right)
        node.left, node.comparators = left, [right]
        return node

    def _chain(self, node: ast.Compare) -> ast.expr:
        """``a < b < c`` needs the truth of its first part, so it is for later as a whole."""
        stays = _binds_here(node)
        node.left = self.forced(node.left)
        node.comparators = [self.forced(each) for each in node.comparators]
        return node if stays else _later(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        stays = _binds_here(node)
        changed = self.generic(node)
        return changed if stays else _later(changed)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        stays = _binds_here(node)
        changed = self.generic(node)
        return changed if stays else _later(changed)

    # Displays

    def _sequence(self, node: Any, name: str) -> ast.expr:
        starred = any(isinstance(item, ast.Starred) for item in node.elts)
        stays = _binds_here(node)
        node.elts = self.all(node.elts)
        if not starred:
            return _runtime("display", node, ast.Constant(name), *node.elts)
        return node if stays else _later(node)

    def visit_List(self, node: ast.List) -> ast.expr:
        load = isinstance(node.ctx, ast.Load)
        return self._sequence(node, "build_list") if load else self.generic(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        load = isinstance(node.ctx, ast.Load)
        return self._sequence(node, "build_tuple") if load else self.generic(node)

    def visit_Set(self, node: ast.Set) -> ast.expr:
        return self._sequence(node, "build_set")

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        if None not in node.keys:
            items = self.all([*node.keys, *node.values])  # type: ignore[list-item]
            return _runtime("display", node, ast.Constant("build_dict"), *items)
        stays = _binds_here(node)
        pairs = zip(node.keys, node.values, strict=True)
        node.values = [self.forced(v) if k is None else self.visit(v) for k, v in pairs]
        node.keys = [key and self.visit(key) for key in node.keys]
        return node if stays else _later(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.target, node.iter = self.visit(node.target), self.iterable(node.iter)
        node.ifs = self.all(node.ifs)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        load = isinstance(node.ctx, ast.Load)
        node.value = self.iterable(node.value) if load else self.visit(node.value)
        return node

    def _comprehension(self, node: ast.expr) -> ast.expr:
        stays = _binds_here(node)
        changed = self.generic(node)
        return changed if stays else _later(changed)

    visit_ListComp = visit_SetComp = visit_DictComp = _comprehension

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        """Who takes from a generator mostly wants values: `str.join` takes nothing else."""
        stays = _binds_here(node)
        changed = self.generic(node)
        changed.elt = _runtime("force", changed.elt, changed.elt)
        return changed if stays else _later(changed)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        stays = _binds_here(node)
        self._format(node)
        return node if stays else _later(node)

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
            return _runtime("call", node, func, *args)
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            private = func.attr.startswith("__") and not func.attr.endswith("__")
            if not private:
                return _runtime("method", node, func.value, ast.Constant(func.attr), *args)
        return _runtime("call", node, self.visit(func), *args)

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
        self.first_arguments.append(_first_argument(node.args))
        node.body = self.visit(node.body)
        self.first_arguments.pop()
        return _runtime("function", node, node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        self._defaults(node.args)
        self.first_arguments.append(_first_argument(node.args))
        node.body = self.statements(node.body)
        self.first_arguments.pop()
        node.decorator_list.append(ast.copy_location(_method("function"), node))
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        """A class is made at once of what it is made of, and its methods are plain functions."""
        node.bases = [self.forced(base) for base in node.bases if not isinstance(base, ast.Starred)]
        node.keywords = [self._class_keyword(keyword) for keyword in node.keywords]
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
        pairwise = isinstance(node.value, (ast.Tuple, ast.List)) and all(
            isinstance(target, (ast.Tuple, ast.List)) for target in node.targets
        )
        if pairwise:  # `a, b = b, a` forces neither of them
            elements = node.value.elts  # type: ignore[attr-defined]
            elements[:] = [self.stored(each, node.targets) for each in elements]
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
        index = ast.Constant(_BINARY.index(type(node.op)))
        result = _runtime("augmented", node, index, self.visit(read), value)
        return ast.copy_location(ast.Assign([node.target], result), node)

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        return [self._import(node, alias) for alias in node.names]

    def _import(self, node: ast.Import, alias: ast.alias) -> ast.stmt:
        bound = alias.asname or alias.name.split(".")[0]
        whole = ast.Constant(alias.asname is not None)
        return self._bind(node, bound, _runtime("import_", node, ast.Constant(alias.name), whole))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        if node.module == "__future__" or node.names[0].name == "*":
            return [node]
        return [self._import_from(node, alias) for alias in node.names]

    def _import_from(self, node: ast.ImportFrom, alias: ast.alias) -> ast.stmt:
        parts = (node.module or "", alias.name, node.level)
        found = _runtime("import_from", node, *(ast.Constant(part) for part in parts))
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
