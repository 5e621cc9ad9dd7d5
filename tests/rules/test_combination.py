"""The timeline of a service, against the rule that combines histories, and by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observe, timeline_of
from uptally.model.observation import Outcome, Reason
from uptally.model.terms import Edges
from uptally.model.timeline import State, Timeline
from uptally.rules.combination import combination
from uptally.rules.contract.components import combined
from uptally.rules.history import sight_of
from uptally.rules.timeline import outages_of, pieces_of, spans_of
from uptally.units.stretches import clipped, stretches
from uptally.units.time import Window

STORIES = st.text("udtsm? ", min_size=1, max_size=12)
NEVER = Timeline(None, (), None)


def seen(story: str, *, start_ms: int = 0) -> Timeline:
    return timeline_of(observe(story, start_ms=start_ms, interval_ms=1_000))


def states(timeline: Timeline) -> list[tuple[int, State]]:
    return [(turn.start_ms, turn.state) for turn in timeline.turns]


@given(st.lists(st.tuples(STORIES, st.integers(0, 9)), min_size=2, max_size=4), st.data())
def test_states_are_those_by_which_statements_count(stories: list[tuple[str, int]], data: st.DataObject) -> None:
    parts = [seen(story, start_ms=start * 300) for story, start in stories]
    least = data.draw(st.integers(1, len(parts)))
    as_of_ms = data.draw(st.integers(3_000, 16_000))
    found = combination(parts, least=least, as_of_ms=as_of_ms)
    if found.first_ms is None:
        return
    window = Window(found.turns[0].start_ms, as_of_ms)
    sights = [sight_of(part, Edges.MIDPOINT, since_ms=0, as_of_ms=as_of_ms) for part in parts]
    expected = combined([sight.middle for sight in sights], least=least)
    pieces = list(pieces_of(found, window, as_of_ms=as_of_ms))
    for state, told in ((State.DOWN, expected.down), (State.UNKNOWN, expected.unknown)):
        assert stretches((a, b) for a, b, turn in pieces if turn.state is state) == clipped(
            told, (window[0], window[1])
        )


@given(st.lists(st.tuples(STORIES, st.integers(0, 9)), min_size=2, max_size=4), st.integers(1, 4))
def test_each_turn_lies_within_its_bounds(stories: list[tuple[str, int]], least: int) -> None:
    parts = [seen(story, start_ms=start * 300) for story, start in stories]
    for turn in combination(parts, least=min(least, len(parts)), as_of_ms=16_000).turns:
        assert turn.earliest_ms <= turn.start_ms <= turn.first_ms <= turn.latest_ms


def test_any_that_is_down_takes_the_service_down_with_its_own_bounds() -> None:
    one, other = seen("uuddduuu"), seen("uuuuuuuu", start_ms=300)
    found = combination([one, other], least=1, as_of_ms=7_500)
    assert states(found)[-2:] == states(one)[-2:]
    [outage] = outages_of(spans_of(found, Window(300, 7_500), as_of_ms=7_500))
    [alone] = outages_of(spans_of(one, Window(300, 7_500), as_of_ms=7_500))
    assert outage == alone


def test_all_must_be_down_and_the_last_to_fall_sets_the_bounds() -> None:
    one, other = seen("uudddduuu"), seen("uuuudduuu", start_ms=300)
    found = combination([one, other], least=2, as_of_ms=8_600)
    fallen = next(turn for turn in other.turns if turn.state is State.DOWN)
    risen = next(turn for turn in one.turns if turn.state is State.UP and turn.start_ms > fallen.start_ms)
    down, up = found.turns[-2:]
    assert (down.state, down.start_ms, down.earliest_ms, down.latest_ms) == (
        State.DOWN,
        *fallen[:1],
        fallen.earliest_ms,
        fallen.latest_ms,
    )
    assert (up.state, up.start_ms) == (State.UP, risen.start_ms)


def test_what_is_not_known_matters_only_where_it_could_decide() -> None:
    up, blind = seen("uuuuuu"), seen("u?????")
    assert states(combination([up, blind], least=2, as_of_ms=5_500)) == [(0, State.UP)]
    assert combination([up, blind], least=1, as_of_ms=5_500).turns[-1].state is State.UNKNOWN
    assert combination([up, NEVER], least=1, as_of_ms=5_500).turns[-1].state is State.UNKNOWN
    assert combination([up, NEVER], least=2, as_of_ms=5_500).turns[-1].state is State.UP


def test_nothing_observed_is_nothing() -> None:
    assert combination([NEVER, NEVER], least=1, as_of_ms=9) == NEVER


def test_the_observation_that_stands_for_all_says_what_the_service_is() -> None:
    up, down = seen("uuuuu"), seen("uuddd", start_ms=100)
    found = combination([up, down], least=1, as_of_ms=4_500).last
    assert found is not None
    assert found == down.last
    blind = combination([up, NEVER], least=1, as_of_ms=4_500).last
    assert blind is not None
    assert (blind.outcome, blind.reason) == (Outcome.UNKNOWN, Reason.NOT_OBSERVED)
