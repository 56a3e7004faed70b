"""The extension module: thunks on a Rust core.

Not for users: what they need is in `lazy` and `daisy`.
"""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final, Protocol, Self, final

class _Site(Protocol):
    def note(self) -> str: ...

build_profile: Final[str]

class thunk:
    def __new__(cls, func: Any, /, *args: Any, **kwargs: Any) -> Self: ...
    @classmethod
    def fromexpr(cls, value: Any) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

class autodaskthunk(thunk): ...

@final
class Ref:
    index: int

@final
class Task:
    func: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    after: int | None
    site: _Site | None
    held: bool

@final
class Graph:
    nodes: list[Task]
    outputs: list[Any]
    written: int

def is_thunk(value: object) -> bool: ...
def force(value: Any) -> Any: ...
def force_all(thunks: list[Any]) -> list[Any]: ...
def get_children(thunk: Any) -> tuple[Any, ...]: ...
def node_id(thunk: Any) -> int: ...
def known(value: Any, default: Any) -> Any: ...
def mentions_thunk(value: object) -> bool: ...
def flags(thunk: Any) -> int: ...
def defer(
    func: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    site: _Site | None = None,
    impure: bool = False,
    after: Any | None = None,
) -> Any: ...
def lift(value: Any) -> Any: ...
def graph(thunks: list[Any]) -> Graph: ...
def rebuild(
    class_: type[thunk],
    ops: bytes,
    flags: bytes,
    counts: bytes,
    inputs: bytes,
    values: list[Any],
    names: list[tuple[int, tuple[str, ...]]],
) -> Any: ...
def set_operators(module: ModuleType) -> None: ...
def set_strict(class_: type) -> None: ...
def set_tables(
    purity: Callable[[Any], bool],
    mutates: Callable[[Any], bool],
    known_class: Callable[[type], bool],
    ordinary: Callable[[Any], bool],
) -> None: ...
def set_scheduler(run: Callable[[Graph], Sequence[Any]] | None) -> None: ...
def set_short_cut(open: bool) -> bool: ...
def with_short_cut(name: str, helper: Callable[..., Any]) -> Callable[..., Any]: ...
