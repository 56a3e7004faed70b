"""Trees as text of bounded length."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any

from daisy._core import is_thunk

if TYPE_CHECKING:
    from lazy.tree import LTree

__all__ = ["PRINTED", "text", "value_text"]

PRINTED = 2000
"""How many characters of a tree are printed, about."""

_values = reprlib.Repr()
_values.maxstring = _values.maxother = 60


def value_text(value: Any) -> str:
    """A value as text: a function by its name, a thunk not at all.

    Args:
        value: anything.
    """
    if is_thunk(value):
        return "<thunk>"
    name = getattr(value, "__name__", None) if callable(value) else None
    return name if isinstance(name, str) else _values.repr(value)


def text(tree: LTree) -> str:
    """The tree as text.

    It is broken off where it gets long, which a small tree can be if its nodes are shared.

    Args:
        tree: a tree.
    """
    written: list[str] = []
    length = 0
    waiting: list[Any] = [tree]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, str) and part.children:
            waiting.extend(reversed(_pieces(part)))
            continue
        piece = part if isinstance(part, str) else value_text(part.value)
        written.append(piece)
        length += len(piece)
        if length > PRINTED and waiting:
            written.append("...")
            break
    return "".join(written)


def _pieces(call: Any) -> list[Any]:
    pieces: list[Any] = [call.func, "("]
    positional = len(call.children) - len(call._names) - 1
    for index, child in enumerate(call.children[1:]):
        if index:
            pieces.append(", ")
        if index >= positional:
            pieces.append(call._names[index - positional] + "=")
        pieces.append(child)
        if index > PRINTED:
            break
    return [*pieces, ")"]
