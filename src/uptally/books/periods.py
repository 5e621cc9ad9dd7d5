"""Which periods a statement is made of, and which earlier ones its rules look back on."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from uptally.books.standings import MONTHS
from uptally.model.termination import Misses, OutageCount, RollingAverage
from uptally.model.terms import PeriodKind, Terms
from uptally.rules.contract.periods import label_at, period_window, year_before_ms
from uptally.units.time import Window, day_of, month_of, month_window, previous_month

Labelled = tuple[str, Window]


def periods_of_month(terms: Terms, month: str, *, now_ms: int) -> list[Labelled]:
    """Return the periods of terms that a month's report tells of, oldest first, as far as they have begun.

    These are the month itself, or where the period is no month, those that end in it, and the one in progress if it
    holds all of the month, or the month is in progress too. Of rolling periods, one of which ends each day, it is the
    last of the month. Raises QuantityError where `month` is none.
    """
    whole = month_window(month, terms.zone)
    if terms.period.kind is PeriodKind.CUSTOM:
        found = _custom(terms)
    elif terms.period.kind is PeriodKind.ROLLING:
        found = [_at(terms, min(whole.end_ms - 1, max(whole.start_ms, now_ms)))]
    else:
        found = list(_touching(terms, whole))
    return [
        (label, period)
        for label, period in found
        if period.start_ms < now_ms
        and (_ends_in(period, whole) or (period.end_ms > now_ms and _goes_on(period, whole, now_ms)))
        and (terms.contract is None or _is_shared(period, terms.contract))
    ]


def recent_periods(terms: Terms, *, now_ms: int) -> Iterator[Labelled]:
    """Yield the periods of terms that ended in the last `MONTHS`, and those in progress as the present month's report
    tells them: the newest month first."""
    month = present = month_of(now_ms, terms.zone)
    for _ in range(MONTHS):
        for label, period in periods_of_month(terms, month, now_ms=now_ms):
            if month == present or period.end_ms <= now_ms:
                yield label, period
        month = previous_month(month)


def _ends_in(period: Window, month: Window) -> bool:
    return month.start_ms < period.end_ms <= month.end_ms


def _goes_on(period: Window, month: Window, now_ms: int) -> bool:
    holds = period.start_ms <= month.start_ms and month.end_ms <= period.end_ms
    return holds or (month.start_ms <= now_ms < month.end_ms and _is_shared(period, month))


def _custom(terms: Terms) -> list[Labelled]:
    """Return the only period of terms, labelled by its first and its last day."""
    window = terms.period.window
    return [] if window is None else [(_dates(window, terms.zone), window)]


def _dates(window: Window, zone: ZoneInfo) -> str:
    return f"{day_of(window.start_ms, zone)}/{day_of(window.end_ms - 1, zone)}"


def _touching(terms: Terms, window: Window) -> Iterator[Labelled]:
    at_ms = window.start_ms
    while at_ms < window.end_ms:
        label, period = _at(terms, at_ms)
        yield label, period
        at_ms = period.end_ms


def _at(terms: Terms, at_ms: int) -> Labelled:
    label = label_at(terms.period, at_ms, terms.zone)
    return label, period_window(terms.period, label, terms.zone)


def _is_shared(left: Window, right: Window) -> bool:
    return left.start_ms < right.end_ms and right.start_ms < left.end_ms


def earlier_periods(terms: Terms, period: Window, *, known_ms: int | None) -> list[Labelled]:
    """Return the periods before one that its rules look back on, oldest first.

    None that ended before the contract began, or before anything was known at all (`known_ms`).
    """
    if terms.period.kind is PeriodKind.CUSTOM or known_ms is None:
        return []
    begin_ms = known_ms if terms.contract is None else max(known_ms, terms.contract.start_ms)
    count, since_ms = _lookback(terms, period)
    found: list[Labelled] = []
    start_ms = period.start_ms
    while start_ms > begin_ms and (len(found) < count or start_ms > since_ms):
        label, earlier = _at(terms, start_ms - 1)
        found.append((label, earlier))
        start_ms = earlier.start_ms
    return found[::-1]


def _lookback(terms: Terms, period: Window) -> tuple[int, int]:
    """Return how many periods the rules look back on, and until when."""
    count, since_ms = 0, period.start_ms
    for rule in terms.termination:
        if isinstance(rule, Misses):
            count = max(count, rule.of - 1)
        elif isinstance(rule, RollingAverage):
            count = max(count, rule.periods - 1)
        elif isinstance(rule, OutageCount):
            since_ms = min(since_ms, period.start_ms - rule.within_ms)
    if terms.credit_cap_12_months is not None:
        since_ms = min(since_ms, year_before_ms(period.end_ms, terms.zone))
    return count, since_ms


def look_back_ms(terms: Terms, period: Window) -> int:
    """Return the begin of the earliest period that is looked back on, if all of them were known."""
    earlier = earlier_periods(terms, period, known_ms=0)
    return earlier[0][1].start_ms if earlier else period.start_ms
