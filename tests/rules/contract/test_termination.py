"""Rights to terminate: by misses, by a rolling mean, by the number of outages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from uptally.model.facts import Facts, History
from uptally.model.judgement import PeriodJudgement, Termination, WindowJudgement
from uptally.model.termination import Misses, OutageCount, RollingAverage, TerminationRule
from uptally.model.terms import Terms
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.termination import termination_of
from uptally.units.stretches import NEVER, Stretches
from uptally.units.time import Window

(PERIOD,) = judge(Terms.bare("gold", Fraction(99, 100)), Facts({"web": History()}), [("P", Window(0, 1_000))]).periods
(WINDOW,) = PERIOD.windows


def window(percent: int | None, *, counted_ms: int = 0, counted: Stretches = NEVER) -> WindowJudgement:
    """Return a window of so many per cent, of which the target is 99; None for one without service time."""
    decision = None if percent is None else Fraction(percent, 100)
    is_met = None if decision is None else decision >= WINDOW.target
    return replace(WINDOW, decision=decision, is_met=is_met, counted_ms=Fraction(counted_ms), counted=counted)


def periods(*percents: int | None) -> list[PeriodJudgement]:
    """Return one period after another, A, B, C ..., of one window."""
    return [
        replace(PERIOD, label="ABCDEFGH"[index], windows=(window(percent),)) for index, percent in enumerate(percents)
    ]


def right(rule: TerminationRule, found: Sequence[PeriodJudgement]) -> str | None:
    """Return the period after which a rule gives the right."""
    termination = termination_of([rule], found)
    assert termination is not None
    assert termination.is_right is (termination.first_period is not None)
    return termination.first_period


def test_terms_without_rules_have_nothing_to_say() -> None:
    assert termination_of((), periods(0, 0)) is None


def test_rule_that_is_not_touched_gives_no_right() -> None:
    assert termination_of([Misses(1, 1)], periods(99, 100)) == Termination(None, None)


@pytest.mark.parametrize(
    ("rule", "percents", "first"),
    [
        (Misses(1, 1), (99, 98), "B"),
        (Misses(2, 2), (98, 98), "B"),
        (Misses(2, 2), (98, 99, 98), None),
        (Misses(2, 3), (98, 99, 98), "C"),
        (Misses(2, 3), (98, 99, 99, 98), None),
        (Misses(3, 6), (98, 98, 98, 98), "C"),
        (Misses(2, 6), (98, 98), "B"),
        (Misses(3, 6), (98, 98), None),
    ],
)
def test_right_comes_with_enough_misses_among_the_last(
    rule: Misses, percents: tuple[int, ...], first: str | None
) -> None:
    assert right(rule, periods(*percents)) == first


def test_period_without_service_time_is_no_miss_but_takes_its_place() -> None:
    assert right(Misses(2, 2), periods(98, None, 98)) is None
    assert right(Misses(2, 3), periods(98, None, 98)) == "C"
    assert right(Misses(1, 1, below=Fraction(1)), periods(None)) is None
    assert right(Misses(1, 1, downtime_above_ms=-1), periods(None)) is None


@pytest.mark.parametrize(("percent", "first"), [(94, "A"), (95, None), (98, None)])
def test_miss_may_be_what_lies_below_a_ratio(percent: int, first: str | None) -> None:
    assert right(Misses(1, 1, below=Fraction(95, 100)), periods(percent)) == first


@pytest.mark.parametrize(("counted_ms", "first"), [(100, None), (101, "P")])
def test_miss_may_be_more_downtime_than_so_much(counted_ms: int, first: str | None) -> None:
    found = [replace(PERIOD, windows=(window(0, counted_ms=counted_ms),))]
    assert right(Misses(1, 1, downtime_above_ms=100), found) == first


@pytest.mark.parametrize(("percent", "counted_ms", "first"), [(94, 0, "P"), (99, 101, "P"), (99, 100, None)])
def test_either_of_two_limits_makes_a_miss(percent: int, counted_ms: int, first: str | None) -> None:
    rule = Misses(1, 1, below=Fraction(95, 100), downtime_above_ms=100)
    assert right(rule, [replace(PERIOD, windows=(window(percent, counted_ms=counted_ms),))]) == first


def test_miss_in_any_window_is_one_miss() -> None:
    both = [replace(PERIOD, windows=(window(98), window(98)))]
    assert right(Misses(1, 1), [replace(PERIOD, windows=(window(100), window(98)))]) == "P"
    assert right(Misses(2, 2), both) is None


def test_window_without_service_time_does_not_hide_a_miss_in_another() -> None:
    assert right(Misses(1, 1), [replace(PERIOD, windows=(window(None), window(98)))]) == "P"


@pytest.mark.parametrize(
    ("percents", "first"),
    [
        ((90, 90), None),
        ((98, 98, 98), None),
        ((98, 98, 97), "C"),
        ((100, 100, 100, 94, 99, 100), "E"),
        ((0, 100, 100, 100), "C"),
        ((90, None, 90), None),
        ((90, None, 90, 90, 90), "E"),
    ],
)
def test_right_comes_where_the_mean_of_the_last_lies_below(percents: tuple[int, ...], first: str | None) -> None:
    assert right(RollingAverage(3, Fraction(98, 100)), periods(*percents)) == first


def test_mean_is_of_one_window_and_not_of_several() -> None:
    def pair(left: int | None, right: int | None) -> PeriodJudgement:
        return replace(PERIOD, windows=(window(left), window(right)))

    rule = RollingAverage(2, Fraction(98, 100))
    assert right(rule, [pair(96, 100), pair(100, 96)]) is None
    assert right(rule, [pair(100, 96), pair(100, 99)]) == "P"
    assert right(rule, [pair(None, 96), pair(100, 99)]) == "P"


def outages(*each: Stretches) -> list[PeriodJudgement]:
    return [
        replace(PERIOD, label="ABCDEFGH"[index], windows=(window(99, counted=counted),))
        for index, counted in enumerate(each)
    ]


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        (OutageCount(3, 100), "A"),
        (OutageCount(4, 100), None),
        (OutageCount(3, 41), "A"),
        (OutageCount(3, 40), None),
        (OutageCount(2, 11), "A"),
        (OutageCount(2, 10), None),
        (OutageCount(3, 100, least_ms=5), "A"),
        (OutageCount(3, 100, least_ms=6), None),
        (OutageCount(1, 1, least_ms=20), "A"),
        (OutageCount(1, 1, least_ms=21), None),
    ],
)
def test_right_comes_with_enough_outages_that_begin_close_together(rule: OutageCount, first: str | None) -> None:
    assert right(rule, outages(((10, 15), (40, 60), (50, 60)))) == first


def test_outages_of_several_periods_count_together() -> None:
    assert right(OutageCount(2, 31), outages(((80, 90),), ((110, 120),))) == "B"
    assert right(OutageCount(2, 30), outages(((80, 90),), ((110, 120),))) is None


def test_outage_in_two_windows_is_one() -> None:
    twice = [replace(PERIOD, windows=(window(99, counted=((5, 9),)), window(99, counted=((5, 9),))))]
    assert right(OutageCount(2, 100), twice) is None


def test_first_rule_that_is_touched_is_named() -> None:
    rules: list[TerminationRule] = [Misses(3, 3), Misses(2, 2), RollingAverage(2, Fraction(99, 100))]
    assert termination_of(rules, periods(98, 98, 98)) == Termination("B", 1)
    assert termination_of(rules, periods(98, 99, 99)) == Termination("B", 2)
