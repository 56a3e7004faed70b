"""Keys of values: a token of the arguments where the call is pure, else a number nobody else has.

Most values are never asked for their key, so one is made when somebody asks. A UUID for each costs
about what all the rest of building it does: one for the process and a counter behind it are as
unique, and a process that is forked takes a new one.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any

from dask import config
from dask.base import tokenize
from dask.utils import funcname

from daisy.dask_graph import is_large
from daisy.delayed import arguments

_process = uuid.uuid4().hex
_naming = threading.Lock()
_number = count().__next__


def _renew() -> None:
    global _process, _naming
    _process = uuid.uuid4().hex
    # Another thread may have held it when the process was forked.
    _naming = threading.Lock()


os.register_at_fork(after_in_child=_renew)


def is_pure(pure: bool | None) -> bool:
    """Whether a call is pure, which the configuration says where the call does not."""
    if pure is None:
        return bool(config.get("delayed_pure", False))
    return bool(pure)


def token(pure: bool | None, *args: Any) -> str:
    """A token for a key: of what is given if that is pure, else one that is used once."""
    if is_pure(pure):
        return str(tokenize(*args))
    return f"{_process}-{_number():x}"


_hashes: ContextVar[dict[int, tuple[Any, str]] | None] = ContextVar("daisy_hashes", default=None)
"""By address: what is large, and its token, while nothing can change it."""


@contextmanager
def hashed_once() -> Iterator[None]:
    """Have each large argument hashed once, however many keys depend on it.

    Only around what runs none of the user's tasks: those may change an array.
    """
    if _hashes.get() is not None:
        yield
        return
    before = _hashes.set({})
    try:
        yield
    finally:
        _hashes.reset(before)


def name(value: Any) -> None:
    """Give a value its key, and before it all pure values on which that depends.

    Args:
        value: one of this package's that has none.
    """
    # A loop: chains may be of any length.
    pending = [value]
    while pending:
        one = pending[-1]
        if one._is_named():
            pending.pop()
            continue
        wanting = [] if one._identity is None else _unnamed(one)
        if wanting:
            pending.extend(wanting)
            continue
        pending.pop()
        key = f"{funcname(one._func)}-{_token_of(one)}"
        # Of two threads that ask at once, both get the key of the first.
        with _naming:
            if not one._is_named():
                one._key = key


def settle(value: Any) -> None:
    """Give a pure value its key at once where dask refuses what has no certain token."""
    if config.get("tokenize.ensure-deterministic", False):
        name(value)


def _unnamed(value: Any) -> list[Any]:
    """What a value needs that is pure and has no key."""
    return [
        need
        for need in arguments.needs_of(value)
        if getattr(type(need), "_builds_here", False)
        and need._identity is not None
        and not need._is_named()
    ]


def _token_of(value: Any) -> str:
    if value._identity is None:
        return token(False)
    args, named = arguments.given(value)
    return token(True, value._identity, [_stand_in(one) for one in args], _stand_ins(named))


def _stand_ins(named: dict[str, Any]) -> dict[str, Any]:
    return {name: _stand_in(one) for name, one in named.items()}


def _stand_in(argument: Any) -> Any:
    """What is hashed for an argument: of a large one, its token."""
    if not is_large(argument):
        return argument
    hashes = _hashes.get()
    if hashes is None:
        return "large", tokenize(argument)
    if id(argument) not in hashes:
        hashes[id(argument)] = argument, tokenize(argument)
    return "large", hashes[id(argument)][1]
