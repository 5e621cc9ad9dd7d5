"""Whether a right to terminate was touched: by misses, by a rolling mean, by the number of outages."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from uptally.model.judgement import PeriodJudgement, Termination, WindowJudgement
from uptally.model.termination import Misses, OutageCount, RollingAverage, TerminationRule


def termination_of(rules: Sequence[TerminationRule], periods: Sequence[PeriodJudgement]) -> Termination | None:
    """Return the first period, in order, after which a rule gives the right, and that rule; None without rules."""
    if not rules:
        return None
    for number, period in enumerate(periods):
        for index, rule in enumerate(rules):
            if _is_touched(rule, periods[: number + 1]):
                return Termination(period.label, index)
    return Termination(None, None)


def _is_touched(rule: TerminationRule, periods: Sequence[PeriodJudgement]) -> bool:
    if isinstance(rule, Misses):
        return sum(_is_miss(rule, period) for period in periods[-rule.of :]) >= rule.misses
    if isinstance(rule, RollingAverage):
        return _is_below_on_average(rule, periods)
    return _has_many_outages(rule, periods)


def _is_miss(rule: Misses, period: PeriodJudgement) -> bool:
    """Tell whether any window missed. A period without service time is no miss, but takes its place."""
    return any(_has_missed(rule, window) for window in period.windows if window.decision is not None)


def _has_missed(rule: Misses, window: WindowJudgement) -> bool:
    if rule.below is None and rule.downtime_above_ms is None:
        return window.is_met is False
    is_below = rule.below is not None and window.decision is not None and window.decision < rule.below
    return is_below or (rule.downtime_above_ms is not None and window.counted_ms > rule.downtime_above_ms)


def _is_below_on_average(rule: RollingAverage, periods: Sequence[PeriodJudgement]) -> bool:
    if len(periods) < rule.periods:
        return False
    decisions_of = ([window.decision for window in each.windows] for each in periods[-rule.periods :])
    for decisions in zip(*decisions_of, strict=True):
        known = [decision for decision in decisions if decision is not None]
        if len(known) == rule.periods and sum(known, Fraction(0)) / rule.periods < rule.below:
            return True
    return False


def _has_many_outages(rule: OutageCount, periods: Sequence[PeriodJudgement]) -> bool:
    begins = sorted(
        {
            start_ms
            for period in periods
            for window in period.windows
            for start_ms, end_ms in window.counted
            if end_ms - start_ms >= rule.least_ms
        }
    )
    return any(
        begins[index + rule.outages - 1] - begins[index] < rule.within_ms
        for index in range(len(begins) - rule.outages + 1)
    )
