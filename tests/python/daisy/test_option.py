"""What the engine can be told, for a block and for the process."""

import contextvars
import threading
from itertools import chain, combinations

import numpy as np
import pytest
from tests.python.conftest import in_threads

import daisy
from daisy import autodask, inline, option, strict
from daisy._core import passes

SWITCHES = (*passes(), "trace_once")


def options_now():
    """Two of the options as they are here."""
    return {name: daisy.options.get(name) for name in ("workers", "cull")}


@pytest.fixture(autouse=True)
def _as_before():
    """Every test leaves the options as they are at the beginning."""
    yield
    daisy.options.set(workers=0, **dict.fromkeys(SWITCHES, True))
    assert daisy.options.get() == {"workers": None, **dict.fromkeys(SWITCHES, True)}


def test_blocks_nest():
    """What a block does not speak of is as it is outside."""
    with daisy.options(workers=3) as outer:
        assert outer["workers"] == 3
        with daisy.options(cull=False):
            assert daisy.options.get("workers") == 3
            assert daisy.options.get("cull") is False
            with daisy.options(workers=0, cull=None):
                assert options_now() == {"workers": 0, "cull": False}
        assert daisy.options.get("cull") is True
    assert daisy.options.get("workers") is None


def test_a_block_ends_with_an_error():
    """Then, too, everything is as before."""
    with pytest.raises(ZeroDivisionError), daisy.options(workers=3):
        1 / 0
    assert daisy.options.get("workers") is None


def test_one_object_for_several_blocks():
    """Even one inside the other."""
    two = daisy.options(workers=2)
    assert daisy.options.get("workers") is None
    with two:
        with daisy.options(workers=5), two:
            assert daisy.options.get("workers") == 2
        assert daisy.options.get("workers") == 2
    assert repr(two) == "options(workers=2)"


def test_blocks_may_be_left_in_any_order():
    """The one left first does not bring back what the other has said, nor stay for good."""
    one, two = daisy.options(workers=2), daisy.options(workers=3, cull=False)
    one.__enter__()
    two.__enter__()
    one.__exit__()
    assert options_now() == {"workers": 3, "cull": False}
    two.__exit__()
    assert options_now() == {"workers": None, "cull": True}


def test_a_block_is_left_in_another_context():
    """As a generator does that is closed elsewhere: nothing fails there, and nothing is changed."""
    block = daisy.options(workers=2)
    elsewhere = contextvars.copy_context()
    elsewhere.run(block.__enter__)
    with daisy.options(workers=3):
        block.__exit__()
        assert daisy.options.get("workers") == 3
    assert elsewhere.run(daisy.options.get, "workers") == 2


def test_passes_that_are_off_when_blocks_overlap():
    """The engine, too, is told what the block that is still open says."""
    one, two = daisy.options(cull=True), daisy.options(cull=False)
    one.__enter__()
    two.__enter__()
    one.__exit__()
    off_alone = option._passes.get()
    two.__exit__()
    with daisy.options(cull=False):
        assert option._passes.get() == off_alone
    assert option._passes.get() == (0, 0)


def test_for_the_process():
    """All threads see it, but a block goes before it."""
    daisy.options.set(workers=4, cull=False)
    assert in_a_thread(options_now) == {"workers": 4, "cull": False}
    with daisy.options(workers=2):
        assert daisy.options.get("workers") == 2
        assert daisy.options.get("cull") is False
    daisy.options.set(cull=True)
    assert daisy.options.get("workers") == 4


def test_other_threads_do_not_see_a_block():
    """Nor does another context of the same thread."""
    context = contextvars.copy_context()
    with daisy.options(workers=2):
        assert in_a_thread(daisy.options.get)["workers"] is None
        assert context.run(daisy.options.get, "workers") is None


def in_a_thread(func):
    """What a function gives on another thread."""
    got = []
    thread = threading.Thread(target=lambda: got.append(func()))
    thread.start()
    thread.join()
    return got[0]


@pytest.mark.parametrize("say", [daisy.options, daisy.options.set], ids=["block", "process"])
def test_what_is_no_option(say):
    """The error lists what there is, and nothing is changed."""
    with pytest.raises(TypeError, match="no option 'cul'; the options are workers, cull, fuse"):
        say(workers=3, cul=False)
    with pytest.raises(TypeError, match="cull is True or False, not 0"):
        say(cull=0)
    with pytest.raises(TypeError, match="a number of workers is an integer"):
        say(workers="many")
    with pytest.raises(ValueError, match="-1 workers"):
        say(workers=-1)
    with pytest.raises(TypeError, match="no option 'cul'"):
        daisy.options.get("cul")


@inline
def total(a, b):
    return a + b


@autodask(inline=True)
def program(a, b):
    unused = a * 100
    both = total(a, b) + total(a, b)
    return both, (both * 2, unused)[0], both.sum()


SUBSETS = list(chain.from_iterable(combinations(SWITCHES, n) for n in range(len(SWITCHES) + 1)))


@pytest.mark.parametrize("off", SUBSETS, ids=lambda off: " ".join(off) or "none")
@pytest.mark.parametrize("way", ["block", "process"])
def test_any_passes_give_the_same(off, way):
    """Whichever are off, and wherever that was said."""
    said = dict.fromkeys(off, False)
    a, b = np.arange(5), np.arange(5) * 10
    expected = [(a + b) * 2, (a + b) * 4, ((a + b) * 2).sum()]
    if way == "process":
        daisy.options.set(**said)
        in_a_thread(lambda: program(a, b))
        got = in_a_thread(lambda: strict(program(a, b)))
    else:
        with daisy.options(**said):
            program(a, b)
            got = strict(program(a, b))
    for one, other in zip(got, expected, strict=True):
        assert np.array_equal(one, other)


def test_one_object_in_two_threads():
    """Blocks of one object that overlap in time do not take each other's end."""
    block, together = daisy.options(workers=3), threading.Barrier(2, timeout=10)

    def use(_number):
        with block:
            together.wait()
            inside = daisy.options.get("workers")
        return inside, daisy.options.get("workers")

    assert in_threads(use, 2) == [(3, None)] * 2
