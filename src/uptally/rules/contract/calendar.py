"""When a promise holds: weekly hours by the wall clock become stretches of time.

An instant is inside where the wall clock reads a time in the hours. A reading that does not exist gives no time, one
that occurs twice gives both. Hours that run past midnight belong to the day on which they begin, and so does a closed
date. Wall clocks are mapped stretch by stretch of constant offset from UTC, never minute by minute.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from uptally.model.terms import Always, Hours, Schedule, ServiceWindow, Weekly
from uptally.units.stretches import Stretches, difference, stretches
from uptally.units.time import DAY_MS, SECOND_MS, Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = date(1970, 1, 1).weekday()


def service_time(windows: Sequence[ServiceWindow], period: Window, zone: ZoneInfo) -> dict[str, Stretches]:
    """Return the time of a period in which each of the windows of an SLA holds, by name.

    A complement may name any other window, before or after it; that none names itself in a circle is the caller's care.
    """
    whole: Stretches = ((period.start_ms, period.end_ms),) if period.length_ms else ()
    schedules: Mapping[str, Schedule] = {window.name: window.schedule for window in windows}
    found: dict[str, Stretches] = {}

    def time_of(name: str) -> Stretches:
        if name not in found:
            schedule = schedules[name]
            if isinstance(schedule, Always):
                found[name] = whole
            elif isinstance(schedule, Weekly):
                found[name] = weekly_time(schedule.hours, period, zone, closed=schedule.closed)
            else:
                found[name] = difference(whole, time_of(schedule.window))
        return found[name]

    return {name: time_of(name) for name in schedules}


@lru_cache(maxsize=4_096)
def weekly_time(
    hours: tuple[Hours, ...], period: Window, zone: ZoneInfo, *, closed: frozenset[date] = frozenset()
) -> Stretches:
    """Return the time of a period that lies in weekly hours."""
    return stretches(_pieces(hours, period, zone, frozenset(day.toordinal() - _EPOCH_DAY for day in closed)))


def _pieces(
    hours: Sequence[Hours], period: Window, zone: ZoneInfo, closed: frozenset[int]
) -> Iterator[tuple[int, int]]:
    for start_ms, end_ms, offset_ms in constant_offsets(period, zone):
        first, last = start_ms + offset_ms, end_ms + offset_ms
        # Hours that began the day before may reach into the first day.
        for day in range(first // DAY_MS - 1, (last - 1) // DAY_MS + 1):
            if day in closed:
                continue
            weekday = (day + _EPOCH_WEEKDAY) % 7
            for days, from_ms, to_ms in hours:
                if weekday in days:
                    begin = day * DAY_MS + from_ms
                    finish = day * DAY_MS + to_ms + (DAY_MS if to_ms <= from_ms else 0)
                    yield max(begin, first) - offset_ms, min(finish, last) - offset_ms


def constant_offsets(period: Window, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Yield (start_ms, end_ms, offset_ms) for the stretches of a period between two changes of a zone's clock."""
    changes: list[tuple[int, int]] = []
    first_year = (_EPOCH + timedelta(milliseconds=period.start_ms)).year
    last_year = (_EPOCH + timedelta(milliseconds=period.end_ms)).year
    for year in range(first_year, last_year + 1):
        changes.extend(_offsets_of_year(zone, year))
    starts = [start_ms for start_ms, _ in changes]
    index = bisect_right(starts, period.start_ms) - 1
    start_ms = period.start_ms
    while start_ms < period.end_ms:
        end_ms = min(period.end_ms, starts[index + 1]) if index + 1 < len(starts) else period.end_ms
        yield start_ms, end_ms, changes[index][1]
        start_ms, index = end_ms, index + 1


@lru_cache(maxsize=1_024)
def _offsets_of_year(zone: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    return tuple(_changes_of_year(zone, year))


def _changes_of_year(zone: ZoneInfo, year: int) -> Iterator[tuple[int, int]]:
    """Yield (from_ms, offset_ms) for the offsets of a zone in a year of UTC, the first from its begin.

    Days are compared, and within one that differs the change is found to the second; no zone changed and changed back
    within a day since 1970.
    """
    begin = int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
    end = int((datetime(year + 1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
    offset_ms = _offset_ms(zone, begin)
    yield begin * SECOND_MS, offset_ms
    for day_s in range(begin, end, DAY_MS // SECOND_MS):
        after_s = min(day_s + DAY_MS // SECOND_MS, end - 1)
        if _offset_ms(zone, after_s) == offset_ms:
            continue
        before_s = day_s
        while after_s - before_s > 1:
            middle_s = (before_s + after_s) // 2
            if _offset_ms(zone, middle_s) == offset_ms:
                before_s = middle_s
            else:
                after_s = middle_s
        offset_ms = _offset_ms(zone, after_s)
        yield after_s * SECOND_MS, offset_ms


def _offset_ms(zone: ZoneInfo, at_s: int) -> int:
    offset = (_EPOCH + timedelta(seconds=at_s)).astimezone(zone).utcoffset()
    assert offset is not None, "a time in a zone has an offset"
    return int(offset.total_seconds()) * SECOND_MS
