"""Functions of which every call counts: equal calls are not one, and they run in order."""

from __future__ import annotations

import datetime
import pathlib
from typing import Any, Final

import numpy as np

from daisy.tracing.tables.lookup import ModuleTable
from daisy.tracing.tables.origin import is_class, module_of, name_of, owner_of

__all__ = ["gives_values", "is_impure"]

_MODULES: Final = frozenset(
    "random numpy.random secrets time uuid os os.path genericpath posix posixpath nt ntpath"
    " shutil glob fileinput tempfile socket subprocess select signal threading _thread"
    " multiprocessing concurrent.futures asyncio urllib.request http.client sqlite3 getpass"
    " platform itertools gc sys inspect io _io requests importlib".split()
)
"""Every function of these modules and of modules below them."""

_PURE: Final = ModuleTable(
    {
        "os": "fspath fsencode fsdecode",
        "os.path": "basename commonpath commonprefix dirname join normcase normpath split"
        " splitdrive splitext splitroot isabs",
        "time": "strftime strptime gmtime mktime",
        "sys": "intern getsizeof",
        "platform": "system machine python_version node",
    }
)
"""What in them is pure after all."""

_NAMED: Final = ModuleTable(
    {
        "builtins": "open input iter next print breakpoint globals locals exec eval __import__ map"
        " filter zip enumerate reversed",
        "numpy": "nditer ndindex ndenumerate fromfile memmap save savez savetxt",
        "warnings": "warn warn_explicit simplefilter filterwarnings resetwarnings",
        "pickle": "dump dumps load",
        "json": "dump load",
    }
)
"""Functions of other modules. Iterators are used up, so equal ones are not one."""

_HANDLES: Final = ModuleTable(
    {
        "builtins": "open iter next map filter zip enumerate reversed __import__",
        "io": "open open_code StringIO BytesIO TextIOWrapper BufferedReader FileIO",
        "numpy.random": "default_rng RandomState Generator PCG64 MT19937 Philox SFC64 PCG64DXSM"
        " SeedSequence get_state get_bit_generator",
        "random": "Random SystemRandom",
        "numpy": "nditer ndindex ndenumerate memmap",
    }
)
"""Those that give something with a state of its own; the others here give plain values."""

_HANDLE_MODULES: Final = frozenset(
    "itertools socket subprocess threading _thread multiprocessing concurrent.futures asyncio"
    " tempfile urllib.request http.client sqlite3 requests os io _io".split()
)


def is_impure(func: Any) -> bool:
    """Whether a function is in the table.

    Args:
        func: any callable but a thunk.

    >>> import random, math
    >>> is_impure(random.random), is_impure(math.sin)
    (True, False)
    """
    if func in _NAMED:
        return True
    owner = owner_of(func)
    if owner is not None and (_is_now(func, owner) or _is_of_files(func, owner)):
        return True
    if issubclass(type(func), np.ufunc):
        return False
    return _in_modules(func, _MODULES) and func not in _PURE


def gives_values(func: Any) -> bool:
    """Whether what an impure function gives has no state that later calls change.

    Args:
        func: a function of which :func:`is_impure` is true.
    """
    return func not in _HANDLES and not _in_modules(func, _HANDLE_MODULES)


def _is_now(func: Any, owner: Any) -> bool:
    """`datetime.now`, `date.today`, of these classes and of those that derive from them."""
    if not is_class(owner) or not issubclass(owner, datetime.date):
        return False
    return name_of(func) in ("now", "utcnow", "today")


def _is_of_files(func: Any, owner: Any) -> bool:
    """Methods of a path that look at the file system, unlike those of a pure path."""
    cls = owner if is_class(owner) else type(owner)
    return issubclass(cls, pathlib.Path) and name_of(func) not in dir(pathlib.PurePath)


def _in_modules(func: Any, modules: frozenset[str]) -> bool:
    module = module_of(func)
    while module:
        if module in modules:
            return True
        module = module.rpartition(".")[0]
    return False
