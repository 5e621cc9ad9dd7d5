"""What a sum is made of, in words: seconds and percentages, what counts as downtime, what a credit is given for.

All of it can be said in another language: sentences know their figures (`units.said`).
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import attrgetter

from uptally.model.credit import Award, Blocks, Bound, CreditRule, PerDay, ProRata, Shortfall, Tiers
from uptally.model.downtime import BucketTime, Counted, DowntimeRule, Instant, RequestMode, Requests, Run
from uptally.model.judgement import WindowJudgement
from uptally.units.money import Rounding, exact_text
from uptally.units.ratio import floor_percent
from uptally.units.said import N_, Said, said, said_of
from uptally.units.time import SECOND_MS, format_duration

DIGITS = 6
"""So many decimals of a percentage are shown where it has more."""

ROUNDINGS = {
    Rounding.HALF_EVEN: said("half_even"),
    Rounding.HALF_UP: said("half_up"),
    Rounding.TRUNCATE: said("truncate"),
}

_RUNS = {
    (Counted.WHOLE, True): N_("an outage counts as a whole if, as it happened, it lasts {comparison} {least}"),
    (Counted.WHOLE, False): N_(
        "an outage counts as a whole if, within the service time, it lasts {comparison} {least}"
    ),
    (Counted.EXCESS, True): N_(
        "an outage counts with what lies beyond if, as it happened, it lasts {comparison} {least}"
    ),
    (Counted.EXCESS, False): N_(
        "an outage counts with what lies beyond if, within the service time, it lasts {comparison} {least}"
    ),
    (Counted.WHOLE_MINUTES, True): N_(
        "an outage counts in whole minutes if, as it happened, it lasts {comparison} {least}"
    ),
    (Counted.WHOLE_MINUTES, False): N_(
        "an outage counts in whole minutes if, within the service time, it lasts {comparison} {least}"
    ),
}
"""By what counts, and whether the outage is taken as it happened."""

_BAD = {
    (False, False): N_("bad are those with an error rate {comparison} {threshold}"),
    (True, False): N_("bad are those in a row of at least {run} with an error rate {comparison} {threshold}"),
    (False, True): N_("bad are those with an error rate {comparison} {threshold} of at least {requests} requests"),
    (True, True): N_(
        "bad are those in a row of at least {run} with an error rate {comparison} {threshold} "
        "of at least {requests} requests"
    ),
}
"""By whether several intervals must be bad in a row, and whether an interval needs several requests."""


def downtime_text(rule: DowntimeRule) -> Said:
    """Say in words what counts as downtime."""
    if isinstance(rule, Instant):
        return said("every millisecond counts")
    if isinstance(rule, BucketTime):
        length = format_duration(rule.bucket_ms)
        if rule.needs_all:
            return said("intervals of {length} count as a whole where all of it is down", length=length)
        return said("intervals of {length} count as a whole where any of it is down", length=length)
    if isinstance(rule, Run):
        least = format_duration(rule.least_ms)
        return said(_RUNS[rule.counted, rule.is_incident], comparison=rule.comparison.value, least=least)
    if rule.mode is RequestMode.AVERAGE:
        return said("the bad share is the mean of their error rates")
    if rule.mode is RequestMode.RATIO:
        return said("the bad share is all failed requests over all requests")
    return _bad_text(rule)


def _bad_text(rule: Requests) -> Said:
    values = {"run": str(rule.least_run)} if rule.least_run > 1 else {}
    if rule.least_requests > 1:
        values["requests"] = str(rule.least_requests)
    template = _BAD["run" in values, "requests" in values]
    return said(template, comparison=rule.comparison.value, threshold=percent(rule.threshold), **values)


def rule_text(rule: CreditRule, found: WindowJudgement) -> Said:
    """Say in words what a credit is given for; of tiers, the one that applies."""
    if isinstance(rule, Tiers):
        return _tier_text(rule, found)
    if isinstance(rule, ProRata):
        multiple = exact_text(rule.multiple)
        if rule.over_budget:
            return said(
                "{multiple} times the share of the time that was down beyond what is allowed", multiple=multiple
            )
        return said("{multiple} times the share of the time that was down", multiple=multiple)
    if isinstance(rule, PerDay):
        values = {
            "award": _award(Award(days=rule.days)),
            "comparison": rule.comparison.value,
            "limit": format_duration(rule.limit_ms),
        }
        if rule.is_consecutive:
            return said("{award} for each local day with downtime {comparison} {limit} in one piece", **values)
        return said("{award} for each local day with downtime {comparison} {limit}", **values)
    if isinstance(rule, Shortfall):
        award, step = _award(rule.award), percent(rule.step)
        if rule.counts_started:
            return said("{award} for each started {step} below the target", award=award, step=step)
        return said("{award} for each whole {step} below the target", award=award, step=step)
    award, block, downtime = _award(rule.award), format_duration(rule.block_ms), _downtime_of(rule)
    if rule.counts_started:
        return said("{award} for each started {block} of {downtime}", award=award, block=block, downtime=downtime)
    return said("{award} for each whole {block} of {downtime}", award=award, block=block, downtime=downtime)


def _downtime_of(rule: Blocks) -> Said:
    if rule.each_outage_ms is None:
        return said("downtime beyond what is allowed") if rule.over_budget else said("downtime")
    least = format_duration(rule.each_outage_ms)
    if rule.over_budget:
        return said("downtime beyond what is allowed of each outage of at least {least}", least=least)
    return said("downtime of each outage of at least {least}", least=least)


def _tier_text(rule: Tiers, found: WindowJudgement) -> Said:
    figure = found.counted_ms if rule.of_downtime else found.decision or Fraction(0)
    fitting = [tier for tier in rule.tiers if all(bound.holds(figure) for bound in tier.bounds)]
    tier = max(fitting, key=attrgetter("award"))
    if not tier.bounds:
        return said("the tier of downtime") if rule.of_downtime else said("the tier of availability")
    first, *others = (_bound(bound, rule) for bound in tier.bounds)
    bounds = reduce(lambda some, then: said("{first} and {then}", first=some, then=then), others, first)
    if rule.of_downtime:
        return said("the tier of downtime {bounds}", bounds=bounds)
    return said("the tier of availability {bounds}", bounds=bounds)


def _bound(bound: Bound, rule: Tiers) -> Said:
    comparison = bound.comparison.value
    if rule.of_downtime:
        return said("{comparison} {time} s", comparison=comparison, time=seconds(bound.limit))
    return said("{comparison} {limit}", comparison=comparison, limit=percent(bound.limit))


def _award(award: Award) -> str:
    if not award.days:
        return percent(award.share)
    if award.days.denominator == 1:
        return said_of("{number} day", "{number} days", award.days.numerator)
    return said("{days} days", days=exact_text(award.days))


def seconds(length_ms: Fraction | int) -> str:
    """Write milliseconds as exact seconds; a fraction that no decimal can write is cut off and says so.

    >>> seconds(Fraction(1500)), seconds(Fraction(1000, 3))
    ('1.5', '0.333...')
    """
    return _exact_or_cut(Fraction(length_ms) / SECOND_MS, digits=3, scale=1)


def percent(ratio: Fraction) -> str:
    """Write a ratio as a percentage: exactly, or cut off and saying so.

    >>> percent(Fraction(1, 4)), percent(Fraction(2, 3))
    ('25%', '66.666666...%')
    """
    return f"{_exact_or_cut(ratio, digits=DIGITS, scale=100)}%"


def _exact_or_cut(value: Fraction, *, digits: int, scale: int) -> str:
    places = (value * scale * 10**digits).denominator
    return exact_text(value * scale) if places == 1 else f"{floor_percent(value * scale / 100, digits=digits)}..."
