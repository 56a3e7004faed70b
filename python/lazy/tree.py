"""Expression trees: what a thunk will do, as a value that can be read, searched and changed.

A tree is a :class:`Normal`, a value that is there, or a :class:`Call` of one tree with others.
Trees are never changed. Nodes that several share are shared, so a tree is a graph without cycles,
and it can be a million nodes deep: nothing here recurses, and a shared node is visited once.

    >>> from lazy import thunk
    >>> from lazy.tree import LTree
    >>> tree = LTree.parse((thunk.fromexpr(1) + 2) * 3)
    >>> print(tree)
    mul(add(1, 2), 3)
    >>> 2 in tree
    True
    >>> print(tree.subs({2: 5}))
    mul(add(1, 5), 3)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import is_
from types import FunctionType
from typing import Any

from daisy._core import is_thunk
from lazy import operator
from lazy.constants import constant_key
from lazy.printing import text, value_text
from lazy.walking import children_first, walk

__all__ = ["Call", "LTree", "Normal", "fold_subexprs", "parse"]


class LTree:
    """A tree: :class:`Normal` or :class:`Call`.

    Two trees are equal when they say the same: equal calls of equal trees. Constants are equal when
    type and value are (``1``, ``1.0`` and ``True`` are three), all other values by identity. A call
    that is not pure, such as one of a random generator, is equal to itself only.
    """

    __slots__ = ("_hash",)
    _hash: int

    children: tuple[LTree, ...] = ()
    """The function, the arguments and the values of the keyword arguments of a call."""

    @staticmethod
    def parse(x: Any) -> LTree:
        """The tree of a thunk.

        Args:
            x: a thunk, or a container that holds thunks; a tree is its own tree, and anything else
                is a :class:`Normal`.

        Returns:
            The tree. Work that the thunk shares is shared in it.

        Raises:
            ValueError: the thunk needs its own value.
        """
        from lazy.parsing import parsed

        return x if not is_thunk(x) and isinstance(x, LTree) else parsed(x)

    def lcompile(self, cls: type | None = None) -> Any:
        """The thunk that computes this tree.

        Args:
            cls: the class of the thunk; by default that of the parsed thunk, or ``thunk``.

        Returns:
            A thunk. Parts that were parsed and not changed are the very nodes they came from.
        """
        from lazy.parsing import compiled

        return compiled(self, cls)

    def subs(self, substitutions: Mapping[Any, Any]) -> LTree:
        """The tree with some of its parts replaced.

        Args:
            substitutions: new trees by old trees. Keys and values that are no trees stand for their
                trees, as ``{1: 2}``.

        Returns:
            A tree with the value in the place of every part that equals a key. What was put in
            is not searched again.
        """
        return _rebuilt(
            self, {LTree.parse(old): LTree.parse(new) for old, new in substitutions.items()}
        )

    def leaves(self) -> Iterator[Normal]:
        """The values in the tree, functions included, from left to right, each node once."""
        return (node for node in walk(self) if isinstance(node, Normal))

    def __contains__(self, part: Any) -> bool:
        wanted = LTree.parse(part)
        return any(node == wanted for node in walk(self))

    def __eq__(self, other: object) -> bool:
        if is_thunk(other) or not isinstance(other, LTree):
            return NotImplemented
        return _equal(self, other)

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return text(self)

    def __copy__(self) -> LTree:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> LTree:
        return self


class Normal(LTree):
    """A value that is there.

    Args:
        value: anything.

    >>> Normal(1) == Normal(1), Normal(1) == Normal(1.0)
    (True, False)
    """

    __slots__ = ("_key", "_value")
    __match_args__ = ("value",)

    def __init__(self, value: Any) -> None:
        self._value = value
        self._key = constant_key(value)
        self._hash = hash(self._key)

    @property
    def value(self) -> Any:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Normal({value_text(self._value)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_rows, (_rows(self),)


class Call(LTree):
    """A call that has not been made.

    Args:
        func: the function: a tree, or a value or thunk that stands for its tree.
        args: its arguments, each the same.
        kwargs: its keyword arguments. Calls that differ in their order differ.

    >>> import operator
    >>> call = Call(operator.add, (1, 2))
    >>> call.func, call.args, call.kwargs
    (Normal(add), (Normal(1), Normal(2)), {})
    """

    __slots__ = ("_mark", "_names", "_origin", "children")
    __match_args__ = ("func", "args", "kwargs")

    def __init__(
        self, func: Any, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> None:
        kwargs = kwargs or {}
        parts = [func, *args, *kwargs.values()]
        self._fill(tuple(LTree.parse(part) for part in parts), tuple(kwargs))

    def _fill(
        self,
        children: tuple[LTree, ...],
        names: tuple[str, ...],
        mark: object = None,
        origin: Any = None,
    ) -> None:
        """Set the fields.

        `mark` is what one impure call has and no other. `origin` is the thunk that this was parsed
        from, which knows the place in the user's file and the order of impure calls.
        """
        self.children = children
        self._names = names
        self._mark = mark
        self._origin = origin
        self._hash = hash((names, mark, *[child._hash for child in children]))

    @classmethod
    def made(cls, *fields: Any) -> Call:
        """A call with the fields of `_fill`, which are trees already."""
        self = cls.__new__(cls)
        self._fill(*fields)
        return self

    @property
    def func(self) -> LTree:
        """The tree of the function."""
        return self.children[0]

    @property
    def args(self) -> tuple[LTree, ...]:
        """The trees of the arguments."""
        return self.children[1 : len(self.children) - len(self._names)]

    @property
    def kwargs(self) -> dict[str, LTree]:
        """The trees of the keyword arguments by name."""
        first = len(self.children) - len(self._names)
        return dict(zip(self._names, self.children[first:], strict=True))

    def __repr__(self) -> str:
        return f"<Call {text(self)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_rows, (_rows(self),)


def parse(x: Any) -> LTree:
    """The tree of a thunk: :meth:`LTree.parse`.

    Args:
        x: a thunk, or anything else.

    Returns:
        Its tree.

    >>> from lazy import thunk
    >>> print(parse(thunk(len, "abc")))
    len('abc')
    """
    return LTree.parse(x)


# Comparing ---------------------------------------------------------------------------------------


def _equal(left: LTree, right: LTree) -> bool:
    """Whether two trees say the same, each pair of nodes looked at once."""
    waiting = [(left, right)]
    seen = set()
    while waiting:
        a, b = waiting.pop()
        if a is b or (id(a), id(b)) in seen:
            continue
        if a._hash != b._hash or not _alike(a, b):
            return False
        seen.add((id(a), id(b)))
        waiting.extend(zip(a.children, b.children, strict=True))
    return True


def _alike(a: LTree, b: LTree) -> bool:
    """Whether two nodes are the same but for their children."""
    if isinstance(a, Normal) and isinstance(b, Normal):
        return a._key == b._key
    return (
        isinstance(a, Call)
        and isinstance(b, Call)
        and a._names == b._names
        and a._mark == b._mark
        and len(a.children) == len(b.children)
    )


# Changing ----------------------------------------------------------------------------------------


def _rebuilt(tree: LTree, table: dict[LTree, LTree]) -> LTree:
    """The tree with every node replaced that is in the table."""
    hashes = {old._hash for old in table}
    made: dict[int, LTree] = {}
    for node in children_first(tree):
        found = table.get(node) if node._hash in hashes else None
        made[id(node)] = _with_children(node, made) if found is None else found
    return made[id(tree)]


def _with_children(node: LTree, made: dict[int, LTree]) -> LTree:
    """The node on what its children became; an impure call on other children is another call."""
    if not isinstance(node, Call):
        return node
    children = tuple([made[id(child)] for child in node.children])
    if all(map(is_, children, node.children)):
        return node
    mark = None if node._mark is None else object()
    return Call.made(children, node._names, mark)


def folded(tree: LTree) -> LTree:
    """The tree with equal parts made one node.

    Args:
        tree: a tree.

    Returns:
        An equal tree, in which any two equal nodes are the same object.
    """
    first: dict[object, LTree] = {}
    made: dict[int, LTree] = {}
    for node in children_first(tree):
        key = _fold_key(node, made)
        if key not in first:
            # An impure call stays the node it is: it also knows what must have run before it.
            impure = isinstance(node, Call) and node._mark is not None
            first[key] = node if impure else _with_children(node, made)
        made[id(node)] = first[key]
    return made[id(tree)]


def _fold_key(node: LTree, made: dict[int, LTree]) -> object:
    """A key that equal nodes share; their equal children are one object by now."""
    if isinstance(node, Normal):
        return node._key
    assert isinstance(node, Call)
    return node._mark or (tuple([id(made[id(child)]) for child in node.children]), node._names)


def fold_subexprs(expr: Any) -> Any:
    """A thunk that does what `expr` does, and equal parts of it once.

    Args:
        expr: a thunk.

    Returns:
        A thunk of the same class, in which equal subexpressions are one node.

    >>> from lazy import strict, thunk
    >>> a = thunk.fromexpr(2)
    >>> strict(fold_subexprs((a + 1) * (a + 1)))
    9
    """
    return folded(LTree.parse(expr)).lcompile(type(expr) if is_thunk(expr) else None)


# Pickling ----------------------------------------------------------------------------------------


def _rows(tree: LTree) -> list[tuple[Any, ...]]:
    """The tree as a flat list, children first.

    A row is ``(value,)``; or a name and ``None`` for a function of lazy.operator, which cannot be
    pickled by name; or the indices of the children, the names and the impurity of a call.
    """
    index: dict[int, int] = {}
    rows: list[tuple[Any, ...]] = []
    for node in children_first(tree):
        index[id(node)] = len(rows)
        if isinstance(node, Call):
            children = tuple([index[id(child)] for child in node.children])
            rows.append((children, node._names, node._mark is not None))
        else:
            assert isinstance(node, Normal)
            rows.append(_value_row(node._value))
    return rows


def _value_row(value: Any) -> tuple[Any, ...]:
    if type(value) is FunctionType and value.__module__ == operator.__name__:
        name = value.__name__
        if getattr(operator, name, None) is value:
            return name, None
    return (value,)


def _from_rows(rows: list[tuple[Any, ...]]) -> LTree:
    made: list[LTree] = []
    for row in rows:
        if len(row) == 3:
            children, names, impure = row
            mark = object() if impure else None
            made.append(Call.made(tuple([made[i] for i in children]), names, mark))
        else:
            made.append(Normal(row[0] if len(row) == 1 else getattr(operator, row[0])))
    return made[-1]
