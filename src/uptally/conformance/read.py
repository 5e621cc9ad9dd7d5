"""A file of the format ``sla-vector/1`` becomes terms, facts and periods."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from uptally.conformance.credit import credit_rules, ratio
from uptally.errors import QuantityError
from uptally.model.comparison import Comparison
from uptally.model.credit import Combine
from uptally.model.downtime import BucketTime, Counted, DowntimeRule, Empty, Instant, RequestMode, Requests, Run
from uptally.model.facts import Exclusion, Facts, History, Impact, RequestCount, RequestCounts
from uptally.model.fee import ClaimRule, Fee, LeastCredit, Proration
from uptally.model.termination import Misses, RollingAverage, TerminationRule
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
from uptally.rules.contract.periods import period_window
from uptally.units.money import Rounding
from uptally.units.stretches import FIRST_MS, LAST_MS, Stretches, difference, stretches
from uptally.units.time import HOUR_MS, MINUTE_MS, SECOND_MS, Window

FORMAT = "sla-vector/1"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Part = Mapping[str, Any]


class Case(NamedTuple):
    """One file: what it is about, what goes in, and what must come out."""

    id: str
    why: str
    terms: Terms
    facts: Facts
    periods: tuple[tuple[str, Window], ...]
    expected: Part


def read_case(text: str) -> Case:
    """Return the case that a file's text holds.

    Raises QuantityError where it is no JSON, of another format, or says what the format does not know.
    """
    try:
        whole = json.loads(text)
        if not isinstance(whole, dict) or whole.get("format") != FORMAT:
            raise QuantityError(f"is not of the format {FORMAT}")
        terms = _terms(whole["id"], whole["terms"])
        periods = tuple(_period(terms, label) for label in whole["input"]["periods"])
        return Case(whole["id"], whole["why"], terms, _facts(whole["input"]), periods, whole["expected"])
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, ZeroDivisionError) as error:
        if isinstance(error, QuantityError):
            raise
        raise QuantityError(f"cannot be read: {type(error).__name__}: {error}") from error


def _terms(name: str, part: Part) -> Terms:
    contract = part["contract"]
    is_limited = contract["from_ms"] is not None or contract["to_ms"] is not None
    rounding = part["contract_rounding"]
    return Terms(
        name=name,
        windows=tuple(_window(window) for window in part["windows"]),
        zone=ZoneInfo(part["timezone"]),
        period=Period(PeriodKind(part["period"])),
        contract=_open_window(contract["from_ms"], contract["to_ms"]) if is_limited else None,
        partial_period=PartialPeriod(part["partial_period"]),
        open_period=OpenPeriod(part["open_period"]),
        downtime=_downtime(part["downtime"]),
        unknown=Unknown(part["unknown"]),
        exclusions=_exclusion_rules(part["exclusions"]),
        composite=_composite(part["composite"]),
        has_impact=_one_of(part["impact"], {"ignore": False, "proportional": True}),
        denominator=_denominator(part["denominator"]),
        is_met_at_equality=_one_of(part["target_cmp"], {">=": True, ">": False}),
        rounding=None if rounding is None else RatioRounding(rounding["decimals"], Rounding(rounding["mode"])),
        is_full_without_service=_one_of(part["zero_service"], {"not_applicable": False, "as_100": True}),
        credit_combine=Combine(part["credit_combine"]),
        credit_cap=None if part["cap_percent"] is None else ratio(part["cap_percent"]),
        fee=_fee(part["fee"]),
        least_credit=_least_credit(part["min_credit"]),
        claim=_claim(part["claim"]),
        termination=tuple(_termination(rule) for rule in part["termination"] or ()),
    )


def _one_of(value: str, meanings: Mapping[str, bool]) -> bool:
    if value not in meanings:
        raise QuantityError(f"{value!r} is none of {', '.join(meanings)}")
    return meanings[value]


def _open_window(from_ms: int | None, to_ms: int | None) -> Window:
    return Window(FIRST_MS if from_ms is None else from_ms, LAST_MS if to_ms is None else to_ms)


def _ms(seconds: str | float) -> int:
    """Read seconds, given as a number or as decimal text; finer than a millisecond is refused."""
    exact = Fraction(str(seconds)) * SECOND_MS
    if exact.denominator != 1:
        raise QuantityError(f"{seconds} s is no whole number of milliseconds")
    return exact.numerator


def _window(part: Part) -> ServiceWindow:
    credit = part["credit"]
    return ServiceWindow(part["name"], ratio(part["target"]), _schedule(part["schedule"]), credit_rules(credit))


def _schedule(part: str | Part) -> Schedule:
    if part == "always":
        return Always()
    if not isinstance(part, Mapping):
        raise QuantityError(f"{part!r} is no schedule")
    if "complement_of" in part:
        return ComplementOf(part["complement_of"])
    closed = frozenset(date.fromisoformat(text) for text in part["closed_dates"])
    return Weekly(tuple(_hours(hours) for hours in part["weekly"]), closed)


def _hours(part: Part) -> Hours:
    days = frozenset(_DAYS.index(day) for day in part["days"])
    return Hours(days, _time_of_day(part["from"]), _time_of_day(part["to"]))


def _time_of_day(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR_MS + int(minutes) * MINUTE_MS


def _downtime(part: Part) -> DowntimeRule:
    rules: Mapping[str, Callable[[Part], DowntimeRule]] = {
        "instant": lambda _: Instant(),
        "run": _run,
        "bucket_time": lambda part: BucketTime(
            _ms(part["bucket_s"]), _one_of(part["down_when"], {"any": False, "all": True})
        ),
        "requests": _requests,
    }
    return rules[part["kind"]](part)


def _run(part: Part) -> Run:
    is_incident = _one_of(part["scope"], {"counted": False, "incident": True})
    return Run(_ms(part["min_s"]), Comparison(part["cmp"]), is_incident, Counted(part["count"]))


def _requests(part: Part) -> Requests:
    return Requests(
        bucket_ms=_ms(part["bucket_s"]),
        mode=RequestMode(part["mode"]),
        empty=Empty(part.get("empty", "ok")),
        threshold=Fraction(str(part.get("threshold", 0))),
        comparison=Comparison(part.get("cmp", ">")),
        least_requests=part.get("min_requests", 1),
        least_run=part.get("min_consecutive", 1),
    )


def _exclusion_rules(part: Part) -> ExclusionRules:
    rules = tuple(_exclusion_rule(rule) for rule in part["rules"])
    return ExclusionRules(rules, _one_of(part["effect"], {"leave_out": False, "count_as_up": True}))


def _exclusion_rule(part: Part) -> ExclusionRule:
    notice, only, most = part.get("min_notice_s"), part.get("only_during"), part.get("max_excluded_s")
    return ExclusionRule(
        kind=part["kind"],
        notice_ms=None if notice is None else _ms(notice),
        only_during=None if only is None else tuple(_hours(hours) for hours in only),
        most_ms=None if most is None else _ms(most),
    )


def _composite(part: Part | None) -> Composite | None:
    if part is None:
        return None
    weights = {name: Fraction(str(weight)) for name, weight in part.get("weights", {}).items()}
    return Composite(CompositeMode(part["mode"]), part.get("k", 1), weights)


def _denominator(part: str | Part) -> Denominator:
    if isinstance(part, Mapping):
        return Denominator(DenominatorKind.FIXED, _ms(part["fixed_s"]))
    return Denominator(DenominatorKind(part))


def _fee(part: Part) -> Fee:
    basis = part["day_basis"]
    return Fee(
        amount=Decimal(part["amount"]),
        currency=part["currency"],
        decimals=part["decimals"],
        rounding=Rounding(part["rounding"]),
        proration=Proration(part["proration"]),
        day_basis=None if basis == "period_days" else Fraction(str(basis)),
    )


def _least_credit(part: Part | None) -> LeastCredit | None:
    return None if part is None else LeastCredit(Decimal(part["amount"]), Comparison(part["cmp"]))


def _claim(part: Part | None) -> ClaimRule | None:
    return ClaimRule(part["days"]) if part is not None and part["required"] else None


def _termination(part: Part) -> TerminationRule:
    below = None if part.get("below") is None else ratio(part["below"])
    if part["kind"] == "rolling_average":
        if below is None:
            raise QuantityError("a rolling average needs 'below'")
        return RollingAverage(part["periods"], below)
    _one_of(part["kind"], {"misses": True})
    above = part.get("downtime_gt_s")
    return Misses(part["misses"], part["of"], below, None if above is None else _ms(above))


def _period(terms: Terms, label: str | Part) -> tuple[str, Window]:
    if isinstance(label, str):
        return label, period_window(terms.period, label, terms.zone)
    window = Window(label["from_ms"], label["to_ms"])
    return label.get("label", f"{window.start_ms}/{window.end_ms}"), window


def _facts(part: Part) -> Facts:
    return Facts(
        components={name: _history(component) for name, component in part["components"].items()},
        exclusions=tuple(
            Exclusion(each["id"], each["kind"], each["from_ms"], each["to_ms"], each.get("notified_ms"))
            for each in part["exclusions"]
        ),
        requests=_request_counts(part["requests"]),
        as_of_ms=part["as_of_ms"],
        claims=part["claims"],
    )


def _history(part: Part) -> History:
    listed: dict[str, list[tuple[int, int]]] = {"up": [], "down": [], "unknown": []}
    impacts: list[Impact] = []
    for each in part["timeline"]:
        listed[each["state"]].append((each["from_ms"], each["to_ms"]))
        if "impact" in each and each["state"] == "down":
            impacts.append(Impact(each["from_ms"], each["to_ms"], Fraction(str(each["impact"]))))
    times = {state: stretches(pieces) for state, pieces in listed.items()}
    said = stretches(piece for pieces in listed.values() for piece in pieces)
    rest: Stretches = difference(((FIRST_MS, LAST_MS),), said)
    times[part["default"]] = stretches([*times[part["default"]], *rest])
    deployed = part.get("deployed")
    return History(
        down=times["down"],
        unknown=times["unknown"],
        impacts=tuple(impacts),
        deployed=None if deployed is None else _deployed(deployed),
    )


def _deployed(part: Part | list[Part]) -> Stretches:
    parts = [part] if isinstance(part, Mapping) else part
    windows = (_open_window(each["from_ms"], each["to_ms"]) for each in parts)
    return stretches((window.start_ms, window.end_ms) for window in windows)


def _request_counts(part: Part | None) -> RequestCounts | None:
    if part is None:
        return None
    default = part["default"]
    listed = {each["from_ms"]: RequestCount(each["total"], each["failed"]) for each in part["buckets"]}
    return RequestCounts(RequestCount(default["total"], default["failed"]), listed)
