"""Timelines become histories: as counted, and the ends of what they can have been."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observation, observe, stories, timeline_of
from uptally.model.facts import History
from uptally.model.observation import Kind, Observation
from uptally.model.terms import Edges
from uptally.model.timeline import Timeline
from uptally.rules.availability import measure
from uptally.rules.history import Sight, margin_of, sight_of, with_slow_time
from uptally.units.stretches import difference, intersection, length_ms, union
from uptally.units.time import Window

AS_OF_MS = 1_000_000


def sight(story: str, edges: Edges = Edges.MIDPOINT, *, as_of_ms: int | None = None) -> Sight:
    """What a story of one attempt a second comes to, looked at when it ends."""
    until_ms = len(story) * 1_000 if as_of_ms is None else as_of_ms
    return sight_of(timeline_of(observe(story)), edges, since_ms=0, as_of_ms=until_ms)


@pytest.mark.parametrize(
    ("edges", "down"),
    [
        (Edges.MIDPOINT, ((1_500, 4_500),)),
        (Edges.OBSERVED, ((2_000, 5_000),)),
        (Edges.MIN, ((2_020, 4_000),)),
        (Edges.MAX, ((1_000, 5_020),)),
    ],
)
def test_edges_lie_where_they_are_asked_for(edges: Edges, down: tuple[tuple[int, int], ...]) -> None:
    assert sight("uudddu", edges).counted.down == down


def test_observed_edges_of_an_outage_that_lasts_end_where_it_was_looked_at() -> None:
    assert sight("uuddd", Edges.OBSERVED, as_of_ms=5_200).counted.down == ((2_000, 5_200),)


def test_hard_bounds_reach_from_the_earliest_begin_to_the_latest_end_and_the_other_way_about() -> None:
    found = sight("uudddu")
    assert (found.most, found.least) == (((1_000, 5_020),), ((2_020, 4_000),))


def test_a_single_failed_attempt_may_have_been_next_to_nothing() -> None:
    assert sight("uudu").least == ()


def test_blips_are_doubtful_and_down_at_most() -> None:
    refuted = observation("u", 2_600, sequence=3, kind=Kind.RECHECK)
    timeline = timeline_of([*observe("uut"), refuted])
    found = sight_of(timeline, Edges.MAX, since_ms=0, as_of_ms=3_000)
    assert found.doubtful == found.counted.down == ((1_000, 2_620),)
    assert (found.most, found.worst.down, found.best.down) == ((), found.doubtful, ())
    for edges in (Edges.MIDPOINT, Edges.OBSERVED, Edges.MIN):
        assert sight_of(timeline, edges, since_ms=0, as_of_ms=3_000).counted.down == ()


def test_what_is_unknown_is_neither_and_may_have_been_down() -> None:
    found = sight("uud??du")
    assert found.counted.unknown == ((2_500, 4_500),)
    assert found.counted.down == ((1_500, 2_500), (4_500, 5_500))
    assert (found.most, found.least) == (((1_000, 6_020),), ())


def test_maximal_edges_leave_unknown_time_unknown() -> None:
    found = sight("uud??du", Edges.MAX)
    assert intersection(found.counted.down, found.counted.unknown) == ()
    assert found.counted.unknown == ((2_500, 4_500),)


def test_what_lasts_is_down_at_least_until_it_was_last_seen() -> None:
    found = sight("uuddd", as_of_ms=5_200)
    assert (found.counted.down, found.least) == (((1_500, 5_200),), ((2_020, 4_000),))


def test_every_outage_has_its_own_bounds_and_what_lasts_is_seen_down_from_its_own_begin() -> None:
    found = sight("udd" + 9 * "u" + "dd", as_of_ms=14_100)
    assert found.least == ((1_020, 2_000), (12_020, 13_000))
    assert found.most == ((0, 3_020), (11_000, 14_100))


def test_an_outage_that_lasts_through_unknown_time_may_have_lasted_from_its_earliest_begin_on() -> None:
    assert sight("uud??dd").most == ((1_000, 7_000),)


def test_a_component_is_told_with_its_outages_and_since_when_it_is_looked_at() -> None:
    found = sight_of(timeline_of(observe("udduu", start_ms=2_000)), Edges.MAX, since_ms=0, as_of_ms=7_000)
    assert [(outage.start_ms, outage.end_ms) for outage in found.outages] == [(2_500, 4_500)]
    assert found.first_ms == 2_000


def test_time_before_the_first_observation_is_unknown() -> None:
    timeline = timeline_of(observe("uu", start_ms=5_000))
    assert sight_of(timeline, Edges.MIDPOINT, since_ms=1_000, as_of_ms=6_000).counted.unknown == ((1_000, 5_000),)


def test_nothing_observed_is_unknown_and_may_all_have_been_down() -> None:
    found = sight_of(Timeline(None, (), None), Edges.MIDPOINT, since_ms=1_000, as_of_ms=6_000)
    assert (found.counted.unknown, found.most, found.least, found.first_ms) == (((1_000, 6_000),),) * 2 + ((), None)
    assert found.middle == found.counted == History((), ((1_000, 6_000),))


def test_slow_time_is_down_in_every_history_but_not_where_nobody_knows() -> None:
    found = with_slow_time(sight("uuu??uu"), ((500, 3_000),))
    assert (found.counted.down, found.least) == (((500, 2_500),),) * 2
    assert union(found.most, ((500, 3_000),)) == found.most


def test_slow_time_adds_to_the_outages_of_each_history() -> None:
    found = with_slow_time(sight("uuddduuuu", Edges.MAX), ((6_000, 7_000),))
    assert found.counted.down == found.most == ((1_000, 5_020), (6_000, 7_000))
    assert found.middle.down == ((1_500, 4_500), (6_000, 7_000))
    assert found.least == ((2_020, 4_000), (6_000, 7_000))


@given(story=stories(), start_ms=st.integers(0, 150), length=st.integers(1, 300))
def test_the_margin_of_time_without_holes_is_that_of_the_limits(
    story: Sequence[Observation], start_ms: int, length: int
) -> None:
    timeline, window = timeline_of(story), Window(start_ms, start_ms + length)
    limits = measure(timeline, window, as_of_ms=AS_OF_MS)
    margin = margin_of([sight_of(timeline, Edges.MIDPOINT, since_ms=0, as_of_ms=AS_OF_MS)], (window,))
    assert margin == (limits.down_high_ms - limits.down_ms, limits.down_ms - limits.down_low_ms)


def test_an_edge_in_a_hole_counts_if_it_may_lie_outside() -> None:
    found = sight("uu" + "d" * 60 + "u" * 40, as_of_ms=102_000)
    edges_within = margin_of([found], ((0, 102_000),))
    # The outage ends at 61,500, between attempts at 61,000 and 62,000.
    assert margin_of([found], ((0, 61_200), (61_900, 102_000))).less_ms == edges_within.less_ms
    assert margin_of([found], ((0, 10), (20, 61_200), (61_900, 102_000))).less_ms == edges_within.less_ms
    assert margin_of([found], ((0, 60_000), (63_000, 102_000))).less_ms < edges_within.less_ms


def test_an_edge_at_the_very_end_is_outside() -> None:
    found = sight("uu" + "d" * 60 + "u" * 40, as_of_ms=102_000)
    # Of two edges each known to 1,000 ms, 1.645 * sqrt(2 * 1,000^2 / 12) = 671.6; of one, 474.9.
    assert margin_of([found], ((0, 61_501),)).less_ms == 672
    assert margin_of([found], ((0, 61_500),)).less_ms == 475


def test_a_single_failure_that_begins_with_the_time_stands_for_an_interval() -> None:
    found = sight("uud" + "u" * 97)
    # One was seen: between 0.0512 and 4.7439 intervals of a second.
    assert margin_of([found], ((1_500, 100_000),)) == (3_744, 949)
    # What has begun before is counted there: none was seen, up to 2.9958 intervals.
    assert margin_of([found], ((1_501, 100_000),)) == (2_996 - 999, 999)


@given(story=stories(), edges=st.sampled_from(Edges), as_of_ms=st.integers(0, 400))
def test_the_least_lies_in_the_middle_and_that_in_the_most(
    story: Sequence[Observation], edges: Edges, as_of_ms: int
) -> None:
    found = sight_of(timeline_of(story), edges, since_ms=0, as_of_ms=as_of_ms)
    assert difference(found.least, found.middle.down) == ()
    assert difference(found.middle.down, found.most) == ()
    assert difference(found.middle.unknown, found.most) == ()
    assert intersection(found.counted.down, found.counted.unknown) == ()


@given(story=stories(), cut=st.integers(1, 300))
def test_the_margin_of_a_part_is_bounded_by_what_is_known_of_it(story: Sequence[Observation], cut: int) -> None:
    found = sight_of(timeline_of(story), Edges.MIDPOINT, since_ms=0, as_of_ms=AS_OF_MS)
    time = ((0, cut), (cut + 10, 2 * cut + 10))
    margin = margin_of([found], time)
    down = intersection(found.middle.down, time)
    assert 0 <= margin.less_ms <= length_ms(down)
    assert margin.more_ms <= length_ms(difference(time, union(down, found.middle.unknown)))
