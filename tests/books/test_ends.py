"""Statements by failed requests, and their ends, where nobody asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.books.agreed import INTERVAL_MS, NOW_MS, TERMS, agreement, at, settings_of, stated, watched
from tests.timelines import observation
from uptally.model.agreement import Service
from uptally.model.comparison import Comparison
from uptally.model.downtime import Empty, RequestMode, Requests
from uptally.model.judgement import Termination
from uptally.model.observation import Observation, Outcome
from uptally.model.period_statement import PeriodStatement
from uptally.model.termination import Misses
from uptally.model.terms import Composite, CompositeMode, Period, PeriodKind, Terms
from uptally.model.verdict import Verdict
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

NOON_MS, ONE_MS = at("2026-10-05T12:00"), at("2026-10-05T13:00")
HOUR = replace(
    TERMS, period=Period(PeriodKind.CUSTOM, window=Window(NOON_MS, ONE_MS)), contract=Window(NOON_MS, ONE_MS)
)
HALF = Requests(5 * MINUTE_MS, RequestMode.THRESHOLD, threshold=Fraction(1, 2), comparison=Comparison.GE)


def attempts(*, failed: Sequence[int] = (), unasked: Sequence[int] = ()) -> list[Observation]:
    """Six attempts in each minute from noon to one; those of some minutes failed, and in some nobody asked."""
    return [
        observation("u" if minute not in failed else "d", at_ms, interval_ms=INTERVAL_MS)
        for at_ms in range(NOON_MS, ONE_MS, INTERVAL_MS)
        for minute in ((at_ms - NOON_MS) // MINUTE_MS,)
        if minute not in unasked
    ]


def of(terms: Terms, observations: Sequence[Observation], *, now_ms: int = NOW_MS) -> PeriodStatement:
    settings = settings_of(["web"], agreements=[agreement(terms)])
    (found,) = stated({"web": watched()}, settings, observations=observations, now_ms=now_ms)
    return found


def by(rule: Requests, **minutes: Sequence[int]) -> PeriodStatement:
    return of(replace(HOUR, downtime=rule), attempts(**minutes))


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        (Requests(5 * MINUTE_MS, RequestMode.AVERAGE), Fraction(8, 60)),
        (Requests(5 * MINUTE_MS, RequestMode.RATIO), Fraction(8, 60)),
        (HALF, Fraction(10, 60)),
        (replace(HALF, least_requests=31), Fraction(0)),
        (replace(HALF, least_run=3), Fraction(0)),
    ],
)
def test_failed_attempts_are_failed_requests(rule: Requests, bad: Fraction) -> None:
    """Five minutes of attempts that failed, and then three."""
    (window,) = by(rule, failed=range(10, 18)).windows
    assert tuple(window.availability) == (1 - bad,) * 3
    assert window.counted_ms == bad * HOUR_MS
    assert window.unknown_ms == 0
    assert window.verdict is (Verdict.MISSED if bad else Verdict.MET)


@pytest.mark.parametrize(
    ("rule", "measured", "unknown_ms"),
    [
        (Requests(5 * MINUTE_MS, RequestMode.AVERAGE), Fraction(1), 10 * MINUTE_MS),
        (Requests(5 * MINUTE_MS, RequestMode.AVERAGE, Empty.LEAVE_OUT), Fraction(1), 0),
        (Requests(5 * MINUTE_MS, RequestMode.AVERAGE, Empty.DOWN), Fraction(50, 60), 0),
        (Requests(5 * MINUTE_MS, RequestMode.RATIO), Fraction(1), 10 * MINUTE_MS),
        (HALF, Fraction(1), 10 * MINUTE_MS),
        (replace(HALF, least_requests=31), Fraction(1), 10 * MINUTE_MS),
    ],
)
def test_intervals_in_which_nobody_asked_are_down_for_the_worst_and_up_for_the_best(
    rule: Requests, measured: Fraction, unknown_ms: int
) -> None:
    found = by(rule, unasked=range(20, 30))
    (window,) = found.windows
    assert tuple(window.availability) == (measured, Fraction(50, 60), Fraction(1))
    assert window.verdict is found.verdict is Verdict.UNDETERMINED
    assert window.unknown_ms == unknown_ms
    assert window.up_ms + window.down_ms + window.unknown_ms == window.agreed_ms


def test_interval_that_was_watched_in_part_lies_between_its_ends() -> None:
    """One minute failed; of the other four, nobody watched three."""
    (window,) = by(Requests(5 * MINUTE_MS, RequestMode.AVERAGE), failed=[20], unasked=[21, 22, 23]).windows
    parts = [Fraction(1, 2), Fraction(4, 5), Fraction(1, 5)]
    assert tuple(window.availability) == tuple(1 - part / 12 for part in parts)


def test_misses_that_no_missing_attempt_can_undo_are_missed() -> None:
    assert by(HALF, failed=range(10, 15), unasked=range(20, 30)).verdict is Verdict.MISSED


def test_requests_after_the_instant_at_which_a_period_is_looked_at_are_not_missing() -> None:
    now_ms = NOON_MS + 30 * MINUTE_MS
    (window,) = of(replace(HOUR, downtime=HALF), attempts(failed=range(10, 15)), now_ms=now_ms).windows
    assert (window.counted_ms, window.unknown_ms) == (5 * MINUTE_MS, 0)
    assert window.availability.worst == window.availability.best


def test_attempts_of_all_endpoints_of_a_service_count_together() -> None:
    both = Service("Shop", "shop", ("web", "db"), composite=Composite(CompositeMode.ALL_DOWN))
    terms = replace(HOUR, downtime=replace(HALF, least_requests=60))
    settings = settings_of(["web", "db"], services=[both], agreements=[agreement(terms, service="shop")])
    timelines = {"web": watched(), "db": watched()}
    (found,) = stated(timelines, settings, observations=attempts(failed=range(10, 15)))
    assert found.windows[0].counted_ms == 5 * MINUTE_MS


def test_earlier_periods_are_judged_by_their_own_requests() -> None:
    hours = range(at("2026-09-01"), at("2026-11-01"), HOUR_MS)
    rule = Requests(HOUR_MS, RequestMode.RATIO)
    terms = replace(TERMS, downtime=rule, termination=(Misses(2, 2),))
    down = [observation("d", at_ms, interval_ms=HOUR_MS) for at_ms in hours]
    assert of(terms, down).termination == Termination("2026-10", 0)
    only_october = [each._replace(outcome=Outcome.UP) if each.at_ms < at("2026-10-01") else each for each in down]
    found = of(terms, only_october)
    assert (found.verdict, found.termination) == (Verdict.MISSED, Termination(None, None))
