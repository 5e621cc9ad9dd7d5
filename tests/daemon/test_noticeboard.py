"""What people put on record for everyone is on the page at once, and nothing of what they did not."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.daemon.processes import Daemon, Target, wait_until
from tests.ledger.made import Clock, open_ledger
from tests.page.by_hand import standing
from tests.page.sample import at
from uptally.clock import SystemClock
from uptally.config import load
from uptally.daemon.noticeboard import Noticeboard
from uptally.daemon.order import Shown
from uptally.daemon.press import Press
from uptally.ledger import Reader, amend_beside
from uptally.model.act import NewAct
from uptally.model.exclusion import Plan
from uptally.model.incident import Incident
from uptally.model.notice import Impact, Notice, NoticeUpdate, Phase
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.settings import Settings
from uptally.model.timeline import Outage
from uptally.rules.record.exclusions import exclude
from uptally.rules.record.incidents import INCIDENT_KINDS, Telling, open_incident, update_incident
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS

NOW_MS = at("2026-11-23 14:38:07")
CONFIG = """\
page: {title: Shop, timezone: Europe/Berlin}
server: {enabled: false}
endpoints:
  - {name: Website, url: 'http://127.0.0.1:1/', interval: 1s, sla: 99.9%}
  - {name: Mail, url: 'http://127.0.0.1:1/mail', interval: 1s}
  - {name: Vault, url: 'http://127.0.0.1:1/vault', interval: 1s, public: false}
"""
PUBLIC = Telling(Phase.INVESTIGATING, "We **look**.", is_public=True)
INCIDENT = Incident("i-1", "Checkout fails", ("website", "vault"), "major", "zoe", NOW_MS - HOUR_MS)
PLAN = Plan("mw-1", "maintenance", NOW_MS + DAY_MS, NOW_MS + DAY_MS + HOUR_MS, ("mail",), why="Acme", text="Disks")


def observations() -> Iterator[Observation]:
    """One outage of the website in October, and one of the private endpoint."""
    for slug in ("website", "vault"):
        for sequence, at_ms in enumerate(range(at("2026-10-07 12:00:00"), NOW_MS, HOUR_MS)):
            outcome, reason = (Outcome.DOWN, Reason.CONNECT_REFUSED) if 3 <= sequence < 5 else (Outcome.UP, Reason.NONE)
            yield Observation(slug, "local", 1, sequence, Kind.GRID, at_ms, 1_000, outcome, reason, HOUR_MS, 1_000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "probes.yaml").write_text(CONFIG)
    settings = load(tmp_path / "probes.yaml", environment={})
    with closing(open_ledger(settings.store.path)) as ledger:
        ledger.import_observations([*observations()])
    return settings


def put(settings: Settings, *acts: NewAct, at_ms: int = NOW_MS) -> None:
    kinds = tuple({act.kind for act in acts})
    amend_beside(settings.store.path, clock=Clock(at_ms), kinds=kinds, decide=lambda _: acts)


def page(settings: Settings, path: str) -> str:
    return (settings.page.directory / path).read_text(encoding="utf-8")


def written(settings: Settings, clock: Clock) -> Press:
    press = Press(Shown(settings).without_secrets(), clock=clock, version="1")
    press.refresh(())
    while press.has_more:
        press.update(())
    return press


def test_it_reads_what_is_new_and_says_so_once(settings: Settings) -> None:
    board = Noticeboard(settings)
    with Reader.open(settings.store.path) as reader:
        assert [board.look(reader, now_ms=NOW_MS) for _ in range(2)] == [True, False]
        put(settings, open_incident(INCIDENT, PUBLIC))
        assert [board.look(reader, now_ms=NOW_MS) for _ in range(2)] == [True, False]
        assert [each.services for each in board.bulletin.incidents] == [("website",)]


def test_maintenance_that_begins_or_ends_is_news(settings: Settings) -> None:
    put(settings, exclude(PLAN, by="ann"))
    board = Noticeboard(settings)
    times = [NOW_MS, PLAN.start_ms - 1, PLAN.start_ms, PLAN.start_ms + 1, PLAN.end_ms, PLAN.end_ms + 1]
    with Reader.open(settings.store.path) as reader:
        assert [board.look(reader, now_ms=at_ms) for at_ms in times] == [True, False, True, False, True, False]


def test_a_pass_without_any_change_of_state_shows_what_was_put_on_record_since(settings: Settings) -> None:
    clock = Clock(NOW_MS)
    press = written(settings, clock)
    put(settings, open_incident(INCIDENT, PUBLIC), exclude(PLAN, by="ann"))
    press.update(())
    for path in ("index.html", "endpoints/website.html"):
        assert "Checkout fails" in page(settings, path)
        assert "We <strong>look</strong>." in page(settings, path)
    assert "Checkout fails" not in page(settings, "endpoints/mail.html")
    assert "Disks" in page(settings, "endpoints/mail.html")
    put(settings, update_incident("i-1", {}, by="bob", telling=Telling(is_public=False)))
    press.update(())
    assert "Checkout fails" not in page(settings, "index.html")
    press.close()


def test_what_is_private_reaches_no_page(settings: Settings) -> None:
    put(
        settings,
        open_incident(INCIDENT, PUBLIC),
        open_incident(replace(INCIDENT, id="i-2", title="Internal matter")),
        open_incident(replace(INCIDENT, id="i-3", title="Of the vault", services=("vault",)), PUBLIC),
        exclude(PLAN, by="carol"),
    )
    written(settings, Clock(NOW_MS)).close()
    shown = "".join(each.read_text() for each in settings.page.directory.rglob("*.html"))
    assert shown.count("Checkout fails") == 3
    for private in ("Internal matter", "Of the vault", "Vault", "vault", "Acme", "zoe", "carol"):
        assert private not in shown


def test_the_history_has_a_page_for_each_month_with_what_was_measured(settings: Settings) -> None:
    written(settings, Clock(NOW_MS)).close()
    assert sorted(each.name for each in (settings.page.directory / "history").iterdir()) == [
        "2026-10.html",
        "2026-11.html",
    ]
    assert "connection refused" in page(settings, "history/2026-10.html")
    assert "connection refused" not in page(settings, "history/2026-11.html")
    assert 'href="history/2026-11.html"' in page(settings, "index.html")


def test_history_of_months_that_are_told_of_no_more_is_removed(settings: Settings) -> None:
    press = written(settings, Clock(NOW_MS))
    press.close()
    later = Clock(NOW_MS + 400 * DAY_MS)
    written(settings, later).close()
    names = sorted(each.name for each in (settings.page.directory / "history").iterdir())
    assert (len(names), names[0], names[-1]) == (13, "2026-12.html", "2027-12.html")


def automatic(settings: Settings) -> tuple[Notice, ...]:
    """What is told of the outage of two hours in October, and of one that has just begun."""
    begin_ms = at("2026-10-07 14:30:00")
    (of,) = (each for each in settings.endpoints if each.slug == "website")
    outages = [
        outage(end_ms=begin_ms + 2 * HOUR_MS, start_ms=begin_ms),
        outage(end_ms=None, start_ms=NOW_MS - HOUR_MS),
    ]
    board = Noticeboard(settings)
    with Reader.open(settings.store.path) as reader:
        board.look(reader, now_ms=NOW_MS)
    board.see(standing(of=of, outages=outages))
    return board.bulletin.incidents


def outage(*, start_ms: int, end_ms: int | None) -> Outage:
    down_ms = (NOW_MS if end_ms is None else end_ms) - start_ms
    return Outage(start_ms, end_ms, down_ms, 0, Reason.CONNECT_REFUSED, start_ms, start_ms, end_ms, end_ms)


def test_an_outage_that_lasts_is_an_incident_by_itself_where_that_is_configured(settings: Settings) -> None:
    assert automatic(settings) == ()
    told = replace(settings, page=replace(settings.page, automatic_ms=90 * MINUTE_MS))
    (notice,) = automatic(told)
    begin_ms = at("2026-10-07 14:30:00")
    assert (notice.id, notice.title) == ("website-20261007T143000", "Outage of Website")
    assert (notice.started_ms, notice.resolved_ms) == (begin_ms, begin_ms + 2 * HOUR_MS)
    assert notice.updates == (
        NoticeUpdate(
            begin_ms + 90 * MINUTE_MS, Phase.INVESTIGATING, "Our checks get no good answer: connection refused."
        ),
        NoticeUpdate(begin_ms + 2 * HOUR_MS, Phase.RESOLVED, "Our checks get good answers again. It was down for 2 h."),
    )
    going_on = automatic(replace(settings, page=replace(settings.page, automatic_ms=30 * MINUTE_MS)))[-1]
    assert (going_on.resolved_ms, going_on.phase) == (None, Phase.INVESTIGATING)


def test_a_person_takes_an_automatic_incident_over_and_maintenance_makes_none(settings: Settings) -> None:
    told = replace(settings, page=replace(settings.page, automatic_ms=90 * MINUTE_MS))
    begin_ms = at("2026-10-07 14:30:00")
    work = replace(PLAN, start_ms=begin_ms - 1, end_ms=begin_ms + 1)
    put(settings, exclude(work, by="ann"), at_ms=begin_ms - DAY_MS)
    assert len(automatic(told)) == 1
    put(settings, open_incident(replace(INCIDENT, opened_ms=begin_ms + 1), PUBLIC))
    assert [each.id for each in automatic(told)] == ["i-1"]
    put(settings, exclude(replace(work, id="mw-2", services=("website",)), by="ann"), at_ms=begin_ms - DAY_MS)
    put(settings, update_incident("i-1", {}, by="ann", telling=Telling(is_public=False)))
    assert automatic(told) == ()


def test_an_incident_is_on_the_page_of_a_running_daemon_long_before_its_refresh(tmp_path: Path) -> None:
    with Target() as target:
        web = f"{{name: Website, url: 'http://127.0.0.1:{target.port}/'}}"
        config = f"server: {{enabled: false}}\npage: {{refresh: 1h}}\nendpoints: [{web}]\n"
        (tmp_path / "probes.yaml").write_text(config)
        settings = load(tmp_path / "probes.yaml", environment={})
        index = settings.page.directory / "index.html"
        with Daemon(tmp_path):
            wait_until(index.exists, "a page")
            told = replace(INCIDENT, services=(), opened_ms=SystemClock().wall_ms())
            acts = [open_incident(told, PUBLIC)]
            amend_beside(settings.store.path, clock=SystemClock(), kinds=INCIDENT_KINDS, decide=lambda _: acts)
            wait_until(lambda: "Checkout fails" in index.read_text(), "the incident on the page")


def test_what_files_tell_is_on_the_page_but_for_what_is_private(settings: Settings) -> None:
    updates = (NoticeUpdate(NOW_MS, Phase.INVESTIGATING, "We *look*."),)
    files = [
        Notice(name, name, services, Impact.MINOR, NOW_MS - HOUR_MS, None, updates)
        for name, services in (("from-a-file", ("website", "vault")), ("of-the-vault", ("vault",)), ("i-1", ()))
    ]
    put(settings, open_incident(INCIDENT, PUBLIC))
    told = replace(settings, page=replace(settings.page, incidents=tuple(files)))
    assert b"of-the-vault" not in pickle.dumps(Shown(told).without_secrets())
    written(told, Clock(NOW_MS)).close()
    index = page(settings, "index.html")
    assert index.count("from-a-file</h3>") == index.count("i-1</h3>") == 1
    assert "Checkout fails" not in index
