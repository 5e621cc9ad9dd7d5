"""What a person put on record of an incident: when it was reported, opened, acknowledged, responded to and restored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of services, from its acts; each instant is None until it is on record.

    `reported_ms` is the customer's report, `acknowledged_ms` that of a person: an automatic acknowledgement does not
    count and is not kept here.
    """

    id: str
    title: str
    services: tuple[str, ...]
    severity: str
    by: str
    opened_ms: int
    reported_ms: int | None = None
    acknowledged_ms: int | None = None
    responded_ms: int | None = None
    restored_ms: int | None = None

    def concerns(self, service: str) -> bool:
        """Tell whether it names a service, or all."""
        return not self.services or service in self.services
