"""Attempts as requests: by hand, and against counting slot by slot."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.model.comparison import Comparison
from uptally.model.downtime import Empty, RequestMode, Requests
from uptally.model.facts import RequestCount, RequestCounts
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.rules.contract.probed_requests import (
    Probed,
    best_requests,
    probed_requests,
    together,
    unobserved,
    worst_requests,
)
from uptally.rules.contract.requests import request_sums
from uptally.units.time import Window

BEGIN_MS = 7_000
PERIOD = Window(BEGIN_MS, BEGIN_MS + 70_000)
BUCKET_MS = 30_000
EVERY_MS, TIMEOUT_MS = 10_000, 4_000
UP, SLOW, DOWN, UNKNOWN, MISSED = Outcome.UP, Outcome.SLOW, Outcome.DOWN, Outcome.UNKNOWN, Outcome.MISSED
MEAN = Requests(BUCKET_MS, RequestMode.AVERAGE)


def tried(at_ms: int, outcome: Outcome = UP, kind: Kind = Kind.GRID) -> Observation:
    """An attempt so long after the period's begin."""
    return Observation("web", "local", 1, at_ms, kind, BEGIN_MS + at_ms, 1, outcome, Reason.NONE, EVERY_MS, TIMEOUT_MS)


def probed(*observations: Observation, as_of_ms: int = PERIOD.end_ms) -> Probed:
    return probed_requests(observations, PERIOD, bucket_ms=BUCKET_MS, as_of_ms=as_of_ms)


def counts(found: Probed | RequestCounts) -> dict[int, tuple[int, int]]:
    """Return the requests by interval, each by its begin after the period's."""
    listed = found.counts.listed if isinstance(found, Probed) else found.listed
    return {at_ms - BEGIN_MS: (count.total, count.failed) for at_ms, count in listed.items()}


def missing(found: Probed) -> dict[int, int]:
    return {at_ms - BEGIN_MS: number for at_ms, number in found.missing.items()}


def grid(*outcomes: Outcome) -> list[Observation]:
    return [tried(index * EVERY_MS, outcome) for index, outcome in enumerate(outcomes)]


def test_each_sample_is_a_request_and_one_that_is_down_has_failed() -> None:
    found = probed(*grid(UP, DOWN, SLOW, DOWN, DOWN, UP, UP))
    assert counts(found) == {0: (3, 1), 30_000: (3, 2), 60_000: (1, 0)}
    assert found.counts.default == RequestCount(0, 0)
    assert missing(found) == {}


def test_rechecks_and_tripwires_are_no_requests() -> None:
    found = probed(tried(0), tried(1_000, DOWN, Kind.RECHECK), tried(2_000, DOWN, Kind.TRIPWIRE), tried(10_000))
    assert counts(found)[0] == (2, 0)


def test_attempt_of_unknown_outcome_is_no_request_but_a_missing_one() -> None:
    found = probed(*grid(UP, UNKNOWN, DOWN, UP, UP, UP, UP))
    assert (counts(found)[0], missing(found)) == ((2, 1), {0: 1})


def test_requests_before_the_period_and_from_the_instant_on_at_which_it_is_looked_at_do_not_count() -> None:
    found = probed(tried(-1), *grid(UP, DOWN, DOWN), as_of_ms=BEGIN_MS + 20_000)
    assert (counts(found), missing(found)) == ({0: (2, 1)}, {})


def test_silence_between_attempts_misses_those_that_the_interval_asks_for() -> None:
    found = probed(tried(0), tried(40_000), tried(50_000), tried(60_000))
    assert (counts(found)[0], missing(found)) == ((1, 0), {0: 2, 30_000: 1})


def test_attempt_that_is_late_but_leaves_no_silence_misses_nothing() -> None:
    limit_ms = EVERY_MS * 3 // 2 + TIMEOUT_MS
    late = [tried(at_ms) for at_ms in (0, limit_ms, limit_ms + 10_000, limit_ms + 20_000, limit_ms + 30_000, 60_000)]
    assert missing(probed(*late)) == {}
    assert missing(probed(tried(0), tried(limit_ms + 1), *[tried(each) for each in (30_000, 45_000, 60_000)])) == {0: 1}


def test_last_attempt_speaks_for_one_and_a_half_intervals_and_the_timeout() -> None:
    limit_ms = EVERY_MS * 3 // 2 + TIMEOUT_MS
    assert missing(probed(tried(0), as_of_ms=BEGIN_MS + limit_ms)) == {}
    assert missing(probed(tried(0), as_of_ms=BEGIN_MS + limit_ms + 1)) == {0: 1}


def test_first_attempt_may_come_late_by_as_much() -> None:
    limit_ms = EVERY_MS * 3 // 2 + TIMEOUT_MS
    for first_ms, due in ((limit_ms, {}), (limit_ms + 1, {0: 1}), (2 * EVERY_MS, {0: 2}), (2 * EVERY_MS - 1, {0: 1})):
        assert missing(probed(tried(first_ms), as_of_ms=BEGIN_MS + first_ms + 1)) == due


def test_all_attempts_of_unknown_outcome_are_missing() -> None:
    found = probed(*grid(UNKNOWN, UNKNOWN, DOWN, UP, UP, UP, UP))
    assert (counts(found)[0], missing(found)) == ((1, 1), {0: 2})


def test_missed_slots_are_silence() -> None:
    assert missing(probed(*grid(UP, MISSED, MISSED, UP, UP, UP, UP))) == {0: 2}


def test_silence_before_the_first_attempt_and_after_the_last_is_missing_too() -> None:
    assert missing(probed(tried(35_000), tried(45_000))) == {0: 3, 30_000: 1, 60_000: 1}


def test_period_that_nobody_watched_misses_one_request_in_each_interval() -> None:
    found = probed()
    assert (counts(found), missing(found)) == ({}, {0: 1, 30_000: 1, 60_000: 1})


def test_endpoints_count_together() -> None:
    one, other = probed(*grid(UP, DOWN, UP)), probed(*grid(DOWN, DOWN, UP, UP))
    both = together([one, other])
    assert counts(both) == {0: (6, 3), 30_000: (1, 0)}
    assert both.counts.default == RequestCount(0, 0)
    assert missing(both) == {30_000: 3 + 2, 60_000: 2}


def test_missing_requests_failed_for_the_worst_and_succeeded_for_the_best() -> None:
    found = probed(*grid(UP, UNKNOWN, DOWN))
    assert counts(worst_requests(MEAN, found)) == {0: (3, 2), 30_000: (3, 3), 60_000: (1, 1)}
    assert counts(best_requests(MEAN, found)) == {0: (3, 1), 30_000: (3, 0), 60_000: (1, 0)}


def test_interval_that_was_not_watched_is_down_for_the_worst_however_few_requests_it_would_have_had() -> None:
    rule = Requests(BUCKET_MS, RequestMode.THRESHOLD, threshold=Fraction(1, 2), least_requests=60)
    assert counts(worst_requests(rule, probed(*grid(UP, UP, UP)))) == {
        0: (3, 0),
        30_000: (60, 60),
        60_000: (60, 60),
    }


def test_missing_success_does_not_make_an_interval_down_that_has_too_few_requests() -> None:
    rule = Requests(BUCKET_MS, RequestMode.THRESHOLD, threshold=Fraction(1, 2), least_requests=3)
    assert counts(best_requests(rule, probed(*grid(DOWN, DOWN, UNKNOWN))))[0] == (2, 2)
    enough = replace(rule, least_requests=2)
    assert counts(best_requests(enough, probed(*grid(DOWN, DOWN, UNKNOWN))))[0] == (3, 2)


@pytest.mark.parametrize(
    ("rule", "is_told"),
    [
        (MEAN, True),
        (Requests(BUCKET_MS, RequestMode.AVERAGE, Empty.DOWN), False),
        (Requests(BUCKET_MS, RequestMode.AVERAGE, Empty.LEAVE_OUT), False),
        (Requests(BUCKET_MS, RequestMode.RATIO, Empty.DOWN), True),
        (Requests(BUCKET_MS, RequestMode.THRESHOLD), True),
    ],
)
def test_intervals_without_a_known_attempt_are_unobserved_where_they_count_as_up(rule: Requests, is_told: bool) -> None:
    found = unobserved(rule, probed(*grid(UP, UNKNOWN, UP, UNKNOWN, UNKNOWN, UNKNOWN, UP)))
    assert found == (((BEGIN_MS + 30_000, BEGIN_MS + 60_000),) if is_told else ())


TRIES = st.lists(
    st.tuples(
        st.sampled_from([5_000, 10_000, 10_000, 10_500, 19_000, 19_001, 34_000, 35_000, 61_000]),
        st.sampled_from([UP, SLOW, DOWN, DOWN, UNKNOWN, MISSED]),
        st.sampled_from([Kind.GRID, Kind.GRID, Kind.GRID, Kind.RECHECK]),
    ),
    max_size=12,
)


def slot_by_slot(tries: list[Observation], end_ms: int, bucket_ms: int) -> dict[int, tuple[int, int, int]]:
    """Count each interval on its own: what it had, what of that failed, and what was missing from it."""
    known = [each for each in tries if each.kind is Kind.GRID and each.outcome is not MISSED]
    known = [each for each in known if PERIOD.start_ms <= each.at_ms < min(end_ms, PERIOD.end_ms)]
    slots = [each.at_ms for each in known if each.outcome is UNKNOWN]
    end_ms = min(end_ms, PERIOD.end_ms)
    tolerated_ms = EVERY_MS + EVERY_MS // 2 + TIMEOUT_MS
    for number, each in enumerate(known):
        until_ms = known[number + 1].at_ms if number + 1 < len(known) else None
        if (end_ms if until_ms is None else until_ms) - each.at_ms > tolerated_ms:
            at_ms = each.at_ms + EVERY_MS
            # The next attempt stands for the slot that is nearest to it.
            while at_ms < end_ms if until_ms is None else until_ms - at_ms >= EVERY_MS / 2:
                slots.append(at_ms)
                at_ms += EVERY_MS
    if known and known[0].at_ms - PERIOD.start_ms > tolerated_ms:
        at_ms = known[0].at_ms - EVERY_MS
        while at_ms >= PERIOD.start_ms:
            slots.append(at_ms)
            at_ms -= EVERY_MS
    found = {}
    for begin_ms in range(PERIOD.start_ms, end_ms, bucket_ms):
        inside = range(begin_ms, begin_ms + bucket_ms)
        asked = [each.outcome for each in known if each.at_ms in inside and each.outcome is not UNKNOWN]
        lacking = sum(at_ms in inside for at_ms in slots) if known else 1
        found[begin_ms] = (len(asked), asked.count(DOWN), lacking)
    return found


@given(TRIES, st.integers(-20_000, 30_000), st.sampled_from([7_000, 20_000, 30_000, 100_000]), st.integers(1, 80_000))
def test_intervals_hold_what_counting_slot_by_slot_finds(
    tries: list[tuple[int, Outcome, Kind]], begin_ms: int, bucket_ms: int, as_of_ms: int
) -> None:
    observations, at_ms = [], begin_ms
    for step_ms, outcome, kind in tries:
        observations.append(tried(at_ms, outcome, kind))
        at_ms += step_ms
    found = probed_requests(observations, PERIOD, bucket_ms=bucket_ms, as_of_ms=BEGIN_MS + as_of_ms)
    expected = slot_by_slot(observations, BEGIN_MS + as_of_ms, bucket_ms)
    assert found.counts.listed == {at: (total, failed) for at, (total, failed, _) in expected.items() if total}
    assert found.missing == {at: lacking for at, (_, _, lacking) in expected.items() if lacking}


RULES = st.one_of(
    st.builds(Requests, st.just(10), st.just(RequestMode.AVERAGE), st.sampled_from(Empty)),
    st.builds(Requests, st.just(10), st.just(RequestMode.RATIO)),
    st.builds(
        Requests,
        st.just(10),
        st.just(RequestMode.THRESHOLD),
        threshold=st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(2, 3)]),
        comparison=st.sampled_from([Comparison.GT, Comparison.GE]),
        least_requests=st.integers(1, 4),
        least_run=st.integers(1, 3),
    ),
)
COUNTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)).map(lambda each: (max(each[:2]), *each[1:])),
    min_size=1,
    max_size=3,
)


def bad_share(rule: Requests, requests: RequestCounts, length: int) -> Fraction:
    period = Window(0, 10 * length)
    whole = ((period.start_ms, period.end_ms),)
    found = request_sums(rule, requests, period, scheduled=whole, excluded=(), excluded_is_up=False, judged=whole)
    return found.bad_share or Fraction(0)


@given(RULES, COUNTS)
def test_nothing_that_missing_requests_can_have_been_lies_outside_the_ends(
    rule: Requests, intervals: list[tuple[int, int, int]]
) -> None:
    size = len(intervals)
    listed = {10 * index: RequestCount(total, failed) for index, (total, failed, _) in enumerate(intervals) if total}
    lacking = {10 * index: number for index, (_, _, number) in enumerate(intervals) if number}
    found = Probed(RequestCounts(RequestCount(0, 0), listed), lacking)
    worst = bad_share(rule, worst_requests(rule, found), size)
    best = bad_share(rule, best_requests(rule, found), size)
    for failures in product(*(range(number + 1) for _, _, number in intervals)):
        happened = {
            10 * index: RequestCount(total + number, failed + more)
            for index, ((total, failed, number), more) in enumerate(zip(intervals, failures, strict=True))
        }
        assert best <= bad_share(rule, RequestCounts(RequestCount(0, 0), happened), size) <= worst
