"""What the benchmarks of element-wise work take for the same, for the best, and for reached."""

from __future__ import annotations

import numpy as np
import pytest

from benches import elementwise, first_call, peak_memory, peers, spectral_indices
from benches.formulas import CASES
from lazy import strict

TIMES = {"daisy": 1.0, "NumPy": 4.0, "numexpr": 3.0, "Numba": 2.0, "JAX": 5.0, "copy": 0.5}


@pytest.mark.parametrize("name", CASES)
def test_both_forms_of_a_case_agree(name: str) -> None:
    """What daisy is timed on is what NumPy is timed on."""
    case = CASES[name]
    args = case.arguments(50)
    assert peers.same_bits(strict(case.traced(*args)), case.plain(*args))


@pytest.mark.parametrize("name", ["g", "h", "Black-Scholes"])
def test_what_numba_is_given(name: str) -> None:
    """The loops written for Numba compute the same function, as plain Python too."""
    case = CASES[name]
    args = case.arguments(20)
    assert np.allclose(case.loop(*args), case.plain(*args))


def test_same_bits() -> None:
    """Equal numbers of other bits, dtypes or shapes are not the same."""
    zero = np.zeros(2)
    assert peers.same_bits((zero, zero), (zero, zero.copy()))
    for other in (-zero, zero.astype("f4"), zero.reshape(2, 1), np.zeros(3)):
        assert not peers.same_bits(zero, other)


def test_a_result_that_differs_is_not_timed() -> None:
    """Neither daisy's in one bit, nor a peer's by more than its arithmetic explains."""
    right = {"daisy": lambda: np.zeros(2), "NumPy": lambda: np.zeros(2)}
    peers.check(right)
    with pytest.raises(AssertionError, match="daisy and NumPy"):
        peers.check(right | {"daisy": lambda: -np.zeros(2)})
    with pytest.raises(AssertionError, match="JAX and NumPy"):
        peers.check(right | {"JAX": lambda: np.ones(2)})


def test_figures_of_a_size() -> None:
    """NumPy is a ratio at every size; the best compiler, a copy and JAX where that was promised."""
    seconds = {f"10000000 {side}": time for side, time in TIMES.items()}
    against = {
        one.name: one.measured for one in elementwise.figures("g", elementwise.by_size(seconds))
    }
    assert against == {
        "g at 10,000,000: against NumPy": 4.0,
        "g at 10,000,000: against the best peer (Numba)": 2.0,
        "g at 10,000,000: against one copy": 2.0,
    }
    last = [*elementwise.figures("UTCI", {1_000_000: TIMES})][-1]
    assert (last.name, last.measured) == ("UTCI at 1,000,000: against JAX", 0.2)
    assert last.reached


def test_report_shows_who_is_missing() -> None:
    """A side that cannot compute a function has a dash in its column."""
    times = {side: time for side, time in TIMES.items() if side != "numexpr"}
    line = elementwise.report("UTCI", {100: times}).splitlines()[1]
    assert line.split() == "100 1 s 4 s - 2 s 5 s 500 ms 4x 2x".split()


def test_brief_calls_are_repeated() -> None:
    """One sample takes long enough for the clock, whatever a call takes."""
    calls: list[None] = []
    run, count = elementwise.repeated(lambda: calls.append(None))
    assert count > 100
    calls.clear()
    run()
    assert len(calls) == count


def test_formulas_become_functions(tmp_path: object) -> None:
    """Every text is a plain function and a part of one graph, with the same bits."""
    texts = {"NDVI": "(N-R)/(N+R)", "_2BDA": "R**2.0/L", "SAME": "(N-R)/(N+R)+L"}
    module = spectral_indices.load(spectral_indices.source(texts), str(tmp_path))
    bands = {"N": np.linspace(1, 2, 9), "R": np.linspace(3, 4, 9), "L": 0.5}
    plain = [call() for call in spectral_indices.one_by_one(texts, module, bands)]
    traced = strict(module.traced(*(bands[name] for name in sorted(bands))))
    assert all(map(peers.same_bits, traced, plain))
    assert np.array_equal(plain[2], plain[0] + 0.5)


def test_a_renewed_function_is_new() -> None:
    """Nothing that was kept for the code of a function serves the next one."""
    one, other = (first_call.renewed(CASES["haversine"].plain) for _ in range(2))
    assert one.__code__ is not other.__code__
    assert one.__code__.co_filename != other.__code__.co_filename
    assert one(0.0, 0.0, 0.0, 180.0) == pytest.approx(np.pi * 6371)


def test_bytes_of_results() -> None:
    """All arrays of a result count."""
    assert peak_memory.bytes_of((np.zeros(3), np.zeros((2, 2), "f4"))) == 40
