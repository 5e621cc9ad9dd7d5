"""The pages of agreements, as the page's process writes them: where only the customer finds them."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon.test_notebook import hourly
from tests.ledger.made import Clock, open_ledger
from tests.page.sample import at
from uptally.books.agreed import statements_of_agreement
from uptally.config import load
from uptally.daemon.addresses import address_key, agreement_path
from uptally.daemon.binder import Binder
from uptally.daemon.order import Order, Report, Shown, Work
from uptally.daemon.press import Press
from uptally.ledger import Reader
from uptally.model.act import NewAct
from uptally.model.settings import Settings
from uptally.rules.record.claims import Claimed, claim
from uptally.units.time import HOUR_MS

NOW_MS = at("2026-11-23 14:38:07")
CONFIG = """\
page: {title: Shop, timezone: Europe/Berlin}
server: {enabled: false}
slas:
  gold: {target: 99.95%, credits: [{below: 99.95%, credit: 10%}], claim: 30d}
endpoints:
  - {name: Website, url: 'http://127.0.0.1:1/', interval: 1s}
  - {name: Vault, url: 'http://127.0.0.1:1/vault', interval: 1s, public: false}
  - {name: Cellar, url: 'http://127.0.0.1:1/cellar', interval: 1s, public: false}
services:
  - {name: Whole Shop, endpoints: [website, cellar]}
agreements:
  - name: Wayne 2026
    customer: {name: Wayne Enterprises, contacts: [bruce@wayne.example]}
    covers: [website, {service: vault, sla: 99%}, whole-shop]
    sla: gold
    fee: 4711.00 EUR
    approved: {by: Lucius, on: 2025-12-20}
    page: true
  - {name: Stark 2026, customer: Stark Industries, covers: [website], sla: gold, fee: 815.00 USD}
"""
PRIVATE = ("Wayne", "wayne", "Lucius", "4711.00", "471.10", "EUR", "Stark", "815.00", "USD", "Vault", "vault")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The website was down for an hour in October."""
    file = tmp_path / "probes.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    found = load(file, environment={})
    ledger = open_ledger(found.store.path, clock=Clock(NOW_MS))
    try:
        for day, slug in ((5, "website"), (6, "vault"), (7, "cellar")):
            begin_ms = at(f"2026-10-0{day} 12:00:00")
            ledger.import_observations([*hourly(slug, down=(begin_ms, begin_ms + HOUR_MS))])
    finally:
        ledger.close()
    return found


def write(settings: Settings, *, now_ms: int = NOW_MS) -> Path:
    """Write the whole page and return where the agreement's lies."""
    Press(Shown(settings).without_secrets(), clock=Clock(now_ms), version="1").write_all()
    key = address_key(settings.store.path)
    assert key is not None
    return settings.page.directory / agreement_path("wayne-2026", key)


def record(settings: Settings, act: NewAct) -> None:
    ledger = open_ledger(settings.store.path, clock=Clock(NOW_MS))
    try:
        ledger.record(act.kind, act.by, act.body)
    finally:
        ledger.close()


def test_an_agreement_that_asks_for_a_page_has_one_with_its_customer_and_its_credit(settings: Settings) -> None:
    page = write(settings).read_text(encoding="utf-8")
    assert "Wayne Enterprises" in page
    assert "471.10\u00a0EUR, to be claimed by 30 November 2026" in page
    assert "Vault" in page


def test_no_other_file_of_the_page_holds_the_customer_an_amount_or_the_address(settings: Settings) -> None:
    own = write(settings)
    others = [file for file in settings.page.directory.rglob("*") if file.is_file() and file != own]
    assert len(others) > 5
    for file in others:
        content = file.read_bytes()
        assert own.stem.encode() not in content, file
        assert [word for word in PRIVATE if word.encode() in content] == [], file


def test_only_what_agreements_with_a_page_cover_is_told_to_the_pages_process(settings: Settings) -> None:
    told = pickle.dumps(Shown(settings).without_secrets())
    assert b"Wayne" in told
    for private in (b"Stark", b"815.00", b"USD", b"Cellar", b"http://"):
        assert private not in told


def test_no_list_of_the_pages_is_given_by_a_server_that_lists_folders(settings: Settings) -> None:
    own = write(settings)
    assert "There is no such page" in (own.parent / "index.html").read_text(encoding="utf-8")


def test_the_address_stays_over_restarts(settings: Settings) -> None:
    assert write(settings) == write(settings, now_ms=NOW_MS + HOUR_MS)


def test_the_page_goes_when_the_agreement_asks_for_none_any_more(settings: Settings, tmp_path: Path) -> None:
    own = write(settings)
    file = tmp_path / "probes.yaml"
    file.write_text(CONFIG.replace("    page: true\n", ""), encoding="utf-8")
    Press(Shown(load(file, environment={})).without_secrets(), clock=Clock(NOW_MS), version="1").write_all()
    assert not own.exists()
    assert not (own.parent / "index.html").exists()


def test_a_claim_on_record_shows_at_the_next_look(settings: Settings) -> None:
    write(settings)
    received = claim(Claimed("wayne-2026", "website", "2026-10"), received_ms=NOW_MS - HOUR_MS, by="Ann")
    record(settings, received)
    assert "471.10\u00a0EUR, claimed in time" in write(settings).read_text(encoding="utf-8")


def test_statements_of_periods_that_are_over_are_made_once_while_nothing_changes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bool] = []

    def counting(*arguments: object, is_over: bool, **rest: object) -> object:
        made.append(is_over)
        return statements_of_agreement(*arguments, is_over=is_over, **rest)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr("uptally.daemon.binder.statements_of_agreement", counting)
    clock = Clock(NOW_MS)
    binder = Binder(Shown(settings).without_secrets().agreed, clock=clock, version="1")
    with Reader.open(settings.store.path) as reader:
        for _ in range(3):
            binder.begin(())
            binder.write(reader, lambda files: None, turned_ms=HOUR_MS, aging_ms=HOUR_MS, refresh_ms=10_000)
        assert made == [True, False, False, False]
        record(settings, claim(Claimed("wayne-2026", "website", "2026-10"), received_ms=NOW_MS, by="Ann"))
        binder.turn({"website"})
        binder.write(reader, lambda files: None, turned_ms=HOUR_MS, aging_ms=HOUR_MS, refresh_ms=10_000)
    assert made[4:] == [True, False]


def test_a_page_waits_only_where_an_endpoint_that_it_rests_on_has_turned(settings: Settings) -> None:
    binder = Binder(Shown(settings).without_secrets().agreed, clock=Clock(NOW_MS), version="1")
    binder.turn({"elsewhere"})
    assert not binder.has_more
    binder.turn({"cellar"})
    assert binder.has_more


def test_a_page_that_cannot_be_written_is_told_without_its_address(settings: Settings) -> None:
    own = write(settings)
    own.unlink()
    own.mkdir()
    shown = Shown(settings).without_secrets()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "uptally.daemon.pressroom"],
        input=pickle.dumps(Order(Work.FINISH, frozenset(), (shown,))),
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    report = Report(*json.loads(done.stdout))
    assert "IsADirectoryError" in report.failure
    assert "wayne-2026-***.html" in report.failure
    assert own.stem not in report.failure
