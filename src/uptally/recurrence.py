"""Floor 3: what recurs by a rule of RFC 5545 becomes stretches of time.

A rule is read here, part by part, and expanded month by month (or, if yearly, year by year): only those months are
looked at that can matter, so that it costs the same whether a rule began last week or years ago, and one that never
fits comes to an end.
Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, YEARLY, rrule, weekday  # type: ignore[import-untyped]  # it ships no types

from uptally.errors import QuantityError
from uptally.model.exclusion import Recurrence
from uptally.units.instant import UTC
from uptally.units.time import DAY_MS, Window, to_utc, wall_ms

COUNT_MAX = 1_000
LIST_MAX = 100

_SEARCHED_YEARS = 30
"""A rule that does not fit once in so many years is taken for one that never does; 29 February comes after eight."""

_KNOWN = Window(0, 253_370_764_800_000)
"""What a window is cut to, so that it lies in the calendar: 1970 to 9998."""

_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(rf"([+-]?\d{{1,2}})?({'|'.join(_DAYS)})", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z)?)?", re.ASCII)
# What each part may hold, the name by which python-dateutil knows it, and the frequencies that the RFC allows it with;
# numbers of less than nothing count from the end.
_NUMBERS: Mapping[str, tuple[str, int, int, bool, tuple[str, ...]]] = {
    "BYMONTH": ("bymonth", 1, 12, False, _FREQUENCIES),
    "BYWEEKNO": ("byweekno", 1, 53, True, ("YEARLY",)),
    "BYYEARDAY": ("byyearday", 1, 366, True, ("YEARLY",)),
    "BYMONTHDAY": ("bymonthday", 1, 31, True, ("YEARLY", "MONTHLY", "DAILY")),
    "BYHOUR": ("byhour", 0, 23, False, _FREQUENCIES),
    "BYMINUTE": ("byminute", 0, 59, False, _FREQUENCIES),
    "BYSECOND": ("bysecond", 0, 59, False, _FREQUENCIES),
    "BYSETPOS": ("bysetpos", 1, 366, True, ("YEARLY", "MONTHLY")),
}
_WHICH_DAYS = ("bymonthday", "byyearday", "byweekno", "byweekday")
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_NUMBERS)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule, read.

    The last occurrence begins on the day `until`, by the wall clock `until_reading`, or at the instant `until_ms`. `by`
    holds the parts that pick days and times, as python-dateutil takes them.
    """

    frequency: str
    by: tuple[tuple[str, tuple[Any, ...]], ...]
    interval: int = 1
    count: int | None = None
    until: date | None = None
    until_reading: datetime | None = None
    until_ms: int | None = None
    week_start: int = 0

    def has_ended(self, reading: datetime, zone: ZoneInfo) -> bool:
        """Tell whether the rule ends before a local start."""
        return (
            (self.until is not None and reading.date() > self.until)
            or (self.until_reading is not None and reading > self.until_reading)
            or (self.until_ms is not None and wall_ms(reading, zone) > self.until_ms)
        )


def check_rule(text: str) -> None:
    """Raise QuantityError, saying what is wrong, for text that is no rule, or none that is supported.

    Rules recur daily or more rarely; a rule that recurs by the hour, minute or second names its hours with BYHOUR.

    >>> check_rule("FREQ=MONTHLY;BYDAY=1SU")
    """
    _rule(text)


def occurrences(recurrence: Recurrence, window: Window) -> tuple[tuple[int, int], ...]:
    """Return the occurrences that touch a window, as (start_ms, end_ms) in the order of time, none of them cut.

    Each begins where the wall clock first shows its local start (a start that is skipped: at the first instant after
    the gap), and lasts its exact duration, also across a clock change. Raises QuantityError where the rule is none.
    """
    if not window.length_ms:
        return ()
    # No local time is more than two days away from that of UTC.
    known = window.clipped(_KNOWN)
    first = to_utc(known.start_ms - recurrence.duration_ms - 2 * DAY_MS).replace(tzinfo=None)
    last = to_utc(known.end_ms + 2 * DAY_MS).replace(tzinfo=None)
    found: dict[int, None] = {}
    for reading in _readings(_rule(recurrence.rule), recurrence, first, last):
        start_ms = wall_ms(reading, recurrence.zone)
        if start_ms < window.end_ms and start_ms + recurrence.duration_ms > window.start_ms:
            # Two starts that the same gap skips are one.
            found[start_ms] = None
    return tuple((start_ms, start_ms + recurrence.duration_ms) for start_ms in sorted(found))


def first_occurrence(recurrence: Recurrence) -> tuple[int, int] | None:
    """Return the first occurrence, as (start_ms, end_ms); None where the rule never fits."""
    start = datetime.fromisoformat(recurrence.start)
    last = start.replace(year=start.year + _SEARCHED_YEARS, day=1)
    reading = next(_readings(_rule(recurrence.rule), recurrence, start, last), None)
    if reading is None:
        return None
    start_ms = wall_ms(reading, recurrence.zone)
    return start_ms, start_ms + recurrence.duration_ms


def _readings(rule: _Rule, recurrence: Recurrence, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the local starts from the recurrence's own to `last`; those before `first` may be left out."""
    start = datetime.fromisoformat(recurrence.start)
    # What is counted must be counted from the start.
    begin = start if rule.count is not None else max(start, first)
    count = 0
    for page in _pages(rule, start, begin, last):
        for reading in _expanded(rule, start, page):
            if reading < start:
                continue
            count += 1
            is_counted_out = rule.count is not None and count > rule.count
            if reading > last or is_counted_out or rule.has_ended(reading, recurrence.zone):
                return
            yield reading


def _pages(rule: _Rule, start: datetime, begin: datetime, last: datetime) -> Iterator[date]:
    """Yield the first days of the months, or years, in which the rule may occur."""
    is_yearly = rule.frequency == "YEARLY"
    step = rule.interval if rule.frequency in ("YEARLY", "MONTHLY") else 1
    origin, number, end = (each.year if is_yearly else each.year * 12 + each.month - 1 for each in (start, begin, last))
    for page in range(number + (origin - number) % step, end + 1, step):
        yield date(page, 1, 1) if is_yearly else date(page // 12, page % 12 + 1, 1)


@lru_cache(maxsize=1_024)
def _expanded(rule: _Rule, start: datetime, page: date) -> tuple[datetime, ...]:
    """Return the local starts of a month or year, by the wall clock and in order."""
    is_yearly = rule.frequency == "YEARLY"
    by = {
        "byhour": (start.hour,),
        "byminute": (start.minute,),
        "bysecond": (start.second,),
        **_days_of(rule, start),
        **dict(rule.by),
    }
    # An interval that leads beyond the last year has it look at this month or year alone.
    pages = rrule(
        YEARLY if is_yearly else MONTHLY,
        dtstart=datetime(page.year, page.month, 1),  # noqa: DTZ001  # by the wall clock
        interval=120_000,
        wkst=rule.week_start,
        **by,
    )
    return tuple(reading for reading in pages if _is_in_step(rule, start.date(), reading.date()))


def _days_of(rule: _Rule, start: datetime) -> dict[str, tuple[Any, ...]]:
    """Return which days a rule means that names none: those like its start."""
    if any(name in _WHICH_DAYS for name, _ in rule.by):
        return {}
    match rule.frequency:
        case "YEARLY":
            return {"bymonth": (start.month,), "bymonthday": (start.day,)}
        case "MONTHLY":
            return {"bymonthday": (start.day,)}
        case "WEEKLY":
            return {"byweekday": (start.weekday(),)}
        case _:
            return {"byweekday": tuple(range(7))}


def _is_in_step(rule: _Rule, start: date, day: date) -> bool:
    """Tell whether a day is in one of the weeks, or is one of the days, that the interval hits."""
    if rule.frequency == "DAILY":
        return (day - start).days % rule.interval == 0
    if rule.frequency == "WEEKLY":
        weeks = [(each.toordinal() - 1 - rule.week_start) // 7 for each in (start, day)]
        return (weeks[1] - weeks[0]) % rule.interval == 0
    return True


@lru_cache(maxsize=1_024)
def _rule(text: str) -> _Rule:
    parts = _parts(text)
    frequency = parts["FREQ"]
    by = tuple(_by(name, listed, frequency) for name, listed in parts.items() if name.startswith("BY"))
    if "BYSETPOS" in parts and len(by) == 1:
        raise QuantityError("BYSETPOS picks from what another part names: add one, such as BYDAY")
    if "COUNT" in parts and "UNTIL" in parts:
        raise QuantityError("a rule ends by COUNT or by UNTIL: keep one of them")
    if "BYWEEKNO" in parts and re.search(r"\d", parts.get("BYDAY", "")):
        raise QuantityError("BYDAY takes no numbers beside BYWEEKNO: write MO, not 1MO")
    return _Rule(
        frequency=frequency,
        by=by,
        interval=_number("INTERVAL", parts.get("INTERVAL", "1"), 1, 1_000),
        count=_number("COUNT", parts["COUNT"], 1, COUNT_MAX) if "COUNT" in parts else None,
        week_start=_DAYS.index(_one_of("WKST", parts.get("WKST", "MO"), _DAYS)),
        **_until(parts["UNTIL"]) if "UNTIL" in parts else {},
    )


def _parts(text: str) -> dict[str, str]:
    """Return the parts of a rule by name."""
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise QuantityError(
                f"{part[:30]!r} is no part of a rule: write name and value, as in FREQ=MONTHLY;BYDAY=1SU"
            )
        if name in parts:
            raise QuantityError(f"{name} stands twice")
        parts[_one_of("a part", name, _PARTS)] = value
    if "FREQ" not in parts:
        raise QuantityError("FREQ is missing: write FREQ=MONTHLY, or another frequency")
    if parts["FREQ"] in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise QuantityError(f"{parts['FREQ']} is not supported: write FREQ=DAILY, and the hours as in BYHOUR=2,14")
    _one_of("FREQ", parts["FREQ"], _FREQUENCIES)
    return parts


def _one_of(what: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise QuantityError(f"{what} must be one of {', '.join(known)}, not {value[:30]!r}")
    return value


def _number(name: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,6}", text, re.ASCII) or not least <= int(text) <= most:
        raise QuantityError(f"{name} must be a whole number from {least} to {most:,}, not {text[:30]!r}")
    return int(text)


def _by(name: str, listed: str, frequency: str) -> tuple[str, tuple[Any, ...]]:
    """Read a part that picks days or times, as python-dateutil names and takes it."""
    values = listed.split(",")
    if len(values) > LIST_MAX:
        raise QuantityError(f"{name} lists {len(values)} values; at most {LIST_MAX} are supported")
    if name == "BYDAY":
        return "byweekday", tuple(_weekday(value, frequency) for value in values)
    known, least, most, may_be_negative, frequencies = _NUMBERS[name]
    if frequency not in frequencies:
        raise QuantityError(f"{name} is for FREQ={' and FREQ='.join(frequencies)}, not for {frequency}")
    return known, tuple(_signed(name, value, least, most, may_be_negative=may_be_negative) for value in values)


def _signed(name: str, text: str, least: int, most: int, *, may_be_negative: bool) -> int:
    is_negative = may_be_negative and text.startswith("-")
    number = _number(name, text[1:] if is_negative else text, least, most)
    return -number if is_negative else number


def _weekday(text: str, frequency: str) -> Any:
    match = _BY_DAY.fullmatch(text)
    if match is None:
        raise QuantityError(f"BYDAY must name days such as MO, 1SU or -1FR, not {text[:30]!r}")
    day = _DAYS.index(match[2])
    if match[1] is None:
        return day
    if frequency not in ("YEARLY", "MONTHLY"):
        raise QuantityError(f"BYDAY takes no numbers with {frequency}: write {match[2]}, or FREQ=MONTHLY")
    most = 5 if frequency == "MONTHLY" else 53
    return weekday(day, _signed("BYDAY", match[1], 1, most, may_be_negative=True))


def _until(text: str) -> dict[str, Any]:
    match = _UNTIL.fullmatch(text)
    try:
        if match and match[2] is None:
            return {"until": date.fromisoformat(match[1])}
        if match:
            reading = datetime.fromisoformat(f"{match[1]}T{match[2]}")
            return {"until_ms": wall_ms(reading, UTC)} if match[3] else {"until_reading": reading}
    except ValueError:
        pass
    raise QuantityError(f"UNTIL must be a day or a time, such as 20261231 or 20261231T235959Z, not {text[:30]!r}")
