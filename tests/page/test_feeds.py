"""Atom and RSS, as a feed reader takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import feedparser  # type: ignore[import-untyped]  # it comes without types
import pytest

from tests.hostile import TEXT
from tests.page.sample import NOW_MS, settings, standings
from tests.page.told import BOARD, BULLETIN, CANCELLED, ONGOING, OVER, SERVICES, maintenance
from uptally.model.notice import Bulletin
from uptally.page.incidents import NO_BOARD, Board
from uptally.page.programs import ATOM_PATH, RSS_PATH, render_programs
from uptally.units.time import DAY_MS

URL = "https://status.example.com/"


def written(path: str, board: Board = BOARD, *, url: str = URL, now_ms: int = NOW_MS) -> bytes:
    return render_programs(standings(), settings=replace(settings(), url=url), now_ms=now_ms, board=board)[path]


def read(path: str, board: Board = BOARD, *, now_ms: int = NOW_MS) -> Any:
    found = feedparser.parse(written(path, board, now_ms=now_ms))
    assert not found.bozo, found.bozo_exception
    return found


def told(*incidents: Any, maintenance: Any = ()) -> Board:
    return Board(Bulletin(incidents, maintenance), SERVICES)


@pytest.mark.parametrize(("path", "version"), [(ATOM_PATH, "atom10"), (RSS_PATH, "rss20")])
def test_a_feed_reader_finds_what_was_told_the_newest_first(path: str, version: str) -> None:
    found = read(path)
    assert found.version == version
    assert found.feed.title == "Acme Cloud: incidents and maintenance"
    assert found.feed.link == URL
    titles = [entry.title for entry in found.entries]
    assert titles[:2] == [ONGOING.title, "Cancelled: Maintenance: DNS"]
    assert titles[-1] == OVER.title
    assert found.entries[0].link == f"{URL}history/2026-11.html#incident-{ONGOING.id}"
    assert found.entries[1].link == f"{URL}index.html"


@pytest.mark.parametrize("path", [ATOM_PATH, RSS_PATH])
def test_an_entry_has_all_updates_as_they_were_meant(path: str) -> None:
    entry = next(entry for entry in read(path).entries if entry.title == OVER.title)
    assert "<strong>Monitoring</strong>, 2 October 2026, 08:45 (Europe/Dublin)" in entry.summary
    assert "A <strong>new</strong> certificate is in place." in entry.summary
    assert entry.summary.index("Resolved") < entry.summary.index("Monitoring")


@pytest.mark.parametrize("path", [ATOM_PATH, RSS_PATH])
def test_an_entry_keeps_its_identity_when_more_is_said(path: str) -> None:
    more = replace(ONGOING, title="Checkout is slow", updates=(*ONGOING.updates, *OVER.updates))
    [before], [after] = read(path, told(ONGOING)).entries, read(path, told(more)).entries
    assert before.id == after.id
    assert before.id.startswith("urn:uuid:")
    assert before.title != after.title


@pytest.mark.parametrize("path", [ATOM_PATH, RSS_PATH])
def test_of_what_recurs_an_occurrence_is_told_a_week_before(path: str) -> None:
    weekly = maintenance("weekly@2026-12-20", NOW_MS + 10 * DAY_MS)
    board = told(maintenance=(weekly,))
    assert read(path, board).entries == []
    assert len(read(path, board, now_ms=weekly.start_ms - 7 * DAY_MS).entries) == 1
    assert len(read(path, told(maintenance=(replace(weekly, id="once"),))).entries) == 1


@pytest.mark.parametrize("path", [ATOM_PATH, RSS_PATH])
def test_a_feed_is_the_same_as_long_as_nothing_new_is_told(path: str) -> None:
    assert written(path) == written(path, now_ms=NOW_MS + DAY_MS // 2)
    assert written(path, NO_BOARD) == written(path, NO_BOARD, now_ms=NOW_MS + DAY_MS)
    assert read(path, NO_BOARD).entries == []


@pytest.mark.parametrize("path", [ATOM_PATH, RSS_PATH])
def test_a_feed_has_at_most_fifty_entries_the_newest(path: str) -> None:
    many = [replace(OVER, id=f"i{number:02}") for number in range(60)]
    found = read(path, told(*many, ONGOING)).entries
    assert (len(found), found[0].title) == (50, ONGOING.title)


@pytest.mark.parametrize("path", [ATOM_PATH, RSS_PATH])
def test_a_hostile_text_stays_text_and_the_feed_well_formed(path: str) -> None:
    hostile = replace(ONGOING, title=TEXT, updates=(replace(ONGOING.updates[0], text=TEXT),))
    told_of = replace(CANCELLED, text=TEXT)
    content = written(path, told(hostile, maintenance=(told_of,)))
    ElementTree.fromstring(content)
    assert b"<script" not in content
    text = content.decode()
    assert not {"\x00", "\x1b", "\u202e", "\uffff"} & set(text)
    # A reader takes this for HTML once more: there too it must be text.
    assert text.count("&amp;lt;script&amp;gt;") == 2


def test_atom_has_all_that_its_standard_asks_for() -> None:
    space = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(written(ATOM_PATH))
    for each in (feed, *feed.iter(f"{space}entry")):
        for name in ("id", "title", "updated"):
            assert each.findtext(f"{space}{name}"), name
    assert feed.findtext(f"{space}author/{space}name") == "Acme Cloud"
    ids = [entry.findtext(f"{space}id") for entry in feed.iter(f"{space}entry")]
    assert len(set(ids)) == len(ids) == len(BULLETIN.incidents) + 4 + 1


def test_without_the_pages_address_links_are_relative() -> None:
    assert b'href="history/2026-11.html#incident-2026-11-checkout"' in written(ATOM_PATH, url="")
