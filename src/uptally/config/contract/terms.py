"""One table of `slas` becomes terms, and its keys are held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from uptally.config.contract import keys, rules
from uptally.config.contract.objectives import objectives_of
from uptally.config.contract.readers import LONGEST_MS
from uptally.config.contract.windows import refuse_closed, windows_of
from uptally.config.marks import Path
from uptally.config.source import Source
from uptally.config.wording import validated_in_part
from uptally.model.credit import Blocks, PerDay
from uptally.model.downtime import RequestMode, Requests
from uptally.model.terms import Business, Period, PeriodKind, RatioRounding, Terms
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import DAY_MS, Window, midnight_ms


def one_of_terms(value: object, name: str, path: Path, zone: ZoneInfo, source: Source) -> Terms | None:
    """Return the terms that a table describes, adding what is wrong with it; None where anything is.

    `zone` is the page's, which holds where the table names none.
    """
    before = source.problems.count
    asked = validated_in_part(keys.Sla, value, path, source)
    if asked is None:
        return None
    terms = _terms(asked, name, path, asked.timezone or zone, source)
    for inner, message in _contradictions(terms, asked):
        source.problems.add((*path, *inner), message)
    if source.problems.count > before or not terms.windows:
        return None
    refuse_closed(terms, path, source)
    return terms


def _terms(asked: keys.Sla, name: str, path: Path, zone: ZoneInfo, source: Source) -> Terms:
    found = (
        rules.termination_of(each, (*path, "termination", index), source)
        for index, each in enumerate(asked.termination or ())
    )
    least = asked.least_credit
    windows = windows_of(asked, path, source)
    names = [window.name for window in windows]
    contract = _contract(asked, zone, path, source)
    return Terms(
        name=name,
        windows=windows,
        zone=zone,
        period=_period(asked, contract, path, source),
        contract=contract,
        partial_period=asked.partial_period,
        open_period=asked.open_period,
        downtime=rules.downtime_of(asked.downtime, (*path, "downtime"), source),
        unknown=asked.unknown,
        exclusions=rules.exclusions_of(asked),
        has_impact=asked.impact == "proportional",
        denominator=asked.denominator,
        is_met_at_equality=asked.met_at_target,
        rounding=RatioRounding(asked.rounding.decimals, asked.rounding.mode) if asked.rounding else None,
        is_full_without_service=asked.zero_service == "as_100",
        credit_combine=asked.combine_windows,
        credit_cap=asked.cap,
        fee=rules.fee_of(asked.fee, zone, (*path, "fee"), source) if asked.fee else None,
        least_credit=rules.least_credit_of(least, asked.fee, (*path, "least_credit"), source) if least else None,
        claim=rules.claim_of(asked.claim) if asked.claim else None,
        credit_cap_12_months=asked.cap_12_months,
        termination=tuple(rule for rule in found if rule is not None),
        business=Business(asked.business_days, asked.holidays or frozenset()),
        starts_at=asked.starts_at,
        edges=asked.edges,
        confidence=asked.confidence,
        objectives=objectives_of(asked.objectives or (), windows=names, path=(*path, "objectives"), source=source),
        slow_above_us=None if asked.slow_above is None else asked.slow_above * 1_000,
    )


def _contract(asked: keys.Sla, zone: ZoneInfo, path: Path, source: Source) -> Window | None:
    if asked.start is None and asked.until is None:
        return None
    if asked.start is not None and asked.until is not None and asked.until <= asked.start:
        source.problems.add((*path, "until"), "must be after 'from': it is the first day on which they no longer hold")
    return Window(
        FIRST_MS if asked.start is None else midnight_ms(asked.start, zone),
        LAST_MS if asked.until is None else midnight_ms(asked.until, zone),
    )


def _period(asked: keys.Sla, contract: Window | None, path: Path, source: Source) -> Period:
    """Return what the target is measured over: a custom period is all the time in which its terms hold."""
    if asked.period.kind is not PeriodKind.CUSTOM:
        return asked.period
    for key, value, day in (("from", asked.start, "its first day"), ("until", asked.until, "the first day after it")):
        if value is None:
            source.problems.add((*path, key), f"the key is missing: say {day}, since the period is custom")
    if asked.start and asked.until and asked.until - asked.start > timedelta(milliseconds=LONGEST_MS):
        source.problems.add((*path, "until"), f"a custom period has at most {LONGEST_MS // DAY_MS} days")
    return replace(asked.period, window=contract)


def _contradictions(terms: Terms, asked: keys.Sla) -> Iterator[tuple[Path, str]]:
    """Yield what cannot hold together in terms, each with its path in them."""
    if asked.period.kind is PeriodKind.CUSTOM:
        yield from _in_one_period(asked)
    if not isinstance(terms.downtime, Requests):
        return
    for key in ("impact", "starts_at", "edges", "slow_above"):
        if key in asked.model_fields_set:
            yield (key,), "means nothing where 'downtime' is counted by requests"
    if terms.downtime.mode is not RequestMode.THRESHOLD and _looks_at_outages(terms):
        yield (
            ("downtime", "mode"),
            "has no outages that 'per_day' or 'outages_of' could look at: write threshold, or remove these",
        )


def _in_one_period(asked: keys.Sla) -> Iterator[tuple[Path, str]]:
    """Yield what terms of a single custom period cannot have, each with its path in them."""
    if asked.claim is not None:
        yield ("claim",), "means nothing beside a custom period, whose credits need no claim: remove the key"
    for index, rule in enumerate(asked.termination or ()):
        for key, number in (("misses", rule.misses), ("periods", rule.periods)):
            if number is not None and number > 1:
                yield ("termination", index, key), "must be 1: terms with a custom period have no other"


def _looks_at_outages(terms: Terms) -> bool:
    return any(
        isinstance(rule, PerDay) or (isinstance(rule, Blocks) and rule.each_outage_ms is not None)
        for window in terms.windows
        for rule in window.credit.rules
    )
