"""Building one node through an operator: on a thunk, and on a `dask.delayed` object."""

from __future__ import annotations

from typing import Any

from dask import delayed

from benches.harness import Action, Figure, alternate, faster
from lazy import thunk

# A round of either side takes some hundredths of a second.
THUNKS = 100_000
DELAYEDS = 1_000


def additions(value: Any, count: int) -> Action:
    """An action that adds one to the same `value`, `count` times, and keeps every result."""

    def action() -> list[object]:
        return [value + 1 for _ in range(count)]

    return action


def measure() -> list[Figure]:
    """One node that nothing else shares a layer with, so that dask's graph stays small."""
    ours, theirs = alternate(
        [
            (additions(thunk.fromexpr(1), THUNKS), THUNKS),
            (additions(delayed(1), DELAYEDS), DELAYEDS),
        ],
        rounds=9,
    )
    return [faster("one operator node, against dask.delayed", 100, ours, theirs)]
