"""Slow answers as downtime, by hand and instant by instant."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.rules.contract.slowness import slow_time

LIMIT_US = 2_000_000
INTERVAL_MS, TIMEOUT_MS = 1_000, 500


def seen(at_ms: int, outcome: Outcome = Outcome.UP, *, took_us: int = 1) -> Observation:
    return Observation(
        "web", "local", 1, at_ms, Kind.GRID, at_ms, took_us, outcome, Reason.NONE, INTERVAL_MS, TIMEOUT_MS
    )


def slow(at_ms: int, outcome: Outcome = Outcome.UP) -> Observation:
    return seen(at_ms, outcome, took_us=LIMIT_US + 1)


def times(*observations: Observation, as_of_ms: int = 10_000) -> tuple[tuple[int, int], ...]:
    return slow_time(observations, above_us=LIMIT_US, as_of_ms=as_of_ms)


def test_slow_time_begins_and_ends_midway_between_the_begins() -> None:
    assert times(seen(0), slow(1_000), slow(2_000), seen(3_000)) == ((500, 2_500),)


def test_odd_distance_is_rounded_so_that_slow_time_is_not_shorter() -> None:
    assert times(seen(0), slow(1_001), seen(2_002)) == ((500, 1_502),)


def test_answer_at_the_limit_is_not_slow() -> None:
    assert times(seen(0, took_us=LIMIT_US)) == ()


def test_the_contracts_limit_decides_and_not_the_endpoints_own() -> None:
    assert times(seen(0), seen(1_000, Outcome.SLOW, took_us=LIMIT_US), seen(2_000)) == ()
    assert times(seen(0), slow(1_000, Outcome.SLOW), seen(2_000)) == ((500, 1_500),)


def test_failure_is_not_slow_however_long_it_took() -> None:
    assert times(seen(0), slow(1_000, Outcome.DOWN), slow(2_000, Outcome.UNKNOWN), seen(3_000)) == ()


def test_what_nobody_looked_at_says_nothing() -> None:
    assert times(slow(0), slow(1_000, Outcome.MISSED), slow(1_500), seen(2_000)) == ((0, 1_750),)


def test_slow_answer_before_silence_speaks_for_one_interval() -> None:
    assert times(slow(0), slow(2_001)) == ((0, 1_000), (2_001, 3_001))
    assert times(slow(0), slow(2_000), seen(3_000)) == ((0, 2_500),)


def test_last_answer_speaks_until_now_and_for_one_interval_once_the_next_is_overdue() -> None:
    assert times(slow(0), as_of_ms=2_000) == ((0, 2_000),)
    assert times(slow(0), as_of_ms=2_001) == ((0, 1_000),)


def test_what_began_after_the_look_is_not_read() -> None:
    assert times(seen(0), slow(1_000), as_of_ms=1_000) == ()


OUTCOMES = st.sampled_from([*Outcome, Outcome.UP, Outcome.UP])


@given(st.lists(st.tuples(st.integers(1, 12), OUTCOMES, st.booleans()), max_size=12), st.integers(1, 80))
def test_against_asking_of_each_instant_which_answer_is_nearest(
    steps: list[tuple[int, Outcome, bool]], as_of_ms: int
) -> None:
    at_ms, observations = 0, []
    for gap, outcome, is_slow in steps:
        at_ms += 2 * gap
        taken = seen(at_ms, outcome, took_us=LIMIT_US + is_slow)
        # An interval of 8 and a timeout of 4 leave no gap up to 16.
        observations.append(taken._replace(interval_ms=8, timeout_ms=4))
    expected = {instant for instant in range(as_of_ms) if _is_slow_at(observations, instant, as_of_ms)}
    found = slow_time(observations, above_us=LIMIT_US, as_of_ms=as_of_ms)
    assert {instant for start_ms, end_ms in found for instant in range(start_ms, end_ms)} == expected


def _is_slow_at(observations: Iterable[Observation], instant: int, as_of_ms: int) -> bool:
    told = [each for each in observations if each.outcome is not Outcome.MISSED and each.at_ms < as_of_ms]
    before = max((each for each in told if each.at_ms <= instant), key=lambda each: each.at_ms, default=None)
    after = min((each for each in told if each.at_ms > instant), key=lambda each: each.at_ms, default=None)
    if before is None:
        return False
    end_ms = after.at_ms if after else as_of_ms
    if end_ms - before.at_ms > 16:
        return instant < before.at_ms + 8 and _is_slow(before)
    # Begins are even, so that the middle between two is an instant.
    nearest = before if after is None or instant - before.at_ms < after.at_ms - instant else after
    return _is_slow(nearest)


def _is_slow(observation: Observation) -> bool:
    return observation.outcome in (Outcome.UP, Outcome.SLOW) and observation.duration_us > LIMIT_US
