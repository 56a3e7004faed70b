"""What is refused when a function is decorated: each with its reason and the ways out."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "ASYNC_COMPREHENSION",
    "FRAME_READERS",
    "GENERIC",
    "GIVEN_AWAY",
    "INLINE_FALSE",
    "KINDS",
    "OWN_FUNCTION",
    "REBINDING",
    "STRICT",
    "TOO_DEEP",
    "Reason",
]

OWN_FUNCTION = "move it into a function of its own, which is then one node of the graph"
INLINE_FALSE = (
    "decorate with `inline=False` and call it from a traced function: it is one node then"
)
STRICT = "compute what it needs first, with `strict(...)`"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused, and what can be done instead.

    Attributes:
        why: one sentence; `{name}` stands for the variable in question.
        ways_out: what the user can do, each an imperative.
    """

    why: str
    ways_out: tuple[str, ...] = (OWN_FUNCTION, INLINE_FALSE, STRICT)


_SUSPENDS = "the function would stop in the middle and go on later, but it is traced at once"
_AWAITS = "it gives way to other tasks, but the function is traced at once"

ASYNC_COMPREHENSION = Reason(f"an asynchronous comprehension is refused: {_AWAITS}")

KINDS: Mapping[type[ast.AST], Reason] = {
    ast.Yield: Reason(f"`yield` is refused: {_SUSPENDS}"),
    ast.YieldFrom: Reason(f"`yield from` is refused: {_SUSPENDS}"),
    ast.Await: Reason(f"`await` is refused: {_AWAITS}"),
    ast.AsyncFunctionDef: Reason(f"`async def` is refused: {_AWAITS}"),
    ast.AsyncFor: Reason(f"`async for` is refused: {_AWAITS}"),
    ast.AsyncWith: Reason(f"`async with` is refused: {_AWAITS}"),
    ast.ClassDef: Reason(
        "a class in a traced function is refused: its methods would run outside of the trace",
        ("define the class outside of the function", OWN_FUNCTION, INLINE_FALSE),
    ),
}
"""Kinds of nodes that are refused wherever they stand."""

_FRAME = "it reads the variables of the function, whose values are not computed yet"

FRAME_READERS: Mapping[str, tuple[int, Reason]] = {
    "locals": (0, Reason(f"`locals()` is refused: {_FRAME}")),
    "vars": (0, Reason(f"`vars()` without an argument is refused: {_FRAME}")),
    "dir": (0, Reason(f"`dir()` without an argument is refused: {_FRAME}")),
    "eval": (1, Reason(f"`eval` without a namespace is refused: {_FRAME}")),
    "exec": (1, Reason(f"`exec` without a namespace is refused: {_FRAME}")),
}
"""Builtins that look at the frame that calls them, unless they get more arguments than this."""

REBINDING = Reason(
    "binding the {kind} variable `{name}` is refused: others would see it change while the "
    "function is traced, before anything is computed",
    ("return the value", INLINE_FALSE),
)

GIVEN_AWAY = Reason(
    "a function that reads `{name}`, which is bound again afterwards (line {line}), may be given "
    "away here: what is given away keeps the values of this moment",
    (
        "give the function the value by a default argument (`{name}={name}`)",
        "give the later value another name",
        OWN_FUNCTION,
        INLINE_FALSE,
    ),
)

GENERIC = Reason(
    "a generic function in a traced function is refused: its type parameters are made when it is "
    "defined",
    ("define it outside of the function", INLINE_FALSE),
)

TOO_DEEP = Reason(
    "this nests too deeply to be rewritten",
    ("split it into several functions", INLINE_FALSE),
)
