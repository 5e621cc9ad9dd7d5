"""What the clocks of the page's zone show at an instant that a page tells of. Pure."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.units.time import MINUTE_MS, SECOND_MS, to_local

_QUARTER_MS = 15 * MINUTE_MS


class _Quarter(NamedTuple):
    """What clocks show as a quarter of an hour begins; `name` is that of their offset where they show it twice."""

    day: date
    hour: int
    minute: int
    name: str


def local_day(instant_ms: int, zone: ZoneInfo) -> date:
    """Return the local date of an instant."""
    return _quarter(instant_ms // _QUARTER_MS, zone).day


def local_time(instant_ms: int, zone: ZoneInfo, *, has_seconds: bool) -> tuple[date, str]:
    """Return the local date and time of day, with its offset's name where clocks that are set back show it twice.

    >>> local_time(1_761_438_907_000, ZoneInfo("Europe/Berlin"), has_seconds=True)
    (datetime.date(2025, 10, 26), '02:35:07 CEST')
    """
    number, past_ms = divmod(instant_ms, _QUARTER_MS)
    quarter, (minutes, seconds) = _quarter(number, zone), divmod(past_ms // SECOND_MS, 60)
    text = f"{quarter.hour:02d}:{quarter.minute + minutes:02d}"
    return quarter.day, f"{text}:{seconds:02d}{quarter.name}" if has_seconds else text + quarter.name


# Since 1972 no clocks are off by anything but quarters of an hour, nor set at any other time. A service's instants lie
# close to each other, and what takes long is to ask the zone.
@lru_cache(maxsize=4_096)
def _quarter(number: int, zone: ZoneInfo) -> _Quarter:
    local = to_local(number * _QUARTER_MS, zone)
    is_ambiguous = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    return _Quarter(local.date(), local.hour, local.minute, f" {local.tzname()}" if is_ambiguous else "")
