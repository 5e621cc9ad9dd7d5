"""Time that terms may leave out: as it was planned, and as it is on record."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule of RFC 5545 by which something recurs from a local start on, such as ``2026-10-04T02:00``.

    Each occurrence resolves its local start once, and lasts its exact duration.
    """

    rule: str
    start: str
    zone: ZoneInfo
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Time to leave out of services, or of all of them where `services` is empty.

    Either once, from `start_ms` to `end_ms`, or by a `recurrence`, and then these are its first occurrence.
    `declared_ms` is an announcement earlier than the record, which needs `evidence` and is shown as declared. `why` is
    for the record, and `text` what the public page says of maintenance.
    """

    id: str
    kind: str
    start_ms: int
    end_ms: int
    services: tuple[str, ...] = ()
    why: str = ""
    recurrence: Recurrence | None = None
    declared_ms: int | None = None
    evidence: str = ""
    text: str = ""

    def concerns(self, service: str) -> bool:
        """Tell whether it names a service, or all."""
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True)
class RecordedExclusion:
    """A plan on record: who put it there and when.

    `revoked_ms` is when it was taken back, None while it stands: what had begun by then stays excluded. `act` is the
    number of the act that says it, by which it is revoked.
    """

    plan: Plan
    by: str
    recorded_ms: int
    revoked_ms: int | None = None
    act: int = 0

    @property
    def notified_ms(self) -> int:
        """When it was announced: when it was recorded, or earlier where that was declared with evidence."""
        declared_ms = self.plan.declared_ms
        return self.recorded_ms if declared_ms is None else min(self.recorded_ms, declared_ms)
