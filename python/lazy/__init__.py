"""lazy: values that have not been computed yet, as a part of Python.

* A :class:`thunk` is a value for later; whatever is done with it is for later, too.
* :class:`strict` gives the value, and is the base class of what is never deferred.
* :func:`lazy_function` makes a function in which everything is lazy, :func:`run_lazy` runs a
  program so, and :func:`load_ipython_extension` has the IPython magics ``%lazy`` and ``%%lazy``.
* :class:`~lazy.tree.LTree` (:func:`parse`) is a thunk as a tree to be read and changed, and
  :func:`get_children` one step of it. :mod:`lazy.operator` has the functions in it.
* :data:`undefined` is the value that nobody may look at.

    >>> from lazy import strict, thunk
    >>> t = thunk(sum, [1, 2, 3]) * 2
    >>> strict(t)
    12
"""

# This import comes first: it runs `daisy/__init__.py`, which imports submodules of this package.
from daisy import _core  # isort: skip
from daisy._core import get_children, thunk
from lazy import operator, tree
from lazy.function import lazy_function
from lazy.interpreter import run_lazy
from lazy.magic import load_ipython_extension
from lazy.strictness import evaluate, strict
from lazy.tree import LTree, fold_subexprs, parse
from lazy.undefined import undefined

_core.set_strict(strict)
_core.speed_up_strict(strict, evaluate)
_core.set_operators(operator)

__all__ = [
    "LTree",
    "fold_subexprs",
    "get_children",
    "lazy_function",
    "load_ipython_extension",
    "operator",
    "parse",
    "run_lazy",
    "strict",
    "thunk",
    "tree",
    "undefined",
]
