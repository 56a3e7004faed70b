"""Real functions, unmodified: traced they give what they give plain, or refuse and say why."""

import inspect

import dask
import pytest
import thermofeel
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


@pytest.mark.parametrize("package", ["pvlib", "scipy.signal", "scipy.stats"])
def test_there_are_enough_of_them(package):
    """30 functions of each are the least that tell anything."""
    assert len({one.func for one in PACKAGES[package]}) >= 30


def test_all_of_thermofeel_is_there():
    """Every public function of the package, those of its documented submodules too."""
    modules = [
        thermofeel,
        *(getattr(thermofeel, name) for name in ("approximations", "excess_heat")),
    ]
    public = {
        func
        for module in modules
        for name, func in vars(module).items()
        if inspect.isfunction(func) and not name.startswith("_")
    }
    assert public <= {one.func for one in PACKAGES["thermofeel"]}
