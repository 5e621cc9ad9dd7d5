"""Instants as people write them: by the clocks of a time zone, or with an offset."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from uptally.errors import QuantityError
from uptally.units.time import MINUTE_MS, to_local, wall_ms

_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{3})?)?) ?(?:(Z)|([+-])([01]\d|2[0-3]):([0-5]\d))?", re.ASCII
)

UTC = ZoneInfo("UTC")
"""The zone that instants are read by where no other is known."""


def parse_instant(text: str, zone: ZoneInfo) -> int:
    """Read date and time, to the minute, second or millisecond, by a zone's clocks unless there is an offset or ``Z``.

    Raises QuantityError for anything else, and for a time that the clocks of the zone show twice or never, with what
    would be clear.

    >>> parse_instant("1970-01-01 01:00:02", ZoneInfo("Europe/Berlin")), parse_instant("1970-01-01T00:00-01:00", UTC)
    (2000, 3600000)
    """
    match = _INSTANT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        reading = datetime.fromisoformat(f"{match[1]}T{match[2]}")
        if not 1900 <= reading.year <= 9998:
            raise ValueError
    except ValueError:
        raise QuantityError(f"{text!r} is no instant: write date and time, as in 2026-10-12 14:00") from None
    if match[3] or match[4]:
        ahead = int(match[5] or 0) * 60 + int(match[6] or 0)
        return wall_ms(reading, UTC) - (-ahead if match[4] == "-" else ahead) * MINUTE_MS
    return _local(text, reading, zone)


def _local(text: str, reading: datetime, zone: ZoneInfo) -> int:
    both = [reading.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    if both[0].utcoffset() == both[1].utcoffset():
        return wall_ms(reading, zone)
    # Of a time that the clocks skip, too, Python has two readings: with the offset before the gap, and after it.
    digits = "milliseconds" if reading.second or reading.microsecond else "minutes"
    clear = " or ".join(each.astimezone(UTC).astimezone(zone).isoformat(" ", digits) for each in both)
    is_skipped = to_local(wall_ms(reading, zone), zone).replace(tzinfo=None) != reading
    what = "never comes" if is_skipped else "comes twice"
    raise QuantityError(f"{text!r} {what} in {zone.key}, where the clocks change: write {clear}")
