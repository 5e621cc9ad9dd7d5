"""Turns become spans and outages."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observation, observe, stories, timeline_of
from uptally.model.observation import Observation, Reason
from uptally.model.timeline import Span, State, Timeline
from uptally.rules.runs import speaks_until_ms
from uptally.rules.timeline import outages_of, pieces_of, spans_of
from uptally.units.time import Window

ALWAYS = Window(0, 10**9)


def states(timeline: Timeline, as_of_ms: int, window: Window = ALWAYS) -> list[tuple[int, int, str]]:
    return [(s.start_ms, s.end_ms, s.state.label) for s in spans_of(timeline, window, as_of_ms=as_of_ms)]


def test_a_change_of_state_lies_midway_between_the_two_begins() -> None:
    assert states(timeline_of(observe("uuddu")), 4_000) == [
        (0, 1_500, "up"),
        (1_500, 3_500, "down"),
        (3_500, 4_000, "up"),
    ]


def test_a_change_is_bounded_by_the_begin_of_the_last_old_and_the_end_of_the_first_new_attempt() -> None:
    down = spans_of(timeline_of(observe("uud")), ALWAYS, as_of_ms=2_500)[1]
    assert (down.earliest_ms, down.latest_ms) == (1_000, 2_020)


def test_the_midpoint_of_an_odd_distance_never_shortens_down_time() -> None:
    story = [observation("u", 0), observation("d", 1_001, sequence=1), observation("u", 2_002, sequence=2)]
    assert states(timeline_of(story), 2_100)[1] == (500, 1_502, "down")


def test_slow_is_up() -> None:
    assert states(timeline_of(observe("usu")), 2_100) == [(0, 2_100, "up")]


def test_a_missed_slot_says_nothing_of_its_own() -> None:
    assert states(timeline_of(observe("umu")), 2_100) == [(0, 2_100, "up")]


def test_nothing_before_the_first_observation_is_anything() -> None:
    assert states(timeline_of(observe("uu", start_ms=5_000)), 6_100) == [(5_000, 6_100, "up")]


def test_no_observations_make_no_spans() -> None:
    assert spans_of(Timeline(None, (), None), ALWAYS, as_of_ms=1_000) == ()


@pytest.mark.parametrize(
    ("next_ms", "expected"),
    [
        (2_000, [(0, 2_100, "up")]),
        (2_001, [(0, 1_000, "up"), (1_000, 2_001, "unknown"), (2_001, 2_100, "up")]),
    ],
)
def test_silence_beyond_one_and_a_half_intervals_and_the_timeout_is_unknown_from_the_interval_on(
    next_ms: int, expected: list[tuple[int, int, str]]
) -> None:
    assert states(timeline_of([observation("u", 0), observation("u", next_ms, sequence=1)]), 2_100) == expected


def test_an_observation_speaks_for_the_interval_in_force_when_it_began() -> None:
    slower = observation("u", 0, interval_ms=60_000)
    assert speaks_until_ms(slower) == 90_500
    assert states(timeline_of([slower, observation("u", 90_000, sequence=1)]), 90_001) == [(0, 90_001, "up")]


def test_the_last_state_holds_while_its_observation_speaks_and_then_is_unknown() -> None:
    timeline = timeline_of(observe("u"))
    assert states(timeline, 2_000) == [(0, 2_000, "up")]
    assert states(timeline, 2_001) == [(0, 1_000, "up"), (1_000, 2_001, "unknown")]


def test_nothing_in_the_future_is_anything() -> None:
    assert states(timeline_of(observe("uuu")), 1_200, Window(0, 5_000))[-1] == (0, 1_200, "up")


def test_a_window_cuts_spans_at_both_ends() -> None:
    assert states(timeline_of(observe("uuddu")), 4_000, Window(1_000, 2_000)) == [
        (1_000, 1_500, "up"),
        (1_500, 2_000, "down"),
    ]


def test_silence_carries_its_own_reason() -> None:
    spans = spans_of(timeline_of(observe("u")), ALWAYS, as_of_ms=9_000)
    assert spans[-1].reason is Reason.NOT_OBSERVED


def outages(story: str, as_of_ms: int = 20_000) -> list[tuple[int, int | None, int, int]]:
    spans = spans_of(timeline_of(observe(story)), ALWAYS, as_of_ms=as_of_ms)
    return [(o.start_ms, o.end_ms, o.down_ms, o.unknown_ms) for o in outages_of(spans)]


def test_an_outage_lasts_from_one_transition_to_the_next() -> None:
    assert outages("uudduu", 5_100) == [(1_500, 3_500, 2_000, 0)]


def test_down_on_both_sides_of_a_gap_is_one_outage_with_an_unknown_part() -> None:
    assert outages("ud   du", 6_100) == [(500, 5_500, 2_000, 3_000)]


def test_an_outage_at_the_end_has_no_end_yet() -> None:
    assert outages("udd", 2_400) == [(500, None, 1_900, 0)]


def test_unknown_time_after_the_last_down_is_no_part_of_an_outage() -> None:
    assert outages("ud??u", 4_100) == [(500, 1_500, 1_000, 0)]


def test_two_outages_with_up_between_are_two() -> None:
    assert outages("ududu", 4_100) == [(500, 1_500, 1_000, 0), (2_500, 3_500, 1_000, 0)]


def bounds(story: str, as_of_ms: int = 20_000) -> list[tuple[int | None, int, int | None, int | None]]:
    spans = spans_of(timeline_of(observe(story)), ALWAYS, as_of_ms=as_of_ms)
    return [
        (one.start_earliest_ms, one.start_latest_ms, one.end_earliest_ms, one.end_latest_ms)
        for one in outages_of(spans)
    ]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("uudduu", (1_000, 2_020, 3_000, 4_020)),
        # Unknown time next to an outage, the monitor's own fault or silence, may have been down too.
        ("u??du", (0, 3_020, 3_000, 4_020)),
        ("ud??u", (0, 1_020, 1_000, 4_020)),
        ("u   du", (0, 4_020, 4_000, 5_020)),
        ("ud   u", (0, 1_020, 1_000, 5_020)),
        ("u? d ?u", (0, 3_020, 3_000, 6_020)),
        ("ud ? du", (0, 1_020, 5_000, 6_020)),
    ],
)
def test_the_bounds_of_an_outage_are_the_last_good_attempt_before_it_and_the_first_after_it(
    story: str, expected: tuple[int, int, int, int]
) -> None:
    assert bounds(story, as_of_ms=len(story) * 1_000) == [expected]


@pytest.mark.parametrize("story", ["ddu", "?du", "d?du"])
def test_what_was_down_before_it_was_ever_seen_up_has_no_earliest_begin(story: str) -> None:
    [(earliest_ms, latest_ms, *_)] = bounds(story, as_of_ms=5_000)
    assert earliest_ms is None
    assert latest_ms == story.index("d") * 1_000 + 20


@pytest.mark.parametrize("story", ["ud??", "ud"])
def test_an_outage_that_was_not_seen_to_end_has_no_bounds_of_its_end(story: str) -> None:
    [(_, _, *end)] = bounds(story)
    assert end == [None, None]


def _state_at(timeline: Timeline, instant_ms: int, as_of_ms: int) -> State | None:
    """The rule again, for one instant, written the slow way."""
    begun = [turn for turn in timeline.turns if turn.start_ms <= instant_ms]
    if not begun or timeline.last is None or instant_ms >= as_of_ms:
        return None
    is_silent = as_of_ms > speaks_until_ms(timeline.last)
    ends_ms = timeline.last.at_ms + timeline.last.interval_ms
    if begun[-1] is timeline.turns[-1] and is_silent and instant_ms >= ends_ms:
        return State.UNKNOWN
    return begun[-1].state


@given(story=stories(), extra_ms=st.integers(0, 10), start_ms=st.integers(0, 300), length_ms=st.integers(0, 400))
def test_spans_agree_with_the_rule_at_every_instant_and_tile_the_window(
    story: list[Observation], extra_ms: int, start_ms: int, length_ms: int
) -> None:
    as_of_ms = (story[-1].at_ms if story else 0) + extra_ms
    window = Window(start_ms, start_ms + length_ms)
    timeline = timeline_of(story)
    spans = spans_of(timeline, window, as_of_ms=as_of_ms)
    for left, right in itertools.pairwise(spans):
        assert left.end_ms == right.start_ms
        assert left.state is not right.state
    probes = {edge + shift for span in spans for edge in (span.start_ms, span.end_ms) for shift in (-1, 0, 1)}
    for instant_ms in probes | {window.start_ms, window.end_ms - 1}:
        if window.start_ms <= instant_ms < window.end_ms:
            assert _found(spans, instant_ms) == _state_at(timeline, instant_ms, as_of_ms)


def _found(spans: tuple[Span, ...], instant_ms: int) -> State | None:
    return next((span.state for span in spans if span.start_ms <= instant_ms < span.end_ms), None)


def test_end_of_an_outage_that_two_gaps_may_hide_is_bounded_from_the_second() -> None:
    (outage,) = outages_of(spans_of(timeline_of(observe("uud?d?uu")), ALWAYS, as_of_ms=7_500))
    assert (outage.start_ms, outage.end_ms, outage.unknown_ms) == (1_500, 4_500, 1_000)
    assert (outage.end_earliest_ms, outage.end_latest_ms) == (4_000, 6_020)


def test_silence_after_an_outage_keeps_the_cadence_of_its_turn() -> None:
    slower = [*observe("ud"), *observe("d", start_ms=2_000, interval_ms=2_000)]
    *_, (start_ms, end_ms, turn) = pieces_of(timeline_of(slower), ALWAYS, as_of_ms=9_000)
    assert (start_ms, end_ms, turn.state, turn.interval_ms) == (4_000, 9_000, State.UNKNOWN, 1_000)


def test_outage_is_told_by_the_reason_of_its_first_span_and_when_it_was_last_seen_up() -> None:
    timeline = timeline_of(observe("uutd"))
    (outage,) = outages_of(spans_of(timeline, ALWAYS, as_of_ms=3_500))
    assert outage.reason is Reason.RESPONSE_TIMEOUT
    assert outage.start_earliest_ms == 1_000
    assert outage.end_ms is None
