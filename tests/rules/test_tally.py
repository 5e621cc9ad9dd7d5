"""Running sums against those that are added up piece by piece."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observe, timeline_of
from uptally.model.timeline import State, Tally
from uptally.rules.availability import measure
from uptally.rules.limits import downtime_limits
from uptally.rules.runs import speaks_until_ms
from uptally.rules.tally import NOTHING, availability_between, silent_from_ms, tallies_of, tally_at
from uptally.units.time import Window

STORIES = st.text("usd?m ", max_size=25)


@given(STORIES, st.integers(0, 40_000))
def test_tally_is_what_the_timeline_measures_up_to_an_instant(story: str, at_ms: int) -> None:
    timeline = timeline_of(observe(story))
    measured = measure(timeline, Window(0, at_ms), as_of_ms=at_ms)
    both = zip(timeline.turns, tallies_of(timeline.turns), strict=True)
    in_force = [(turn, tally) for turn, tally in both if turn.start_ms < at_ms]
    if not in_force:
        assert measured.scheduled_ms == 0
        return
    assert timeline.last is not None
    turn, tally = in_force[-1]
    silent_ms = silent_from_ms(timeline.last, as_of_ms=at_ms) if turn is timeline.turns[-1] else None
    found = tally_at(at_ms, turn, tally, silent_ms=silent_ms)
    assert found[:3] == (measured.down_ms, measured.unknown_ms, measured.outages)
    assert found.outage_ms <= measured.longest_outage_ms


def test_tally_tells_the_outage_that_just_ended() -> None:
    timeline = timeline_of(observe("udd?du"))
    assert [(turn.state, tally) for turn, tally in zip(timeline.turns, tallies_of(timeline.turns), strict=True)] == [
        (State.UP, NOTHING),
        (State.DOWN, NOTHING),
        (State.UNKNOWN, Tally(2_000, 0, 1, 2_000, sampled_ms=2_000, gaps_ms2=2_000_000, singles=0)),
        (State.DOWN, Tally(2_000, 1_000, 1, 2_000, sampled_ms=2_000, gaps_ms2=2_000_000, singles=0)),
        (State.UP, Tally(3_000, 1_000, 1, 3_000, sampled_ms=2_000, gaps_ms2=2_000_000, singles=1)),
    ]


def tally(down_ms: int, outages: int, outage_ms: int) -> Tally:
    """One whose down time is all sampled."""
    return Tally(down_ms, 0, outages, outage_ms, down_ms, 0, 0)


def test_outage_in_progress_at_the_begin_counts_with_its_part_in_the_window() -> None:
    availability = availability_between(
        Window(10, 100),
        begin=(10, tally(8, 1, 8)),
        end=(100, tally(33, 3, 0)),
        recovery=tally(13, 1, 13),
        longest_ms=15,
        interval_ms=1,
    )
    assert (availability.down_ms, availability.up_ms) == (25, 65)
    assert (availability.outages, availability.longest_outage_ms) == (3, 15)


def test_outage_without_recovery_is_one() -> None:
    at_end = tally(95, 1, 95)
    availability = availability_between(
        Window(10, 100), begin=(10, tally(5, 1, 5)), end=(100, at_end), recovery=None, longest_ms=0, interval_ms=1
    )
    assert (availability.down_ms, availability.outages, availability.longest_outage_ms) == (90, 1, 90)


def test_outage_of_which_nothing_lies_in_the_window_is_none_of_it() -> None:
    found = availability_between(
        Window(10, 100),
        begin=(10, tally(8, 1, 0)),
        end=(100, tally(8, 1, 0)),
        recovery=tally(8, 1, 0),
        longest_ms=0,
        interval_ms=1,
    )
    assert (found.outages, found.longest_outage_ms) == (0, 0)


def test_outage_of_a_millisecond_is_one() -> None:
    found = availability_between(
        Window(10, 100), begin=(10, NOTHING), end=(100, tally(1, 1, 1)), recovery=None, longest_ms=0, interval_ms=1
    )
    assert (found.outages, found.longest_outage_ms) == (1, 1)


def test_outage_in_progress_at_the_end_may_be_the_longest() -> None:
    found = availability_between(
        Window(0, 100),
        begin=(0, NOTHING),
        end=(100, tally(30, 2, 20)),
        recovery=tally(10, 1, 10),
        longest_ms=0,
        interval_ms=1,
    )
    assert (found.outages, found.longest_outage_ms) == (2, 20)


def test_window_without_an_outage_has_no_longest_one() -> None:
    found = availability_between(
        Window(0, 100), begin=(0, NOTHING), end=(100, NOTHING), recovery=None, longest_ms=0, interval_ms=1
    )
    assert (found.outages, found.longest_outage_ms) == (0, 0)


def test_window_is_what_came_after_its_begin() -> None:
    """What lies before the window is in both tallies, and in none of its figures."""
    before = Tally(
        down_ms=40_000, unknown_ms=7_000, outages=5, outage_ms=0, sampled_ms=30_000, gaps_ms2=10**9, singles=2
    )
    after = Tally(
        down_ms=70_000,
        unknown_ms=8_500,
        outages=6,
        outage_ms=0,
        sampled_ms=59_000,
        gaps_ms2=10**9 + 12_000_000,
        singles=3,
    )
    window = Window(50_000, 1_000_000)
    found = availability_between(
        window, begin=(50_000, before), end=(1_000_000, after), recovery=None, longest_ms=0, interval_ms=1_000
    )
    assert found.window == window
    assert (found.scheduled_ms, found.up_ms, found.down_ms, found.unknown_ms) == (950_000, 918_500, 30_000, 1_500)
    assert (found.down_low_ms, found.down_high_ms) == downtime_limits(
        down_ms=30_000, known_ms=948_500, sampled_ms=29_000, gaps_ms2=12_000_000, singles=1, interval_ms=1_000
    )


def test_last_observation_speaks_up_to_its_end_and_no_further() -> None:
    (last,) = observe("u")
    end_ms = speaks_until_ms(last)
    assert silent_from_ms(last, as_of_ms=end_ms) is None
    assert silent_from_ms(last, as_of_ms=end_ms + 1) == 1_000
