"""What the page tells everyone of incidents and maintenance, read anew only where something may have changed."""

from __future__ import annotations

from uptally.ledger import Reader
from uptally.model.notice import Bulletin, Notice
from uptally.model.settings import Settings
from uptally.model.statement import Standing
from uptally.page import Calendar, automatic_incidents, with_automatic
from uptally.recurrence import occurrences
from uptally.rules.record.exclusions import EXCLUSION_KINDS, recorded_exclusions
from uptally.rules.record.incidents import INCIDENT_KINDS, recorded_incidents
from uptally.rules.record.notices import incident_notices, maintenance_notices, public_notices
from uptally.units.time import DAY_MS, HOUR_MS

KINDS = (*INCIDENT_KINDS, *EXCLUSION_KINDS)
"""The acts that are read."""

NEVER_MS = 1 << 62

BACK_MS = 400 * DAY_MS
"""So far back maintenance is told of: the months that the history has."""


class Noticeboard:
    """The bulletin of the public services of a configuration: what it shows is told the page without what is private.

    Belongs to one thread.
    """

    def __init__(self, settings: Settings) -> None:
        endpoints = {each.slug for each in settings.endpoints if each.is_public}
        self._services = endpoints | {each.slug for each in settings.services if each.is_public}
        self._written = settings.page.incidents
        self._acts: tuple[int, ...] | None = None
        self._read_ms = 0
        self._edge_ms = NEVER_MS
        self._recorded = Bulletin()
        self._bulletin: Bulletin | None = None
        """With what nobody put on record; None where that has to be put together anew."""
        self._calendar: Calendar | None = None
        """None where it has to be made anew."""
        self._page = settings.page
        self._automatic: dict[str, tuple[Notice, ...]] = {}

    @property
    def bulletin(self) -> Bulletin:
        """What everyone is told as of the last look."""
        if self._bulletin is None:
            automatic = (each for notices in self._automatic.values() for each in notices)
            self._bulletin = with_automatic(self._recorded, automatic)
        return self._bulletin

    @property
    def calendar(self) -> Calendar:
        """The page's calendar, with the maintenance of the last look."""
        if self._calendar is None:
            self._calendar = Calendar(self._page.zone, self._recorded.maintenance)
        return self._calendar

    def see(self, standing: Standing) -> None:
        """Take note of an endpoint's outages, where those that last become incidents by themselves."""
        slug = standing.endpoint.slug
        found = automatic_incidents(standing.endpoint, standing.outages, settings=self._page, now_ms=standing.as_of_ms)
        if found != self._automatic.get(slug, ()):
            self._automatic[slug], self._bulletin = found, None

    def look(self, reader: Reader, *, now_ms: int) -> bool:
        """Look for what is new, which costs next to nothing where nothing is, and tell whether the pages must say so at
        once: after an act, and where maintenance begins or ends. Raises LedgerCorrupt.
        """
        newest = reader.newest_numbers(KINDS)
        is_new = newest != self._acts or now_ms >= self._edge_ms
        # What recurs is told some time ahead, which moves on.
        if is_new or now_ms >= self._read_ms + HOUR_MS:
            self._recorded, self._bulletin, self._calendar = self._read(reader, now_ms), None, None
            self._acts, self._read_ms = newest, now_ms
            edges = (edge_ms for each in self._recorded.maintenance for edge_ms in (each.start_ms, each.end_ms))
            self._edge_ms = min((edge_ms for edge_ms in edges if edge_ms > now_ms), default=NEVER_MS)
        return is_new

    def _read(self, reader: Reader, now_ms: int) -> Bulletin:
        acts = reader.acts(*KINDS)
        maintenance = maintenance_notices(
            recorded_exclusions(acts),
            self._services,
            since_ms=now_ms - BACK_MS,
            now_ms=now_ms,
            occurrences=occurrences,
        )
        # What a file tells takes the place of what is on record under its name.
        told = {each.id: each for each in incident_notices(recorded_incidents(acts), self._services)}
        told |= {each.id: each for each in public_notices(self._written, self._services)}
        incidents = sorted(told.values(), key=lambda each: (each.started_ms, each.id))
        return Bulletin(tuple(incidents), maintenance)
