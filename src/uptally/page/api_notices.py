"""Incidents and maintenance in the shape of the Statuspage v2 API. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.model.notice import MaintenanceNotice, MaintenancePhase, Notice, Phase
from uptally.page.api_components import Document
from uptally.page.history import history_path
from uptally.page.identity import api_id
from uptally.page.language import _
from uptally.page.words import maintenance_title, plain, plain_lines
from uptally.units.time import format_instant, month_of


class Reading(NamedTuple):
    """What the documents have in common: the page, components and names by the services' slugs, and when it is read."""

    page_id: str
    url: str
    zone: ZoneInfo
    components: Mapping[str, Document]
    names: Mapping[str, str]
    now_ms: int


class _Said(NamedTuple):
    """An update: when, in which token, and what was said."""

    at_ms: int
    status: str
    body: str


def incident_document(notice: Notice, reading: Reading) -> Document:
    """Return an incident, with its updates from the newest to the oldest. One that concerns all services names none."""
    monitoring_ms = [each.at_ms for each in notice.updates if each.phase is Phase.MONITORING]
    return _document(
        api_id("incident", notice.id),
        reading,
        name=plain(notice.title),
        path=f"{history_path(month_of(notice.started_ms, reading.zone))}#incident-{notice.id}",
        said=[_Said(each.at_ms, each.phase.value, _body(each.text)) for each in notice.updates],
        monitoring_ms=monitoring_ms[-1] if monitoring_ms else None,
        resolved_ms=notice.resolved_ms,
        impact=notice.impact.value,
        started_ms=notice.started_ms,
        services=notice.services,
    )


def maintenance_document(notice: MaintenanceNotice, reading: Reading) -> Document:
    """Return a maintenance. What was cancelled is completed, the nearest that the API has, and its update says so."""
    said = [*_phases(notice, reading.now_ms)]
    document = _document(
        api_id("maintenance", notice.id),
        reading,
        name=maintenance_title(notice.services, reading.names),
        path="index.html",
        said=said,
        monitoring_ms=None,
        resolved_ms=said[-1].at_ms if said[-1].status == MaintenancePhase.COMPLETED.value else None,
        impact="maintenance",
        started_ms=notice.start_ms,
        services=notice.services,
    )
    scheduled = {
        "scheduled_for": format_instant(notice.start_ms),
        "scheduled_until": format_instant(notice.end_ms),
    }
    return {**document, **scheduled}


def _phases(notice: MaintenanceNotice, now_ms: int) -> Iterator[_Said]:
    """Yield what happened of a maintenance so far, the oldest first."""
    yield _Said(notice.announced_ms, MaintenancePhase.SCHEDULED.value, plain(notice.text))
    if notice.cancelled_ms is not None:
        yield _Said(notice.cancelled_ms, MaintenancePhase.COMPLETED.value, _("Cancelled: it does not take place."))
        return
    for phase, at_ms in ((MaintenancePhase.IN_PROGRESS, notice.start_ms), (MaintenancePhase.COMPLETED, notice.end_ms)):
        if at_ms <= now_ms:
            # What was announced late was said when it had begun.
            yield _Said(max(at_ms, notice.announced_ms), phase.value, "")


def _document(
    identity: str,
    reading: Reading,
    *,
    name: str,
    path: str,
    said: Sequence[_Said],
    monitoring_ms: int | None,
    resolved_ms: int | None,
    impact: str,
    started_ms: int,
    services: Sequence[str],
) -> Document:
    return {
        "id": identity,
        "name": name,
        "status": said[-1].status,
        "created_at": format_instant(said[0].at_ms),
        "updated_at": format_instant(said[-1].at_ms),
        "monitoring_at": _instant(monitoring_ms),
        "resolved_at": _instant(resolved_ms),
        "impact": impact,
        "shortlink": f"{reading.url}{path}" if reading.url else "",
        "started_at": format_instant(started_ms),
        "page_id": reading.page_id,
        "incident_updates": [_update(identity, place, each) for place, each in reversed(list(enumerate(said)))],
        "components": [reading.components[slug] for slug in services if slug in reading.components],
        "reminder_intervals": None,
    }


def _update(incident_id: str, place: int, said: _Said) -> Document:
    at = format_instant(said.at_ms)
    return {
        "id": api_id("update", incident_id, str(place)),
        "status": said.status,
        "body": said.body,
        "incident_id": incident_id,
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": None,
        "deliver_notifications": False,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _body(text: str) -> str:
    """Return Markdown so that it says the same as Markdown and as HTML, which readers of the API may take it for."""
    return plain_lines(text).replace("<", "&lt;")


def _instant(instant_ms: int | None) -> str | None:
    return None if instant_ms is None else format_instant(instant_ms)
