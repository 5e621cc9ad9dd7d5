"""The sum shown: lines by which a person can redo a judgement by hand, and come to the same.

Every figure of a line is exact, or says that it is cut off. Seconds are written as decimals, to be typed into any
calculator. The lines name no person and no target's text.
"""

from __future__ import annotations

from collections.abc import Iterator

from uptally.model.credit import Combine
from uptally.model.downtime import Requests
from uptally.model.fee import Fee
from uptally.model.judgement import ClaimStatus, PeriodJudgement, WindowJudgement
from uptally.model.terms import DenominatorKind, ServiceWindow, StartsAt, Terms, Unknown
from uptally.rules.contract.settlement import fee_in_force
from uptally.rules.contract.wording import ROUNDINGS, downtime_text, percent, rule_text, seconds
from uptally.units.money import exact_text, rounded
from uptally.units.said import Said, said, strung
from uptally.units.time import format_duration, format_instant

_MET = {True: said("met"), False: said("missed")}


def lines_of(terms: Terms, period: PeriodJudgement) -> tuple[Said, ...]:
    """Return how a period's result was come to: window by window, then credit, money and claim."""
    start, end = _instant(period.period.start_ms), _instant(period.period.end_ms)
    lines = [
        said("{label}: {start} to {end}, {zone}", label=period.label, start=start, end=end, zone=str(terms.zone)),
    ]
    for window, found in zip(terms.windows, period.windows, strict=True):
        lines.extend(said("{name}: {line}", name=found.name, line=line) for line in _window_lines(terms, window, found))
    lines.extend(_exclusion_lines(period))
    lines.extend(_credit_lines(terms, period))
    return tuple(lines)


def _window_lines(terms: Terms, window: ServiceWindow, found: WindowJudgement) -> Iterator[Said]:
    yield from _time_lines(terms, found)
    if found.availability is None or found.decision is None:
        yield said("no time to measure, so no availability and no credit")
        return
    if not found.denominator_ms or (found.availability == 1 and not found.agreed_ms):
        yield said("no time to measure, which the terms take for {whole}", whole="100%")
        return
    yield from _availability_lines(terms, found)
    yield _promise_line(terms, found)
    yield _budget_line(found)
    for each in found.yields:
        rule, share = rule_text(window.credit.rules[each.rule], found), percent(each.share)
        yield said("credit by {rule}: {share} of the fee", rule=rule, share=share)
    if len(found.yields) > 1:
        is_sum = window.credit.combine is Combine.SUM
        yield said("of several credits, the sum counts") if is_sum else said("of several credits, the largest counts")
    if found.is_capped:
        yield said("no more than {share} by the cap", share=percent(found.share))


def _availability_lines(terms: Terms, found: WindowJudgement) -> Iterator[Said]:
    assert found.availability is not None, "no time to measure"
    share = percent(found.availability)
    if found.parts:
        for part in found.parts:
            weight, of_part = exact_text(part.weight), percent(part.availability)
            yield said("{part}, which weighs {weight}: {share}", part=part.name, weight=weight, share=of_part)
        yield said("availability, their weighted mean: {share}", share=share)
    else:
        down, time = seconds(found.counted_ms), seconds(found.denominator_ms)
        if found.counted_ms > found.denominator_ms:
            yield said(
                "availability = 1 - {down} / {time} = {share}, not below {none}",
                down=down,
                time=time,
                share=share,
                none="0%",
            )
        else:
            yield said("availability = 1 - {down} / {time} = {share}", down=down, time=time, share=share)
    if terms.rounding is not None and found.decision is not None:
        yield said(
            "rounded by the contract to {decimals} decimals, {rounding}: {share}",
            decimals=str(terms.rounding.decimals),
            rounding=ROUNDINGS[terms.rounding.rounding],
            share=percent(found.decision),
        )


def _promise_line(terms: Terms, found: WindowJudgement) -> Said:
    target, verdict = percent(found.target), _MET[bool(found.is_met)]
    if terms.is_met_at_equality:
        return said("promised: at least {target}; {verdict}", target=target, verdict=verdict)
    return said("promised: more than {target}; {verdict}", target=target, verdict=verdict)


def _budget_line(found: WindowJudgement) -> Said:
    values = {
        "whole": "100%",
        "target": percent(found.target),
        "time": seconds(found.denominator_ms),
        "budget": seconds(found.budget_ms),
    }
    if found.left_ms >= 0:
        return said(
            "downtime allowed: ({whole} - {target}) x {time} s = {budget} s; {left} s left",
            left=seconds(found.left_ms),
            **values,
        )
    return said(
        "downtime allowed: ({whole} - {target}) x {time} s = {budget} s; overdrawn by {over} s",
        over=seconds(-found.left_ms),
        **values,
    )


def _time_lines(terms: Terms, found: WindowJudgement) -> Iterator[Said]:
    rule, agreed = terms.downtime, seconds(found.agreed_ms)
    if isinstance(rule, Requests):
        length = format_duration(rule.bucket_ms)
        yield said(
            "{time} s in intervals of {length}; {definition}",
            time=agreed,
            length=length,
            definition=downtime_text(rule),
        )
        yield said("their bad share is {time} s", time=seconds(found.counted_ms))
        return
    scheduled, excluded = seconds(found.scheduled_ms), seconds(found.scheduled_ms - found.agreed_ms)
    if found.scheduled_ms != found.agreed_ms:
        yield said(
            "{time} s of service time - {excluded} s excluded = {agreed} s",
            time=scheduled,
            excluded=excluded,
            agreed=agreed,
        )
    else:
        yield said("{time} s of service time", time=scheduled)
    if found.excluded_ms:
        down = seconds(found.excluded_ms)
        yield said("{time} s of downtime lie in exclusions and do not count", time=down)
    yield from _unknown_lines(terms, found)
    if terms.denominator.kind is DenominatorKind.FIXED:
        yield said("divided by {time} s, by the contract", time=seconds(found.denominator_ms))
    elif terms.denominator.kind is not DenominatorKind.ACTUAL:
        yield said("divided by {time} s, days of 24 hours", time=seconds(found.denominator_ms))
    counted = seconds(found.counted_ms)
    yield said("downtime that counts: {time} s ({definition})", time=counted, definition=downtime_text(rule))
    if terms.has_impact:
        yield said("an outage counts for the share of the users that it affected")
    if terms.starts_at is StartsAt.REPORT:
        yield said("downtime counts from the customer's report")
    if found.ignored_ms:
        yield said("{time} s of downtime do not count by that definition", time=seconds(found.ignored_ms))


def _unknown_lines(terms: Terms, found: WindowJudgement) -> Iterator[Said]:
    if not found.unknown_ms:
        return
    unknown = seconds(found.unknown_ms)
    if terms.unknown is Unknown.AS_UP:
        yield said("{time} s are unknown and count as up", time=unknown)
    elif terms.unknown is Unknown.AS_DOWN:
        yield said("{time} s are unknown and count as down", time=unknown)
    else:
        measured = seconds(found.agreed_ms - found.unknown_ms)
        yield said(
            "{time} s - {unknown} s unknown = {measured} s measured",
            time=seconds(found.agreed_ms),
            unknown=unknown,
            measured=measured,
        )


def _exclusion_lines(period: PeriodJudgement) -> Iterator[Said]:
    for code in period.codes:
        word, _, rest = code.partition(":")
        if word == "excluded":
            yield said("exclusion {name} counts", name=rest)
        elif word == "not_excluded":
            name, _, why = rest.rpartition(":")
            if why == "kind":
                yield said("exclusion {name} does not count: the terms know none of its kind", name=name)
            else:
                yield said("exclusion {name} does not count: it was not announced in time", name=name)
        elif word == "outside_hours":
            yield said("{kind} outside the hours that it may take does not count", kind=rest)
        elif word == "exclusion_capped":
            yield said("{kind} beyond what it may take of a period does not count", kind=rest)


def _credit_lines(terms: Terms, period: PeriodJudgement) -> Iterator[Said]:
    if len(period.windows) > 1 and any(window.share for window in period.windows):
        shares = strung(", ", (strung(" ", (window.name, percent(window.share))) for window in period.windows))
        if terms.credit_combine is Combine.SUM:
            yield said("credit of several windows ({shares}): the sum", shares=shares)
        else:
            yield said("credit of several windows ({shares}): the largest", shares=shares)
    for code, line in _CREDIT_CODES.items():
        if code in period.codes:
            yield line
    yield from money_lines(terms, period)


def money_lines(terms: Terms, period: PeriodJudgement) -> Iterator[Said]:
    """Yield what a period's credit comes to, how its claim stands, and what is due of it."""
    fee = terms.fee
    if fee is None or period.amount is None:
        if period.share:
            yield said("credit: {share} of the fee", share=percent(period.share))
        return
    if not period.share:
        yield said("credit: none")
        return
    yield _credit_sum(terms, fee, period)
    least = terms.least_credit
    if least is not None and "credit_below_minimum" in period.codes:
        yield said(
            "none is issued: it would have to be {comparison} {amount} {currency}",
            comparison=least.comparison.value,
            amount=f"{least.amount:f}",
            currency=fee.currency,
        )
    if period.claim_by_ms is not None and period.claim is not ClaimStatus.NOTHING_DUE:
        moment = _instant(period.claim_by_ms)
        yield said("to be claimed before {moment}: {claim}", moment=moment, claim=_CLAIMS[period.claim])
    if period.amount:
        due = f"{period.payable:f}"
        if period.tax:
            yield said(
                "due: {amount} {currency} and {tax} {currency} of tax ({rate})",
                amount=due,
                currency=fee.currency,
                tax=f"{period.tax:f}",
                rate=percent(fee.tax),
            )
        else:
            yield said("due: {amount} {currency}", amount=due, currency=fee.currency)


def _credit_sum(terms: Terms, fee: Fee, period: PeriodJudgement) -> Said:
    whole = fee_in_force(fee, terms, period.period)
    amount = rounded(whole * period.fee_share * period.share, decimals=fee.decimals, rounding=fee.rounding)
    values = {
        "fee": exact_text(whole),
        "currency": fee.currency,
        "share": f"{exact_text(100 * period.share)}%",
        "amount": f"{amount:f}",
        "decimals": str(fee.decimals),
        "rounding": ROUNDINGS[fee.rounding],
    }
    if period.fee_share == 1:
        return said(
            "credit: {fee} {currency} x {share} = {amount} {currency} (rounded to {decimals} decimals, {rounding})",
            **values,
        )
    return said(
        "credit: {fee} {currency} x {part} (part of the period) x {share} = {amount} {currency} "
        "(rounded to {decimals} decimals, {rounding})",
        part=exact_text(period.fee_share),
        **values,
    )


_CREDIT_CODES = {
    "credit_capped:total": said("the credit is cut to the cap of the period"),
    "credit_capped:12_months": said("the credit is cut to what the cap over twelve months leaves"),
    "partial_period_no_credit": said("a part of a period gives no credit"),
}

_CLAIMS = {
    ClaimStatus.NOT_REQUIRED: said("no claim is needed"),
    ClaimStatus.NOTHING_DUE: said("nothing is due"),
    ClaimStatus.NOT_MADE: said("no claim is on record"),
    ClaimStatus.IN_TIME: said("claimed in time"),
    ClaimStatus.LATE: said("claimed too late"),
}


def _instant(at_ms: int) -> str:
    return format_instant(at_ms).replace(".000Z", "Z")
