"""Real functions, unmodified: traced they give what they give plain, or refuse and say why."""

import dask
import pytest
from tests.python.survival.comparing import DIFFERENT, outcome_of
from tests.python.survival.packages import PACKAGES

from daisy import register_get

CASES = [pytest.param(one, id=f"{name}:{one}") for name in PACKAGES for one in PACKAGES[name]]


@pytest.mark.parametrize("one", CASES)
def test_no_silent_difference(one):
    """A function of a package that knows nothing of daisy gives the plain result, or refuses."""
    outcome = outcome_of(one)
    assert outcome.category != DIFFERENT, outcome.reason


@pytest.mark.parametrize("one", CASES[::9])
def test_the_same_on_dask(one):
    """Every ninth of them on dask's own scheduler, whose tasks are pickled and run elsewhere."""
    register_get(dask.get)
    outcome = outcome_of(one)
    assert outcome.category != DIFFERENT, outcome.reason


@pytest.mark.parametrize(("package", "count"), [("thermofeel", 37), ("pvlib", 30), ("scipy", 60)])
def test_there_are_enough_of_them(package, count):
    """Every public function of thermofeel, 30 of pvlib, and 30 each of two parts of SciPy."""
    assert len({one.func for one in PACKAGES[package]}) >= count
