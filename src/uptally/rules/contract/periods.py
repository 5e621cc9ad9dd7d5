"""What a target is measured over: labels become windows, instants become labels."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from uptally.errors import QuantityError
from uptally.model.terms import Period, PeriodKind
from uptally.units.time import Window, day_of, day_window, midnight_ms

_LABELS = {
    PeriodKind.MONTH: (re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII), "year and month, as in 2026-10"),
    PeriodKind.QUARTER: (re.compile(r"(\d{4})-Q([1-4])", re.ASCII), "year and quarter, as in 2026-Q4"),
    PeriodKind.YEAR: (re.compile(r"(\d{4})()", re.ASCII), "a year, as in 2026"),
    PeriodKind.ROLLING: (re.compile(r"(\d{4}-\d{2}-\d{2})()", re.ASCII), "the period's last day, as in 2026-10-31"),
    PeriodKind.CYCLE: (re.compile(r"(\d{4}-\d{2}-\d{2})()", re.ASCII), "the cycle's first day, as in 2026-10-15"),
}

_A_DAY = timedelta(days=1)


def period_window(period: Period, label: str, zone: ZoneInfo) -> Window:
    """Return the period that a label names, from local midnight to local midnight.

    Raises QuantityError where it names none, also for custom periods, which have no labels.
    """
    if period.kind not in _LABELS:
        raise QuantityError(f"{label!r} is no period: custom periods are given by their begin and end")
    pattern, remedy = _LABELS[period.kind]
    match = pattern.fullmatch(label)
    try:
        if match is None:
            raise ValueError
        first, end = _dates(period, match[1], match[2])
        return Window(midnight_ms(first, zone), midnight_ms(end, zone))
    except (ValueError, OverflowError):
        raise QuantityError(f"{label!r} is no period: write {remedy}") from None


def _dates(period: Period, left: str, right: str) -> tuple[date, date]:
    """Return the first day of a period and the first after it; raises ValueError where there is none."""
    if period.kind is PeriodKind.ROLLING:
        last = date.fromisoformat(left)
        return last - timedelta(days=period.days - 1), last + timedelta(days=1)
    if period.kind is PeriodKind.CYCLE:
        first = date.fromisoformat(left)
        if first != _anchor(first.year, first.month, period.anchor_day):
            raise ValueError
        return first, _anchor(*_months_on(first.year, first.month, 1), period.anchor_day)
    months, month = {PeriodKind.MONTH: (1, int(right or 1)), PeriodKind.YEAR: (12, 1)}.get(
        period.kind, (3, 3 * int(right or 1) - 2)
    )
    year = int(left)
    return date(year, month, 1), date(*_months_on(year, month, months), 1)


def _months_on(year: int, month: int, months: int) -> tuple[int, int]:
    index = year * 12 + month - 1 + months
    return index // 12, index % 12 + 1


def _anchor(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def label_at(period: Period, at_ms: int, zone: ZoneInfo) -> str:
    """Return the label of the period in which an instant lies: of a rolling one, the day itself.

    Raises QuantityError for custom periods, which have no labels.
    """
    day = day_of(at_ms, zone)
    if period.kind is PeriodKind.MONTH:
        return f"{day:%Y-%m}"
    if period.kind is PeriodKind.QUARTER:
        return f"{day:%Y}-Q{(day.month + 2) // 3}"
    if period.kind is PeriodKind.YEAR:
        return f"{day:%Y}"
    if period.kind is PeriodKind.ROLLING:
        return day.isoformat()
    if period.kind is PeriodKind.CYCLE:
        first = _anchor(day.year, day.month, period.anchor_day)
        if day < first:
            first = _anchor(*_months_on(day.year, day.month, -1), period.anchor_day)
        return first.isoformat()
    raise QuantityError("custom periods have no labels")


@lru_cache(maxsize=1_024)
def local_days(window: Window, zone: ZoneInfo) -> tuple[date, ...]:
    """Return the local days that a window touches, each from its midnight to the next.

    A date that the zone skipped has no time to touch. An instant whose wall clock was set back past midnight belongs to
    the day that had begun.
    """
    if not window.length_ms:
        return ()
    # Around the dates that the wall clock reads, since it may have been set back past midnight in between.
    first, last = day_of(window.start_ms, zone) - _A_DAY, day_of(window.end_ms - 1, zone) + _A_DAY
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in days if day_window(day, zone).clipped(window).length_ms)


def year_before_ms(at_ms: int, zone: ZoneInfo) -> int:
    """Return the midnight that begins the same local date a year before; of a 29 February, the 28th."""
    day = day_of(at_ms, zone)
    return midnight_ms(_anchor(day.year - 1, day.month, day.day), zone)
