"""What the clocks of the page's zone show at an instant that a page tells of. Pure."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.units.time import MINUTE_MS, SECOND_MS, to_utc

_QUARTER_MS = 15 * MINUTE_MS


class _Quarter(NamedTuple):
    """What clocks show as a quarter of an hour begins: `hour` and `utc` are what stands before the minutes there and in
    UTC, and `name` is that of their offset where they show it twice."""

    day: date
    hour: str
    minute: int
    name: str
    utc: str
    utc_minute: int


def local_day(instant_ms: int, zone: ZoneInfo) -> date:
    """Return the local date of an instant."""
    return _quarter(instant_ms // _QUARTER_MS, zone).day


def local_time(instant_ms: int, zone: ZoneInfo, *, has_seconds: bool) -> tuple[date, str, str]:
    """Return the day and what clocks show at an instant, with their offset's name where clocks that are set back show
    that twice, and the instant as RFC 3339 has it in UTC, with milliseconds.

    >>> local_time(1_761_438_907_000, ZoneInfo("Europe/Berlin"), has_seconds=True)[1:]
    ('02:35:07 CEST', '2025-10-26T00:35:07.000Z')
    """
    number, past_ms = divmod(instant_ms, _QUARTER_MS)
    day, hour, minute, name, utc, utc_minute = _quarter(number, zone)
    minutes, rest_ms = divmod(past_ms, MINUTE_MS)
    second = f":{rest_ms // SECOND_MS:02d}"
    text = f"{hour}{minute + minutes:02d}{second if has_seconds else ''}{name}"
    return day, text, f"{utc}{utc_minute + minutes:02d}{second}.{rest_ms % SECOND_MS:03d}Z"


# Since 1972 no clocks are off by anything but quarters of an hour, nor set at any other time. A service's instants lie
# close to each other, and what takes long is to ask the zone.
@lru_cache(maxsize=4_096)
def _quarter(number: int, zone: ZoneInfo) -> _Quarter:
    utc = to_utc(number * _QUARTER_MS)
    local = utc.astimezone(zone)
    is_ambiguous = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    name = f" {local.tzname()}" if is_ambiguous else ""
    return _Quarter(local.date(), f"{local:%H:}", local.minute, name, f"{utc:%Y-%m-%dT%H:}", utc.minute)
