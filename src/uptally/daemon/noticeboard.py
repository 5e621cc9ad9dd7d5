"""What the page tells everyone of incidents and maintenance, read anew only where something may have changed."""

from __future__ import annotations

from uptally.ledger import Reader
from uptally.model.notice import Bulletin
from uptally.model.settings import Settings
from uptally.recurrence import occurrences
from uptally.rules.record.exclusions import EXCLUSION_KINDS, recorded_exclusions
from uptally.rules.record.incidents import INCIDENT_KINDS, recorded_incidents
from uptally.rules.record.notices import incident_notices, maintenance_notices
from uptally.units.time import DAY_MS, HOUR_MS

KINDS = (*INCIDENT_KINDS, *EXCLUSION_KINDS)
"""The acts that are read."""

BACK_MS = 400 * DAY_MS
"""So far back maintenance is told of: the months that the history has."""


class Noticeboard:
    """The bulletin of the public services of a configuration: what it shows is told the page without what is private.

    Belongs to one thread.
    """

    def __init__(self, settings: Settings) -> None:
        endpoints = {each.slug for each in settings.endpoints if each.is_public}
        self._services = endpoints | {each.slug for each in settings.services if each.is_public}
        self._acts: tuple[int, ...] | None = None
        self._due_ms = 0
        self._bulletin = Bulletin()

    @property
    def bulletin(self) -> Bulletin:
        """What everyone is told as of the last look."""
        return self._bulletin

    def look(self, reader: Reader, *, now_ms: int) -> bool:
        """Look for what is new, which costs next to nothing where nothing is, and tell whether the page is to say other
        things than before: after an act, and where maintenance begins or ends. Raises LedgerCorrupt.
        """
        newest = tuple(0 if (act := reader.newest_act(kind)) is None else act.number for kind in KINDS)
        if newest == self._acts and now_ms < self._due_ms:
            return False
        is_turned = now_ms >= self._due_ms
        before, self._bulletin = self._bulletin, self._read(reader, now_ms)
        self._acts = newest
        edges = (edge_ms for each in self._bulletin.maintenance for edge_ms in (each.start_ms, each.end_ms))
        # What recurs is told some time ahead, which moves on.
        hour_ms = now_ms - now_ms % HOUR_MS + HOUR_MS
        self._due_ms = min([edge_ms for edge_ms in edges if edge_ms > now_ms] + [hour_ms])
        return is_turned or before != self._bulletin

    def _read(self, reader: Reader, now_ms: int) -> Bulletin:
        acts = reader.acts(*KINDS)
        maintenance = maintenance_notices(
            recorded_exclusions(acts),
            self._services,
            since_ms=now_ms - BACK_MS,
            now_ms=now_ms,
            occurrences=occurrences,
        )
        return Bulletin(incident_notices(recorded_incidents(acts), self._services), maintenance)
