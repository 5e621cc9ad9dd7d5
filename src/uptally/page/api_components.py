"""Services in the shape of the Statuspage v2 API: components, the groups above them, and the state of all. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from uptally.model.notice import Impact, MaintenanceNotice, Notice
from uptally.model.observation import Outcome
from uptally.model.statement import Standing
from uptally.model.timeline import State
from uptally.page.identity import api_id
from uptally.page.language import _, grouped, ngettext
from uptally.page.views import state_kind
from uptally.page.words import plain
from uptally.units.time import day_of, format_instant

Document = dict[str, Any]

_OPERATIONAL, _MAINTENANCE, _DEGRADED, _OUTAGE = (
    "operational",
    "under_maintenance",
    "degraded_performance",
    "major_outage",
)
_FROM_BEST = (_OPERATIONAL, _MAINTENANCE, _DEGRADED, _OUTAGE)
_INDICATORS_FROM_BEST = ("none", "maintenance", "minor", "major", "critical")
_IMPACTS = {
    Impact.NONE: ("none", ""),
    Impact.MINOR: ("minor", "Minor Service Outage"),
    Impact.MAJOR: ("major", "Partial System Outage"),
    Impact.CRITICAL: ("critical", "Major System Outage"),
}


@dataclass(frozen=True, slots=True)
class Components:
    """All components: `documents` are groups, each before its own, and services; `by_slug` are the services alone."""

    documents: tuple[Document, ...]
    by_slug: Mapping[str, Document]


def components_of(
    standings: Sequence[Standing], under_way: Sequence[MaintenanceNotice], *, page_id: str, zone: ZoneInfo
) -> Components:
    """Return the services that were ever observed, by group in the order in which groups first appear.

    Those without a group come last, as on the page. `under_way` is the maintenance at the time, which never hides that
    a service is down.
    """
    groups: dict[str, list[Standing]] = {}
    for each in standings:
        if each.state is not None:
            groups.setdefault(plain(each.endpoint.group), []).append(each)
    ungrouped = groups.pop("", [])
    documents: list[Document] = []
    by_slug: dict[str, Document] = {}
    for place, (name, members) in enumerate(groups.items(), start=1):
        group_id = api_id("group", name)
        leaves = [
            _leaf(each, under_way, page_id=page_id, zone=zone, group_id=group_id, position=position)
            for position, each in enumerate(members, start=1)
        ]
        documents += [_group(name, group_id, leaves, page_id=page_id, position=place), *leaves]
        by_slug.update((each.endpoint.slug, leaf) for each, leaf in zip(members, leaves, strict=True))
    for position, each in enumerate(ungrouped, start=len(groups) + 1):
        leaf = _leaf(each, under_way, page_id=page_id, zone=zone, group_id=None, position=position)
        documents.append(leaf)
        by_slug[each.endpoint.slug] = leaf
    return Components(tuple(documents), by_slug)


def _leaf(
    standing: Standing,
    under_way: Sequence[MaintenanceNotice],
    *,
    page_id: str,
    zone: ZoneInfo,
    group_id: str | None,
    position: int,
) -> Document:
    endpoint = standing.endpoint
    first_ms = standing.as_of_ms if standing.first_ms is None else standing.first_ms
    since_ms = first_ms if standing.since_ms is None else max(first_ms, standing.since_ms)
    document = {
        "id": api_id("component", endpoint.slug),
        "name": plain(endpoint.name),
        "status": _status_of(standing, any(each.concerns(endpoint.slug) for each in under_way)),
        "created_at": format_instant(first_ms),
        "updated_at": format_instant(since_ms),
        "position": position,
        "description": plain(endpoint.description) or None,
        "showcase": True,
        "start_date": day_of(first_ms, zone).isoformat(),
        "group_id": group_id,
        "page_id": page_id,
        "group": False,
        "only_show_if_degraded": False,
    }
    return {**document, "x_state": "unknown"} if state_kind(standing) == "nil" else document


def _status_of(standing: Standing, is_maintained: bool) -> str:
    """Return the status in force, or the last that is known."""
    state = standing.state
    if state is State.UNKNOWN:
        state = standing.last_known.state if standing.last_known else None
    if state is State.DOWN:
        return _OUTAGE
    if is_maintained:
        return _MAINTENANCE
    is_slow = standing.last is not None and standing.last.outcome is Outcome.SLOW
    return _DEGRADED if is_slow else _OPERATIONAL


def _group(name: str, group_id: str, leaves: Sequence[Document], *, page_id: str, position: int) -> Document:
    return {
        "id": group_id,
        "name": name,
        "status": max((leaf["status"] for leaf in leaves), key=_FROM_BEST.index),
        "created_at": min(leaf["created_at"] for leaf in leaves),
        "updated_at": max(leaf["updated_at"] for leaf in leaves),
        "position": position,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page_id,
        "group": True,
        "only_show_if_degraded": False,
        "components": [leaf["id"] for leaf in leaves],
    }


def status_of(components: Components, unresolved: Sequence[Notice]) -> Document:
    """Return indicator and description of all: the worst of what was measured and of what people say is wrong."""
    leaves = list(components.by_slug.values())
    measured = _measured(leaves)
    said = [_IMPACTS[each.impact] for each in unresolved if each.impact is not Impact.NONE]
    indicator, description = max((measured, *said), key=lambda pair: _INDICATORS_FROM_BEST.index(pair[0]))
    return {"indicator": indicator, "description": description}


def _measured(leaves: Sequence[Document]) -> tuple[str, str]:
    """Return what the components come to. Maintenance never hides that something is wrong, or not known; where the only
    outages are of services of which nothing is known any more, it is as bad as it was, in words that say so.
    """
    statuses = [leaf["status"] for leaf in leaves]
    unknown = [leaf for leaf in leaves if "x_state" in leaf]
    if not leaves:
        return "minor", _("Nothing has been observed yet")
    indicator, description = _worst(statuses)
    if unknown and not any(leaf["status"] == _OUTAGE and "x_state" not in leaf for leaf in leaves):
        description = ngettext(
            "The state of {count} of {number} service is not known",
            "The state of {count} of {number} services is not known",
            len(leaves),
            count=grouped(len(unknown)),
        )
        indicator = max(indicator, "minor", key=_INDICATORS_FROM_BEST.index)
    return indicator, description


def _worst(statuses: Sequence[str]) -> tuple[str, str]:
    if _OUTAGE in statuses:
        is_all = all(status == _OUTAGE for status in statuses)
        return ("critical", "Major System Outage") if is_all else ("major", "Partial System Outage")
    if _DEGRADED in statuses:
        is_all = all(status == _DEGRADED for status in statuses)
        return "minor", "Degraded System Service" if is_all else "Partially Degraded Service"
    if _MAINTENANCE in statuses:
        return "maintenance", "Service Under Maintenance"
    return "none", "All Systems Operational"
