"""Several pages of one daemon: each has its own files, and none anything of what it does not show."""

from __future__ import annotations

import json
import pickle
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.daemon.processes import Daemon, Target, wait_until
from tests.daemon.test_programs import NOW_MS, configured, finish, observation, observations, put
from tests.ledger.made import Clock, open_ledger
from uptally.daemon.order import Shown, Work
from uptally.daemon.press import Press
from uptally.daemon.presses import Presses
from uptally.model.exclusion import Plan
from uptally.model.incident import Incident
from uptally.model.notice import Phase
from uptally.model.observation import Outcome, Reason
from uptally.model.settings import Settings
from uptally.rules.record.exclusions import exclude
from uptally.rules.record.incidents import Telling, open_incident
from uptally.units.time import DAY_MS, HOUR_MS

CONFIG = """\
page: {title: Shop, timezone: Europe/Berlin, automatic_incidents: 1m, url: 'https://status.example.com/'}
pages:
  - {directory: mail-site, title: Post, services: [letters]}
  - {directory: staff, title: Staff, audience: private, services: [Cellar]}
server: {enabled: false}
slas:
  gold: {target: 99%, credits: [{below: 99%, credit: 10%}]}
endpoints:
  - {name: Kiosk, url: 'http://198.51.100.7:81/hidden-path', interval: 1h, group: Front, sla: gold}
  - {name: Letters, url: 'tcp://198.51.100.7:25', interval: 1h, sla: gold}
  - {name: Vault, url: 'http://198.51.100.7/vault', interval: 1h, public: false, group: Cellar}
services:
  - {name: Bazaar, endpoints: [kiosk, vault], sla: 99.5%}
agreements:
  - {name: Initech 2026, customer: Initech, covers: [letters], sla: gold, page: true}
"""
PLAN = Plan("mw-1", "maintenance", NOW_MS + DAY_MS, NOW_MS + DAY_MS + HOUR_MS, ("kiosk", "letters"), text="Disks")
OF_KIOSK = replace(PLAN, id="mw-2", services=("kiosk",), text="Cables")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = configured(tmp_path, CONFIG)
    with closing(open_ledger(found.store.path)) as ledger:
        for slug in ("kiosk", "letters", "vault"):
            ledger.import_observations([*observations(slug)])
            broken = [
                observation(slug, 9_000 + n, NOW_MS - DAY_MS + n, Outcome.DOWN, Reason.CONNECT_REFUSED)
                for n in range(3)
            ]
            ledger.import_observations(broken)
    told = Telling(Phase.INVESTIGATING, "We look.", is_public=True)
    put(
        found,
        open_incident(Incident("i-1", "Twofold", ("kiosk", "letters"), "major", "zoe", NOW_MS - HOUR_MS), told),
        open_incident(Incident("i-2", "Cashdesk", ("kiosk", "vault"), "major", "zoe", NOW_MS - HOUR_MS), told),
        open_incident(Incident("i-3", "General", (), "minor", "zoe", NOW_MS - HOUR_MS), told),
        exclude(PLAN, by="quentin"),
        exclude(OF_KIOSK, by="quentin"),
    )
    return found


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def holding(folder: Path, words: tuple[bytes, ...]) -> set[tuple[str, bytes]]:
    """The files with such a word in them, or in their names."""
    return {
        (path, word)
        for path, content in files_in(folder).items()
        for word in words
        if word in content.lower() or word in path.lower().encode()
    }


def written(settings: Settings) -> None:
    for shown in Shown(settings).of_pages():
        finish(Press(shown, clock=Clock(NOW_MS), version="1"))


def test_what_a_page_does_not_show_is_in_no_file_of_it(settings: Settings, tmp_path: Path) -> None:
    written(settings)
    assert not holding(tmp_path / "mail-site", (b"kiosk", b"vault", b"bazaar", b"cashdesk", b"cables", b"initech"))
    assert not holding(tmp_path / "staff", (b"kiosk", b"letters", b"bazaar", b"cables", b"disks", b"twofold"))
    assert not holding(tmp_path / "site", (b"vault",))


def test_each_page_shows_all_that_is_its_own(settings: Settings, tmp_path: Path) -> None:
    written(settings)
    for folder, title, slug, words in (
        ("site", "Shop", "kiosk", ("Twofold", "Cashdesk", "General", "Disks", "Cables", "Bazaar")),
        ("mail-site", "Post", "letters", ("Twofold", "General", "Disks")),
        ("staff", "Staff", "vault", ("Cashdesk", "General")),
    ):
        files = files_in(tmp_path / folder)
        index = files["index.html"].decode()
        assert f"{title}</title>" in index
        assert all(word in index for word in words), folder
        assert {f"endpoints/{slug}.html", f"badges/{slug}.svg", f"api/services/{slug}.json"} <= files.keys()
        assert {"history.atom", "maintenance.ics", "api/v2/summary.json", "method.html"} <= files.keys()


def test_pages_of_agreements_belong_to_the_main_page(settings: Settings, tmp_path: Path) -> None:
    written(settings)
    assert any(path.startswith("agreements/initech") for path in files_in(tmp_path / "site"))
    assert not any(path.startswith("agreements/") for path in files_in(tmp_path / "mail-site"))


def test_the_process_is_told_of_each_page_only_what_that_shows(settings: Settings) -> None:
    main, post, staff = (pickle.dumps(shown).lower() for shown in Shown(settings).of_pages())
    assert b"vault" in staff
    assert b"kiosk" not in staff
    assert b"kiosk" not in post
    assert b"initech" not in post
    assert b"initech" in main


def test_an_agreement_keeps_its_page_where_the_main_one_does_not_show_what_it_covers(
    settings: Settings, tmp_path: Path
) -> None:
    narrow = replace(settings, page=replace(settings.page, services=frozenset({"kiosk"})))
    written(narrow)
    site = tmp_path / "site"
    (own,) = (content for path, content in files_in(site).items() if path.startswith("agreements/initech"))
    assert b"Letters" in own
    assert not (site / "endpoints/letters.html").exists()


def test_what_a_page_shows_no_more_is_removed_from_it(settings: Settings, tmp_path: Path) -> None:
    presses = Presses(Shown(settings).of_pages(), clock=Clock(NOW_MS), version="1")
    assert not presses.do(Work.REFRESH, ()).failure
    while presses.do(Work.UPDATE, ()).has_more:
        pass
    assert (tmp_path / "site/endpoints/kiosk.html").exists()
    less = replace(settings, page=replace(settings.page, services=frozenset({"letters"})))
    presses.change(Shown(less).of_pages())
    assert not presses.do(Work.REFRESH, ()).failure
    assert not (tmp_path / "site/endpoints/kiosk.html").exists()
    assert (tmp_path / "mail-site/endpoints/letters.html").exists()


def test_a_page_that_cannot_be_written_holds_up_no_other(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "site").write_text("in the way")
    presses = Presses(Shown(settings).of_pages(), clock=Clock(NOW_MS), version="1")
    report = presses.do(Work.REFRESH, ())
    assert "Error" in report.failure
    assert (tmp_path / "mail-site/index.html").exists()
    (tmp_path / "site").unlink()
    assert not presses.do(Work.REFRESH, ()).failure
    assert (tmp_path / "site/index.html").exists()


class Ticking(Clock):
    """A clock whose two hands go together."""

    def monotonic_ns(self) -> int:
        return self.now_ms * 1_000_000


def test_each_page_is_refreshed_as_often_as_it_says(settings: Settings, tmp_path: Path) -> None:
    main, post, staff = Shown(settings).of_pages()
    slow = replace(post.settings, page=replace(post.settings.page, refresh_ms=60_000))
    clock = Ticking(NOW_MS)
    presses = Presses([main, post._replace(settings=slow), staff], clock=clock, version="1")
    changed = []
    for _ in range(8):
        assert presses.do(Work.REFRESH, ()).refresh_ms == 10_000
        # What was looked at in one pass is told in the next.
        presses.do(Work.UPDATE, ())
        changed.append((tmp_path / "mail-site/index.html").stat().st_mtime_ns)
        clock.now_ms += 10_000
    assert [first == then for first, then in pairwise(changed)] == [True] * 5 + [False, True]


def test_a_change_of_state_reaches_every_page_that_shows_it(tmp_path: Path) -> None:
    with Target() as target:
        (tmp_path / "probes.yaml").write_text(
            "server: {enabled: false}\n"
            "page: {refresh: 1h}\n"
            "pages: [{directory: two, title: Two, services: [web]}]\n"
            f"endpoints: [{{name: Web, url: 'http://127.0.0.1:{target.port}/', interval: 250ms}}]\n"
        )
        folders = [tmp_path / "site", tmp_path / "two"]
        with Daemon(tmp_path):
            wait_until(lambda: states(folders) == ["up", "up"], "both pages")
            target.status = 500
            wait_until(lambda: states(folders) == ["down", "down"], "the news on both")


def states(folders: list[Path]) -> list[str]:
    """The state of the only service as each page has it."""
    try:
        return [json.loads((each / "api/uptally.json").read_bytes())["services"][0]["state"] for each in folders]
    except FileNotFoundError:
        return []
