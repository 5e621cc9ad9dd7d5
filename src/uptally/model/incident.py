"""What people put on record of an incident: when it was reported, opened, acknowledged, responded to and restored, and
what they told everyone of it."""

from __future__ import annotations

from dataclasses import dataclass

from uptally.model.notice import Impact, NoticeUpdate


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of services, from its acts; each instant is None until it is on record.

    `reported_ms` is the customer's report, `acknowledged_ms` that of a person: an automatic acknowledgement does not
    count and is not kept here. `updates` are what was told to everyone, oldest first; there is at least one where
    `is_public`, and they stay on record where it is so no more.
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
    is_public: bool = False
    impact: Impact = Impact.NONE
    updates: tuple[NoticeUpdate, ...] = ()

    def concerns(self, service: str) -> bool:
        """Tell whether it names a service, or all."""
        return not self.services or service in self.services
