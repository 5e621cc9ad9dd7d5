"""Observations become turns and blips: each rule by hand, and all of them against a statement written the slow way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.timelines import observation, observe, stories
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.timeline import Blip, State, Turn
from uptally.rules.course import Change, Course, derive
from uptally.rules.runs import speaks_until_ms, state_of


def turns(story: list[Observation]) -> list[tuple[int, str, Reason, int]]:
    return [(turn.start_ms, turn.state.label, turn.reason, turn.samples) for turn in derive(story).turns]


UP = "up", Reason.NONE, 0


def test_change_lies_midway_between_the_two_begins_that_saw_it_and_is_bounded_by_them() -> None:
    down = derive(observe("uud")).turns[1]
    assert down == Turn(1_500, State.DOWN, Reason.STATUS, 1_000, 2_000, 2_020, 1_000, samples=1)
    assert down.gap_ms == 1_000


def test_samples_are_the_failed_grid_attempts_of_a_down_span_counted_to_two() -> None:
    assert turns(observe("uddddu")) == [(0, *UP), (500, "down", Reason.STATUS, 2), (4_500, *UP)]
    seen_by_rechecks = [
        observation("u" if at_ms in (0, 900) else "d", at_ms, kind=Kind.RECHECK) for at_ms in range(0, 1_000, 100)
    ]
    assert [sample for *_, sample in turns(seen_by_rechecks)] == [0, 0, 0]


def test_outage_that_a_tripwire_saw_begin_begins_with_its_attempt_and_is_measured_however_few_samples_it_has() -> None:
    crash = observation("d", 1_700, kind=Kind.TRIPWIRE)
    for samples in range(3):
        down, up = derive([*observe("uu"), crash, *observe("d" * samples + "u", start_ms=2_000)]).turns[1:]
        assert (down.start_ms, down.earliest_ms, down.latest_ms) == (1_700, 1_000, 1_720)
        assert (down.gap_ms, down.is_sampled) == (0, True)
        assert up.start_ms == (1_700 + 2_000) // 2 if not samples else 2_000 + 1_000 * samples - 500


def test_attempt_of_a_tripwire_that_finds_nothing_amiss_changes_nothing() -> None:
    well = observation("u", 1_700, kind=Kind.TRIPWIRE)
    assert derive([*observe("uu"), well, *observe("u", start_ms=2_000)]).turns == derive(observe("uuu")).turns
    # What fails later began since then.
    assert derive([*observe("uu"), well, *observe("d", start_ms=2_000)]).turns[1].start_ms == 1_850


def test_cadence_that_changes_within_up_time_is_a_turn_of_its_own() -> None:
    story = [observation("u", 0), *(observation("u", at_ms, interval_ms=500) for at_ms in (1_000, 1_500))]
    assert [(turn.start_ms, turn.interval_ms, turn.gap_ms) for turn in derive(story).turns] == [
        (0, 1_000, 0),
        (1_000, 500, 0),
    ]


def test_edge_of_silence_is_where_its_observation_ceases_to_speak_and_no_gap() -> None:
    _, silent, down, _ = derive(observe("u    du")).turns
    assert (silent.start_ms, silent.reason, silent.gap_ms) == (1_000, Reason.NOT_OBSERVED, 0)
    assert (down.start_ms, down.earliest_ms, down.gap_ms) == (5_000, 1_000, 0)


def lone(reason: Reason = Reason.CONNECT_TIMEOUT, *, refuter: Kind = Kind.RECHECK) -> list[Observation]:
    """Up, one failure that took half a second, a success 600 ms after it began, and up again."""
    failure = observation("d", 1_000, sequence=1, duration_us=500_000)._replace(reason=reason)
    return [observation("u", 0), failure, observation("u", 1_600, kind=refuter), *observe("uuuu", start_ms=2_000)]


def test_failure_without_an_answer_that_a_recheck_refutes_is_a_blip_with_bounds() -> None:
    found = derive(lone())
    assert [turn.state for turn in found.turns] == [State.UP]
    assert found.blips == (Blip(1_000, 0, 1_620, Reason.CONNECT_TIMEOUT),)


def test_failure_counts_as_down_until_it_is_refuted() -> None:
    found = derive(lone()[:2])
    assert ([turn.state for turn in found.turns], found.blips) == ([State.UP, State.DOWN], ())


@pytest.mark.parametrize("reason", [Reason.STATUS, Reason.CONNECT_REFUSED, Reason.TLS_EXPIRED, Reason.DNS_NOT_FOUND])
def test_answer_is_an_outage_even_once(reason: Reason) -> None:
    assert turns(lone(reason)) == [(0, *UP), (500, "down", reason, 1), (1_300, *UP)]


def test_failure_after_which_only_the_grid_went_on_is_an_outage() -> None:
    assert len(turns(lone(refuter=Kind.GRID))) == 3


def test_attempt_made_while_a_failure_hung_refutes_it() -> None:
    story = observe("uuuu")
    story[1] = observation("t", 1_000, sequence=1, duration_us=5_000_000)
    assert turns(story) == [(0, *UP)]


def test_attempt_of_the_grid_refutes_a_failure_in_whose_last_millisecond_it_began_as_the_recheck_did() -> None:
    story = observe("uuuu")
    story[1] = observation("t", 1_000, sequence=1, duration_us=1_000_000)
    assert turns(story) == [(0, *UP)]
    story[1] = observation("t", 1_000, sequence=1, duration_us=999_000)
    assert len(turns(story)) == 3


@pytest.mark.parametrize("before", ["", "?", "u?"])
def test_failure_of_an_endpoint_that_was_not_known_to_be_down_is_a_blip_where_it_is_refuted(before: str) -> None:
    story = [*observe(before, start_ms=1_000 - 100 * len(before), interval_ms=100), *lone()[1:]]
    assert [blip.at_ms for blip in derive(story).blips] == [1_000]
    assert State.DOWN not in {turn.state for turn in derive(story).turns}


@pytest.mark.parametrize(("unknown", "blips"), [(10, 0), (11, 1), (30, 1)])
def test_what_was_known_of_an_endpoint_is_forgotten_after_more_than_a_row_of_unknown_attempts(
    unknown: int, blips: int
) -> None:
    begin_ms = -1_000 * unknown
    story = [*observe("dd" + "?" * unknown, start_ms=begin_ms - 1_000), *lone()[1:]]
    assert len(derive(story).blips) == blips


def test_course_that_begins_within_long_unknown_time_knows_as_much_of_what_follows_as_a_whole_one() -> None:
    story = [*observe("d" + "?" * 30, start_ms=-30_000), *lone()[1:]]
    assert derive(story[10:], is_whole=False).blips == derive(story).blips != ()


def test_blip_after_silence_began_after_it() -> None:
    story = [observation("u", -100_000), *lone()[1:]]
    assert derive(story).blips == (Blip(1_000, -99_000, 1_620, Reason.CONNECT_TIMEOUT),)
    assert [turn.state for turn in derive(story).turns] == [State.UP, State.UNKNOWN, State.UP]


def test_recheck_that_is_unknown_leaves_it_to_the_next_to_refute_a_failure() -> None:
    good, failure, refuter, *others = lone()
    doubtful = observation("?", 1_500, kind=Kind.RECHECK)
    found = derive([good, failure, doubtful, refuter, *others])
    assert found.blips == (Blip(1_000, 0, 1_620, Reason.CONNECT_TIMEOUT),)
    assert [turn.state for turn in found.turns] == [State.UP, State.UNKNOWN, State.UP]


@pytest.mark.parametrize(("at_ms", "kind"), [(2_501, Kind.RECHECK), (2_000, Kind.GRID)])
def test_failure_is_not_refuted_long_after_unknown_time(at_ms: int, kind: Kind) -> None:
    good, failure, *_ = lone()
    story = [good, failure, observation("?", 1_500, kind=Kind.RECHECK), observation("u", at_ms, kind=kind)]
    assert derive(story).blips == ()


@pytest.mark.parametrize("before", ["d", "t", "d?", "u?          ?"])
def test_failure_that_does_not_stand_alone_is_no_blip(before: str) -> None:
    story = [*observe(before, start_ms=1_000 - 100 * len(before), interval_ms=100), *lone()[1:]]
    assert derive(story).blips == ()
    assert State.DOWN in {turn.state for turn in derive(story).turns}


def test_three_failed_grid_attempts_among_ten_are_one_outage() -> None:
    assert turns(observe("uuduuduuduu")) == [(0, *UP), (1_500, "down", Reason.FLAPPING, 2), (8_500, *UP)]
    assert len(turns(observe("uu" + "duuuduuuudu" + "u" * 9))) == 3
    assert len(turns(observe("uu" + "duuuuduuuudu" + "u" * 9))) == 7


def test_rechecks_are_no_samples_of_flapping() -> None:
    story = observe("uuduuduuduu")
    story[5] = story[5]._replace(kind=Kind.RECHECK)
    assert len(turns(story)) == 7


@pytest.mark.parametrize(("failed", "reason"), [(9, Reason.FLAPPING), (10, Reason.STATUS)])
def test_outage_that_flaps_only_after_its_first_row_keeps_its_reason(failed: int, reason: Reason) -> None:
    assert turns(observe("u" + "d" * failed + "udd" + "u" * 9))[1:] == [
        (500, "down", reason, 2),
        ((failed + 3) * 1_000 + 500, *UP),
    ]


def test_blips_that_prove_to_be_flapping_are_no_blips() -> None:
    story = observe("u" * 12)
    for index in (2, 5, 8):
        story[index] = observation("t", index * 1_000, sequence=index, duration_us=5_000_000)
    assert [blip.at_ms for blip in derive(story[:8]).blips] == [2_000, 5_000]
    assert turns(story) == [(0, *UP), (1_500, "down", Reason.FLAPPING, 2), (8_500, *UP)]
    assert derive(story).blips == ()


def test_a_lost_packet_before_an_outage_is_no_part_of_it() -> None:
    story = observe("uu" + "uuu" + "dddd")
    story[2] = observation("t", 2_000, sequence=2, duration_us=5_000_000)
    assert turns(story) == [(0, *UP), (4_500, "down", Reason.STATUS, 2)]
    assert [blip.at_ms for blip in derive(story).blips] == [2_000]


def test_a_lost_packet_after_an_outage_is_no_part_of_it() -> None:
    story = observe("uu" + "ddd" + "uu" + "uuu")
    story[7] = observation("t", 7_000, sequence=7, duration_us=5_000_000)
    assert turns(story) == [(0, *UP), (1_500, "down", Reason.STATUS, 2), (4_500, *UP)]
    assert [blip.at_ms for blip in derive(story).blips] == [7_000]


def test_lost_packets_before_an_outage_are_flapping_no_more_once_it_is_borne_out() -> None:
    story = observe("uu" + "uuuu" + "dd")
    for place in (2, 4):
        story[place] = observation("t", 1_000 * place, sequence=place, duration_us=5_000_000)
    assert turns(story[:-1])[1] == (1_500, "down", Reason.FLAPPING, 2)
    assert turns(story) == [(0, *UP), (5_500, "down", Reason.STATUS, 2)]


@pytest.mark.parametrize("between", ["?", "   "])
def test_unknown_time_ends_a_row(between: str) -> None:
    downs = [turn for turn in derive(observe("uudud" + between + "udu" + "u" * 9)).turns if turn.state is State.DOWN]
    assert [turn.reason for turn in downs] == [Reason.STATUS] * 3


def test_what_flaps_now_is_down_from_its_first_failure_to_its_last() -> None:
    assert turns(observe("uuududud")) == [(0, *UP), (2_500, "down", Reason.FLAPPING, 2)]
    assert turns(observe("uuududu"))[-1] == (5_500, *UP)


def test_course_of_a_steady_endpoint_changes_nothing() -> None:
    course = Course()
    changes = [course.advance(each) for each in observe("u" * 50 + "d" * 50)]
    assert [number for number, change in enumerate(changes) if change] == [0, 50, 51]


def test_second_silence_within_unknown_time_changes_nothing() -> None:
    course = Course()
    changes = [course.advance(each) for each in observe("?     ?")]
    assert [bool(change) for change in changes] == [True, False]


def test_first_observation_that_is_refuted_changes_the_first_turn_and_makes_a_blip_of_that_instant() -> None:
    failure, refuter = lone()[1:3]
    course = Course()
    course.advance(failure)
    up = Turn(1_000, State.UP, Reason.NONE, 1_000, 1_000, 1_500, 1_000, samples=0)
    blip = Blip(1_000, 1_000, 1_620, Reason.CONNECT_TIMEOUT)
    assert course.advance(refuter) == Change(1_000, (up,), 1_000, (blip,))


def test_first_failure_is_refuted_by_the_second_recheck_too() -> None:
    failure, refuter = lone()[1:3]
    doubtful = observation("?", 1_500, kind=Kind.RECHECK)
    assert [blip.at_ms for blip in derive([failure, doubtful, refuter]).blips] == [1_000]


def test_course_goes_on_from_what_was_derived() -> None:
    *before, newest = observe("uud")
    change = derive(before).course.advance(newest)
    assert change is not None
    assert change.turns == derive([*before, newest]).turns[1:]


def test_course_remembers_what_was_known_before_a_failure_that_only_a_tripwire_saw() -> None:
    story = [
        *observe("u?"),
        observation("t", 1_700, kind=Kind.TRIPWIRE),
        observation("?", 1_800, kind=Kind.RECHECK),
        observation("u", 1_900, kind=Kind.RECHECK),
    ]
    course = Course()
    *_, last = [course.advance(each) for each in story]
    assert last is not None
    assert last.blips == derive(story).blips
    assert [blip.at_ms for blip in last.blips] == [1_700]


def test_missed_slot_speaks_for_no_state() -> None:
    assert [state_of(outcome) for outcome in Outcome] == [State.UP, State.UP, State.DOWN, State.UNKNOWN, None]


def test_row_of_failures_may_begin_with_the_first_attempt_after_silence() -> None:
    assert turns(observe("u     dudud"))[2:] == [(6_000, "down", Reason.FLAPPING, 2)]


def test_attempt_of_five_minutes_ends_with_its_last_millisecond() -> None:
    slow = observation("t", 1_000, sequence=1, duration_us=300_000_001)
    assert derive([*observe("u"), slow]).turns[1].latest_ms == 301_001


def slowly(story: list[Observation]) -> tuple[tuple[Turn, ...], tuple[Blip, ...]]:
    """The rules again, written from the whole list of observations."""
    spoken = [each for each in story if each.outcome is not Outcome.MISSED]
    raw = [state_of(each.outcome) for each in spoken]
    silent = [index > 0 and each.at_ms > speaks_until_ms(spoken[index - 1]) for index, each in enumerate(spoken)]
    bridged = _bridged(spoken, raw, silent)
    blips = {index: _refuter(spoken, raw, silent, index) for index in range(len(spoken)) if index not in bridged}
    blips = {index: refuter for index, refuter in blips.items() if refuter}
    states = [
        State.DOWN if index in bridged else State.UP if index in blips else raw[index] for index in range(len(spoken))
    ]
    turns: dict[int, Turn] = {}
    for index, after in enumerate(spoken):
        state = states[index]
        assert state is not None
        samples, reason = 0, Reason.NONE if index in blips else after.reason
        if state is State.DOWN:
            samples, reason = _outage(spoken, raw, states, silent, index)
        rest = (after.at_ms, _ended_ms(after), after.interval_ms, samples)
        if index == 0:
            turns[after.at_ms] = Turn(after.at_ms, state, reason, after.at_ms, *rest)
            continue
        before, old = spoken[index - 1], states[index - 1]
        if silent[index]:
            ends_ms = before.at_ms + before.interval_ms
            if old is not State.UNKNOWN:
                turns[ends_ms] = Turn(
                    ends_ms,
                    State.UNKNOWN,
                    Reason.NOT_OBSERVED,
                    before.at_ms,
                    ends_ms,
                    ends_ms,
                    before.interval_ms,
                    0,
                )
            if state is not State.UNKNOWN:
                turns[after.at_ms] = Turn(after.at_ms, state, reason, ends_ms, *rest)
        elif old is not state:
            middle_ms = (before.at_ms + after.at_ms + (old is not State.UP)) // 2
            if (old, state, after.kind) == (State.UP, State.DOWN, Kind.TRIPWIRE):
                middle_ms = after.at_ms
            turns[middle_ms] = Turn(middle_ms, state, reason, before.at_ms, *rest)
        elif state is State.UP and before.interval_ms != after.interval_ms:
            turns[after.at_ms] = Turn(after.at_ms, state, reason, after.at_ms, *rest)
    listed = {}
    for index, refuter in blips.items():
        assert refuter
        at_ms = earliest_ms = spoken[index].at_ms
        if index:
            before = spoken[index - 1]
            earliest_ms = before.at_ms + before.interval_ms if silent[index] else before.at_ms
        listed[at_ms] = Blip(at_ms, earliest_ms, _ended_ms(refuter), spoken[index].reason)
    return tuple(turns.values()), tuple(listed.values())


def _refuter(spoken: list[Observation], raw: list[State | None], silent: list[bool], index: int) -> Observation | None:
    """The success that makes a blip of an observation, if any does."""
    failed = spoken[index]
    after = index + 1
    while after < len(spoken) and raw[after] is State.UNKNOWN:
        after += 1
    if after == len(spoken) or any(silent[index + 1 : after + 1]) or raw[index] is not State.DOWN:
        return None
    refuter, latest_ms = spoken[after], _ended_ms(failed)
    if after > index + 1:
        is_soon = refuter.kind is Kind.RECHECK and refuter.at_ms <= latest_ms + failed.interval_ms
    else:
        is_soon = refuter.kind is Kind.RECHECK or refuter.at_ms <= latest_ms
    before = index - 1
    is_silent = False
    unknown = 0
    while before >= 0 and raw[before] is State.UNKNOWN:
        if is_silent:
            return None
        is_silent = silent[before]
        unknown += spoken[before].kind is Kind.GRID
        if unknown > 10:
            break
        before -= 1
    is_well = before < 0 or raw[before] is State.UP or unknown > 10
    is_refuted = raw[after] is State.UP and is_soon and is_well and failed.reason is Reason.RESPONSE_TIMEOUT
    return refuter if is_refuted else None


def _is_borne_out(raw: list[State | None], silent: list[bool], index: int) -> bool:
    """Whether the observation right before a failure, or right after it, failed as well."""
    is_after_another = index > 0 and raw[index - 1] is State.DOWN and not silent[index]
    is_before_another = index + 1 < len(raw) and raw[index + 1] is State.DOWN and not silent[index + 1]
    return is_after_another or is_before_another


def _bridged(spoken: list[Observation], raw: list[State | None], silent: list[bool]) -> set[int]:
    """What lies between the first and the last failure of any ten successive grid attempts of which three failed.

    A failure that was refuted is none of the three beside one that failed right before or after another.
    """
    bridged: set[int] = set()
    rows: list[list[int]] = [[]]
    for index, each in enumerate(spoken):
        if silent[index] or raw[index] is State.UNKNOWN:
            rows.append([])
        if each.kind is Kind.GRID and raw[index] is not State.UNKNOWN:
            rows[-1].append(index)
    for grid in rows:
        for place, last in enumerate(grid):
            if raw[last] is State.DOWN:
                failed = [index for index in grid[max(0, place - 9) : place + 1] if raw[index] is State.DOWN]
                if any(_is_borne_out(raw, silent, index) for index in failed):
                    failed = [index for index in failed if not _refuter(spoken, raw, silent, index)]
                if len(failed) >= 3 and last in failed:
                    bridged.update(range(failed[0], last + 1))
    return bridged


def _outage(
    spoken: list[Observation],
    raw: list[State | None],
    states: list[State | None],
    silent: list[bool],
    start: int,
) -> tuple[int, Reason]:
    grid = samples = 0
    reason = spoken[start].reason
    for index in range(start, len(spoken)):
        if states[index] is not State.DOWN or (silent[index] and index > start):
            break
        if raw[index] is State.UP and grid < 10:
            reason = Reason.FLAPPING
        grid += spoken[index].kind is Kind.GRID
        samples += spoken[index].kind is Kind.GRID and raw[index] is State.DOWN
    return 0 if spoken[start].kind is Kind.TRIPWIRE else min(samples, 2), reason


def _ended_ms(each: Observation) -> int:
    return each.at_ms + -(-each.duration_us // 1_000)


@given(stories())
@settings(max_examples=3 * settings().max_examples)
def test_turns_and_blips_are_those_of_the_rules_written_slowly(story: list[Observation]) -> None:
    found = derive(story)
    assert (found.turns, found.blips) == slowly(story)


@given(stories())
@settings(max_examples=2 * settings().max_examples)
def test_every_observation_leaves_behind_what_the_rules_make_of_all_so_far(story: list[Observation]) -> None:
    course = Course()
    turns: tuple[Turn, ...] = ()
    blips: tuple[Blip, ...] = ()
    for count, each in enumerate(story, start=1):
        change = None if each.outcome is Outcome.MISSED else course.advance(each)
        if change:
            turns = (*(turn for turn in turns if turn.start_ms < change.turns_from_ms), *change.turns)
            blips = (*(blip for blip in blips if blip.at_ms < change.blips_from_ms), *change.blips)
        assert (turns, blips) == slowly(story[:count])
