"""What everyone is told, from what is on record: incidents that are public, and maintenance that was announced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from uptally.model.exclusion import RecordedExclusion
from uptally.model.incident import Incident
from uptally.model.notice import MaintenanceNotice, Notice, over_since_ms
from uptally.rules.record.occurrences import Occurrences, occurrences_of
from uptally.units.time import DAY_MS, Window

AHEAD_MS = 90 * DAY_MS
"""So far ahead is told of what recurs."""

MAINTENANCE = "maintenance"
"""The kind of exclusion that everyone is told of; `urgent_maintenance` is one as well."""


def is_maintenance(kind: str) -> bool:
    """Tell whether a kind of exclusion is maintenance, by its name.

    >>> is_maintenance("maintenance"), is_maintenance("urgent_maintenance"), is_maintenance("customer_caused")
    (True, True, False)
    """
    return kind == MAINTENANCE or kind.endswith(f"_{MAINTENANCE}")


def incident_notices(incidents: Iterable[Incident], services: Collection[str]) -> tuple[Notice, ...]:
    """Return the public incidents by when they started, with those of their services that are among `services`.

    One that names services, none of them among these, is left out.
    """
    found = [
        Notice(each.id, each.title, concerned, each.impact, each.opened_ms, _resolved_ms(each), each.updates)
        for each in incidents
        if each.is_public and (concerned := _public(each.services, services)) is not None
    ]
    return tuple(sorted(found, key=lambda each: (each.started_ms, each.id)))


def public_notices(notices: Iterable[Notice], services: Collection[str]) -> tuple[Notice, ...]:
    """Return what everyone may be told of notices, as of `incident_notices`."""
    return tuple(
        replace(each, services=concerned)
        for each in notices
        if (concerned := _public(each.services, services)) is not None
    )


def _public(named: Iterable[str], services: Collection[str]) -> tuple[str, ...] | None:
    """Return the public ones of those that are named; None where there are none left."""
    named = tuple(named)
    kept = tuple(slug for slug in named if slug in services)
    return None if named and not kept else kept


def _resolved_ms(incident: Incident) -> int | None:
    """Return when it was over: when the service was restored, where that is on record, or when it was first told."""
    told_ms = over_since_ms(incident.updates)
    if told_ms is None:
        return None
    return max(told_ms if incident.restored_ms is None else incident.restored_ms, incident.opened_ms)


def maintenance_notices(
    recorded: Iterable[RecordedExclusion],
    services: Collection[str],
    *,
    since_ms: int,
    now_ms: int,
    occurrences: Occurrences,
) -> tuple[MaintenanceNotice, ...]:
    """Return the maintenance since an instant and all that is planned, by its begin, of those services that are among
    `services`; what recurs is told `AHEAD_MS` ahead.

    Only what was on record before its end was told to anybody. Of an occurrence that several records tell, the last one
    counts; what was taken back before it began is there as cancelled, unless a later record has it.
    """
    found: dict[str, MaintenanceNotice] = {}
    for each in recorded:
        concerned = _public(each.plan.services, services)
        if concerned is not None and is_maintenance(each.plan.kind):
            known_ms = now_ms if each.revoked_ms is None else each.revoked_ms
            until_ms = known_ms + AHEAD_MS if each.plan.recurrence else max(since_ms, each.plan.end_ms)
            window = Window(since_ms, max(since_ms, until_ms))
            found.update((notice.id, notice) for notice in _told(each, concerned, window, occurrences))
    return tuple(sorted(found.values(), key=lambda each: (each.start_ms, each.id)))


def _told(
    held: RecordedExclusion, services: tuple[str, ...], window: Window, occurrences: Occurrences
) -> Iterator[MaintenanceNotice]:
    revoked_ms = held.revoked_ms
    for one in occurrences_of(replace(held, revoked_ms=None), window, occurrences):
        if held.recorded_ms < one.end_ms:
            yield MaintenanceNotice(
                id=one.id,
                services=services,
                start_ms=one.start_ms,
                end_ms=one.end_ms,
                announced_ms=held.notified_ms,
                text=held.plan.text,
                cancelled_ms=revoked_ms if revoked_ms is not None and revoked_ms <= one.start_ms else None,
            )
