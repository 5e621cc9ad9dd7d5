from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observation, observe, timeline_of
from uptally.model.observation import Reason
from uptally.model.timeline import Blip, State, Timeline
from uptally.rules.quorum import merged, vote
from uptally.rules.timeline import pieces_of, spans_of
from uptally.units.time import Window

QUORUMS = st.none() | st.integers(1, 4)


def seen(story: str, *, start_ms: int = 0, interval_ms: int = 1_000) -> Timeline:
    return timeline_of(observe(story, start_ms=start_ms, interval_ms=interval_ms))


def states(timeline: Timeline) -> list[tuple[int, State]]:
    return [(turn.start_ms, turn.state) for turn in timeline.turns]


def edges(timeline: Timeline, state: State) -> list[tuple[int, int]]:
    return [(turn.earliest_ms, turn.latest_ms) for turn in timeline.turns if turn.state is state]


def test_a_single_location_comes_back_as_it_is() -> None:
    only, never = seen("uudduu"), Timeline(None, (), None)
    assert merged([only], quorum=None, as_of_ms=6_000) is only
    assert merged([never, only, never], quorum=2, as_of_ms=6_000) is only
    assert merged([never], quorum=None, as_of_ms=6_000) is never


@pytest.mark.parametrize(
    ("up", "down", "quorum", "state"),
    [
        (0, 0, None, State.UNKNOWN),
        (1, 0, None, State.UP),
        (0, 1, None, State.DOWN),
        (1, 1, None, State.UP),
        (1, 2, None, State.DOWN),
        (2, 2, None, State.UP),
        (3, 1, 1, State.DOWN),
        (1, 1, 2, State.UP),
        (1, 2, 2, State.DOWN),
        (0, 1, 2, State.UNKNOWN),
        (1, 0, 2, State.UP),
        (0, 0, 2, State.UNKNOWN),
    ],
)
def test_a_vote(up: int, down: int, quorum: int | None, state: State) -> None:
    assert vote(up=up, down=down, quorum=quorum) is state


def test_what_one_of_three_finds_is_no_outage() -> None:
    three = [seen("uuuuuuuu"), seen("uudduuuu", start_ms=300), seen("uuuuuuuu", start_ms=600)]
    assert states(merged(three, quorum=None, as_of_ms=7_700)) == [(0, State.UP)]


def test_a_location_that_cannot_tell_has_no_vote() -> None:
    two = [seen("uu????uu"), seen("uuudduuu")]
    whole = merged(two, quorum=None, as_of_ms=7_500)
    assert states(whole) == [(0, State.UP), (2_500, State.DOWN), (4_500, State.UP)]


def test_where_none_can_tell_it_is_unknown_and_says_why() -> None:
    whole = merged([seen("uu????uu"), seen("uuu??uuu")], quorum=None, as_of_ms=7_500)
    assert states(whole) == [(0, State.UP), (2_500, State.UNKNOWN), (4_500, State.UP)]
    assert whole.turns[1].reason is Reason.OWN_NETWORK


def test_where_too_few_can_tell_for_the_quorum_a_failure_is_unknown() -> None:
    whole = merged([seen("uu????uu"), seen("uuudduuu")], quorum=2, as_of_ms=7_500)
    assert states(whole) == [(0, State.UP), (2_500, State.UNKNOWN), (4_500, State.UP)]


def test_a_location_that_ceases_to_look_loses_its_vote() -> None:
    two = [seen("uudd"), seen("uuuuuuuuuu")]
    assert states(merged(two, quorum=1, as_of_ms=9_500)) == [(0, State.UP), (1_500, State.DOWN), (4_000, State.UP)]


def test_when_all_have_ceased_to_look_the_last_of_them_says_when() -> None:
    two = [seen("uudd"), seen("uuuuuu")]
    whole = merged(two, quorum=None, as_of_ms=60_000)
    assert states(whole)[-1] == (6_000, State.UNKNOWN)
    assert whole.last == two[1].last
    spans = spans_of(whole, Window(0, 60_000), as_of_ms=60_000)
    assert [(span.start_ms, span.state) for span in spans] == [(0, State.UP), (6_000, State.UNKNOWN)]


def test_staggered_locations_narrow_the_edges_of_an_outage() -> None:
    """The outage of [9,500, 21,200): a location alone knows each edge to 10 s."""
    three = [
        timeline_of([observation("d" if 9_500 <= at_ms < 21_200 else "u", at_ms, interval_ms=10_000, duration_us=0)
                     for at_ms in range(start_ms, 60_000, 10_000)])
        for start_ms in (0, 3_000, 6_000)
    ]  # fmt: skip
    assert [edges(each, State.DOWN) for each in three] == [[(0, 10_000)], [(3_000, 13_000)], [(6_000, 16_000)]]
    whole = merged(three, quorum=None, as_of_ms=59_000)
    assert edges(whole, State.DOWN) == [(6_000, 13_000)]
    assert edges(whole, State.UP)[1:] == [(16_000, 23_000)]
    assert [turn.first_ms for turn in whole.turns[1:]] == [13_000, 23_000]


def test_an_outage_is_told_by_the_reason_of_the_failure_that_made_the_quorum() -> None:
    two = [seen("uuddduu"), seen("uuuddduu")]
    two[1] = two[1]._replace(
        turns=tuple(turn._replace(reason=Reason.RESET) if turn.state is State.DOWN else turn for turn in two[1].turns)
    )
    assert merged(two, quorum=2, as_of_ms=7_000).turns[1].reason is Reason.RESET


def test_turns_before_all_are_at_hand_are_left_out() -> None:
    """A ledger gives each location's turns from the one in force at some instant on."""
    first, second = seen("uudduuuuuu"), seen("uuuuudduuu")
    cut = first._replace(turns=first.turns[2:])
    assert states(merged([cut, second], quorum=1, as_of_ms=9_500)) == [
        (3_500, State.UP), (4_500, State.DOWN), (6_500, State.UP),
    ]  # fmt: skip


def slow_and_quick() -> list[Timeline]:
    """The outage of [6,000, 15,500) as two locations saw it: one looks every ten seconds, the other every second."""

    def looks(interval_ms: int) -> Timeline:
        return timeline_of(
            [
                observation("d" if 6_000 <= at_ms < 15_500 else "u", at_ms, interval_ms=interval_ms, duration_us=0)
                for at_ms in range(0, 30_000, interval_ms)
            ]
        )

    return [looks(10_000), looks(1_000)]


def test_an_outage_begins_no_later_than_the_last_of_the_failures_that_made_the_quorum() -> None:
    down = merged(slow_and_quick(), quorum=2, as_of_ms=29_000).turns[1]
    assert (down.start_ms, down.state) == (5_500, State.DOWN)
    assert (down.earliest_ms, down.first_ms, down.latest_ms) == (5_000, 10_000, 10_000)


def test_an_outage_ends_with_the_first_success_of_any_that_found_its_end() -> None:
    up = merged(slow_and_quick(), quorum=2, as_of_ms=29_000).turns[2]
    assert (up.start_ms, up.state) == (15_000, State.UP)
    assert (up.earliest_ms, up.first_ms, up.latest_ms) == (10_000, 16_000, 16_000)


def test_the_service_was_seen_first_when_any_location_saw_it_and_all_blips_are_told_in_order() -> None:
    late, early = Blip(5_000, 4_000, 6_000, Reason.RESET), Blip(3_000, 2_000, 4_000, Reason.RESET)
    two = [seen("uuuuuuu", start_ms=300)._replace(blips=(late,)), seen("uuuuuuu")._replace(blips=(early,))]
    whole = merged(two, quorum=None, as_of_ms=6_500)
    assert whole.first_ms == 0
    assert whole.blips == (early, late)


def test_an_outage_has_the_samples_of_the_location_with_most() -> None:
    one, two = seen("uuduuu"), seen("uudduu")
    assert [turn.samples for turn in merged([one, two], quorum=2, as_of_ms=5_500).turns] == [0, 2, 0]
    assert [turn.samples for turn in merged([one, one], quorum=2, as_of_ms=5_500).turns] == [0, 1, 0]


def test_the_interval_is_the_longest_of_those_that_can_tell() -> None:
    two = [seen("uuuuuuuuuuuu"), seen("u?u", interval_ms=5_000)]
    turns = merged(two, quorum=None, as_of_ms=11_500).turns
    assert [(turn.start_ms, turn.interval_ms) for turn in turns] == [(0, 5_000), (2_500, 1_000), (7_500, 5_000)]
    assert {(turn.earliest_ms, turn.first_ms, turn.latest_ms) for turn in turns[1:]} == {
        (2_500, 2_500, 2_500),
        (7_500, 7_500, 7_500),
    }


def test_the_interval_of_unknown_time_changes_nothing() -> None:
    two = [seen("????????????"), seen("??", interval_ms=5_000)]
    assert states(merged(two, quorum=None, as_of_ms=9_000)) == [(0, State.UNKNOWN)]


def test_where_all_can_tell_and_are_too_few_nobody_observed_what_it_was() -> None:
    whole = merged([seen("uuuuuuu"), seen("uuudduu")], quorum=3, as_of_ms=6_500)
    assert states(whole) == [(0, State.UP), (2_500, State.UNKNOWN), (4_500, State.UP)]
    assert whole.turns[1].reason is Reason.NOT_OBSERVED


@pytest.mark.parametrize(("as_of_ms", "speaker"), [(3_400, 0), (5_000, 0), (5_001, 1)])
def test_the_last_word_has_a_location_that_says_what_the_service_is(as_of_ms: int, speaker: int) -> None:
    # The second speaks longer, but the vote of two is up until the first falls silent.
    two = [seen("uuuu"), seen("uudd", start_ms=300)]
    assert merged(two, quorum=None, as_of_ms=as_of_ms).last == two[speaker].last


def test_the_last_word_has_the_one_that_speaks_longest() -> None:
    two = [seen("uuuuuu"), seen("u", interval_ms=10_000)]
    assert merged(two, quorum=None, as_of_ms=5_500).last == two[1].last


def by_votes(timelines: Sequence[Timeline], instant_ms: int, *, quorum: int | None, as_of_ms: int) -> State | None:
    """The state of an instant, asked for by itself; None where nobody had begun to look."""
    votes = [
        turn.state
        for timeline in timelines
        for _, _, turn in pieces_of(timeline, Window(instant_ms, instant_ms + 1), as_of_ms=as_of_ms)
    ]
    if not votes:
        return None
    up, down = votes.count(State.UP), votes.count(State.DOWN)
    if up + down == 0:
        return State.UNKNOWN
    if quorum is None:
        return State.DOWN if 2 * down > up + down else State.UP
    if down >= quorum:
        return State.DOWN
    return State.UNKNOWN if down > 0 and up + down < quorum else State.UP


STORIES = st.lists(
    st.tuples(st.text("uuudd?m ", max_size=12), st.integers(0, 40), st.sampled_from([5, 8, 10])), min_size=1, max_size=4
)


@given(STORIES, QUORUMS, st.integers(0, 60))
def test_each_millisecond_is_what_the_votes_of_that_millisecond_say(
    stories: list[tuple[str, int, int]], quorum: int | None, later_ms: int
) -> None:
    each = [
        timeline_of(observe(story, start_ms=start_ms, interval_ms=interval_ms, timeout_ms=4))
        for story, start_ms, interval_ms in stories
    ]
    as_of_ms = max((one.last.at_ms for one in each if one.last), default=0) + later_ms
    watched = [one for one in each if one.last]
    whole = merged(each, quorum=quorum, as_of_ms=as_of_ms)
    for instant_ms in range(as_of_ms):
        found = [turn.state for _, _, turn in pieces_of(whole, Window(instant_ms, instant_ms + 1), as_of_ms=as_of_ms)]
        due = by_votes(each, instant_ms, quorum=quorum if len(watched) > 1 else None, as_of_ms=as_of_ms)
        assert found == ([] if due is None else [due]), instant_ms


@given(STORIES, QUORUMS)
def test_turns_rise_change_the_state_and_lie_within_their_bounds(
    stories: list[tuple[str, int, int]], quorum: int | None
) -> None:
    each = [
        timeline_of(observe(story, start_ms=start_ms, interval_ms=interval_ms, timeout_ms=4))
        for story, start_ms, interval_ms in stories
    ]
    turns = merged(each, quorum=quorum, as_of_ms=500).turns
    for before, after in pairwise(turns):
        assert before.start_ms < after.start_ms
        assert before.state is not after.state or before.interval_ms != after.interval_ms
    assert all(turn.earliest_ms <= turn.start_ms <= turn.latest_ms for turn in turns)


@given(
    st.lists(st.integers(120, 200), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([5, 10])), min_size=2, max_size=5),
    QUORUMS,
)
def test_bounds_hold_the_truth_that_all_locations_look_at(
    lengths_ms: list[int], locations: list[tuple[int, int]], quorum: int | None
) -> None:
    """An outage that is longer than any interval, and no flapping, begins and ends within the merged bounds."""
    edges_ms = [sum(lengths_ms[: index + 1]) for index in range(len(lengths_ms))]
    end_ms = edges_ms[-1] + 40

    def truth(at_ms: int) -> str:
        return "ud"[sum(edge_ms <= at_ms for edge_ms in edges_ms) % 2]

    each = [
        timeline_of(
            [
                observation(truth(at_ms), at_ms, interval_ms=interval_ms, timeout_ms=4, duration_us=0)
                for at_ms in range(start_ms, end_ms, interval_ms)
            ]
        )
        for start_ms, interval_ms in locations
    ]
    needed = min(quorum, len(locations)) if quorum else None
    found = merged(each, quorum=needed, as_of_ms=end_ms).turns
    turns = [after for before, after in pairwise(found) if before.state is not after.state]
    assert len(turns) == len(edges_ms)
    for turn, edge_ms in zip(turns, edges_ms, strict=True):
        assert turn.earliest_ms <= edge_ms <= turn.latest_ms
        assert turn.latest_ms - turn.earliest_ms <= 10
