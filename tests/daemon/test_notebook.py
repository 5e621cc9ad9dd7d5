"""What the page's process makes of public terms: credit notes without money, kept while nothing changes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.made import Clock, open_ledger
from tests.page.sample import at
from uptally.books.credit_notes import ended_notes
from uptally.config import load
from uptally.daemon.notebook import Notebook
from uptally.daemon.order import Shown
from uptally.daemon.press import Press
from uptally.ledger import Reader
from uptally.model.exclusion import Plan
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.settings import Settings
from uptally.rules.record.exclusions import exclude
from uptally.units.time import HOUR_MS

NOW_MS = at("2026-11-23 14:38:07")
CONFIG = """\
page: {title: Shop, timezone: Europe/Berlin}
server: {enabled: false}
slas:
  gold:
    target: 99.95%
    credits: [{below: 99.95%, credit: 10%}, {below: 99%, credit: 25%}]
    claim: 30d
    fee: 4711.00 EUR
    least_credit: {at_least: 815 EUR}
    exclusions: {maintenance: {}}
endpoints:
  - {name: Website, url: 'http://127.0.0.1:1/', interval: 1s, sla: gold}
  - {name: Mail, url: 'http://127.0.0.1:1/mail', interval: 1s, sla: 99.9%}
  - {name: Vault, url: 'http://127.0.0.1:1/vault', interval: 1s, public: false, sla: 99.9%}
  - {name: Cellar, url: 'http://127.0.0.1:1/cellar', interval: 1s, public: false}
services:
  - {name: Whole Shop, endpoints: [website, vault], sla: gold}
  - {name: Inner Ring, endpoints: [mail, vault], sla: gold, public: false}
agreements:
  - {name: Acme 2026, customer: Acme, covers: [mail], sla: {target: 55.5%}, fee: 1234 EUR}
"""


def hourly(slug: str, *, down: tuple[int, int]) -> Iterator[Observation]:
    """Attempts at each hour since October, and at the seconds around one outage."""
    begin_ms, end_ms = down
    hours = range(at("2026-09-30 00:00:00"), NOW_MS, HOUR_MS)
    for sequence, at_ms in enumerate(sorted({*hours, begin_ms - 1_000, begin_ms, end_ms - 1_000, end_ms})):
        is_down = begin_ms <= at_ms < end_ms
        outcome, reason = (Outcome.DOWN, Reason.CONNECT_REFUSED) if is_down else (Outcome.UP, Reason.NONE)
        yield Observation(slug, "local", 1, sequence, Kind.RECHECK, at_ms, 1_000, outcome, reason, HOUR_MS, 1_000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The website and the vault were down for an hour in October, one after the other; the mail was."""
    file = tmp_path / "probes.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    found = load(file, environment={})
    ledger = open_ledger(found.store.path, clock=Clock(NOW_MS))
    try:
        for day, slug in ((5, "website"), (6, "vault"), (7, "mail")):
            begin_ms = at(f"2026-10-0{day} 12:00:00")
            ledger.import_observations([*hourly(slug, down=(begin_ms, begin_ms + HOUR_MS))])
    finally:
        ledger.close()
    return found


def written(settings: Settings, path: str, *, now_ms: int = NOW_MS) -> str:
    Press(Shown(settings).without_secrets(), clock=Clock(now_ms), version="1").write_all()
    return " ".join((settings.page.directory / path).read_text(encoding="utf-8").split())


def test_an_endpoints_page_shows_its_credit_notes(settings: Settings) -> None:
    page = written(settings, "endpoints/website.html")
    assert "October 2026" in page
    assert "99.865%" in page
    assert "Credit: 10% of the fee. To be claimed by" in page
    assert "30 November 2026, 24:00 Europe/Berlin" in page


def test_a_service_of_several_endpoints_stands_on_the_overview_with_its_credit_notes(settings: Settings) -> None:
    page = written(settings, "index.html")
    assert "Whole Shop" in page
    assert "99.731%" in page
    assert "Inner Ring" not in page
    assert '<a href="endpoints/whole-shop.html">' in page


def test_a_service_of_several_endpoints_has_a_page_of_its_own(settings: Settings) -> None:
    page = written(settings, "endpoints/whole-shop.html")
    assert "It is down when any of its 2 parts is, and not known where one of them is not." in page
    assert '<a href="website.html"><bdi>Website</bdi></a>' in page
    assert "1 part is not shown here." in page
    # Both were down for an hour, a day apart, and each is an outage of the service.
    for day in ("5 Oct", "6 Oct"):
        assert page.count(f"{day}</time></th><td role=") == 1
    assert page.count("3,600.000 s</td>") == 2
    assert "99.731%" in page
    assert not (settings.page.directory / "endpoints" / "inner-ring.html").exists()


def test_no_page_tells_a_fee_an_amount_a_customer_or_what_is_private(settings: Settings) -> None:
    written(settings, "index.html")
    said = "".join(each.read_text(encoding="utf-8") for each in settings.page.directory.rglob("*.html"))
    for private in ("4711", "815", "1234", "EUR", "Acme", "55.5", "Vault", "vault", "Inner Ring", "gold"):
        assert private not in said


def test_the_pages_process_is_told_terms_without_money_and_endpoints_without_names(settings: Settings) -> None:
    told = pickle.dumps(Shown(settings).without_secrets())
    assert b"Whole Shop" in told
    # Whose history a public service needs is told by its slug alone.
    assert b"vault" in told
    for private in (b"4711", b"815", b"1234", b"EUR", b"Acme", b"Vault", b"Inner Ring", b"ellar"):
        assert private not in told


def test_a_bare_target_is_told_by_its_standing_and_not_by_credit_notes(settings: Settings) -> None:
    with Reader.open(settings.store.path) as reader:
        book = Notebook(settings)
        book.look(reader, None, now_ms=NOW_MS)
    assert sorted(book.notes) == ["website", "whole-shop"]
    page = written(settings, "endpoints/mail.html")
    assert "Promise and credit" not in page
    assert "October 2026" in page


class Counted:
    """Counts for which services the notes of ended periods are made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        make = ended_notes

        def counting(reader: object, settings: object, services: object, **rest: object) -> object:
            self.made.extend(each.slug for each in services)  # type: ignore[attr-defined]  # a sequence of services
            return make(reader, settings, services, **rest)  # type: ignore[arg-type]  # as it was called

        monkeypatch.setattr("uptally.daemon.notebook.ended_notes", counting)


def test_periods_that_are_over_are_looked_at_once_while_nothing_changes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    with Reader.open(settings.store.path) as reader:
        book = Notebook(settings)
        for later_ms in (0, 1_000, 60_000):
            book.look(reader, None, now_ms=NOW_MS + later_ms)
        assert sorted(counted.made) == ["website", "whole-shop"]
        book.look(reader, None, now_ms=NOW_MS + HOUR_MS)
        assert len(counted.made) == 4


def test_an_act_changes_the_notes_of_what_is_over(settings: Settings) -> None:
    with Reader.open(settings.store.path) as reader:
        book = Notebook(settings)
        book.look(reader, None, now_ms=NOW_MS)
        assert book.notes["website"].notes[1].share > 0
        start_ms = at("2026-10-05 11:00:00")
        act = exclude(Plan("m1", "maintenance", start_ms, start_ms + 3 * HOUR_MS, ("website",)), by="Ann")
        ledger = open_ledger(settings.store.path, clock=Clock(NOW_MS))
        try:
            ledger.record(act.kind, act.by, act.body)
        finally:
            ledger.close()
        book.look(reader, None, now_ms=NOW_MS + 1_000)
        assert book.notes["website"].notes[1].share == 0
        assert book.notes["whole-shop"].notes[1].share > 0


def test_the_notes_of_a_month_come_with_its_end(settings: Settings) -> None:
    with Reader.open(settings.store.path) as reader:
        book = Notebook(settings)
        end_ms = at("2026-11-30 23:00:00")
        book.look(reader, None, now_ms=end_ms - 1)
        assert [(note.label, note.is_over) for note in book.notes["website"].notes][:2] == [
            ("2026-11", False),
            ("2026-10", True),
        ]
        book.look(reader, None, now_ms=end_ms)
        assert [(note.label, note.is_over) for note in book.notes["website"].notes][:1] == [("2026-11", True)]
