"""When attempts are due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.rules.schedule import next_due_ms, phase_ms, recheck_pause_ms, slot_ms


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


@pytest.mark.parametrize(
    ("age_ms", "interval_ms", "timeout_ms", "pause_ms"),
    [
        (0, 10_000, 5_000, 500),
        (300_000, 10_000, 5_000, 3_000),
        (0, 500, 500, None),
        (100_000, 1_000, 1_000, None),
        # Of 16 places the grid takes five and the first recheck one: ten for five seconds are one every half.
        (0, 1_000, 5_000, 500),
        # The grid takes ten: five places for ten seconds are one every two, in which the grid asks twice.
        (0, 1_000, 10_000, None),
        (0, 10_000, 10_000, 715),
        (0, 10_000, 30_000, 2_500),
        (0, 1_000, 60_000, None),
    ],
)
def test_rechecks_come_as_often_as_the_age_the_interval_and_the_places_allow(
    age_ms: int, interval_ms: int, timeout_ms: int, pause_ms: int | None
) -> None:
    found = recheck_pause_ms(age_ms, interval_ms=interval_ms, timeout_ms=timeout_ms, places=16)
    assert found == pause_ms


def test_one_place_beside_the_grid_and_the_first_recheck_is_enough_to_go_on() -> None:
    assert recheck_pause_ms(0, interval_ms=10_000, timeout_ms=5_000, places=3) == 5_000
    assert recheck_pause_ms(0, interval_ms=10_000, timeout_ms=5_000, places=2) is None


@given(
    interval_ms=st.integers(250, 60_000),
    timeout_ms=st.integers(10, 120_000),
    phase=st.integers(0, 59_999),
    data=st.data(),
)
def test_rechecks_that_all_hang_leave_the_grid_its_places(
    interval_ms: int, timeout_ms: int, phase: int, data: st.DataObject
) -> None:
    places = data.draw(st.integers(-(-timeout_ms // interval_ms) + 1, 600))
    pause_ms = recheck_pause_ms(0, interval_ms=interval_ms, timeout_ms=timeout_ms, places=places)
    until_ms = 3 * timeout_ms
    rechecks = [0] if pause_ms is None else range(0, until_ms, pause_ms)
    for slot_at_ms in range(phase % interval_ms, until_ms, interval_ms):
        of_the_grid = len(range(slot_at_ms, slot_at_ms - timeout_ms, -interval_ms))
        assert of_the_grid + sum(slot_at_ms - timeout_ms < each <= slot_at_ms for each in rechecks) <= places


@pytest.mark.parametrize(("interval_ms", "slot"), [(250, 10), (999, 10), (1_000, 50), (60_000, 50)])
def test_slots_are_long_where_the_interval_leaves_many(interval_ms: int, slot: int) -> None:
    assert slot_ms(interval_ms) == slot


def test_an_endpoint_keeps_its_phase_for_ever() -> None:
    """A new version that moved the grid would make a burst, and slots that are missed or come twice."""
    assert [phase_ms(slug, 10_000) for slug in ("web", "api", "orders-database")] == [2600, 2200, 100]
