"""The terms of a file of the format ``sla-vector/1``."""

from __future__ import annotations

import re
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from uptally.conformance.credit import credit_rules
from uptally.conformance.downtime import downtime_rule
from uptally.conformance.part import Part
from uptally.conformance.settlement import claim, fee, least_credit, termination_rule
from uptally.model.credit import Combine
from uptally.model.terms import (
    Always,
    ComplementOf,
    Composite,
    CompositeMode,
    Denominator,
    DenominatorKind,
    ExclusionRule,
    ExclusionRules,
    Hours,
    OpenPeriod,
    PartialPeriod,
    Period,
    PeriodKind,
    RatioRounding,
    Schedule,
    ServiceWindow,
    Terms,
    Unknown,
    Weekly,
)
from uptally.units.money import Rounding
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_OURS = (PeriodKind.ROLLING, PeriodKind.CYCLE)
"""Kinds of periods that the format does not know."""


def terms_of(part: Part, name: str) -> Terms:
    """Return the terms, which are named for their file."""
    windows = part.many("windows", _window)
    _check_windows(part, windows)
    return Terms(
        name=name,
        windows=windows,
        zone=_zone(part),
        period=Period(part.member("period", PeriodKind, less=_OURS)),
        contract=_contract(part),
        partial_period=part.member("partial_period", PartialPeriod),
        open_period=part.member("open_period", OpenPeriod),
        downtime=part.one("downtime", downtime_rule),
        unknown=part.member("unknown", Unknown),
        exclusions=part.one("exclusions", _exclusion_rules),
        composite=part.maybe("composite", lambda key: part.one(key, _composite)),
        has_impact=part.choice("impact", {"ignore": False, "proportional": True}),
        denominator=_denominator(part),
        is_met_at_equality=part.choice("target_cmp", {">=": True, ">": False}),
        rounding=part.maybe("contract_rounding", lambda key: part.one(key, _rounding)),
        is_full_without_service=part.choice("zero_service", {"not_applicable": False, "as_100": True}),
        credit_combine=part.member("credit_combine", Combine),
        credit_cap=part.maybe("cap_percent", part.percent),
        fee=part.one("fee", fee),
        least_credit=part.maybe("min_credit", lambda key: part.one(key, least_credit)),
        claim=part.maybe("claim", lambda key: part.one(key, claim)),
        termination=part.maybe("termination", lambda key: part.many(key, termination_rule)) or (),
    )


def open_window(part: Part) -> Window:
    """Return time of which either end may be open."""
    from_ms, to_ms = part.maybe("from_ms", part.whole), part.maybe("to_ms", part.whole)
    return Window(FIRST_MS if from_ms is None else from_ms, LAST_MS if to_ms is None else to_ms)


def _zone(part: Part) -> ZoneInfo:
    name = part.text("timezone")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise part.refused("timezone", f"{name!r} is no time zone") from None


def _contract(part: Part) -> Window | None:
    window = part.one("contract", open_window)
    return None if window == (FIRST_MS, LAST_MS) else window


def _window(part: Part) -> ServiceWindow:
    credit = part.maybe("credit", lambda key: part.one(key, credit_rules))
    name, target = part.text("name"), part.percent("target")
    schedule = _schedule(part)
    return ServiceWindow(name, target, schedule) if credit is None else ServiceWindow(name, target, schedule, credit)


def _check_windows(part: Part, windows: tuple[ServiceWindow, ...]) -> None:
    schedules = {window.name: window.schedule for window in windows}
    if not windows or len(schedules) < len(windows):
        raise part.refused("windows", "none at all" if not windows else "two have the same name")
    for name, schedule in schedules.items():
        seen = {name}
        while isinstance(schedule, ComplementOf):
            if schedule.window in seen or schedule.window not in schedules:
                raise part.refused("windows", f"{schedule.window!r} is no window to be the complement of")
            seen.add(schedule.window)
            schedule = schedules[schedule.window]


def _schedule(part: Part) -> Schedule:
    if part.take("schedule") == "always":
        return Always()
    return part.one("schedule", _hours_or_complement)


def _hours_or_complement(part: Part) -> Schedule:
    other = part.maybe("complement_of", part.text)
    if other is not None:
        return ComplementOf(other)
    closed = part.maybe("closed_dates", part.items) or []
    return Weekly(part.many("weekly", _hours), frozenset(_date(part, text) for text in closed))


def _date(part: Part, text: object) -> date:
    try:
        return date.fromisoformat(cast(str, text))
    except (ValueError, TypeError):
        raise part.refused("closed_dates", f"{text!r} is no date") from None


def _hours(part: Part) -> Hours:
    days = part.items("days")
    for day in days:
        if day not in _DAYS:
            raise part.refused("days", f"{day!r} is none of {', '.join(_DAYS)}")
    return Hours(
        frozenset(index for index, day in enumerate(_DAYS) if day in days),
        _time_of_day(part, "from", below_ms=24 * HOUR_MS),
        _time_of_day(part, "to", below_ms=24 * HOUR_MS + 1),
    )


def _time_of_day(part: Part, key: str, *, below_ms: int) -> int:
    text = part.text(key)
    match = _TIME_OF_DAY.fullmatch(text)
    found_ms = int(match[1]) * HOUR_MS + int(match[2]) * MINUTE_MS if match else below_ms
    if found_ms >= below_ms:
        raise part.refused(key, f"{text!r} is no time of day")
    return found_ms


def _exclusion_rules(part: Part) -> ExclusionRules:
    rules = part.many("rules", _exclusion_rule)
    if len({rule.kind for rule in rules}) < len(rules):
        raise part.refused("rules", "two are for the same kind")
    return ExclusionRules(rules, part.choice("effect", {"leave_out": False, "count_as_up": True}))


def _exclusion_rule(part: Part) -> ExclusionRule:
    return ExclusionRule(
        kind=part.text("kind"),
        notice_ms=part.maybe("min_notice_s", part.ms),
        only_during=part.maybe("only_during", lambda key: part.many(key, _hours)),
        most_ms=part.maybe("max_excluded_s", part.ms),
    )


def _composite(part: Part) -> Composite:
    mode = part.member("mode", CompositeMode)
    weights = part.maybe("weights", lambda key: part.named(key, Part.number)) or {}
    least = part.maybe("k", lambda key: part.count(key, least=1))
    if mode is CompositeMode.AT_LEAST_DOWN and least is None:
        raise part.refused("k", "missing")
    if mode is CompositeMode.WEIGHTED and not sum(weights.values()):
        raise part.refused("weights", "missing, or nothing but 0")
    return Composite(mode, least or 1, weights)


def _denominator(part: Part) -> Denominator:
    if isinstance(part.take("denominator"), str):
        return Denominator(part.member("denominator", DenominatorKind, less=(DenominatorKind.FIXED,)))
    return part.one("denominator", lambda fixed: Denominator(DenominatorKind.FIXED, fixed.ms("fixed_s", least=1)))


def _rounding(part: Part) -> RatioRounding:
    return RatioRounding(part.count("decimals"), part.member("mode", Rounding))
