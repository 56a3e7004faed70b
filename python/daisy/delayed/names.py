"""Keys of tasks: dask's own tokens where calls are pure, else a number that nobody else has.

A UUID for each task costs about what all the rest of building it does. One for the process and a
counter behind it are as unique; a process that is forked takes a new one.
"""

from __future__ import annotations

import os
import uuid
from itertools import count
from typing import Any

from dask import config
from dask.base import tokenize

_process = uuid.uuid4().hex
_number = count().__next__


def _renew() -> None:
    global _process
    _process = uuid.uuid4().hex


os.register_at_fork(after_in_child=_renew)


def is_pure(pure: bool | None) -> bool:
    """Whether a call is pure, which the configuration says where the call does not."""
    if pure is None:
        # Most configurations say nothing, and `config.get` takes longer than the rest of a call.
        settings = config.config
        if "delayed_pure" not in settings and "delayed-pure" not in settings:
            return False
        return bool(config.get("delayed_pure", False))
    return bool(pure)


def token(pure: bool | None, *args: Any, **kwargs: Any) -> str:
    """A token for a key: of what is given if that is pure, else one that is used once."""
    if is_pure(pure):
        return str(tokenize(*args, **kwargs))
    return f"{_process}-{_number():x}"
