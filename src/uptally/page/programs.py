"""The files for programs, as bytes by their paths: JSON, feeds, a calendar, badges. The same input, the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from uptally.model.credit_note import CreditNotes
from uptally.model.settings import PageSettings
from uptally.model.statement import LatencyWindow, Standing
from uptally.page import data
from uptally.page.answers import NO_NOTES, Notes
from uptally.page.api import statuspage
from uptally.page.badges import Badge, endpoint_badge, picture, shields_file
from uptally.page.calendar import calendar
from uptally.page.catalogue import in_its_language
from uptally.page.dump import dumped
from uptally.page.feeds import atom, entries_of, rss
from uptally.page.incidents import NO_BOARD, Board
from uptally.page.pieces import Keep, anew
from uptally.units.time import month_of

DATA_PATH = "api/uptally.json"
ATOM_PATH, RSS_PATH, CALENDAR_PATH = "history.atom", "history.rss", "maintenance.ics"


def program_paths(slug: str) -> tuple[str, str, str]:
    """Return where the files for programs lie that tell of one endpoint: its figures, and its badges.

    >>> program_paths("web")
    ('api/services/web.json', 'badges/web.svg', 'badges/web.json')
    """
    return f"api/services/{slug}.json", *_badge_paths(slug)


@in_its_language
def render_programs(
    standings: Sequence[Standing],
    *,
    settings: PageSettings,
    now_ms: int,
    notes: Notes = NO_NOTES,
    board: Board = NO_BOARD,
    keep: Keep = anew,
) -> dict[str, bytes]:
    """Return the files that tell of all services.

    Of private endpoints among `standings` there is nothing in them. `notes` are the credit notes of public services, by
    slug, and `board` what everyone is told. `keep` keeps what is said of each service.
    """
    names = {slug: each.name for slug, each in board.services.items()}
    documents = statuspage(standings, settings, now_ms=now_ms, names=names, bulletin=board.bulletin)
    entries = entries_of(board.bulletin, names, settings, now_ms=now_ms)
    return {
        **{path: dumped(document) + b"\n" for path, document in documents.items()},
        DATA_PATH: data.written(standings, settings, now_ms=now_ms, notes=notes, bulletin=board.bulletin, keep=keep),
        ATOM_PATH: atom(entries, settings),
        RSS_PATH: rss(entries, settings),
        CALENDAR_PATH: calendar(board.bulletin.maintenance, names, settings),
    }


@in_its_language
def render_endpoint_programs(
    standing: Standing,
    *,
    settings: PageSettings,
    now_ms: int,
    notes: CreditNotes | None = None,
    board: Board = NO_BOARD,
    latencies: Sequence[LatencyWindow] = (),
) -> dict[str, bytes]:
    """Return the files that tell of one endpoint: all its figures, with its latencies in some windows, and its badges.

    Raises ValueError for one that is not public.
    """
    slug = standing.endpoint.slug
    if not standing.endpoint.is_public:
        raise ValueError(f"{slug} is not public")
    figures = data.written(
        [standing],
        settings,
        now_ms=now_ms,
        notes={} if notes is None else {slug: notes},
        bulletin=board.bulletin.of(slug),
        latencies=latencies,
    )
    badge = endpoint_badge(standing, month_of(standing.as_of_ms, settings.zone), notes)
    return {program_paths(slug)[0]: figures, **_badges(slug, badge)}


def _badges(slug: str, badge: Badge) -> dict[str, bytes]:
    drawn, told = _badge_paths(slug)
    return {drawn: picture(badge), told: shields_file(badge)}


def _badge_paths(slug: str) -> tuple[str, str]:
    return f"badges/{slug}.svg", f"badges/{slug}.json"
