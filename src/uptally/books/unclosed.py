"""Which months are to be closed by themselves."""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

from uptally.model.act import Act
from uptally.rules.record.closings import CLOSE, recorded_closings
from uptally.units.time import month_of, month_window, next_month, previous_month


class Watched(Protocol):
    """What this needs of a ledger: `ledger.Reader` is one."""

    def acts(self, *kinds: str) -> list[Act]:
        """Return all acts, or those of some kinds, the first first."""
        ...

    def first_ms(self) -> int | None:
        """Return when the first observation began, None where there is none."""
        ...


def newest_due(zone: ZoneInfo, *, grace_ms: int, now_ms: int) -> str:
    """Return the newest month by a zone's calendar that ended at least a grace ago."""
    month = previous_month(month_of(now_ms, zone))
    while month_window(month, zone).end_ms + grace_ms > now_ms:
        month = previous_month(month)
    return month


def due_months(ledger: Watched, zone: ZoneInfo, *, grace_ms: int, now_ms: int) -> list[str]:
    """Return the months that ended at least a grace ago and were never closed, the oldest first, from that of the first
    observation on. Raises LedgerCorrupt.
    """
    first_ms = ledger.first_ms()
    if first_ms is None:
        return []
    closed = recorded_closings(ledger.acts(CLOSE))
    month, last = month_of(first_ms, zone), newest_due(zone, grace_ms=grace_ms, now_ms=now_ms)
    found = []
    while month <= last:
        if month not in closed:
            found.append(month)
        month = next_month(month)
    return found
