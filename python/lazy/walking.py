"""Going through a tree: in loops, and through a node that several share once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Protocol, Self, TypeVar

__all__ = ["children_first", "walk"]


class Node(Protocol):
    """What has children."""

    @property
    def children(self) -> tuple[Self, ...]:
        """The nodes right below."""


N = TypeVar("N", bound=Node)


def walk(tree: N) -> Iterator[N]:
    """Every node once, a node before its children, children from left to right.

    Args:
        tree: where to begin.
    """
    seen = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting.extend(reversed(node.children))


def children_first(
    tree: N, children: Callable[[N], Iterable[N]] = attrgetter("children")
) -> list[N]:
    """Every node once, a node after its children.

    Args:
        tree: where to begin.
        children: which children of a node to go to; by default all.
    """
    seen: set[int] = set()
    order = []
    waiting: list[tuple[N, bool]] = [(tree, False)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((child, False) for child in children(node))
    return order
