"""Functions and lambdas defined in a traced function.

They are rewritten with it, so that calling one enters it. What is needed to make the plain function
of one is kept on the function itself, and so lives as long as it does.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from daisy.tracing.sites import Site
from daisy.tracing.trace import refuse

__all__ = ["Local", "local", "local_of", "plain_function"]

_KEY = "local function of a traced function"


@dataclass(frozen=True, slots=True)
class Local:
    """How to make a local function plain.

    Attributes:
        code: the code of the function that this belongs to; `functools.wraps` copies attributes
            to other functions.
        factory: gives the plain function for the values of its cells and defaults.
        capture: gives the values of its cells.
    """

    code: types.CodeType
    factory: Callable[..., types.FunctionType]
    capture: Callable[[], tuple[Any, ...]]


def local(
    site: Site,
    function: types.FunctionType,
    factory: Callable[..., types.FunctionType],
    capture: Callable[[], tuple[Any, ...]],
) -> types.FunctionType:
    """The helper round a definition: gives the function to bind.

    Args:
        site: the definition.
        function: the rewritten function.
        factory: see :class:`Local`.
        capture: see :class:`Local`.
    """
    vars(function)[_KEY] = Local(function.__code__, factory, capture)
    return function


def local_of(function: Any) -> Local | None:
    """What is kept with a local function; None for all others.

    Args:
        function: anything.
    """
    if type(function) is not types.FunctionType:
        return None
    kept = vars(function).get(_KEY)
    return kept if kept is not None and kept.code is function.__code__ else None


def plain_function(
    site: Site, function: types.FunctionType
) -> tuple[Callable[..., types.FunctionType], tuple[Any, ...]]:
    """The factory of the plain function, and what to call it with at this moment.

    Args:
        site: where the function is given away.
        function: a local function.

    Returns:
        The factory and its arguments, in which there can be thunks.

    Raises:
        Refusal: a name that the function reads is not bound yet.
    """
    kept = local_of(function)
    assert kept is not None
    try:
        cells = kept.capture()
    except NameError as error:
        refuse(
            site,
            f"a function is given to a deferred call before all that it reads is there ({error})",
            "define it after the names that it reads",
        )
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return kept.factory, (*cells, *defaults)
