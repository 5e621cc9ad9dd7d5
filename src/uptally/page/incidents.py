"""Incidents and maintenance as the pages show them. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from uptally.model.agreement import Service
from uptally.model.endpoint import Endpoint
from uptally.model.notice import Bulletin, Impact, MaintenanceNotice, MaintenancePhase, Notice, Phase
from uptally.page.days import Calendar
from uptally.page.language import N_, _
from uptally.page.markdown import to_html
from uptally.page.words import Moment, duration, minute_moment, plain, running, unbroken
from uptally.units.time import DAY_MS, month_of

PHASES = {
    Phase.INVESTIGATING: N_("Investigating"),
    Phase.IDENTIFIED: N_("Identified"),
    Phase.MONITORING: N_("Monitoring"),
    Phase.RESOLVED: N_("Resolved"),
    Phase.POSTMORTEM: N_("Postmortem"),
}
IMPACTS = {
    Impact.NONE: N_("no impact"),
    Impact.MINOR: N_("minor impact"),
    Impact.MAJOR: N_("major impact"),
    Impact.CRITICAL: N_("critical impact"),
}
_KINDS = {Impact.NONE: "half", Impact.MINOR: "over", Impact.MAJOR: "over", Impact.CRITICAL: "down"}

RECENT_MS = 7 * DAY_MS
"""For so long an incident that is over is still told of beside the current state."""

RECENT_MAX = 3
"""So many of them at most."""

PLANNED_MAX = 3
"""So many times of maintenance that are to come are told of at most, of what recurs the next one."""


class Concerned(NamedTuple):
    """A service that an incident or maintenance concerns, with its page, where it has one."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class UpdateView:
    """What was said of an incident at a moment."""

    phase: str
    at: Moment
    text: Markup


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident; `kind` is its icon, `services` are empty where it concerns all, `updates` newest first.

    `ended` is None while it goes on.
    """

    id: str
    title: str
    kind: str
    phase: str
    impact: str
    services: tuple[Concerned, ...]
    began: Moment
    ended: Moment | None
    lasted: str
    month: str
    updates: tuple[UpdateView, ...]

    @property
    def anchor(self) -> str:
        """What it is called within a page."""
        return f"incident-{self.id}"


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """A time of maintenance; `phase` is a word, `services` are empty where it concerns all.

    `cancelled` is when it was taken back; None where it takes place.
    """

    phase: str
    cancelled: Moment | None
    services: tuple[Concerned, ...]
    start: Moment
    end: Moment
    lasts: str
    text: str


@dataclass(frozen=True, slots=True)
class NewsView:
    """What a page tells beside the state: incidents that go on, those that are just over, and maintenance."""

    active: tuple[IncidentView, ...] = ()
    recent: tuple[IncidentView, ...] = ()
    maintenance: tuple[MaintenanceView, ...] = ()
    planned_more: int = 0
    """How many other times of maintenance are known to come."""


Services = Mapping[str, Concerned]
"""The services that a page can name, by slug."""


class Board(NamedTuple):
    """What everyone is told, and the services that pages can name."""

    bulletin: Bulletin = Bulletin()
    services: Services = MappingProxyType({})
    shared: Calendar | None = None
    """The page's calendar with what the bulletin tells of maintenance, where several pages have it in common."""

    def calendar(self, zone: ZoneInfo) -> Calendar:
        """Return the calendar of a page in a zone."""
        return self.shared or Calendar(zone, self.bulletin.maintenance)

    def news(self, *, now_ms: int, zone: ZoneInfo, of: str = "") -> NewsView:
        """Return what is told now, of one service if it is named."""
        bulletin = self.bulletin.of(of) if of else self.bulletin
        return news_of(bulletin, self.services, now_ms=now_ms, zone=zone)


NO_BOARD = Board()


def news_of(bulletin: Bulletin, services: Services, *, now_ms: int, zone: ZoneInfo) -> NewsView:
    """Return what is told now: of incidents the newest first, of maintenance what is in progress and then the next.

    What was cancelled has its place among them until it would have ended.
    """
    if not bulletin.incidents and not bulletin.maintenance:
        return NewsView()
    newest = sorted(bulletin.incidents, key=lambda each: each.updated_ms, reverse=True)
    active = [each for each in newest if each.resolved_ms is None]
    recent = [each for each in newest if each.resolved_ms is not None and now_ms - each.updated_ms < RECENT_MS]
    planned = [each for each in bulletin.maintenance if each.cancelled_ms is None and each.end_ms > now_ms]
    on = [each for each in planned if each.phase_at(now_ms) is MaintenancePhase.IN_PROGRESS]
    to_come = [each for each in planned if each.phase_at(now_ms) is MaintenancePhase.SCHEDULED]
    next_ = _next_of_each(to_come)[:PLANNED_MAX]
    cancelled = _next_of_each([each for each in bulletin.maintenance if each.cancelled_ms is not None])
    gone = [each for each in cancelled if each.end_ms > now_ms][:PLANNED_MAX]
    shown = sorted([*on, *next_, *gone], key=lambda each: each.start_ms)
    return NewsView(
        active=incident_views(active, services, now_ms=now_ms, seen_ms=now_ms, zone=zone),
        recent=incident_views(recent[:RECENT_MAX], services, now_ms=now_ms, seen_ms=now_ms, zone=zone),
        maintenance=maintenance_views(shown, services, now_ms=now_ms, seen_ms=now_ms, zone=zone),
        planned_more=len(to_come) - len(next_),
    )


def _next_of_each(planned: Sequence[MaintenanceNotice]) -> list[MaintenanceNotice]:
    """Return the first occurrence of each maintenance; ids of what recurs end with their dates."""
    first: dict[tuple[str, int | None], MaintenanceNotice] = {}
    for each in planned:
        first.setdefault((each.id.partition("@")[0], each.cancelled_ms), each)
    return list(first.values())


def incident_views(
    notices: Iterable[Notice], services: Services, *, now_ms: int, seen_ms: int, zone: ZoneInfo
) -> tuple[IncidentView, ...]:
    """Return incidents as they are shown, in the order given.

    An instant is shown with its day where that is not the one of `seen_ms`, which is now, or an instant before a month.
    """
    return tuple(_incident(each, services, now_ms, seen_ms, zone) for each in notices)


def _incident(notice: Notice, services: Services, now_ms: int, seen_ms: int, zone: ZoneInfo) -> IncidentView:
    ended_ms = notice.resolved_ms
    return IncidentView(
        id=notice.id,
        title=plain(notice.title),
        kind=_KINDS[notice.impact] if ended_ms is None else "up",
        phase=_(PHASES[notice.phase]),
        impact=_(IMPACTS[notice.impact]),
        services=_concerned(notice.services, services),
        began=minute_moment(notice.started_ms, zone, seen_ms=seen_ms),
        ended=None if ended_ms is None else minute_moment(ended_ms, zone, seen_ms=notice.started_ms),
        lasted=unbroken(
            running(max(0, now_ms - notice.started_ms)) if ended_ms is None else _length(ended_ms - notice.started_ms)
        ),
        month=month_of(notice.started_ms, zone),
        updates=tuple(
            UpdateView(_(PHASES[each.phase]), minute_moment(each.at_ms, zone, seen_ms=seen_ms), to_html(each.text))
            for each in reversed(notice.updates)
        ),
    )


def _length(duration_ms: int) -> str:
    return duration(duration_ms) if duration_ms else ""


def maintenance_views(
    notices: Iterable[MaintenanceNotice], services: Services, *, now_ms: int, seen_ms: int, zone: ZoneInfo
) -> tuple[MaintenanceView, ...]:
    """Return maintenance as it is shown, in the order given; for `seen_ms` see `incident_views`."""
    words = {
        MaintenancePhase.SCHEDULED: N_("Planned"),
        MaintenancePhase.IN_PROGRESS: N_("In progress"),
        MaintenancePhase.COMPLETED: N_("Completed"),
    }
    return tuple(
        MaintenanceView(
            phase=_(words[each.phase_at(now_ms)]) if each.cancelled_ms is None else _("Cancelled"),
            cancelled=None if each.cancelled_ms is None else minute_moment(each.cancelled_ms, zone, seen_ms=seen_ms),
            services=_concerned(each.services, services),
            start=minute_moment(each.start_ms, zone, seen_ms=seen_ms),
            end=minute_moment(each.end_ms, zone, seen_ms=each.start_ms),
            lasts=unbroken(duration(each.end_ms - each.start_ms)),
            text=plain(each.text),
        )
        for each in notices
    )


def _concerned(slugs: Iterable[str], services: Services) -> tuple[Concerned, ...]:
    return tuple(services[slug] for slug in slugs if slug in services)


def services_named(endpoints: Iterable[Endpoint], services: Iterable[Service]) -> Services:
    """Return the public ones among endpoints and services, as pages name them and lead to them."""
    shown: Iterable[Service | Endpoint] = chain(services, endpoints)
    return {each.slug: Concerned(plain(each.name), f"endpoints/{each.slug}.html") for each in shown if each.is_public}
