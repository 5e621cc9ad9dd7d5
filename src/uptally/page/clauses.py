"""The clauses of terms in plain words: when a promise holds, what counts, what is left out, what a miss is worth. Pure.

What is said here is for reading. What binds is the sum that every statement shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import reduce

from uptally.model.comparison import Comparison
from uptally.model.credit import (
    Award,
    Blocks,
    Bound,
    Combine,
    CreditRule,
    CreditRules,
    PerDay,
    ProRata,
    Shortfall,
    Tier,
    Tiers,
)
from uptally.model.downtime import Counted, Run
from uptally.model.fee import ClaimRule
from uptally.model.objective import Objective, Percentile, Promptness, Step
from uptally.model.terms import Always, ComplementOf, ExclusionRule, Hours, PeriodKind, Schedule, Terms, Unknown
from uptally.page.language import N_, _, ngettext, resaid, value_of
from uptally.page.words import begun, duration, exact_seconds, long_day_text, money_text, plain
from uptally.rules.contract.objectives import value_text
from uptally.rules.contract.wording import downtime_text, percent
from uptally.units.money import exact_text
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, day_of

_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_COMPARED = {
    Comparison.LT: N_("below {limit}"),
    Comparison.LE: N_("at most {limit}"),
    Comparison.GT: N_("above {limit}"),
    Comparison.GE: N_("at least {limit}"),
}
_STEPS = {
    Step.ACKNOWLEDGE: N_("Share of incidents acknowledged within {time}: {limit}"),
    Step.RESPOND: N_("Share of incidents responded to within {time}: {limit}"),
    Step.RESTORE: N_("Share of incidents restored within {time}: {limit}"),
}
_RUNS = {
    (Counted.WHOLE, True): N_("An outage counts if it lasts {limit}: all of it"),
    (Counted.WHOLE, False): N_("An outage counts if it lasts {limit}, within the service time: all of it"),
    (Counted.EXCESS, True): N_("An outage counts if it lasts {limit}: what lies beyond"),
    (Counted.EXCESS, False): N_("An outage counts if it lasts {limit}, within the service time: what lies beyond"),
    (Counted.WHOLE_MINUTES, True): N_("An outage counts if it lasts {limit}: its whole minutes"),
    (Counted.WHOLE_MINUTES, False): N_(
        "An outage counts if it lasts {limit}, within the service time: its whole minutes"
    ),
}
"""By what counts, and whether the outage is taken as it happened."""
_UNKNOWN = {
    Unknown.LEAVE_OUT: N_("Time that nobody measured is left out of the figure"),
    Unknown.AS_UP: N_("Time that nobody measured counts as up"),
    Unknown.AS_DOWN: N_("Time that nobody measured counts as down"),
}


def period_words(terms: Terms) -> str:
    """Say what a target is measured over, as it stands behind "per"."""
    period = terms.period
    if period.kind is PeriodKind.ROLLING:
        return ngettext("rolling {number} day", "rolling {number} days", period.days)
    return {
        PeriodKind.MONTH: _("calendar month"),
        PeriodKind.QUARTER: _("calendar quarter"),
        PeriodKind.YEAR: _("calendar year"),
        PeriodKind.CUSTOM: _("period in which these terms hold"),
        PeriodKind.CYCLE: _("billing cycle"),
    }[period.kind]


def hours_words(schedule: Schedule) -> str:
    """Say when a promise holds."""
    if isinstance(schedule, Always):
        return _("at all hours of all days")
    if isinstance(schedule, ComplementOf):
        return _("at all times outside {window}", window=plain(schedule.window))
    hours = "; ".join(map(_hours, schedule.hours))
    if not schedule.closed:
        return hours
    closed = ngettext("{number} holiday", "{number} holidays", len(schedule.closed))
    return _("{hours}, but not on {holidays}", hours=hours, holidays=closed)


def _hours(hours: Hours) -> str:
    days = sorted(hours.days)
    named = [_(_DAYS[day]) for day in days]
    is_run = len(days) > 2 and days == [*range(days[0], days[-1] + 1)]
    days_named = _("{first} to {last}", first=named[0], last=named[-1]) if is_run else ", ".join(named)
    return _("{days} {begin} to {end}", days=days_named, begin=_clock(hours.from_ms), end=_clock(hours.to_ms))


def _clock(at_ms: int) -> str:
    hour, rest_ms = divmod(at_ms, HOUR_MS)
    return f"{hour:02d}:{rest_ms // MINUTE_MS:02d}"


def downtime_words(terms: Terms) -> tuple[str, str]:
    """Say what counts as downtime, and what becomes of time that nobody measured."""
    rule = terms.downtime
    text = _run(rule) if isinstance(rule, Run) else resaid(downtime_text(rule))
    return begun(text), _(_UNKNOWN[terms.unknown])


def _run(rule: Run) -> str:
    return _(_RUNS[rule.counted, rule.is_incident], limit=_compared(rule.comparison, duration(rule.least_ms)))


def _compared(comparison: Comparison, limit: str) -> str:
    return _(_COMPARED[comparison], limit=limit)


def exclusion_words(rule: ExclusionRule) -> str:
    """Say what of a kind of exclusion is left out.

    >>> exclusion_words(ExclusionRule("force_majeure")), exclusion_words(ExclusionRule("maintenance", 172_800_000))
    ('force majeure', 'maintenance, if it is announced 2 days before')
    """
    text = plain(rule.kind).replace("_", " ")
    if rule.notice_ms:
        text = _("{kind}, if it is announced {notice} before", kind=text, notice=days_words(rule.notice_ms))
    if rule.notice_days:
        notice = ngettext("{number} business day", "{number} business days", rule.notice_days)
        text = _("{kind}, if it is announced {notice} before", kind=text, notice=notice)
    if rule.only_during:
        text = _("{kind}, within {hours}", kind=text, hours="; ".join(map(_hours, rule.only_during)))
    if rule.most_ms is not None:
        text = _("{kind}, no more than {time} of a period", kind=text, time=duration(rule.most_ms))
    return text


def credit_words(credit: CreditRules) -> Iterator[str]:
    """Yield what a miss of a service window is worth, a sentence for each rule and tier."""
    for rule in credit.rules:
        yield from _rule(rule)
    if len(credit.rules) > 1:
        is_sum = credit.combine is Combine.SUM
        yield _("Of several credits, all add up") if is_sum else _("Of several credits, the largest counts")
    if credit.cap is not None:
        yield _("Never more than {share} of the fee", share=_percent(credit.cap))


def _rule(rule: CreditRule) -> Iterator[str]:
    if isinstance(rule, Tiers):
        yield from (_tier(rule, tier) for tier in rule.tiers)
    elif isinstance(rule, ProRata):
        words = (
            N_("{multiple} times the share of the time that was down beyond what is allowed")
            if rule.over_budget
            else N_("{multiple} times the share of the time that was down")
        )
        yield _(words, multiple=value_of(exact_text(rule.multiple)))
    elif isinstance(rule, PerDay):
        limit, award = _compared(rule.comparison, duration(rule.limit_ms)), _award(Award(days=rule.days))
        words = (
            N_("Each day with downtime {limit} in one piece: {award}")
            if rule.is_consecutive
            else N_("Each day with downtime {limit}: {award}")
        )
        yield _(words, limit=limit, award=award)
    elif isinstance(rule, Shortfall):
        words = (
            N_("Each started {step} below the promise: {award}")
            if rule.counts_started
            else N_("Each {step} below the promise: {award}")
        )
        yield _(words, step=_percent(rule.step), award=_award(rule.award))
    else:
        words = N_("Each started {time} of {downtime}: {award}")
        if not rule.counts_started:
            words = N_("Each whole {time} of {downtime}: {award}")
        yield _(words, time=duration(rule.block_ms), downtime=_downtime_of(rule), award=_award(rule.award))


def _tier(rule: Tiers, tier: Tier) -> str:
    award = _award(tier.award)
    if not tier.bounds:
        return _("In any case: {award}", award=award)
    first, *others = (_bound(bound, is_time=rule.of_downtime) for bound in tier.bounds)
    limits = reduce(lambda some, then: _("{first} and {then}", first=some, then=then), others, first)
    if rule.of_downtime:
        return _("Downtime {limits}: {award}", limits=limits, award=award)
    return _("Availability {limits}: {award}", limits=limits, award=award)


def _downtime_of(rule: Blocks) -> str:
    if rule.each_outage_ms is None:
        return _("downtime beyond what is allowed") if rule.over_budget else _("downtime")
    least = duration(rule.each_outage_ms)
    if rule.over_budget:
        return _("downtime beyond what is allowed, of outages of at least {least}", least=least)
    return _("downtime, of outages of at least {least}", least=least)


def _bound(bound: Bound, *, is_time: bool) -> str:
    return _compared(bound.comparison, exact_seconds(int(bound.limit)) if is_time else _percent(bound.limit))


def _award(award: Award) -> str:
    if not award.days:
        return _("{share} of the fee", share=_percent(award.share))
    if award.days.denominator == 1:
        return ngettext("the fee of {number} day", "the fee of {number} days", award.days.numerator)
    return _("the fee of {days} days", days=value_of(exact_text(award.days)))


def _percent(ratio: Fraction) -> str:
    return value_of(percent(ratio))


def whole_credit_words(terms: Terms) -> Iterator[str]:
    """Yield what holds of the credits of all service windows together."""
    if len(terms.windows) > 1:
        is_sum = terms.credit_combine is Combine.SUM
        yield (
            _("Of several windows all credits add up") if is_sum else _("Of several windows the largest credit counts")
        )
    if terms.credit_cap is not None:
        yield _("Never more than {share} of a period’s fee", share=_percent(terms.credit_cap))
    if terms.credit_cap_12_months is not None:
        share = _percent(terms.credit_cap_12_months)
        yield _("In twelve months never more than {share} of one period’s fee", share=share)
    if terms.least_credit is not None and terms.fee is not None:
        least = money_text(terms.least_credit.amount, terms.fee.currency)
        yield _("Only credits of {limit} are given", limit=_compared(terms.least_credit.comparison, least))


def claim_words(claim: ClaimRule | None) -> str:
    """Say whether a credit must be claimed, and until when."""
    if claim is None:
        return _("No claim is needed")
    if claim.is_business:
        return ngettext(
            "To be claimed within {number} business day after the period",
            "To be claimed within {number} business days after the period",
            claim.days,
        )
    return ngettext(
        "To be claimed within {number} day after the period",
        "To be claimed within {number} days after the period",
        claim.days,
    )


def fee_words(terms: Terms) -> Iterator[str]:
    """Yield from when on a fee is another one."""
    if terms.fee is not None:
        for step in terms.fee.steps:
            day, fee = long_day_text(day_of(step.from_ms, terms.zone)), money_text(step.amount, terms.fee.currency)
            yield _("From {day}: {fee}", day=day, fee=fee)


def objective_words(objective: Objective) -> str:
    """Say what is promised besides availability."""
    limit = _compared(objective.comparison, value_of(value_text(objective.measure, objective.limit)))
    measure = objective.measure
    if isinstance(measure, Percentile):
        return _("{share} of good answers take {limit}", share=_percent(measure.share), limit=limit)
    if isinstance(measure, Promptness):
        return _(_STEPS[measure.step], time=duration(measure.within_ms), limit=limit)
    return _("{name}: {line}", name=plain(measure.figure), line=limit)


def days_words(length_ms: int) -> str:
    """Write a notice: in days where it is whole days.

    >>> days_words(5 * 86_400_000), days_words(7_200_000)
    ('5 days', '2 h')
    """
    days, rest_ms = divmod(length_ms, DAY_MS)
    return duration(length_ms) if rest_ms or not days else ngettext("{number} day", "{number} days", days)
