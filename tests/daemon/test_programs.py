"""The files for programs, from the ledger to the disk: in step with the page, and without anything that is private."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.made import Clock, open_ledger
from tests.page.sample import at
from tests.page.statuspage import DOCUMENTS, faults
from uptally.config import load
from uptally.daemon.order import Shown
from uptally.daemon.press import Press
from uptally.ledger import amend_beside
from uptally.model.act import NewAct
from uptally.model.exclusion import Plan
from uptally.model.incident import Incident
from uptally.model.notice import Phase
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.settings import Settings
from uptally.rules.record.exclusions import exclude
from uptally.rules.record.incidents import Telling, open_incident
from uptally.units.time import DAY_MS, HOUR_MS

NOW_MS = at("2026-11-23 14:00:07")
CONFIG = """\
page: {title: Shop, timezone: Europe/Berlin, url: 'https://status.example.com/'}
server: {enabled: false}
slas:
  mail: {target: 99%, credits: [{below: 99%, credit: 10%}]}
endpoints:
  - {name: Website, url: 'http://198.51.100.7:81/hidden-path', interval: 1h, group: Front, sla: 99.9%}
  - {name: Mail, url: 'tcp://198.51.100.7:25', interval: 1h, sla: mail}
  - {name: Vault, url: 'http://198.51.100.7/vault', interval: 1h, public: false}
services:
  - {name: Whole Shop, endpoints: [website, vault], sla: 99.5%}
agreements:
  - {name: Initech 2026, customer: Initech, covers: [mail], sla: {target: 55.5%}, fee: 4711 EUR}
"""
PRIVATE = (
    b"198.51.100.7",
    b"hidden-path",
    b"Vault",
    b"vault",
    b"Initech",
    b"initech",
    b"4711",
    b"55.5",
    b"zoe",
    b"quentin",
)
INCIDENT = Incident("i-1", "Checkout fails", ("website", "vault"), "major", "zoe", NOW_MS - HOUR_MS)
PUBLIC = Telling(Phase.INVESTIGATING, "We **look**.", is_public=True)
PLAN = Plan(
    "mw-1", "maintenance", NOW_MS + DAY_MS, NOW_MS + DAY_MS + HOUR_MS, ("mail",), why="Initech", text="New disks"
)


def observations(slug: str) -> Iterator[Observation]:
    for sequence, at_ms in enumerate(range(at("2026-10-07 12:00:00"), NOW_MS, HOUR_MS)):
        yield observation(slug, sequence, at_ms, Outcome.UP, Reason.NONE)


def observation(slug: str, sequence: int, at_ms: int, outcome: Outcome, reason: Reason) -> Observation:
    return Observation(slug, "local", 1, sequence, Kind.GRID, at_ms, 1_000, outcome, reason, HOUR_MS, 1_000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = configured(tmp_path)
    with closing(open_ledger(found.store.path)) as ledger:
        for slug in ("website", "mail", "vault"):
            ledger.import_observations([*observations(slug)])
    return found


def configured(folder: Path, config: str = CONFIG) -> Settings:
    (folder / "probes.yaml").write_text(config)
    return load(folder / "probes.yaml", environment={})


def put(settings: Settings, *acts: NewAct) -> None:
    kinds = tuple({act.kind for act in acts})
    amend_beside(settings.store.path, clock=Clock(NOW_MS), kinds=kinds, decide=lambda _: acts)


def written(settings: Settings) -> Press:
    press = Press(Shown(settings).without_secrets(), clock=Clock(NOW_MS), version="1")
    finish(press)
    return press


def finish(press: Press) -> None:
    press.refresh(())
    while press.has_more:
        press.update(())


def files(settings: Settings) -> dict[str, bytes]:
    """The files for programs that are there."""
    site = settings.page.directory
    found = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    return {
        path: content for path, content in found.items() if path.startswith(("api/", "badges/", "history.", "main"))
    }


def parsed(settings: Settings, path: str) -> Any:
    return json.loads(files(settings)[path])


def test_each_public_service_has_its_files_and_nothing_else_has(settings: Settings) -> None:
    written(settings)
    assert {path for path in files(settings) if not path.startswith("api/v2/")} == {
        "api/uptally.json",
        "api/uptally.schema.json",
        "api/services/website.json",
        "api/services/mail.json",
        "api/services/whole-shop.json",
        "badges/website.svg",
        "badges/website.json",
        "badges/mail.svg",
        "badges/mail.json",
        "badges/whole-shop.svg",
        "badges/whole-shop.json",
        "history.atom",
        "history.rss",
        "maintenance.ics",
    }
    assert all(not faults(name, parsed(settings, f"api/v2/{name}.json")) for name in DOCUMENTS)


def test_nothing_private_is_in_any_of_them(settings: Settings) -> None:
    put(settings, open_incident(INCIDENT, PUBLIC), exclude(PLAN, by="quentin"))
    written(settings)
    for path, content in files(settings).items():
        assert not [secret for secret in PRIVATE if secret in content], path


def test_what_is_put_on_record_is_told_with_the_next_pass(settings: Settings) -> None:
    press = written(settings)
    before = files(settings)
    put(settings, open_incident(INCIDENT, PUBLIC), exclude(PLAN, by="quentin"))
    press.update(())
    after = files(settings)
    for path in ("api/uptally.json", "api/v2/summary.json", "history.atom", "history.rss"):
        assert b"Checkout fails" not in before[path]
        assert b"Checkout fails" in after[path]
    assert b"New disks" in after["maintenance.ics"]
    [component] = parsed(settings, "api/v2/incidents/unresolved.json")["incidents"][0]["components"]
    assert component["name"] == "Website"


def test_a_change_of_state_is_told_with_the_next_pass(settings: Settings) -> None:
    press = written(settings)
    assert parsed(settings, "badges/website.json")["message"] == "up, 100.000%"
    down = observation("website", 10_000, NOW_MS - 3_000, Outcome.DOWN, Reason.STATUS)
    with closing(open_ledger(settings.store.path)) as ledger:
        ledger.import_observations([down])
    press.update(["website"])
    assert parsed(settings, "badges/website.json")["message"].startswith("down, 99.")
    assert parsed(settings, "api/services/website.json")["services"][0]["state"] == "down"
    assert parsed(settings, "api/v2/status.json")["status"]["indicator"] == "major"
    assert parsed(settings, "api/uptally.json")["services"][0]["state"] == "down"


def test_a_service_of_several_is_down_when_one_of_its_parts_is_though_that_is_private(settings: Settings) -> None:
    press = written(settings)
    shop = parsed(settings, "api/services/whole-shop.json")["services"][0]
    assert (shop["state"], shop["statements"], shop["outages"]) == ("up", [], [])
    down = observation("vault", 10_000, NOW_MS - 3_000, Outcome.DOWN, Reason.STATUS)
    with closing(open_ledger(settings.store.path)) as ledger:
        ledger.import_observations([down])
    press.update(["vault"])
    shop = parsed(settings, "api/services/whole-shop.json")["services"][0]
    assert (shop["state"], shop["reason"], len(shop["outages"])) == ("down", "status", 1)
    assert [period["label"] for period in shop["periods"]] == ["2026-11", "2026-10"]
    assert parsed(settings, "badges/whole-shop.json")["message"].startswith("down, 99.")
    told = {each["slug"]: each["state"] for each in parsed(settings, "api/uptally.json")["services"]}
    assert told == {"website": "up", "mail": "up", "whole-shop": "down"}
    components = parsed(settings, "api/v2/components.json")["components"]
    assert {each["name"]: each["status"] for each in components if not each["group"]} == {
        "Website": "operational",
        "Mail": "operational",
        "Whole Shop": "major_outage",
    }


def test_what_is_public_no_more_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    press = written(settings)
    hidden = configured(tmp_path, CONFIG.replace("group: Front, sla: 99.9%", "public: false"))
    press.change(Shown(hidden).without_secrets())
    finish(press)
    left = files(settings)
    assert not [path for path in left if "website" in path]
    assert not [path for path, content in left.items() if b"Website" in content]


def test_a_pass_without_anything_new_writes_only_what_says_when_it_was_written(settings: Settings) -> None:
    written(settings)
    site = settings.page.directory
    before = {path: (site / path).stat().st_mtime_ns for path in files(settings)}
    Press(Shown(settings).without_secrets(), clock=Clock(NOW_MS + 1_000), version="1").write_all()
    changed = {path for path, mtime in before.items() if (site / path).stat().st_mtime_ns != mtime}
    assert changed == {path for path in before if path.startswith("api/") and path != "api/uptally.schema.json"}
