"""Instants, durations, windows and the calendar.

An instant is an integer of milliseconds since the Unix epoch in UTC, a duration an integer of milliseconds.
Local time appears only where a calendar rule needs it, and two local times are never subtracted: both become
UTC first, since a day with a clock change has no 24 hours.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.errors import QuantityError

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MS = timedelta(milliseconds=1)
_UNITS_MS = {"d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS, "s": SECOND_MS, "ms": 1}
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class Window(NamedTuple):
    """A half-open stretch of time, `[start_ms, end_ms)`; empty where the end is not after the start."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        """Its length in milliseconds, never negative."""
        return max(0, self.end_ms - self.start_ms)

    def clipped(self, other: Window) -> Window:
        """Return the part of this window that lies in the other; an empty window where there is none.

        >>> Window(0, 10).clipped(Window(4, 20))
        Window(start_ms=4, end_ms=10)
        """
        start_ms = max(self.start_ms, other.start_ms)
        return Window(start_ms, max(start_ms, min(self.end_ms, other.end_ms)))


def parse_duration(text: str) -> int:
    """Read a duration such as ``500ms``, ``10s``, ``1m30s``, ``6h`` or ``7d`` as milliseconds.

    Each unit at most once, the larger first, no fractions and no blanks: there is one way to write a duration.
    Raises QuantityError for anything else, a bare number included, since its unit would be a guess.

    >>> parse_duration("1m30s")
    90000
    """
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise QuantityError(f"{text!r} is no duration: write a number and a unit, as in 500ms, 10s, 1m30s, 6h or 7d")
    return sum(int(digits) * unit for digits, unit in zip(match.groups(), _UNITS_MS.values(), strict=True) if digits)


def format_duration(duration_ms: int) -> str:
    """Write a duration so that `parse_duration` reads it back; a negative one gets a minus in front.

    >>> format_duration(90_000), format_duration(0), format_duration(-61_500)
    ('1m30s', '0s', '-1m1s500ms')
    """
    parts = []
    rest = abs(duration_ms)
    for unit, size_ms in _UNITS_MS.items():
        count, rest = divmod(rest, size_ms)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if duration_ms < 0 else "") + ("".join(parts) or "0s")


def to_utc(instant_ms: int) -> datetime:
    """Return an instant as an aware datetime in UTC, exact to the millisecond."""
    return _EPOCH + instant_ms * _ONE_MS


def to_local(instant_ms: int, zone: ZoneInfo) -> datetime:
    """Return an instant as an aware datetime in a zone, for a reader or a calendar rule."""
    return to_utc(instant_ms).astimezone(zone)


def format_instant(instant_ms: int) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds.

    >>> format_instant(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    days, of_day_ms = divmod(instant_ms, DAY_MS)
    seconds, milliseconds = divmod(of_day_ms, SECOND_MS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_iso_day(days)}T{hour:02d}:{minute:02d}:{second:02d}.{milliseconds:03d}Z"


@lru_cache(maxsize=1_024)
def _iso_day(days: int) -> str:
    return to_utc(days * DAY_MS).date().isoformat()


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    """Return the first instant whose local date is `day`, also where a clock change skips or repeats midnight.

    zoneinfo reads a skipped wall time with the offset before the change, which names the instant of the change
    itself, and a repeated one as its first occurrence: both are the first instant of that day.
    """
    local = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (local.astimezone(UTC) - _EPOCH) // _ONE_MS


def wall_ms(reading: datetime, zone: ZoneInfo) -> int:
    """Return the instant at which the clocks of a zone show a reading, which is a datetime without a zone.

    The first of the two where they show it twice; the first instant after the gap where they skip it.

    >>> format_instant(wall_ms(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Berlin")))
    '2026-03-29T01:00:00.000Z'
    """
    # Of a reading that is skipped, zoneinfo takes the first with the offset from before, the other from after the gap.
    first_ms, other_ms = (
        (reading.replace(tzinfo=zone, fold=fold).astimezone(UTC) - _EPOCH) // _ONE_MS for fold in (0, 1)
    )
    if to_local(first_ms, zone).replace(tzinfo=None, fold=0) == reading.replace(fold=0):
        return first_ms
    before_ms, after_ms, offset = other_ms, first_ms, to_local(first_ms, zone).utcoffset()
    while after_ms - before_ms > 1:
        middle_ms = (before_ms + after_ms) // 2
        if to_local(middle_ms, zone).utcoffset() == offset:
            after_ms = middle_ms
        else:
            before_ms = middle_ms
    return after_ms


def day_of(instant_ms: int, zone: ZoneInfo) -> date:
    """Return the local date of an instant."""
    return to_local(instant_ms, zone).date()


def day_window(day: date, zone: ZoneInfo) -> Window:
    """Return a local day, from its midnight to the next; 23 to 25 hours long where clocks change."""
    return Window(midnight_ms(day, zone), midnight_ms(day + timedelta(days=1), zone))


def month_of(instant_ms: int, zone: ZoneInfo) -> str:
    """Return the local calendar month of an instant, such as ``2026-10``."""
    return day_of(instant_ms, zone).isoformat()[:7]


def month_window(month: str, zone: ZoneInfo) -> Window:
    """Return a calendar month such as ``2026-10`` from local midnight to local midnight.

    Raises QuantityError for anything but a year from 1900, a hyphen and a month from 01 to 12, in ASCII digits.
    """
    match = _MONTH.fullmatch(month)
    if match is None or not 1 <= int(match[2]) <= 12 or not 1900 <= int(match[1]) <= 9998:
        raise QuantityError(f"{month!r} is no month: write year and month, as in 2026-10")
    year, number = int(match[1]), int(match[2])
    following = date(year + number // 12, number % 12 + 1, 1)
    return Window(midnight_ms(date(year, number, 1), zone), midnight_ms(following, zone))


def next_month(month: str) -> str:
    """Return the calendar month after one such as ``2026-12``.

    >>> next_month("2026-12")
    '2027-01'
    """
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1:04d}-01" if number == 12 else f"{year:04d}-{number + 1:02d}"


def previous_month(month: str) -> str:
    """Return the calendar month before one such as ``2026-01``.

    >>> previous_month("2026-01")
    '2025-12'
    """
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1:04d}-12" if number == 1 else f"{year:04d}-{number - 1:02d}"
