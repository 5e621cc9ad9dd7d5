"""The only door to icalendar: maintenance becomes a calendar that people subscribe to. Pure; same input, same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event

from uptally.model.notice import MaintenanceNotice
from uptally.model.settings import PageSettings
from uptally.page.feeds import Names
from uptally.page.identity import uuid_of
from uptally.page.language import _
from uptally.page.words import maintenance_title, plain
from uptally.units.time import MINUTE_MS, to_utc

_LOOK_AGAIN = timedelta(hours=1)
"""How often subscribers are asked to look."""


def calendar(maintenance: Iterable[MaintenanceNotice], names: Names, settings: PageSettings) -> bytes:
    """Write maintenance as iCalendar (RFC 5545, RFC 7986), in the order given.

    An event keeps its identity when it is moved or cancelled, and what is cancelled stays as such: a calendar that
    merely lost an event may keep it.
    """
    found = Calendar()
    title = _("{title}: maintenance", title=plain(settings.title))
    found.add("prodid", "-//uptally//maintenance//EN")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("name", title)
    found.add("x-wr-calname", title)
    found.add("refresh-interval", _LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", "PT1H")
    for each in maintenance:
        found.add_component(_event(each, names, settings))
    written = found.to_ical(sorted=False)
    assert isinstance(written, bytes)
    return written


def _event(notice: MaintenanceNotice, names: Names, settings: PageSettings) -> Event:
    event = Event()
    updated = to_utc(notice.updated_ms).replace(microsecond=0)
    event.add("uid", str(uuid_of("maintenance", notice.id)))
    event.add("dtstamp", updated)
    event.add("last-modified", updated)
    # It has to rise with each change, as the minute of the last one does.
    event.add("sequence", notice.updated_ms // MINUTE_MS)
    event.add("dtstart", to_utc(notice.start_ms).replace(microsecond=0))
    event.add("dtend", to_utc(notice.end_ms).replace(microsecond=0))
    event.add("summary", maintenance_title(notice.services, names))
    if notice.text:
        event.add("description", plain(notice.text))
    event.add("status", "CANCELLED" if notice.cancelled_ms is not None else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if settings.url:
        event.add("url", settings.url)
    return event
