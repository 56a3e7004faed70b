"""The arithmetic of the benchmarks: what is called a ratio, a median and a miss."""

from __future__ import annotations

import pytest

from benches import harness


def test_faster_is_theirs_over_ours() -> None:
    """A speed-up is not printed upside down."""
    figure = harness.faster("f", 2, ours=1.0, theirs=3.0)
    assert figure.measured == 3.0
    assert figure.reached


def test_slower_is_ours_over_theirs() -> None:
    """A cost is not printed upside down."""
    figure = harness.slower("f", 2, ours=3.0, theirs=1.0)
    assert figure.measured == 3.0
    assert not figure.reached


def test_the_bound_itself_is_reached() -> None:
    """Both kinds of bound include their end."""
    assert harness.faster("f", 2, ours=1.0, theirs=2.0).reached
    assert harness.slower("f", 2, ours=2.0, theirs=1.0).reached


def test_sides_take_turns() -> None:
    """A machine that gets slower half way through slows both sides."""
    calls: list[str] = []
    harness.alternate([(lambda: calls.append("a"), 1), (lambda: calls.append("b"), 1)], rounds=3)
    assert calls == ["a", "b"] * 4


def test_time_is_by_the_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A side that does ten things in a second takes a tenth of a second for each."""
    ticks = iter([5.0, 6.0])
    monkeypatch.setattr(harness.time, "perf_counter", lambda: next(ticks))
    assert harness.timed(lambda: None, count=10) == 0.1


def test_table_shows_a_miss() -> None:
    """Whoever reads the table sees which figures were missed."""
    lines = harness.table(
        [
            harness.faster("fast", 100, ours=1e-6, theirs=1e-3),
            harness.slower("slow", 1.5, ours=2.0, theirs=1.0),
        ]
    ).splitlines()
    assert len(lines) == 3
    assert lines[1].split() == "fast 1 µs : 1 ms 1,000x >= 100x reached".split()
    assert lines[2].split() == "slow 2 s : 1 s 2x <= 1.5x MISSED".split()


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.5, "2.5 s"), (0.001, "1 ms"), (4.2e-5, "42 µs"), (7e-8, "70 ns")]
)
def test_duration(seconds: float, text: str) -> None:
    """The unit fits the number."""
    assert harness.duration(seconds) == text
