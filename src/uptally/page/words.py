"""The page's own words: reasons, durations, seconds, instants. What is not configured comes from here or a template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.page.language import N_, Language, _, figure, ngettext, spoken
from uptally.page.local import local_day, local_time
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, to_local

# C0 and C1 controls, lone surrogates, what XML refuses, and the marks that override or embed a direction beyond the
# text that holds them.
_BUT_LINES = "\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_UNPRINTABLE = re.compile(f"[\n{_BUT_LINES}]+")
_UNPRINTABLE_BUT_LINES = re.compile(f"[{_BUT_LINES}]+")
_TENTH_MS = 100
_SINGLE = {
    SECOND_MS: N_("every second"),
    MINUTE_MS: N_("every minute"),
    HOUR_MS: N_("every hour"),
    DAY_MS: N_("every day"),
}


def plain(text: str) -> str:
    """Return configured text as one line without characters that control a terminal, a parser or the text's direction.

    >>> plain("Check\u202eout\\n")
    'Check out'
    """
    return _UNPRINTABLE.sub(" ", text).strip()


def plain_lines(text: str) -> str:
    """Return text of several lines as `plain` does, but for their ends.

    >>> plain_lines("# Mended\\x1b\\r\\n\\nAll is well.\\n")
    '# Mended \\n\\nAll is well.'
    """
    return _UNPRINTABLE_BUT_LINES.sub(" ", text.replace("\r\n", "\n")).strip()


def begun(text: str) -> str:
    """Return a text as it begins a sentence.

    >>> begun("met")
    'Met'
    """
    return text[:1].upper() + text[1:]


def seconds_used(duration_ms: int) -> str:
    """Write downtime in seconds, rounded up to a tenth, from 1,000 s on to a whole second: never shorter than it was.

    >>> seconds_used(6_501), seconds_used(1_295_001)
    ('6.6 s', '1,296 s')
    """
    return _seconds(duration_ms, up=True)


def seconds_left(duration_ms: int) -> str:
    """Write a budget in seconds, cut off to a tenth, and to a whole second from 1,000 s on: never larger than it is.

    >>> seconds_left(25_920), seconds_left(12_960_999)
    ('25.9 s', '12,960 s')
    """
    return _seconds(duration_ms, up=False)


def _seconds(duration_ms: int, *, up: bool) -> str:
    tenths = -(-duration_ms // _TENTH_MS) if up else duration_ms // _TENTH_MS
    if tenths < 10_000:
        return figure(f"{tenths // 10}.{tenths % 10} s")
    return figure(f"{-(-duration_ms // SECOND_MS) if up else duration_ms // SECOND_MS:,} s")


def unbroken(text: str) -> str:
    """Keep a length of time on one line, where it stands among words."""
    return text.replace(" ", "\u00a0")


def exact_seconds(duration_ms: int) -> str:
    """Write a length of time in seconds to the millisecond, for a sum that a reader can redo.

    >>> exact_seconds(1_953_106_412), exact_seconds(-387_000)
    ('1,953,106.412 s', '−387.000 s')
    """
    whole, part = divmod(abs(duration_ms), SECOND_MS)
    return figure(f"{'−' if duration_ms < 0 else ''}{whole:,}.{part:03d} s")


def duration(duration_ms: int) -> str:
    """Write a length of time with its two largest units, rounded up in the last; below a minute to a tenth of a second.

    >>> duration(31_170), duration(368_000), duration(4_200_000), duration(90_000_000)
    ('31.2 s', '6 min 8 s', '1 h 10 min', '1 d 1 h')
    """
    return _duration(duration_ms, spoken())


# Of a service the same lengths are told again and again: of an outage, of its day, of the months and windows around it.
@lru_cache(maxsize=1_024)
def _duration(duration_ms: int, _language: Language) -> str:
    if duration_ms <= MINUTE_MS - _TENTH_MS:
        return seconds_used(duration_ms)
    seconds = -(-duration_ms // SECOND_MS)
    if seconds < 3_600:
        return _two(*divmod(seconds, 60), N_("{large} min"), N_("{large} min {small} s"))
    minutes = -(-seconds // 60)
    if minutes < 1_440:
        return _two(*divmod(minutes, 60), N_("{large} h"), N_("{large} h {small} min"))
    return _two(*divmod(-(-minutes // 60), 24), N_("{large} d"), N_("{large} d {small} h"))


def _two(large: int, small: int, alone: str, both: str) -> str:
    return _(both if small else alone, large=figure(f"{large:,}"), small=small)


def running(duration_ms: int) -> str:
    """Write how long something has lasted so far, cut off and with one unit, as a headline says it.

    >>> running(59_000), running(61_000), running(7_300_000), running(0)
    ('59 seconds', '1 minute', '2 hours', '0 seconds')
    """
    if duration_ms >= DAY_MS:
        return ngettext("{number} day", "{number} days", duration_ms // DAY_MS)
    if duration_ms >= HOUR_MS:
        return ngettext("{number} hour", "{number} hours", duration_ms // HOUR_MS)
    if duration_ms >= MINUTE_MS:
        return ngettext("{number} minute", "{number} minutes", duration_ms // MINUTE_MS)
    return ngettext("{number} second", "{number} seconds", duration_ms // SECOND_MS)


def window_text(label: str) -> str:
    """Write how long a rolling window is, by its label.

    >>> window_text("1h"), window_text("30d")
    ('1 hour', '30 days')
    """
    number = int(label[:-1])
    if label.endswith("h"):
        return ngettext("{number} hour", "{number} hours", number)
    return ngettext("{number} day", "{number} days", number)


def set_length(length_ms: int) -> str:
    """Write a length of time that somebody set, without tenths that are none.

    >>> set_length(250), set_length(2_000), set_length(1_500), set_length(90_000)
    ('250 ms', '2 s', '1.5 s', '1 min 30 s')
    """
    if length_ms < SECOND_MS:
        return figure(f"{length_ms} ms")
    if length_ms < MINUTE_MS:
        return figure(f"{Decimal(length_ms).scaleb(-3).normalize():f} s")
    return duration(length_ms)


def money_text(amount: Decimal, currency: str | None) -> str:
    """Write an amount of money with the code of its currency.

    >>> money_text(Decimal("1000.00"), "EUR")
    '1,000.00\xa0EUR'
    """
    return unbroken(f"{figure(f'{amount:,f}')} {currency}")


def interval_text(interval_ms: int) -> str:
    """Write how often an endpoint is asked.

    >>> interval_text(2_000), interval_text(60_000)
    ('every 2 s', 'every minute')
    """
    if interval_ms in _SINGLE:
        return _(_SINGLE[interval_ms])
    return _("every {time}", time=set_length(interval_ms))


def month_name(month: str) -> str:
    """Return the name of a month such as ``2026-11``.

    >>> month_name("2026-11")
    'November'
    """
    return spoken().months[int(month[5:]) - 1]


def month_and_year(month: str) -> str:
    """Return what a month such as ``2026-11`` is called with its year.

    >>> month_and_year("2026-11")
    'November 2026'
    """
    return _("{month} {year}", month=month_name(month), year=month[:4])


def maintenance_title(services: Iterable[str], names: Mapping[str, str]) -> str:
    """Return what a maintenance is called, by the names of the services that it is of; none stand for all.

    >>> maintenance_title(["web", "db"], {"web": "Website", "db": "Database"}), maintenance_title([], {})
    ('Maintenance: Website, Database', 'Maintenance of all services')
    """
    named = [names[slug] for slug in services if slug in names]
    if not named:
        return _("Maintenance of all services")
    return _("Maintenance: {services}", services=", ".join(named))


class Moment(NamedTuple):
    """An instant or a day as a reader of the page's zone sees it, and as a machine reads it."""

    text: str
    iso: str


def day_text(day: date) -> str:
    """Write a day without its year.

    >>> day_text(date(2026, 11, 3))
    '3 Nov'
    """
    return _("{day} {month}", day=day.day, month=spoken().short_months[day.month - 1])


def day_moment(day: date) -> Moment:
    """Return a day without its year.

    >>> day_moment(date(2026, 11, 3))
    Moment(text='3 Nov', iso='2026-11-03')
    """
    return _day_moment(day, spoken())


@lru_cache(maxsize=1_024)
def _day_moment(day: date, _language: Language) -> Moment:
    return Moment(day_text(day), day.isoformat())


def short_day_text(day: date) -> str:
    """Write a day with its year, and its month short.

    >>> short_day_text(date(2026, 11, 3))
    '3 Nov 2026'
    """
    return _("{day} {month} {year}", day=day.day, month=spoken().short_months[day.month - 1], year=day.year)


def long_day_text(day: date) -> str:
    """Write a day with its year.

    >>> long_day_text(date(2026, 11, 3))
    '3 November 2026'
    """
    return _("{day} {month} {year}", day=day.day, month=spoken().months[day.month - 1], year=day.year)


def minute_moment(instant_ms: int, zone: ZoneInfo, *, seen_ms: int) -> Moment:
    """Return an instant to the minute, with its day and its year where those are not the ones on which it is seen."""
    (day, text, iso), today = local_time(instant_ms, zone, has_seconds=False), local_day(seen_ms, zone)
    if day != today:
        text = _at(day_text(day) if day.year == today.year else short_day_text(day), text)
    return Moment(text, iso)


def second_moment(instant_ms: int, zone: ZoneInfo, *, day: date | None = None) -> Moment:
    """Return an instant to the second, with its day where that is not the one given."""
    today, text, iso = local_time(instant_ms, zone, has_seconds=True)
    return Moment(text if day is None or day == today else _at(day_text(today), text), iso)


def _at(day: str, time: str) -> str:
    return _("{day}, {time}", day=day, time=time)


def zone_name(zone: ZoneInfo) -> str:
    """Return what the page calls its zone."""
    return zone.key or str(zone)


def zone_now(instant_ms: int, zone: ZoneInfo) -> str:
    """Return what the page calls its zone, with how far that is from UTC at an instant.

    >>> zone_now(1_764_000_000_000, ZoneInfo("Asia/Kolkata")), zone_now(1_764_000_000_000, ZoneInfo("America/New_York"))
    ('Asia/Kolkata (UTC+5:30)', 'America/New_York (UTC−5)')
    """
    name = zone_name(zone)
    offset = to_local(instant_ms, zone).utcoffset() or timedelta()
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign, part = "−" if offset < timedelta() else "+", f":{minutes:02d}" if minutes else ""
    return name if name == "UTC" else f"{name} (UTC{sign}{hours}{part})"
