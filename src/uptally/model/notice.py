"""What is told to everyone: incidents, with what was said of them, and maintenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile


class Phase(Enum):
    """How far an incident has got, in the tokens of the Statuspage v2 API."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"
    """Resolved, and told afterwards what it was."""

    @property
    def is_over(self) -> bool:
        """Whether the incident is over in this phase."""
        return self in (Phase.RESOLVED, Phase.POSTMORTEM)


class Impact(Enum):
    """How bad an incident is for readers, in the tokens of the Statuspage v2 API."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class MaintenancePhase(Enum):
    """Where an instant finds a maintenance, in the tokens of the Statuspage v2 API.

    Its ``verifying`` is missing: nobody says when the work is done and only looked at.
    """

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class NoticeUpdate:
    """What was said of an incident at an instant. `text` is Markdown as it was written, never a target's own words."""

    at_ms: int
    phase: Phase
    text: str = ""


def over_since_ms(updates: Sequence[NoticeUpdate]) -> int | None:
    """Return when updates first told that an incident was over, if they did not tell otherwise since; None where it
    goes on."""
    over = [*takewhile(lambda update: update.phase.is_over, reversed(updates))]
    return over[-1].at_ms if over else None


@dataclass(frozen=True, slots=True)
class Notice:
    """An incident as everyone may read it.

    `services` are slugs of public services, none for all of them. `updates` are oldest first, and at least one; new
    ones only ever come last, so that id and place name one for ever. `resolved_ms` is None while it goes on.
    """

    id: str
    title: str
    services: tuple[str, ...]
    impact: Impact
    started_ms: int
    resolved_ms: int | None
    updates: tuple[NoticeUpdate, ...]

    @property
    def phase(self) -> Phase:
        """The phase as of its newest update."""
        return self.updates[-1].phase

    @property
    def updated_ms(self) -> int:
        """When something was last said of it."""
        return self.updates[-1].at_ms

    def concerns(self, service: str) -> bool:
        """Tell whether it names a service, or all."""
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True)
class MaintenanceNotice:
    """One time of announced maintenance, `[start_ms, end_ms)`; what recurs has one for each occurrence.

    `id` is the exclusion's, with the occurrence's local date where it recurs, such as ``weekly@2026-10-04``, and stays
    the same when it is moved or cancelled. `cancelled_ms` is when it was taken back before it began. `text` is one line
    of plain text, often empty.
    """

    id: str
    services: tuple[str, ...]
    start_ms: int
    end_ms: int
    announced_ms: int
    text: str = ""
    cancelled_ms: int | None = None

    @property
    def updated_ms(self) -> int:
        """When something was last said of it."""
        return self.announced_ms if self.cancelled_ms is None else self.cancelled_ms

    def phase_at(self, at_ms: int) -> MaintenancePhase:
        """Return where an instant finds it."""
        if at_ms < self.start_ms:
            return MaintenancePhase.SCHEDULED
        return MaintenancePhase.IN_PROGRESS if at_ms < self.end_ms else MaintenancePhase.COMPLETED

    def concerns(self, service: str) -> bool:
        """Tell whether it names a service, or all."""
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True)
class Bulletin:
    """All that is told to everyone, as it stands: incidents by when they started, maintenance by when it starts."""

    incidents: tuple[Notice, ...] = ()
    maintenance: tuple[MaintenanceNotice, ...] = ()

    def of(self, service: str) -> Bulletin:
        """Return what concerns one service."""
        return Bulletin(
            tuple(each for each in self.incidents if each.concerns(service)),
            tuple(each for each in self.maintenance if each.concerns(service)),
        )
