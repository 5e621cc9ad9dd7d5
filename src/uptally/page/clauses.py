"""The clauses of terms in plain words: when a promise holds, what counts, what is left out, what a miss is worth. Pure.

What is said here is for reading. What binds is the sum that every statement shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, Combine, CreditRule, CreditRules, PerDay, ProRata, Shortfall, Tiers
from uptally.model.downtime import Counted, Run
from uptally.model.fee import ClaimRule
from uptally.model.objective import Objective, Percentile, Promptness, Step
from uptally.model.terms import Always, ComplementOf, ExclusionRule, Hours, PeriodKind, Schedule, Terms, Unknown
from uptally.page.words import duration, exact_seconds, long_day_text, plain
from uptally.rules.contract.objectives import value_text
from uptally.rules.contract.wording import downtime_text, percent
from uptally.units.count import counted
from uptally.units.money import exact_text
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, day_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_COMPARED = {
    Comparison.LT: "below",
    Comparison.LE: "at most",
    Comparison.GT: "above",
    Comparison.GE: "at least",
}
_STEPS = {Step.ACKNOWLEDGE: "acknowledged", Step.RESPOND: "responded to", Step.RESTORE: "restored"}
_COUNTED = {
    Counted.WHOLE: "all of it",
    Counted.EXCESS: "what lies beyond",
    Counted.WHOLE_MINUTES: "its whole minutes",
}
_UNKNOWN = {
    Unknown.LEAVE_OUT: "Time that nobody measured is left out of the figure",
    Unknown.AS_UP: "Time that nobody measured counts as up",
    Unknown.AS_DOWN: "Time that nobody measured counts as down",
}


def period_words(terms: Terms) -> str:
    """Say what a target is measured over, as it stands behind "per"."""
    period = terms.period
    return {
        PeriodKind.MONTH: "calendar month",
        PeriodKind.QUARTER: "calendar quarter",
        PeriodKind.YEAR: "calendar year",
        PeriodKind.CUSTOM: "period in which these terms hold",
        PeriodKind.ROLLING: f"rolling {period.days} days",
        PeriodKind.CYCLE: "billing cycle",
    }[period.kind]


def hours_words(schedule: Schedule) -> str:
    """Say when a promise holds."""
    if isinstance(schedule, Always):
        return "at all hours of all days"
    if isinstance(schedule, ComplementOf):
        return f"at all times outside {plain(schedule.window)}"
    closed = f", but not on {counted(len(schedule.closed), 'holiday')}" if schedule.closed else ""
    return "; ".join(map(_hours, schedule.hours)) + closed


def _hours(hours: Hours) -> str:
    days = sorted(hours.days)
    is_run = len(days) > 2 and days == [*range(days[0], days[-1] + 1)]
    named = f"{_DAYS[days[0]]} to {_DAYS[days[-1]]}" if is_run else ", ".join(_DAYS[day] for day in days)
    return f"{named} {_clock(hours.from_ms)} to {_clock(hours.to_ms)}"


def _clock(at_ms: int) -> str:
    hour, rest_ms = divmod(at_ms, HOUR_MS)
    return f"{hour:02d}:{rest_ms // MINUTE_MS:02d}"


def downtime_words(terms: Terms) -> tuple[str, str]:
    """Say what counts as downtime, and what becomes of time that nobody measured."""
    rule = terms.downtime
    text = _run(rule) if isinstance(rule, Run) else downtime_text(rule)
    return f"{text[:1].upper()}{text[1:]}", _UNKNOWN[terms.unknown]


def _run(rule: Run) -> str:
    limit = f"{_COMPARED[rule.comparison]} {duration(rule.least_ms)}"
    within = "" if rule.is_incident else ", within the service time"
    return f"an outage counts if it lasts {limit}{within}: {_COUNTED[rule.counted]}"


def exclusion_words(rule: ExclusionRule) -> str:
    """Say what of a kind of exclusion is left out.

    >>> exclusion_words(ExclusionRule("force_majeure")), exclusion_words(ExclusionRule("maintenance", 172_800_000))
    ('force majeure', 'maintenance, if it is announced 2 days before')
    """
    parts = [plain(rule.kind).replace("_", " ")]
    if rule.notice_ms:
        parts.append(f"if it is announced {days_words(rule.notice_ms)} before")
    if rule.notice_days:
        parts.append(f"if it is announced {counted(rule.notice_days, 'business day')} before")
    if rule.only_during:
        parts.append(f"within {'; '.join(map(_hours, rule.only_during))}")
    if rule.most_ms is not None:
        parts.append(f"no more than {duration(rule.most_ms)} of a period")
    return ", ".join(parts)


def credit_words(credit: CreditRules) -> Iterator[str]:
    """Yield what a miss of a service window is worth, a sentence for each rule and tier."""
    for rule in credit.rules:
        yield from _rule(rule)
    if len(credit.rules) > 1:
        yield f"Of several credits, {'all add up' if credit.combine is Combine.SUM else 'the largest counts'}"
    if credit.cap is not None:
        yield f"Never more than {percent(credit.cap)} of the fee"


def _rule(rule: CreditRule) -> Iterator[str]:
    if isinstance(rule, Tiers):
        what = "Downtime" if rule.of_downtime else "Availability"
        for tier in rule.tiers:
            said = " and ".join(_bound(bound, is_time=rule.of_downtime) for bound in tier.bounds)
            yield f"{what} {said}: {_award(tier.award)}" if said else f"In any case: {_award(tier.award)}"
    elif isinstance(rule, ProRata):
        beyond = " beyond what is allowed" if rule.over_budget else ""
        yield f"{exact_text(rule.multiple)} times the share of the time that was down{beyond}"
    elif isinstance(rule, PerDay):
        piece = " in one piece" if rule.is_consecutive else ""
        limit = f"{_COMPARED[rule.comparison]} {duration(rule.limit_ms)}"
        yield f"Each day with downtime {limit}{piece}: {_award(Award(days=rule.days))}"
    elif isinstance(rule, Shortfall):
        started = "started " if rule.counts_started else ""
        yield f"Each {started}{percent(rule.step)} below the promise: {_award(rule.award)}"
    else:
        started = "started " if rule.counts_started else "whole "
        beyond = " beyond what is allowed" if rule.over_budget else ""
        long = "" if rule.each_outage_ms is None else f", of outages of at least {duration(rule.each_outage_ms)}"
        yield f"Each {started}{duration(rule.block_ms)} of downtime{beyond}{long}: {_award(rule.award)}"


def _bound(bound: Bound, *, is_time: bool) -> str:
    limit = exact_seconds(int(bound.limit)) if is_time else percent(bound.limit)
    return f"{_COMPARED[bound.comparison]} {limit}"


def _award(award: Award) -> str:
    if award.days:
        return f"the fee of {'1 day' if award.days == 1 else f'{exact_text(award.days)} days'}"
    return f"{percent(award.share)} of the fee"


def whole_credit_words(terms: Terms) -> Iterator[str]:
    """Yield what holds of the credits of all service windows together."""
    if len(terms.windows) > 1:
        yield "Of several windows " + (
            "all credits add up" if terms.credit_combine is Combine.SUM else "the largest credit counts"
        )
    if terms.credit_cap is not None:
        yield f"Never more than {percent(terms.credit_cap)} of a period’s fee"
    if terms.credit_cap_12_months is not None:
        yield f"In twelve months never more than {percent(terms.credit_cap_12_months)} of one period’s fee"
    if terms.least_credit is not None and terms.fee is not None:
        least = terms.least_credit
        yield f"Only credits of {_COMPARED[least.comparison]} {least.amount:f} {terms.fee.currency} are given"


def claim_words(claim: ClaimRule | None) -> str:
    """Say whether a credit must be claimed, and until when."""
    if claim is None:
        return "No claim is needed"
    days = counted(claim.days, "business day" if claim.is_business else "day")
    return f"To be claimed within {days} after the period"


def fee_words(terms: Terms) -> Iterator[str]:
    """Yield from when on a fee is another one."""
    if terms.fee is not None:
        for step in terms.fee.steps:
            yield f"From {long_day_text(day_of(step.from_ms, terms.zone))}: {step.amount:f} {terms.fee.currency}"


def objective_words(objective: Objective) -> str:
    """Say what is promised besides availability."""
    limit = f"{_COMPARED[objective.comparison]} {value_text(objective.measure, objective.limit)}"
    measure = objective.measure
    if isinstance(measure, Percentile):
        return f"{percent(measure.share)} of good answers take {limit}"
    if isinstance(measure, Promptness):
        within = duration(measure.within_ms)
        return f"Share of incidents {_STEPS[measure.step]} within {within}: {limit}"
    return f"{plain(measure.figure)}: {limit}"


def days_words(length_ms: int) -> str:
    """Write a notice: in days where it is whole days.

    >>> days_words(5 * 86_400_000), days_words(7_200_000)
    ('5 days', '2 h')
    """
    days, rest_ms = divmod(length_ms, DAY_MS)
    return duration(length_ms) if rest_ms or not days else counted(days, "day")
