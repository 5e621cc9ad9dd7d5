"""The history of a month."""

from __future__ import annotations

from tests.page.sample import NOW_MS, at, endpoint, settings
from uptally.model.notice import Bulletin, Impact, MaintenanceNotice, Notice, NoticeUpdate, Phase
from uptally.model.observation import Reason
from uptally.model.timeline import Outage
from uptally.page import Board, months_until, render_history, services_named
from uptally.page.history import OUTAGES_MAX, History, history_of
from uptally.units.time import HOUR_MS, MINUTE_MS

SERVICES = services_named([endpoint("Shop")], ())


def outage(begin: str, *, minutes: int = 5) -> Outage:
    start_ms = at(begin)
    end_ms = start_ms + minutes * MINUTE_MS
    return Outage(start_ms, end_ms, end_ms - start_ms, 0, Reason.CONNECT_REFUSED, start_ms, start_ms, end_ms, end_ms)


def incident(name: str, begin: str, end: str | None) -> Notice:
    end_ms = None if end is None else at(end)
    return Notice(name, name, (), Impact.MINOR, at(begin), end_ms, (NoticeUpdate(at(begin), Phase.INVESTIGATING),))


def work(name: str, begin: str, *, cancelled_ms: int | None = None) -> MaintenanceNotice:
    return MaintenanceNotice(name, (), at(begin), at(begin) + HOUR_MS, 0, name, cancelled_ms)


def history(
    month: str, *outages: Outage, bulletin: Bulletin | None = None, slug: str = "shop", now_ms: int = NOW_MS
) -> History:
    board = Board(bulletin or Bulletin(), SERVICES)
    return history_of(
        month, [(slug, each) for each in outages], board, settings(), months=["2026-11", "2026-10"], now_ms=now_ms
    )


def test_what_touches_the_month_is_in_it_newest_first() -> None:
    bulletin = Bulletin(
        (
            incident("september", "2026-09-01 00:00:00", "2026-09-30 12:00:00"),
            incident("across", "2026-09-30 12:00:00", "2026-10-01 12:00:00"),
            incident("within", "2026-10-05 00:00:00", "2026-10-06 00:00:00"),
            incident("goes on", "2026-10-31 00:00:00", None),
            incident("november", "2026-11-02 00:00:00", None),
        ),
        (
            work("before", "2026-09-30 20:00:00"),
            work("in it", "2026-10-15 20:00:00"),
            work("cancelled", "2026-10-16 20:00:00", cancelled_ms=1),
            work("after", "2026-11-01 20:00:00"),
        ),
    )
    found = history("2026-10", outage("2026-10-01 01:00:00"), outage("2026-10-31 01:00:00"), bulletin=bulletin)
    assert [each.title for each in found.incidents] == ["goes on", "within", "across"]
    assert [(each.text, each.phase) for each in found.maintenance] == [
        ("cancelled", "Cancelled"),
        ("in it", "Completed"),
    ]
    assert [(service.name, row.day.text) for service, row in found.outages] == [("Shop", "31 Oct"), ("Shop", "1 Oct")]
    assert (found.month, found.is_over) == ("October 2026", True)


def test_instants_are_told_with_their_days_also_today() -> None:
    found = history("2026-11", bulletin=Bulletin((incident("a", "2026-11-23 14:00:00", None),)))
    assert found.incidents[0].began.text == "23 Nov, 14:00"
    assert not found.is_over


def test_outages_of_what_is_not_public_are_not_told() -> None:
    assert history("2026-10", outage("2026-10-01 01:00:00"), slug="vault").outages == ()


def test_a_month_with_very_many_outages_says_how_many_it_leaves_out() -> None:
    found = history("2026-10", *(outage("2026-10-10 00:00:00") for _ in range(OUTAGES_MAX + 7)))
    assert (len(found.outages), found.outages_left_out) == (OUTAGES_MAX, 7)


def test_outages_that_were_left_out_before_are_counted_too() -> None:
    outages = [("shop", outage("2026-10-10 00:00:00"))] * (OUTAGES_MAX + 7)
    found = history_of(
        "2026-10", outages, Board(Bulletin(), SERVICES), settings(), months=["2026-10"], now_ms=NOW_MS, left_out=200
    )
    assert (len(found.outages), found.outages_left_out) == (OUTAGES_MAX, 207)


def test_months_with_a_page_go_back_for_a_year() -> None:
    assert months_until("2026-11", first="2026-11") == ["2026-11"]
    assert months_until("2026-11", first="2020-01")[-1] == "2025-11"


def page(month: str) -> str:
    board = Board(Bulletin(), SERVICES)
    return render_history(
        month, [], board=board, settings=settings(), months=["2026-11", "2026-10"], now_ms=NOW_MS, version="1"
    ).decode()


def test_only_the_month_in_progress_says_when_it_is_due() -> None:
    assert 'data-valid-until="' in page("2026-11")
    assert "Next update due" in page("2026-11")
    assert 'data-valid-until="' not in page("2026-10")
    assert "As known on 23 November 2026" in page("2026-10")


def test_a_month_without_anything_says_so_and_leads_to_the_others() -> None:
    html = page("2026-10")
    for said in ("None reported.", "None announced.", "None seen."):
        assert said in html
    assert '<a href="2026-11.html">November 2026</a>' in html
    assert '<a href="2026-10.html" aria-current="page">October 2026</a>' in html
