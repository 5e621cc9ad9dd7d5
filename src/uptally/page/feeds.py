"""What is told of incidents and maintenance, as Atom and as RSS. Pure; the same notices give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement
from zoneinfo import ZoneInfo

from markupsafe import Markup

from uptally.model.notice import Bulletin, MaintenanceNotice, Notice
from uptally.model.settings import PageSettings
from uptally.page.history import history_path
from uptally.page.identity import uuid_of
from uptally.page.incidents import PHASES
from uptally.page.language import _, spoken
from uptally.page.markdown import to_html
from uptally.page.words import long_day_text, maintenance_title, plain, plain_lines, zone_name
from uptally.units.time import DAY_MS, day_of, format_instant, month_of, to_local, to_utc

ENTRIES_MAX = 50
"""So many entries are in a feed, the newest."""

AHEAD_MS = 7 * DAY_MS
"""So long before it begins is an occurrence of what recurs told of: all of them at once would drown the rest."""

Names = Mapping[str, str]
"""Names of public services by slug."""

_ATOM = "http://www.w3.org/2005/Atom"
_NEVER_MS = 0
"""When a feed without entries was last updated: nothing was ever said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One incident or maintenance: `path` is where the page tells of it, `html` what was said so far."""

    id: str
    title: str
    path: str
    published_ms: int
    updated_ms: int
    html: str


def entries_of(bulletin: Bulletin, names: Names, settings: PageSettings, *, now_ms: int) -> tuple[Entry, ...]:
    """Return what a feed tells, what was last updated first."""
    entries = [
        *(_incident(each, settings.zone) for each in bulletin.incidents),
        *_maintenances(bulletin, names, settings.zone, now_ms),
    ]
    return tuple(sorted(entries, key=lambda each: (each.updated_ms, each.id), reverse=True)[:ENTRIES_MAX])


def atom(entries: tuple[Entry, ...], settings: PageSettings) -> bytes:
    """Write entries as an Atom feed (RFC 4287). Its ids never change; links are relative where no address is set."""
    feed = Element("feed", {"xmlns": _ATOM, "xml:lang": spoken().tag})
    _add(feed, "id", f"urn:uuid:{uuid_of('feed', settings.url or plain(settings.title))}")
    _add(feed, "title", _title(settings))
    _add(feed, "updated", format_instant(_updated_ms(entries)))
    SubElement(_sub(feed, "author"), "name").text = plain(settings.title)
    _sub(feed, "link", rel="self", type="application/atom+xml", href=f"{settings.url}history.atom")
    _sub(feed, "link", rel="alternate", type="text/html", href=settings.url or "index.html")
    for each in entries:
        entry = _sub(feed, "entry")
        _add(entry, "id", each.id)
        _add(entry, "title", each.title)
        _add(entry, "published", format_instant(each.published_ms))
        _add(entry, "updated", format_instant(each.updated_ms))
        _sub(entry, "link", rel="alternate", type="text/html", href=f"{settings.url}{each.path}")
        _sub(entry, "content", type="html").text = each.html
    return _written(feed)


def rss(entries: tuple[Entry, ...], settings: PageSettings) -> bytes:
    """Write entries as RSS 2.0, for what reads no Atom."""
    root = Element("rss", {"version": "2.0", "xmlns:atom": _ATOM})
    channel = _sub(root, "channel")
    _add(channel, "title", _title(settings))
    _add(channel, "link", settings.url or "index.html")
    # Some readers take a description for markup, and some do not: it says the same to both.
    _add(channel, "description", (plain(settings.description) or _title(settings)).replace("<", "&lt;"))
    _add(channel, "language", spoken().tag)
    _add(channel, "lastBuildDate", _rfc_822(_updated_ms(entries)))
    _sub(channel, "atom:link", rel="self", type="application/rss+xml", href=f"{settings.url}history.rss")
    for each in entries:
        item = _sub(channel, "item")
        _add(item, "title", each.title)
        _add(item, "link", f"{settings.url}{each.path}")
        _sub(item, "guid", isPermaLink="false").text = each.id
        _add(item, "pubDate", _rfc_822(each.updated_ms))
        _add(item, "description", each.html)
    return _written(root)


def _incident(notice: Notice, zone: ZoneInfo) -> Entry:
    said = [
        _said(_(PHASES[each.phase]), _when(each.at_ms, zone), to_html(each.text)) for each in reversed(notice.updates)
    ]
    return Entry(
        id=f"urn:uuid:{uuid_of('incident', notice.id)}",
        title=plain(notice.title),
        path=f"{history_path(month_of(notice.started_ms, zone))}#incident-{notice.id}",
        published_ms=notice.updates[0].at_ms,
        updated_ms=notice.updated_ms,
        html=plain_lines("\n".join(said)),
    )


def _maintenances(bulletin: Bulletin, names: Names, zone: ZoneInfo, now_ms: int) -> Iterator[Entry]:
    for each in bulletin.maintenance:
        told_ms = max(each.announced_ms, each.start_ms - AHEAD_MS) if "@" in each.id else each.announced_ms
        if told_ms <= now_ms:
            yield _maintenance(each, names, zone, told_ms)


def _maintenance(notice: MaintenanceNotice, names: Names, zone: ZoneInfo, told_ms: int) -> Entry:
    is_cancelled = notice.cancelled_ms is not None
    span = _("{begin} to {end}", begin=_when(notice.start_ms, zone), end=_when(notice.end_ms, zone))
    title = maintenance_title(notice.services, names)
    text = Markup("<p>{}</p>").format(plain(notice.text)) if notice.text else Markup("")
    return Entry(
        id=f"urn:uuid:{uuid_of('maintenance', notice.id)}",
        title=_("Cancelled: {what}", what=title) if is_cancelled else title,
        # The month in which it begins may have no page yet.
        path="index.html",
        published_ms=told_ms,
        updated_ms=max(told_ms, notice.updated_ms),
        html=plain_lines(_said(_("Cancelled") if is_cancelled else _("Planned"), span, text)),
    )


def _said(what: str, when: str, text: Markup) -> Markup:
    return Markup("<p><strong>{}</strong>, {}</p>\n{}").format(what, when, text)


def _when(instant_ms: int, zone: ZoneInfo) -> str:
    local = to_local(instant_ms, zone)
    day = long_day_text(day_of(instant_ms, zone))
    return _("{day}, {time} ({zone})", day=day, time=f"{local:%H:%M}", zone=zone_name(zone))


def _title(settings: PageSettings) -> str:
    return _("{title}: incidents and maintenance", title=plain(settings.title))


def _updated_ms(entries: tuple[Entry, ...]) -> int:
    return max((each.updated_ms for each in entries), default=_NEVER_MS)


def _rfc_822(instant_ms: int) -> str:
    return format_datetime(to_utc(instant_ms), usegmt=True)


def _sub(parent: Element, tag: str, **attributes: str) -> Element:
    return SubElement(parent, tag, attributes)


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _written(root: Element) -> bytes:
    ElementTree.indent(root)
    written = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written}\n'.encode()
