"""When attempts are due."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from uptally.rules.schedule import next_due_ms, phase_ms, slot_ms


@given(slug=st.text(min_size=1), interval_ms=st.integers(250, 86_400_000))
def test_a_phase_lies_within_the_interval_on_a_slot(slug: str, interval_ms: int) -> None:
    phase = phase_ms(slug, interval_ms)
    assert 0 <= phase < interval_ms
    assert phase % slot_ms(interval_ms) == 0


def test_phases_spread_evenly_so_that_a_start_makes_no_burst() -> None:
    tenths = [0] * 10
    for number in range(10_000):
        tenths[phase_ms(f"endpoint-{number}", 10_000) // 1_000] += 1
    assert min(tenths) > 850
    assert max(tenths) < 1_150


@given(after_ms=st.integers(0, 2**42), interval_ms=st.integers(250, 86_400_000), data=st.data())
def test_the_next_due_instant_is_the_first_of_the_grid_that_is_not_before(
    after_ms: int, interval_ms: int, data: st.DataObject
) -> None:
    phase = data.draw(st.integers(0, interval_ms - 1))
    due = next_due_ms(after_ms, interval_ms=interval_ms, phase_ms=phase)
    assert after_ms <= due < after_ms + interval_ms
    assert due % interval_ms == phase
