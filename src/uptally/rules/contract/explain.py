"""The sum shown: lines by which a person can redo a judgement by hand, and come to the same.

Every figure of a line is exact, or says that it is cut off. Seconds are written as decimals, to be typed into any
calculator. The lines name no person and no target's text.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from operator import attrgetter

from uptally.model.credit import Award, CreditRule, PerDay, ProRata, Shortfall, Tiers
from uptally.model.downtime import BucketTime, Counted, DowntimeRule, Instant, RequestMode, Requests, Run
from uptally.model.judgement import ClaimStatus, PeriodJudgement, WindowJudgement
from uptally.model.terms import DenominatorKind, ServiceWindow, StartsAt, Terms, Unknown
from uptally.rules.contract.settlement import fee_in_force
from uptally.units.money import exact_text, rounded
from uptally.units.ratio import floor_percent
from uptally.units.time import SECOND_MS, format_duration, format_instant

DIGITS = 6
"""So many decimals of a percentage are shown where it has more."""


def lines_of(terms: Terms, period: PeriodJudgement) -> tuple[str, ...]:
    """Return how a period's result was come to: window by window, then credit, money and claim."""
    lines = [f"{period.label}: {_instant(period.period.start_ms)} to {_instant(period.period.end_ms)}, {terms.zone}"]
    for window, found in zip(terms.windows, period.windows, strict=True):
        lines.extend(f"{found.name}: {line}" for line in _window_lines(terms, window, found))
    lines.extend(_exclusion_lines(period))
    lines.extend(_credit_lines(terms, period))
    return tuple(lines)


def _window_lines(terms: Terms, window: ServiceWindow, found: WindowJudgement) -> Iterator[str]:
    yield from _time_lines(terms, found)
    if found.availability is None or found.decision is None:
        yield "no time to measure, so no availability and no credit"
        return
    if not found.denominator_ms or (found.availability == 1 and not found.agreed_ms):
        yield "no time to measure, which the terms take for 100%"
        return
    if found.parts:
        for part in found.parts:
            yield f"{part.name}, which weighs {exact_text(part.weight)}: {percent(part.availability)}"
        yield f"availability, their weighted mean: {percent(found.availability)}"
    else:
        sum_shown = f"1 - {seconds(found.counted_ms)} / {seconds(found.denominator_ms)}"
        clipped = ", not below 0%" if found.counted_ms > found.denominator_ms else ""
        yield f"availability = {sum_shown} = {percent(found.availability)}{clipped}"
    if terms.rounding is not None:
        how = f"{terms.rounding.decimals} decimals, {terms.rounding.rounding.value}"
        yield f"rounded by the contract to {how}: {percent(found.decision)}"
    least = "at least" if terms.is_met_at_equality else "more than"
    yield f"promised: {least} {percent(found.target)}; {'met' if found.is_met else 'missed'}"
    budget = f"(100% - {percent(found.target)}) x {seconds(found.denominator_ms)} s = {seconds(found.budget_ms)} s"
    left = f"{seconds(found.left_ms)} s left" if found.left_ms >= 0 else f"overdrawn by {seconds(-found.left_ms)} s"
    yield f"downtime allowed: {budget}; {left}"
    for each in found.yields:
        yield f"credit by {_rule_text(window.credit.rules[each.rule], found)}: {percent(each.share)} of the fee"
    if len(found.yields) > 1:
        yield f"of several credits, the {'sum' if window.credit.combine.value == 'sum' else 'largest'} counts"
    if found.is_capped:
        yield f"no more than {percent(found.share)} by the cap"


def _time_lines(terms: Terms, found: WindowJudgement) -> Iterator[str]:
    rule = terms.downtime
    if isinstance(rule, Requests):
        yield f"{seconds(found.agreed_ms)} s in intervals of {format_duration(rule.bucket_ms)}; {downtime_text(rule)}"
        yield f"their bad share is {seconds(found.counted_ms)} s"
        return
    left_out_ms = found.scheduled_ms - found.agreed_ms
    less = f" - {seconds(left_out_ms)} s excluded = {seconds(found.agreed_ms)} s" if left_out_ms else ""
    yield f"{seconds(found.scheduled_ms)} s of service time{less}"
    if found.excluded_ms:
        yield f"{seconds(found.excluded_ms)} s of downtime lie in exclusions and do not count"
    if found.unknown_ms and terms.unknown is Unknown.LEAVE_OUT:
        measured = f"{seconds(found.agreed_ms)} s - {seconds(found.unknown_ms)} s unknown"
        yield f"{measured} = {seconds(found.agreed_ms - found.unknown_ms)} s measured"
    elif found.unknown_ms:
        yield f"{seconds(found.unknown_ms)} s are unknown and {_UNKNOWN[terms.unknown]}"
    if terms.denominator.kind is not DenominatorKind.ACTUAL:
        how = "by the contract" if terms.denominator.kind is DenominatorKind.FIXED else "days of 24 hours"
        yield f"divided by {seconds(found.denominator_ms)} s, {how}"
    yield f"downtime that counts: {seconds(found.counted_ms)} s ({downtime_text(rule)})"
    if terms.has_impact:
        yield "an outage counts for the share of the users that it affected"
    if terms.starts_at is StartsAt.REPORT:
        yield "downtime counts from the customer's report"
    if found.ignored_ms:
        yield f"{seconds(found.ignored_ms)} s of downtime do not count by that definition"


_UNKNOWN = {Unknown.AS_UP: "count as up", Unknown.AS_DOWN: "count as down"}


def downtime_text(rule: DowntimeRule) -> str:
    """Say in words what counts as downtime."""
    if isinstance(rule, Instant):
        return "every millisecond counts"
    if isinstance(rule, BucketTime):
        which = "all of it is" if rule.needs_all else "any of it is"
        return f"intervals of {format_duration(rule.bucket_ms)} count as a whole where {which} down"
    if isinstance(rule, Run):
        what = {
            Counted.WHOLE: "as a whole",
            Counted.EXCESS: "with what lies beyond",
            Counted.WHOLE_MINUTES: "in whole minutes",
        }[rule.counted]
        where = "as it happened" if rule.is_incident else "within the service time"
        return f"an outage counts {what} if, {where}, it lasts {rule.comparison.value} {format_duration(rule.least_ms)}"
    if rule.mode is RequestMode.AVERAGE:
        return "the bad share is the mean of their error rates"
    if rule.mode is RequestMode.RATIO:
        return "the bad share is all failed requests over all requests"
    run = f" in a row of at least {rule.least_run}" if rule.least_run > 1 else ""
    least = f" of at least {rule.least_requests} requests" if rule.least_requests > 1 else ""
    return f"bad are those{run} with an error rate {rule.comparison.value} {percent(rule.threshold)}{least}"


def _rule_text(rule: CreditRule, found: WindowJudgement) -> str:
    """Say in words what a credit is given for; of tiers, the one that applies."""
    if isinstance(rule, Tiers):
        figure = found.counted_ms if rule.of_downtime else found.decision or Fraction(0)
        fitting = [tier for tier in rule.tiers if all(bound.holds(figure) for bound in tier.bounds)]
        tier = max(fitting, key=attrgetter("award"))
        write = _seconds_text if rule.of_downtime else percent
        bounds = " and ".join(f"{bound.comparison.value} {write(bound.limit)}" for bound in tier.bounds)
        return f"the tier of {'downtime' if rule.of_downtime else 'availability'} {bounds}".rstrip()
    if isinstance(rule, ProRata):
        beyond = " beyond what is allowed" if rule.over_budget else ""
        return f"{exact_text(rule.multiple)} times the share of the time that was down{beyond}"
    if isinstance(rule, PerDay):
        piece = " in one piece" if rule.is_consecutive else ""
        limit = f"{rule.comparison.value} {format_duration(rule.limit_ms)}"
        return f"{_award(Award(days=rule.days))} for each local day with downtime {limit}{piece}"
    started = "started " if rule.counts_started else "whole "
    if isinstance(rule, Shortfall):
        return f"{_award(rule.award)} for each {started}{percent(rule.step)} below the target"
    beyond = " beyond what is allowed" if rule.over_budget else ""
    each = "" if rule.each_outage_ms is None else f" of each outage of at least {format_duration(rule.each_outage_ms)}"
    return f"{_award(rule.award)} for each {started}{format_duration(rule.block_ms)} of downtime{beyond}{each}"


def _seconds_text(length_ms: Fraction) -> str:
    return f"{seconds(length_ms)} s"


def _award(award: Award) -> str:
    if award.days:
        return "1 day" if award.days == 1 else f"{exact_text(award.days)} days"
    return percent(award.share)


def _exclusion_lines(period: PeriodJudgement) -> Iterator[str]:
    for code in period.codes:
        word, _, rest = code.partition(":")
        if word == "excluded":
            yield f"exclusion {rest} counts"
        elif word == "not_excluded":
            name, _, why = rest.rpartition(":")
            lacks = "the terms know none of its kind" if why == "kind" else "it was not announced in time"
            yield f"exclusion {name} does not count: {lacks}"
        elif word == "outside_hours":
            yield f"{rest} outside the hours that it may take does not count"
        elif word == "exclusion_capped":
            yield f"{rest} beyond what it may take of a period does not count"


def _credit_lines(terms: Terms, period: PeriodJudgement) -> Iterator[str]:
    if len(period.windows) > 1 and any(window.share for window in period.windows):
        shares = ", ".join(f"{window.name} {percent(window.share)}" for window in period.windows)
        yield f"credit of several windows ({shares}): the {'sum' if terms.credit_combine.value == 'sum' else 'largest'}"
    for code, line in _CREDIT_CODES.items():
        if code in period.codes:
            yield line
    fee = terms.fee
    if fee is None or period.amount is None or period.payable is None:
        if period.share:
            yield f"credit: {percent(period.share)} of the fee"
        return
    if not period.share:
        yield "credit: none"
        return
    part = "" if period.fee_share == 1 else f" x {exact_text(period.fee_share)} (part of the period)"
    whole, share = fee_in_force(fee, terms, period.period), exact_text(100 * period.share)
    amount = rounded(whole * period.fee_share * period.share, decimals=fee.decimals, rounding=fee.rounding)
    sum_shown = f"{exact_text(whole)} {fee.currency}{part} x {share}%"
    how = f"rounded to {fee.decimals} decimals, {fee.rounding.value}"
    yield f"credit: {sum_shown} = {amount:f} {fee.currency} ({how})"
    least = terms.least_credit
    if least is not None and "credit_below_minimum" in period.codes:
        yield f"none is issued: it would have to be {least.comparison.value} {least.amount:f} {fee.currency}"
    if period.claim_by_ms is not None and period.claim is not ClaimStatus.NOTHING_DUE:
        yield f"to be claimed before {_instant(period.claim_by_ms)}: {_CLAIMS[period.claim]}"
    if period.amount:
        tax = f" and {period.tax:f} {fee.currency} of tax ({percent(fee.tax)})" if period.tax else ""
        yield f"due: {period.payable:f} {fee.currency}{tax}"


_CREDIT_CODES = {
    "credit_capped:total": "the credit is cut to the cap of the period",
    "credit_capped:12_months": "the credit is cut to what the cap over twelve months leaves",
    "partial_period_no_credit": "a part of a period gives no credit",
}

_CLAIMS = {
    ClaimStatus.NOT_REQUIRED: "no claim is needed",
    ClaimStatus.NOTHING_DUE: "nothing is due",
    ClaimStatus.NOT_MADE: "no claim is on record",
    ClaimStatus.IN_TIME: "claimed in time",
    ClaimStatus.LATE: "claimed too late",
}


def seconds(length_ms: Fraction) -> str:
    """Write milliseconds as exact seconds; a fraction that no decimal can write is cut off and says so.

    >>> seconds(Fraction(1500)), seconds(Fraction(1000, 3))
    ('1.5', '0.333...')
    """
    return _exact_or_cut(length_ms / SECOND_MS, digits=3, scale=1)


def percent(ratio: Fraction) -> str:
    """Write a ratio as a percentage: exactly, or cut off and saying so.

    >>> percent(Fraction(1, 4)), percent(Fraction(2, 3))
    ('25%', '66.666666...%')
    """
    return f"{_exact_or_cut(ratio, digits=DIGITS, scale=100)}%"


def _exact_or_cut(value: Fraction, *, digits: int, scale: int) -> str:
    places = (value * scale * 10**digits).denominator
    return exact_text(value * scale) if places == 1 else f"{floor_percent(value * scale / 100, digits=digits)}..."


def _instant(at_ms: int) -> str:
    return format_instant(at_ms).replace(".000Z", "Z")
