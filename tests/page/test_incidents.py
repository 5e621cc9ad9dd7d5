"""Incidents and maintenance as pages show them, and texts that would do harm."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.hostile import MARKDOWNS, TEXT, harm
from tests.page.by_hand import standing
from tests.page.sample import NOW_MS, ZONE, endpoint, settings
from uptally.model.notice import Bulletin, Impact, MaintenanceNotice, Notice, NoticeUpdate, Phase
from uptally.page import Board, render_endpoint, render_index
from uptally.page.incidents import Concerned, NewsView, services_named
from uptally.page.markdown import to_html
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS

SERVICES = services_named([endpoint("Shop"), endpoint("Mail")], ())
GOES_ON = Notice(
    "i-1",
    "Checkout fails",
    ("shop",),
    Impact.MAJOR,
    NOW_MS - HOUR_MS,
    None,
    (
        NoticeUpdate(NOW_MS - HOUR_MS, Phase.INVESTIGATING, "We look."),
        NoticeUpdate(NOW_MS - MINUTE_MS, Phase.IDENTIFIED, "A *disk*."),
    ),
)
OVER = replace(
    GOES_ON,
    id="i-2",
    title="Slow",
    resolved_ms=NOW_MS - HOUR_MS,
    started_ms=NOW_MS - 3 * HOUR_MS,
    updates=(*GOES_ON.updates, NoticeUpdate(NOW_MS - HOUR_MS, Phase.RESOLVED)),
)
WORK = MaintenanceNotice("mw", (), NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS, NOW_MS - DAY_MS, "New disks")


def news(
    *notices: Notice, maintenance: tuple[MaintenanceNotice, ...] = (), of: str = "", now_ms: int = NOW_MS
) -> NewsView:
    return Board(Bulletin(notices, maintenance), SERVICES).news(now_ms=now_ms, zone=ZONE, of=of)


def test_an_incident_that_goes_on_is_told_with_its_updates_newest_first() -> None:
    (view,) = news(GOES_ON).active
    assert (view.title, view.kind, view.phase, view.impact) == ("Checkout fails", "over", "Identified", "major impact")
    assert view.services == (Concerned("Shop", "endpoints/shop.html"),)
    assert (view.began.text, view.ended, view.lasted) == ("13:38", None, "1\u00a0hour")
    assert [(each.phase, each.text) for each in view.updates] == [
        ("Identified", "<p>A <em>disk</em>.</p>"),
        ("Investigating", "<p>We look.</p>"),
    ]


def test_one_that_is_over_is_told_apart_for_a_week() -> None:
    assert [view.lasted for view in news(OVER).recent] == ["2\u00a0h"]
    assert news(OVER).active == ()
    assert news(OVER, now_ms=NOW_MS + 7 * DAY_MS).recent == ()


@pytest.mark.parametrize(
    ("impact", "kind"),
    [(Impact.NONE, "half"), (Impact.MINOR, "over"), (Impact.MAJOR, "over"), (Impact.CRITICAL, "down")],
)
def test_impact_has_a_shape_and_a_word(impact: Impact, kind: str) -> None:
    (view,) = news(replace(GOES_ON, impact=impact)).active
    assert (view.kind, view.impact) == (kind, "no impact" if impact is Impact.NONE else f"{impact.value} impact")


def test_maintenance_in_progress_comes_before_the_next_of_each_that_is_planned() -> None:
    on = replace(WORK, id="on", start_ms=NOW_MS - HOUR_MS)
    weekly = [replace(WORK, id=f"weekly@{day}", start_ms=NOW_MS + day * DAY_MS) for day in (7, 14)]
    planned = [replace(each, end_ms=each.start_ms + HOUR_MS) for each in weekly]
    found = news(maintenance=(on, WORK, *planned))
    assert [(view.phase, view.start.text, view.end.text) for view in found.maintenance] == [
        ("In progress", "13:38", "16:38"),
        ("Planned", "15:38", "16:38"),
        ("Planned", "30 Nov, 14:38", "15:38"),
    ]
    assert found.planned_more == 1


def test_cancelled_maintenance_is_told_as_such_until_it_would_have_ended() -> None:
    gone = replace(WORK, id="gone", cancelled_ms=NOW_MS - DAY_MS)
    found = news(maintenance=(gone, replace(WORK, id="on", start_ms=NOW_MS + 1)))
    assert [(view.phase, view.cancelled and view.cancelled.text) for view in found.maintenance] == [
        ("Planned", None),
        ("Cancelled", "22 Nov, 14:38"),
    ]
    assert found.planned_more == 0
    assert [view.phase for view in news(maintenance=(gone,), now_ms=gone.end_ms - 1).maintenance] == ["Cancelled"]
    assert news(maintenance=(gone,), now_ms=gone.end_ms).maintenance == ()


def test_of_a_cancelled_series_only_the_first_that_does_not_take_place_is_told() -> None:
    series = [replace(WORK, id=f"weekly@{day}", cancelled_ms=NOW_MS) for day in (7, 14)]
    first, second = (
        replace(each, start_ms=each.start_ms + days * DAY_MS, end_ms=each.end_ms + days * DAY_MS)
        for each, days in zip(series, (7, 14), strict=True)
    )
    (view,) = news(maintenance=(first, second)).maintenance
    assert view.start.text == "30 Nov, 15:38"
    assert news(maintenance=(first, second), now_ms=first.end_ms).maintenance == ()


def test_pages_strike_cancelled_maintenance_out_and_say_it_in_words() -> None:
    board = Board(Bulletin((), (replace(WORK, cancelled_ms=NOW_MS - MINUTE_MS),)), SERVICES)
    index = render_index([], settings=settings(), now_ms=NOW_MS, version="1", board=board).decode()
    assert re.search(r"<s><time [^>]*>15:38</time> to <time [^>]*>16:38</time></s>", index)
    assert re.search(r"Cancelled <time [^>]*>14:37</time>", index)
    assert (
        "<s>"
        not in render_index(
            [], settings=settings(), now_ms=NOW_MS, version="1", board=Board(Bulletin((), (WORK,)), SERVICES)
        ).decode()
    )


def test_a_service_tells_only_what_concerns_it() -> None:
    assert len(news(GOES_ON, maintenance=(WORK,), of="shop").active) == 1
    mail = news(GOES_ON, maintenance=(WORK,), of="mail")
    assert (len(mail.active), len(mail.maintenance)) == (0, 1)


def test_pages_tell_it() -> None:
    board = Board(Bulletin((GOES_ON, OVER), (WORK,)), SERVICES)
    shown = standing(of=endpoint("Shop"))
    index = render_index([shown], settings=settings(), now_ms=NOW_MS, version="1", board=board).decode()
    page = render_endpoint(shown, settings=settings(), latencies=[], now_ms=NOW_MS, version="1", board=board).decode()
    for html, base in ((index, ""), (page, "../")):
        assert html.count("Checkout fails") == 1
        assert f'<a href="{base}endpoints/shop.html"><bdi>Shop</bdi></a>' in html
        assert "New disks" in html
        assert "1 earlier update</summary>" in html
    assert ("Slow" in index, "Slow" in page) == (True, False)


HARMLESS = re.compile(
    r"</?(?:p|strong|em|code|pre|blockquote|ul|ol|li)>|<br>|<hr>|</a>"
    r'|<a(?: href="(?:https?://|mailto:)[^"<>]*")? rel="nofollow noopener noreferrer">'
)


@pytest.mark.parametrize("text", MARKDOWNS)
def test_no_text_comes_through_in_a_form_that_runs_or_fetches(text: str) -> None:
    html = str(to_html(text))
    rest = HARMLESS.sub("", html)
    assert "<" not in rest
    assert ">" not in rest.replace("&gt;", "")
    assert not re.search("[\x00-\x08\u202a-\u202e]", html)


def test_what_people_write_comes_through() -> None:
    text = (
        "# Why\n\nA **disk**, see [notes](https://example.com/?a=1&b=2), [us](mailto:us@example.com).\n\n- one\n- `two`"
    )
    assert str(to_html(text)).splitlines() == [
        "<p><strong>Why</strong></p>",
        '<p>A <strong>disk</strong>, see <a href="https://example.com/?a=1&amp;b=2" rel="nofollow noopener noreferrer">'
        'notes</a>, <a href="mailto:us@example.com" rel="nofollow noopener noreferrer">us</a>.</p>',
        "<ul>",
        "<li>one</li>",
        "<li><code>two</code></li>",
        "</ul>",
    ]


def test_hostile_titles_and_notices_are_text() -> None:
    board = Board(Bulletin((replace(GOES_ON, title=TEXT),), (replace(WORK, text=TEXT),)), SERVICES)
    html = render_index([standing()], settings=settings(), now_ms=NOW_MS, version="1", board=board).decode()
    assert harm("index.html", html.encode()) == []
    assert html.count("&lt;script&gt;window.ran=1&lt;/script&gt;") == 2
