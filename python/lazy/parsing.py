"""From thunks to trees and back."""

from __future__ import annotations

from typing import Any

from daisy._core import defer, flags, get_children, is_thunk, lift, mentions_thunk, node_id, thunk
from lazy.purity import is_known_class, is_pure
from lazy.tree import Call, LTree, Normal
from lazy.walking import children_first

__all__ = ["compiled", "parsed"]

_IMPURE = 1
_GETATTR = Normal(getattr)
_COPIED = frozenset({list, tuple, dict, set, frozenset, slice})


def parsed(x: Any) -> LTree:
    """The tree of a thunk, or of a container that holds some; any other value is a leaf.

    Args:
        x: anything but a tree.
    """
    if is_thunk(x):
        return _Parser().parse(x)
    return _Parser().parse(lift(x)) if mentions_thunk(x) else Normal(x)


class _Mark:
    """Tells the trees of one impure node from those of all others.

    It holds the node, because the id of a node is its own only while the node lives.
    """

    __slots__ = ("held", "node")

    def __init__(self, node: int, held: Any) -> None:
        self.node = node
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Mark) and self.node == other.node

    def __hash__(self) -> int:
        return hash(self.node)


def _is_impure(tree: LTree) -> bool:
    return isinstance(tree, Call) and tree._mark is not None


def _is_unknown_method(func: Call) -> bool:
    """Whether a callee is an attribute of a value whose methods may change it."""
    if func.func != _GETATTR or not isinstance(func.args[0], Normal):
        return False
    return not is_known_class(type(func.args[0]._value))


class _Parser:
    """Makes trees of thunks, one tree for each node."""

    def __init__(self) -> None:
        self.trees: dict[int, LTree] = {}
        self.opened: dict[int, tuple[list[int | Normal], tuple[str, ...]]] = {}
        self.by_key: dict[object, Normal] = {}
        self.by_id: dict[int, Normal] = {}
        self.pure: dict[int, bool] = {}
        # The id of a node is its own only while the node lives.
        self.alive: list[Any] = []

    def parse(self, root: Any) -> LTree:
        trees, opened = self.trees, self.opened
        waiting = [(node_id(root), root)]
        while waiting:
            node, t = waiting[-1]
            if node in trees:
                waiting.pop()
            elif node in opened:
                waiting.pop()
                trees[node] = self._close(node, t)
            else:
                self.alive.append(t)
                parts = get_children(t)
                if len(parts) == 1:
                    trees[node] = self._normal(parts[0])
                else:
                    waiting.extend(self._open(node, parts))
        return trees[node_id(root)]

    def _open(self, node: int, parts: tuple[Any, ...]) -> list[tuple[int, Any]]:
        """Begin with a call; gives the thunks that must be parsed before it."""
        func, args, kwargs = parts
        children: list[int | Normal] = []
        needed = []
        for part in (func, *args, *kwargs.values()):
            if is_thunk(part):
                child = node_id(part)
                if child == node or child in self.opened:
                    raise ValueError("a thunk that needs its own value has no tree")
                children.append(child)
                needed.append((child, part))
            else:
                children.append(self._normal(part))
        self.opened[node] = children, tuple(kwargs)
        needed.reverse()
        return needed

    def _close(self, node: int, t: Any) -> LTree:
        children, names = self.opened.pop(node)
        made = [self.trees[each] if isinstance(each, int) else each for each in children]
        impure = flags(t) & _IMPURE or not self._is_pure(made)
        return Call.made(tuple(made), names, _Mark(node, t) if impure else None, t)

    def _is_pure(self, parts: list[LTree]) -> bool:
        """Whether equal calls are one, by the rules of the core."""
        func = parts[0]
        if isinstance(func, Call):
            return func._mark is None and not _is_unknown_method(func)
        assert isinstance(func, Normal)
        value = func._value
        if value is getattr:
            return not _is_impure(parts[1])
        if id(func) not in self.pure:
            self.pure[id(func)] = is_pure(value)
        return self.pure[id(func)]

    def _normal(self, value: Any) -> Normal:
        found = self.by_id.get(id(value))
        if found is None or found._value is not value:
            made = Normal(value)
            found = self.by_id[id(value)] = self.by_key.setdefault(made._key, made)
        return found


# Compiling ---------------------------------------------------------------------------------------


def compiled(tree: LTree, cls: type | None) -> Any:
    """The thunk that computes a tree.

    Args:
        tree: a tree.
        cls: the class of the thunk; by default that of the parsed thunk, or ``thunk``.
    """
    kind: Any = thunk if cls is None else cls
    if isinstance(tree, Normal):
        return kind.fromexpr(tree._value)
    assert isinstance(tree, Call)
    if tree._origin is not None:
        return tree._origin if cls is None else kind.fromexpr(tree._origin)
    made: dict[int, Any] = {}
    order: list[LTree] = children_first(tree, _to_compile)
    for node in order:
        made[id(node)] = _compiled_node(node, made)
    return kind.fromexpr(made[id(tree)])


def _to_compile(node: LTree) -> tuple[LTree, ...]:
    """The children that must be made anew first; what was parsed stands on what it came from."""
    return () if isinstance(node, Call) and node._origin is not None else node.children


def _compiled_node(node: LTree, made: dict[int, Any]) -> Any:
    """A value or thunk that stands for a node whose children are made."""
    if isinstance(node, Normal):
        return _leaf(node._value)
    assert isinstance(node, Call)
    if node._origin is not None:
        return node._origin
    func, *values = (made[id(child)] for child in node.children)
    last = len(values) - len(node._names)
    kwargs = dict(zip(node._names, values[last:], strict=True))
    return defer(func, tuple(values[:last]), kwargs, impure=node._mark is not None)


def _leaf(value: Any) -> Any:
    """A value as an argument. A container that was a leaf stays that very object."""
    kind = type(value)
    copied = kind in _COPIED or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    return thunk.fromexpr(value) if copied else value
