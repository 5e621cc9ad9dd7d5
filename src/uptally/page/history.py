"""The history of a month: incidents, maintenance and outages, the newest first. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from uptally.model.settings import PageSettings
from uptally.model.timeline import Outage
from uptally.page.incidents import (
    Board,
    Concerned,
    IncidentView,
    MaintenanceView,
    incident_views,
    maintenance_views,
)
from uptally.page.outages import OutageRow, outage_row
from uptally.page.views import Taken, taken_at
from uptally.page.words import month_and_year, plain
from uptally.units.time import month_window, previous_month

MONTHS_MAX = 13
"""So many months have a page of their own, the current one included."""

OUTAGES_MAX = 200
"""So many outages are listed, the newest."""


@dataclass(frozen=True, slots=True)
class MonthLink:
    """A month that has a page."""

    name: str
    path: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class History:
    """All that the history of a month shows."""

    title: str
    month: str
    is_over: bool
    months: tuple[MonthLink, ...]
    incidents: tuple[IncidentView, ...]
    maintenance: tuple[MaintenanceView, ...]
    outages: tuple[tuple[Concerned, OutageRow], ...]
    outages_left_out: int
    taken: Taken


def history_path(month: str) -> str:
    """Return where the history of a month lies below the page's folder.

    >>> history_path("2026-11")
    'history/2026-11.html'
    """
    return f"history/{month}.html"


def months_until(newest: str, *, first: str) -> list[str]:
    """Return the months that have a page, the newest first: from the first one on, as far as there is room for.

    >>> months_until("2026-02", first="2025-12")
    ['2026-02', '2026-01', '2025-12']
    """
    months = [newest]
    while months[-1] > first and len(months) < MONTHS_MAX:
        months.append(previous_month(months[-1]))
    return months


def history_of(
    month: str,
    outages: Iterable[tuple[str, Outage]],
    board: Board,
    settings: PageSettings,
    *,
    months: Sequence[str],
    now_ms: int,
    left_out: int = 0,
) -> History:
    """Return the history of a month, from the outages of endpoints by slug and what was told to everyone. `left_out`
    older outages are not among these.

    What reaches beyond the month is in the history of each that it touches.
    """
    bulletin, services, zone = board.bulletin, board.services, settings.zone
    window = month_window(month, zone)
    incidents = [
        each
        for each in reversed(bulletin.incidents)
        if each.started_ms < window.end_ms and (each.resolved_ms is None or each.resolved_ms >= window.start_ms)
    ]
    maintenance = [
        each
        for each in reversed(bulletin.maintenance)
        if each.start_ms < window.end_ms and each.end_ms > window.start_ms
    ]
    known = sorted(
        ((slug, outage) for slug, outage in outages if slug in services),
        key=lambda pair: pair[1].start_ms,
        reverse=True,
    )
    calendar = board.calendar(zone)
    return History(
        title=plain(settings.title),
        month=month_and_year(month),
        is_over=now_ms >= window.end_ms,
        months=tuple(MonthLink(month_and_year(each), f"{each}.html", each == month) for each in months),
        incidents=incident_views(incidents, services, now_ms=now_ms, seen_ms=window.start_ms - 1, zone=zone),
        maintenance=maintenance_views(maintenance, services, now_ms=now_ms, seen_ms=window.start_ms - 1, zone=zone),
        outages=tuple((services[slug], outage_row(outage, calendar)) for slug, outage in known[:OUTAGES_MAX]),
        outages_left_out=max(0, len(known) - OUTAGES_MAX) + left_out,
        taken=taken_at(now_ms, refresh_ms=settings.refresh_ms, zone=zone),
    )
