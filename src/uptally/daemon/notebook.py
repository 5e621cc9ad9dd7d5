"""Credit notes of public services, made anew only where something may have changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from zlib import crc32

from uptally.books.credit_notes import bare_terms, ended_notes, has_notes, public_services, running_notes
from uptally.books.recorded import Recorded, recorded_of
from uptally.ledger import Reader
from uptally.model.agreement import Service
from uptally.model.credit_note import CreditNote, CreditNotes
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.terms import Terms
from uptally.recurrence import occurrences
from uptally.rules.record.exclusions import EXCLUSION_KINDS
from uptally.rules.record.figures import FIGURE
from uptally.rules.record.impacts import IMPACT
from uptally.rules.record.incidents import INCIDENT_KINDS
from uptally.units.time import HOUR_MS, day_of

KINDS = (*EXCLUSION_KINDS, *INCIDENT_KINDS, FIGURE, IMPACT)
"""The acts that a credit note depends on."""

AT_ONCE = 50
"""Services whose histories are in memory together."""


def endpoints_held_to_targets(settings: Settings) -> dict[str, Endpoint]:
    """Return the public endpoints by slug, each with the bare target that comes to what is promised of it, and without
    terms where none does, and credit notes tell all.
    """
    services, zone = public_services(settings), settings.page.zone
    found = {}
    for endpoint in settings.endpoints:
        if endpoint.is_public:
            service = services.get(endpoint.slug)
            terms = None if service is None else bare_terms(service, zone)
            found[endpoint.slug] = endpoint if endpoint.terms == terms else replace(endpoint, terms=terms)
    return found


class _Ended(NamedTuple):
    """The notes of periods that are over, and what they were made by: see `stamp_of`."""

    stamp: tuple[object, ...]
    notes: tuple[CreditNote, ...]


def stamp_of(slug: str, versions: Iterable[Terms], acts: tuple[int, ...], *, now_ms: int) -> tuple[object, ...]:
    """Return what is another one whenever what was stated of periods that are over must be made anew: after an act, on
    another day of the terms, and each hour, since observations may come late."""
    days = tuple(day_of(now_ms, terms.zone) for terms in versions)
    # Not all of them at once, which would hold the page up.
    phase_ms = crc32(slug.encode()) % HOUR_MS
    return acts, (now_ms + phase_ms) // HOUR_MS, days


class Notebook:
    """The credit notes of the public services of a configuration of which more than a bare target is promised.

    Those of periods that are over are kept until an act is recorded or a day begins, and for an hour at most, since
    observations may come late. Belongs to one thread.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        zone = settings.page.zone
        self._services = {
            slug: service for slug, service in public_services(settings).items() if has_notes(service, zone)
        }
        self._standing = {slug for slug, each in self._services.items() if bare_terms(each, zone) is not None}
        """Those whose period in progress is told by an endpoint's standing."""
        self._acts: tuple[int, ...] = ()
        self._recorded = Recorded()
        self._ended: dict[str, _Ended] = {}
        self._notes: dict[str, CreditNotes] = {}

    @property
    def notes(self) -> Mapping[str, CreditNotes]:
        """The notes as of the last look, by the services' slugs."""
        return self._notes

    def look(self, reader: Reader, endpoints: Collection[str] | None, *, now_ms: int) -> None:
        """Make the notes of the services that rest on some endpoints, or of all."""
        wanted = [
            each
            for each in self._services.values()
            if endpoints is None or any(slug in endpoints for slug in each.components)
        ]
        if not wanted:
            return
        self._read_acts(reader)
        for first in range(0, len(wanted), AT_ONCE):
            self._look(reader, wanted[first : first + AT_ONCE], now_ms)

    def _look(self, reader: Reader, services: Sequence[Service], now_ms: int) -> None:
        stamps = {each.slug: stamp_of(each.slug, each.terms, self._acts, now_ms=now_ms) for each in services}
        held = {each.slug: self._ended.get(each.slug) for each in services}
        old = [each for each in services if (of := held[each.slug]) is None or of.stamp != stamps[each.slug]]
        ended = ended_notes(
            reader, self._settings, old, now_ms=now_ms, recorded=self._recorded, occurrences=occurrences
        )
        self._ended.update((slug, _Ended(stamps[slug], notes)) for slug, notes in ended.items())
        open_ = [each for each in services if each.slug not in self._standing]
        running = running_notes(
            reader, self._settings, open_, now_ms=now_ms, recorded=self._recorded, occurrences=occurrences
        )
        for each in services:
            notes = (*running.get(each.slug, ()), *self._ended[each.slug].notes)
            self._notes[each.slug] = CreditNotes(each.name, each.slug, each.group, each.description, notes)

    def _read_acts(self, reader: Reader) -> None:
        newest = reader.newest_numbers(KINDS)
        if newest != self._acts:
            self._acts, self._recorded = newest, recorded_of(reader.acts(*KINDS))
