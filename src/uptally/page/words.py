"""The page's own words: reasons, durations, seconds, instants. What is not configured comes from here or a template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.model.observation import Reason
from uptally.units.count import counted
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, day_of, format_instant, to_local

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
"""English whatever the locale of the machine, as the rest of the page is."""

REASONS: dict[Reason, str] = {
    Reason.NONE: "",
    Reason.LATENCY_LIMIT: "slower than its limit",
    Reason.DNS_NOT_FOUND: "name not found",
    Reason.DNS_TIMEOUT: "name lookup timed out",
    Reason.DNS_UNAVAILABLE: "name service did not answer",
    Reason.CONNECT_REFUSED: "connection refused",
    Reason.CONNECT_TIMEOUT: "connection timed out",
    Reason.CONNECT_UNREACHABLE: "not reachable",
    Reason.CONNECT_RESET: "connection reset",
    Reason.CONNECT_FAILED: "connection failed",
    Reason.TLS_TIMEOUT: "secure connection timed out",
    Reason.TLS_HANDSHAKE: "secure connection failed",
    Reason.TLS_EXPIRED: "certificate expired",
    Reason.TLS_NOT_YET_VALID: "certificate not valid yet",
    Reason.TLS_UNTRUSTED: "certificate not trusted",
    Reason.TLS_WRONG_HOST: "certificate for another name",
    Reason.RESPONSE_TIMEOUT: "no answer in time",
    Reason.TRANSFER_TIMEOUT: "answer not complete in time",
    Reason.RESET: "connection reset",
    Reason.CLOSED: "connection closed early",
    Reason.MALFORMED: "answer not readable",
    Reason.TOO_LARGE: "answer too large",
    Reason.TRUNCATED: "answer cut short",
    Reason.STATUS: "answered with an error",
    Reason.BODY_MISSING_TEXT: "answer without the expected text",
    Reason.BODY_FORBIDDEN_TEXT: "answer with an error text",
    Reason.JSON_MISMATCH: "answer with another value than expected",
    Reason.HEADER_MISMATCH: "answer with another header than expected",
    Reason.TOO_MANY_REDIRECTS: "redirected too often",
    Reason.BAD_REDIRECT: "redirected to nowhere",
    Reason.REPLY_MISMATCH: "another reply than expected",
    Reason.REPORTED: "reported as down",
    Reason.FLAPPING: "failing again and again",
    Reason.OWN_NETWORK: "our own network failed",
    Reason.CANCELLED: "our check was cancelled",
    Reason.LOCAL_LIMIT: "our monitor was out of resources",
    Reason.LOCAL_DENIED: "our monitor may not connect",
    Reason.ADDRESS_BLOCKED: "our monitor may not connect there",
    Reason.NO_ROUTE_FAMILY: "our network has no route",
    Reason.MONITOR_ERROR: "our monitor failed",
    Reason.NOT_OBSERVED: "not observed",
    Reason.TOO_MANY_IN_FLIGHT: "our monitor was busy",
    Reason.TOO_LATE: "our monitor was late",
    Reason.STALLED: "our monitor stood still",
    Reason.SUSPENDED: "our monitor was asleep",
    Reason.CLOCK_STEPPED: "our monitor's clock was set",
}
"""What the page says of a reason: fixed texts, since a target's own words never reach the page."""

# C0 and C1 controls, lone surrogates, what XML refuses, and the marks that override or embed a direction beyond the
# text that holds them.
_BUT_LINES = "\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_UNPRINTABLE = re.compile(f"[\n{_BUT_LINES}]+")
_UNPRINTABLE_BUT_LINES = re.compile(f"[{_BUT_LINES}]+")
_TENTH_MS = 100
_SINGLE = {SECOND_MS: "second", MINUTE_MS: "minute", HOUR_MS: "hour", DAY_MS: "day"}


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
        return f"{tenths // 10}.{tenths % 10} s"
    return f"{-(-duration_ms // SECOND_MS) if up else duration_ms // SECOND_MS:,} s"


def exact_seconds(duration_ms: int) -> str:
    """Write a length of time in seconds to the millisecond, for a sum that a reader can redo.

    >>> exact_seconds(1_953_106_412), exact_seconds(-387_000)
    ('1,953,106.412 s', '−387.000 s')
    """
    whole, part = divmod(abs(duration_ms), SECOND_MS)
    return f"{'−' if duration_ms < 0 else ''}{whole:,}.{part:03d} s"


def duration(duration_ms: int) -> str:
    """Write a length of time with its two largest units, rounded up in the last; below a minute to a tenth of a second.

    >>> duration(31_170), duration(368_000), duration(4_200_000), duration(90_000_000)
    ('31.2 s', '6 min 8 s', '1 h 10 min', '1 d 1 h')
    """
    if duration_ms <= MINUTE_MS - _TENTH_MS:
        return seconds_used(duration_ms)
    seconds = -(-duration_ms // SECOND_MS)
    if seconds < 3_600:
        return _two(*divmod(seconds, 60), "min", "s")
    minutes = -(-seconds // 60)
    if minutes < 1_440:
        return _two(*divmod(minutes, 60), "h", "min")
    return _two(*divmod(-(-minutes // 60), 24), "d", "h")


def _two(large: int, small: int, large_unit: str, small_unit: str) -> str:
    return f"{large:,} {large_unit} {small} {small_unit}" if small else f"{large:,} {large_unit}"


def running(duration_ms: int) -> str:
    """Write how long something has lasted so far, cut off and with one unit, as a headline says it.

    >>> running(59_000), running(61_000), running(7_300_000), running(0)
    ('59 seconds', '1 minute', '2 hours', '0 seconds')
    """
    sizes = ((DAY_MS, "day"), (HOUR_MS, "hour"), (MINUTE_MS, "minute"))
    size_ms, unit = next((size for size in sizes if duration_ms >= size[0]), (SECOND_MS, "second"))
    return counted(duration_ms // size_ms, unit)


def interval_text(interval_ms: int) -> str:
    """Write how often an endpoint is asked, as it stands behind "every".

    >>> interval_text(250), interval_text(2_000), interval_text(1_500), interval_text(90_000), interval_text(60_000)
    ('250 ms', '2 s', '1.5 s', '1 min 30 s', 'minute')
    """
    if interval_ms in _SINGLE:
        return _SINGLE[interval_ms]
    if interval_ms < SECOND_MS:
        return f"{interval_ms} ms"
    return duration(interval_ms).replace(".0 s", " s")


def month_name(month: str) -> str:
    """Return the name of a month such as ``2026-11``.

    >>> month_name("2026-11")
    'November'
    """
    return MONTHS[int(month[5:]) - 1]


def maintenance_title(services: Iterable[str], names: Mapping[str, str]) -> str:
    """Return what a maintenance is called, by the names of the services that it is of; none stand for all.

    >>> maintenance_title(["web", "db"], {"web": "Website", "db": "Database"}), maintenance_title([], {})
    ('Maintenance: Website, Database', 'Maintenance of all services')
    """
    named = [names[slug] for slug in services if slug in names]
    return f"Maintenance: {', '.join(named)}" if named else "Maintenance of all services"


class Moment(NamedTuple):
    """An instant or a day as a reader of the page's zone sees it, and as a machine reads it."""

    text: str
    iso: str


def day_text(day: date) -> str:
    """Write a day without its year.

    >>> day_text(date(2026, 11, 3))
    '3 Nov'
    """
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def long_day_text(day: date) -> str:
    """Write a day with its year.

    >>> long_day_text(date(2026, 11, 3))
    '3 November 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def minute_moment(instant_ms: int, zone: ZoneInfo, *, seen_ms: int) -> Moment:
    """Return an instant to the minute, with its day and its year where those are not the ones on which it is seen."""
    local, today = to_local(instant_ms, zone), day_of(seen_ms, zone)
    text = _clock(local, "%H:%M")
    if local.date() != today:
        year = f" {local.year}" if local.year != today.year else ""
        text = f"{day_text(local.date())}{year}, {text}"
    return Moment(text, format_instant(instant_ms))


def second_moment(instant_ms: int, zone: ZoneInfo, *, day: date | None = None) -> Moment:
    """Return an instant to the second, with its day where that is not the one given."""
    local = to_local(instant_ms, zone)
    text = _clock(local, "%H:%M:%S")
    if day is not None and local.date() != day:
        text = f"{day_text(local.date())}, {text}"
    return Moment(text, format_instant(instant_ms))


def _clock(local: datetime, pattern: str) -> str:
    """Write a time of day, with its offset's name where clocks that are set back show it twice."""
    text = local.strftime(pattern)
    is_ambiguous = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    return f"{text} {local.tzname()}" if is_ambiguous else text


def zone_name(zone: ZoneInfo) -> str:
    """Return what the page calls its zone."""
    return zone.key or str(zone)
