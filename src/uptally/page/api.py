"""The page in the shape of the Statuspage v2 API, so that what reads other status pages reads this one. Pure.

Shapes and tokens are that API's and no others. It has no word for what is not known: a component then keeps the status
that it had last, and has one key more, `x_state`; one that was never observed is not there yet. Every document has more
keys, `generated_at`, `valid_until` and `monitoring`, for nothing else tells that the monitor has died.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from uptally.model.notice import Bulletin, MaintenanceNotice, MaintenancePhase
from uptally.model.settings import PageSettings
from uptally.model.statement import Standing
from uptally.page.api_components import Document, components_of, status_of
from uptally.page.api_notices import Reading, incident_document, maintenance_document
from uptally.page.identity import api_id
from uptally.page.newest import LATEST, nearest_maintenance, newest_incidents
from uptally.page.views import validity
from uptally.page.words import plain, zone_name
from uptally.units.time import format_instant


def statuspage(
    standings: Sequence[Standing],
    settings: PageSettings,
    *,
    now_ms: int,
    names: Mapping[str, str],
    bulletin: Bulletin,
) -> dict[str, Document]:
    """Return the documents of the API by their paths below the page's folder; of public endpoints only.

    `names` are those of all public services, by slug.
    """
    shown = [each for each in standings if each.endpoint.is_public]
    page_id = api_id("page", settings.url or plain(settings.title))
    under_way = [each for each in bulletin.maintenance if _is_under_way(each, now_ms)]
    components = components_of(shown, under_way, page_id=page_id, zone=settings.zone)
    reading = Reading(page_id, settings.url, settings.zone, components.by_slug, names, now_ms)
    newest, near = newest_incidents(bulletin)[::-1], nearest_maintenance(bulletin, now_ms)
    told = [incident_document(each, reading) for each in newest]
    unresolved = [document for notice, document in zip(newest, told, strict=True) if notice.resolved_ms is None]
    planned = [maintenance_document(each, reading) for each in near]
    upcoming = [document for document in planned if document["status"] == MaintenancePhase.SCHEDULED.value]
    active = [document for document in planned if document["status"] == MaintenancePhase.IN_PROGRESS.value]
    status = status_of(components, [each for each in newest if each.resolved_ms is None])
    bodies: dict[str, Document] = {
        "summary": {
            "components": components.documents,
            "incidents": unresolved,
            "scheduled_maintenances": [*active, *upcoming],
            "status": status,
        },
        "status": {"status": status},
        "components": {"components": components.documents},
        "incidents": {"incidents": told[:LATEST]},
        "incidents/unresolved": {"incidents": unresolved},
        "scheduled-maintenances": {"scheduled_maintenances": planned[::-1]},
        "scheduled-maintenances/upcoming": {"scheduled_maintenances": upcoming},
        "scheduled-maintenances/active": {"scheduled_maintenances": active},
    }
    head = {
        "page": _page(settings, page_id, _updated([*components.documents, *told, *planned], now_ms)),
        **validity(now_ms, refresh_ms=settings.refresh_ms),
    }
    return {f"api/v2/{name}.json": {**head, **body} for name, body in bodies.items()}


def _is_under_way(notice: MaintenanceNotice, now_ms: int) -> bool:
    return notice.cancelled_ms is None and notice.phase_at(now_ms) is MaintenancePhase.IN_PROGRESS


def _page(settings: PageSettings, page_id: str, updated_at: str) -> Document:
    return {
        "id": page_id,
        "name": plain(settings.title),
        "url": settings.url,
        "time_zone": zone_name(settings.zone),
        "updated_at": updated_at,
    }


def _updated(documents: Iterable[Document], now_ms: int) -> str:
    """Return when anything last changed. All instants are written alike, so that text compares as they do."""
    return max((document["updated_at"] for document in documents), default=format_instant(now_ms))
