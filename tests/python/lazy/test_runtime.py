"""lazy.runtime: imports, which wait like all else."""

import sys

import pytest
from tests.python.lazy.recording import check

from lazy import lazy_function, strict


def test_imports_are_lazy():
    """A module is not imported until something of it is needed."""
    sys.modules.pop("this_is_not_there", None)
    sys.modules.pop("colorsys", None)

    @lazy_function
    def f():
        import colorsys  # noqa: F401

        import this_is_not_there  # noqa: F401

        return 1

    assert strict(f()) == 1 and "colorsys" not in sys.modules

    @lazy_function
    def g():
        import colorsys

        return colorsys.rgb_to_hsv(1, 1, 1)

    assert strict(g()) == (0.0, 0, 1) and "colorsys" in sys.modules


def test_kinds_of_imports():
    """`import a.b`, `import a.b as c` and `from a import b as c` bind what they say."""

    def f():
        import os.path
        import os.path as p
        import xml.etree.ElementTree as tree
        from math import floor
        from math import pi as number
        from os import path

        return os.path.sep, p.sep, path.sep, tree.__name__, number, floor(2.5)

    check(f)


def test_failing_imports():
    """What is not there raises when it is needed."""

    @lazy_function
    def f():
        from math import nothing

        return nothing

    with pytest.raises(ImportError, match="cannot import name 'nothing' from 'math'"):
        strict(f())

    @lazy_function
    def g():
        import this_is_not_there

        return this_is_not_there.x

    with pytest.raises(ModuleNotFoundError):
        strict(g())
