"""What a user can do about the memory that is kept: look at it, bound it, give it back."""

import subprocess
import sys

import numpy as np
import pytest
from numpy._core.multiarray import get_handler_name

import daisy
from daisy import _core

MIB = 1 << 20


def make(size=MIB):
    """An array of the pool, if there is one; of a size that is a whole block."""
    return _core.empty_array("u1", (size,))


@pytest.fixture(autouse=True)
def nothing_is_kept():
    """Each test begins with nothing kept and the limit that holds by itself."""
    daisy.memory.set_limit(None)
    daisy.memory.trim()
    yield
    daisy.memory.set_limit(None)


def test_what_dies_is_kept():
    """Guards the figures: bytes in use become bytes kept, and are in use again."""
    before = daisy.memory.stats()
    array = make()
    assert daisy.memory.stats() == before._replace(in_use=before.in_use + MIB)
    del array
    assert daisy.memory.stats() == before._replace(kept=MIB)
    array = make()
    assert (array.nbytes, daisy.memory.stats().kept) == (MIB, 0)


def test_trim_gives_back_what_is_kept_and_nothing_else():
    """Guards that arrays alive keep their data."""
    array, dead = make(), make()
    array[:] = 3
    del dead
    assert daisy.memory.trim() == MIB
    assert daisy.memory.trim() == 0
    assert (array == 3).all()


def test_no_more_is_kept_than_the_limit():
    """Guards the bound, when it is set and after."""
    dead = [make() for _ in range(4)]
    del dead
    daisy.memory.set_limit(2 * MIB)
    assert daisy.memory.stats()[1:] == (2 * MIB, 2 * MIB)
    dead = [make() for _ in range(4)]
    del dead
    assert daisy.memory.stats()[1:] == (2 * MIB, 2 * MIB)


def test_a_limit_of_nothing_is_no_pool():
    """Guards that it can be switched off, arrays of before included."""
    array = make()
    daisy.memory.set_limit(0)
    assert get_handler_name(make()) == "default_allocator"
    del array
    assert daisy.memory.stats().kept == 0
    daisy.memory.set_limit(None)
    assert get_handler_name(make()) == "daisy"


@pytest.mark.parametrize("limit", ["1", 1.5, True, [1]])
def test_a_limit_is_an_integer(limit):
    """Guards against a limit that somebody took for something else."""
    with pytest.raises(TypeError, match="a limit is"):
        daisy.memory.set_limit(limit)


@pytest.mark.parametrize("limit", [-1, 1 << 63])
def test_a_limit_is_a_size(limit):
    """Guards that the error says what can be done."""
    with pytest.raises(ValueError, match="None leaves it to daisy"):
        daisy.memory.set_limit(limit)


def test_a_limit_is_anything_with_an_index():
    """Its twin: NumPy's integers are sizes, too."""
    daisy.memory.set_limit(np.int32(MIB))
    assert daisy.memory.stats().limit == MIB


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v is of no effect elsewhere")
def test_less_is_kept_where_there_is_less():
    """Guards a process with little memory: what is kept is a share of what it may have."""
    program = "import daisy; print(daisy.memory.stats().limit)"
    command = f"ulimit -v {8 << 20}; exec {sys.executable} -c '{program}'"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 1 << 30
