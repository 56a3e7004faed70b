"""How tables name what may not be imported: by module and name, looked up when first asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["ModuleTable"]


class ModuleTable:
    """Objects of modules that are looked up only once their module has been imported.

    Args:
        names: for each module, the names in it, in one string.

    >>> import math
    >>> table = ModuleTable({"math": "sin cos", "no_such_module": "f"})
    >>> math.sin in table, math.tan in table
    (True, False)
    """

    __slots__ = ("_found", "_waiting")

    def __init__(self, names: Mapping[str, str]) -> None:
        self._waiting = {module: text.split() for module, text in names.items()}
        self._found: dict[int, Any] = {}

    def __contains__(self, value: object) -> bool:
        """Whether this very object is in the table. Identity: hashing it may be work."""
        if self._waiting:
            self._load()
        return id(value) in self._found

    def _load(self) -> None:
        for module in [name for name in self._waiting if name in sys.modules]:
            for value in _values(module, self._waiting.pop(module)):
                self._found[id(value)] = value


def _values(module: str, names: list[str]) -> Iterator[Any]:
    """What is missing (on this platform, in this version) is left out."""
    for name in names:
        value: Any = sys.modules[module]
        for part in name.split("."):
            value = getattr(value, part, None)
        if value is not None:
            yield value
