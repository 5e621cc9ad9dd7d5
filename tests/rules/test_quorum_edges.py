"""Where the turns of a service lie that several locations watched: the bounds of each, worked out by hand."""

from __future__ import annotations

from tests.timelines import observation
from uptally.model.observation import Reason
from uptally.model.timeline import State, Timeline, Turn
from uptally.rules.quorum import merged

UP, DOWN, UNKNOWN = State
AS_OF_MS = 30_000


def turn(state: State, earliest_ms: int, first_ms: int, *, took_ms: int = 20, reason: Reason = Reason.NONE) -> Turn:
    """A turn midway between the begins of two attempts, the second of which took so long."""
    samples = 1 if state is DOWN else 0
    start_ms = (earliest_ms + first_ms) // 2
    return Turn(start_ms, state, reason, earliest_ms, first_ms, first_ms + took_ms, 1_000, samples)


def at_once(state: State, at_ms: int) -> Turn:
    """A turn that lies at the attempt which saw it, since a tripwire triggered that."""
    return turn(state, at_ms, at_ms)


def of(*turns: Turn) -> Timeline:
    """What a location knows that began to look at 0 and found the service up."""
    return Timeline(0, (at_once(UP, 0), *turns), observation("u", AS_OF_MS - 1))


def after(*locations: Timeline, quorum: int | None = None) -> Turn:
    """The first turn of the service from up."""
    return merged(locations, quorum=quorum, as_of_ms=AS_OF_MS).turns[1]


def last(*locations: Timeline, quorum: int | None = None) -> Turn:
    """The newest turn of the service."""
    return merged(locations, quorum=quorum, as_of_ms=AS_OF_MS).turns[-1]


def test_outage_that_begins_when_another_can_no_longer_tell_has_the_reason_of_who_had_found_it() -> None:
    found = after(of(turn(DOWN, 4_000, 5_000, reason=Reason.RESET)), of(turn(UNKNOWN, 8_000, 9_000)))
    assert (found.start_ms, found.state, found.reason) == (8_500, DOWN, Reason.RESET)


def test_outage_that_two_found_at_one_instant_is_told_by_the_first_of_them() -> None:
    one, other = turn(DOWN, 4_000, 5_000, reason=Reason.RESET), turn(DOWN, 4_000, 5_000, reason=Reason.STATUS)
    assert after(of(one), of(other)).reason is Reason.RESET
    assert after(of(other), of(one)).reason is Reason.STATUS


def test_outage_began_after_the_last_success_of_any_that_had_found_it() -> None:
    found = after(of(turn(DOWN, 7_000, 7_500)), of(turn(DOWN, 0, 20_000)))
    assert (found.start_ms, found.earliest_ms, found.first_ms) == (10_000, 7_000, 20_000)


def test_end_of_unknown_time_is_no_success_before_an_outage() -> None:
    found = after(of(turn(UNKNOWN, 3_000, 4_000), turn(DOWN, 8_000, 8_600)), of(turn(DOWN, 5_000, 13_000)), quorum=2)
    assert (found.start_ms, found.state, found.earliest_ms) == (9_000, DOWN, 5_000)


def test_unknown_time_that_two_began_at_one_instant_has_the_widest_of_their_bounds() -> None:
    slow, quick = turn(UNKNOWN, 4_000, 6_000, took_ms=10), turn(UNKNOWN, 4_500, 5_500)
    for locations in ((of(slow), of(quick)), (of(quick), of(slow))):
        found = after(*locations)
        assert (found.start_ms, found.earliest_ms, found.latest_ms) == (5_000, 4_000, 6_010)


def test_unknown_time_that_two_ended_at_one_instant_has_the_widest_of_their_bounds() -> None:
    silent = turn(UNKNOWN, 2_000, 3_000)
    slow, quick = turn(UP, 7_000, 9_000, took_ms=10), turn(UP, 7_500, 8_500)
    for locations in ((of(silent, slow), of(silent, quick)), (of(silent, quick), of(silent, slow))):
        found = last(*locations)
        assert (found.start_ms, found.state, found.earliest_ms, found.latest_ms) == (8_000, UP, 7_000, 9_010)


def test_outage_ends_with_the_success_that_a_tripwire_triggered() -> None:
    down = turn(DOWN, 2_000, 3_000)
    found = last(of(down, at_once(UP, 8_000)), of(down, turn(UP, 7_500, 9_500)), quorum=2)
    assert (found.start_ms, found.state) == (8_000, UP)
    assert (found.earliest_ms, found.first_ms, found.latest_ms) == (7_500, 8_000, 8_020)


def test_who_agrees_with_the_others_and_has_nothing_new_widens_no_bounds() -> None:
    found = after(of(turn(DOWN, 4_000, 5_000)), of(turn(DOWN, 4_400, 5_400)), of(turn(UNKNOWN, 1_000, 2_000)))
    assert (found.start_ms, found.earliest_ms, found.latest_ms) == (4_900, 4_400, 5_420)
