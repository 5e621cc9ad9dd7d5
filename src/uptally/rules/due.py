"""By when reports are due, and of which month they tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from uptally.model.report import Day, Due
from uptally.rules.contract.business import business_days_after
from uptally.units.time import Window, day_of, wall_ms


def due_within(due: Due, window: Window, zone: ZoneInfo) -> Iterator[int]:
    """Yield the instants of a window at which a report is due, the first first.

    A time of day that a clock change skips is due where the clocks go on, and one that it repeats the first time.
    """
    if not window.length_ms:
        return
    day, last = day_of(window.start_ms, zone), day_of(window.end_ms, zone)
    while day <= last:
        if _is_due(due, day):
            at_ms = wall_ms(datetime.combine(day, time(due.minute // 60, due.minute % 60)), zone)
            if window.start_ms <= at_ms < window.end_ms:
                yield at_ms
        day += timedelta(days=1)


def month_told(due: Due, due_ms: int, zone: ZoneInfo) -> str:
    """Return the month of which a report tells that is due at an instant.

    A daily one tells of the month that the day before it is in, so that the last day of each month is told of; one that
    is due once a month tells of the month before.
    """
    day = day_of(due_ms, zone)
    before = day - timedelta(days=1 if due.day is Day.EVERY else day.day)
    return f"{before:%Y-%m}"


def _is_due(due: Due, day: date) -> bool:
    match due.day:
        case Day.EVERY:
            return True
        case Day.OF_MONTH:
            return day.day == due.number
        case Day.BUSINESS:
            # As many business days after the last day of the month before.
            return business_days_after(day.replace(day=1) - timedelta(days=1), due.number, due.business) == day
