"""Incidents that nobody opened: outages that lasted, told in the page's own words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from uptally.model.endpoint import Endpoint
from uptally.model.notice import Bulletin, Impact, MaintenanceNotice, Notice, NoticeUpdate, Phase
from uptally.model.settings import PageSettings
from uptally.model.timeline import Outage
from uptally.page.catalogue import in_its_language
from uptally.page.language import _
from uptally.page.reasons import reason_text
from uptally.page.words import duration, plain
from uptally.units.time import format_instant


@in_its_language
def automatic_incidents(
    endpoint: Endpoint, outages: Iterable[Outage], *, settings: PageSettings, now_ms: int
) -> tuple[Notice, ...]:
    """Return the incidents of an endpoint's outages that lasted as long as the settings say, the oldest first."""
    least_ms = settings.automatic_ms
    if least_ms is None:
        return ()
    lasted = (each for each in outages if each.down_ms >= least_ms)
    return tuple(sorted((_incident(endpoint, each, least_ms, now_ms) for each in lasted), key=lambda each: each.id))


def _incident(endpoint: Endpoint, outage: Outage, least_ms: int, now_ms: int) -> Notice:
    reason = reason_text(outage.reason)
    first = _("Our checks get no good answer.")
    if reason:
        first = _("Our checks get no good answer: {reason}.", reason=reason)
    updates = [NoticeUpdate(min(now_ms, outage.start_ms + least_ms), Phase.INVESTIGATING, first)]
    # Where nobody saw it answer again, nobody can say that it does.
    if outage.end_latest_ms is not None and outage.end_ms is not None:
        told_ms = max(outage.end_latest_ms, updates[0].at_ms)
        lasted = duration(outage.down_ms)
        text = _("Our checks get good answers again. It was down for {lasted}.", lasted=lasted)
        updates.append(NoticeUpdate(told_ms, Phase.RESOLVED, text))
    began = format_instant(outage.start_ms)[:19].replace(":", "").replace("-", "")
    return Notice(
        id=f"{endpoint.slug}-{began}",
        title=_("Outage of {service}", service=plain(endpoint.name)),
        services=(endpoint.slug,),
        impact=Impact.MAJOR,
        started_ms=outage.start_ms,
        resolved_ms=outage.end_ms if len(updates) > 1 else None,
        updates=tuple(updates),
    )


def with_automatic(bulletin: Bulletin, automatic: Iterable[Notice]) -> Bulletin:
    """Return a bulletin with those automatic incidents of which no person tells, and that began in no maintenance.

    An incident that a person opened takes the place of those of its services in its time.
    """
    added = [
        each
        for each in automatic
        if not any(_takes_over(told, each) for told in bulletin.incidents)
        and not any(_was_planned(each, work) for work in bulletin.maintenance)
    ]
    if not added:
        return bulletin
    incidents = sorted((*bulletin.incidents, *added), key=lambda each: (each.started_ms, each.id))
    return Bulletin(tuple(incidents), bulletin.maintenance)


def _takes_over(told: Notice, automatic: Notice) -> bool:
    return (
        told.concerns(automatic.services[0])
        and (automatic.resolved_ms is None or told.started_ms < automatic.resolved_ms)
        and (told.resolved_ms is None or automatic.started_ms < told.resolved_ms)
    )


def _was_planned(automatic: Notice, work: MaintenanceNotice) -> bool:
    is_within = work.start_ms <= automatic.started_ms < work.end_ms
    return is_within and work.cancelled_ms is None and work.concerns(automatic.services[0])
