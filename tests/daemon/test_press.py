"""A press that keeps what did not change writes what one would that makes all of it anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.ledger.made import Clock, open_ledger
from tests.page.sample import at
from uptally.config import load
from uptally.daemon import glances
from uptally.daemon import press as presses
from uptally.daemon.order import Shown
from uptally.daemon.press import Press
from uptally.ledger import amend_beside
from uptally.model.act import NewAct
from uptally.model.exclusion import Plan
from uptally.model.incident import Incident
from uptally.model.notice import Phase
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.settings import Settings
from uptally.page import Pieces, anew
from uptally.page.publish import LIST
from uptally.rules.record.exclusions import exclude
from uptally.rules.record.incidents import Telling, open_incident
from uptally.units.time import HOUR_MS, MINUTE_MS, SECOND_MS

NOW_MS = at("2026-11-27 20:00:00")
SLUGS = ("website", "mail", "search", "vault")
CONFIG = """\
page: {title: Shop, timezone: Europe/Berlin, automatic_incidents: 10m}
server: {enabled: false}
slas:
  mail: {target: 99%, credits: [{below: 99%, credit: 10%}]}
endpoints:
  - {name: Website, url: 'tcp://192.0.2.1:1', interval: 1h, sla: 99.9%, group: Front}
  - {name: Mail, url: 'tcp://192.0.2.1:1', interval: 1h, sla: mail}
  - {name: Search, url: 'tcp://192.0.2.1:1', interval: 1h, group: Front}
  - {name: Vault, url: 'tcp://192.0.2.1:1', interval: 1h, public: false}
services:
  - {name: Whole Shop, endpoints: [website, vault], sla: 99.5%}
"""


class Anew(Pieces):
    """Keeps nothing."""

    keep = staticmethod(anew)


class Shop:
    """A ledger that goes on, with a press that keeps pieces of its page, and one that does not."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.settings = self.load(CONFIG)
        self.clock, self.sequence = Clock(NOW_MS), 0
        with closing(open_ledger(self.settings.store.path)):
            pass
        for slug in SLUGS:
            self.observe(slug, Outcome.UP)
        self.folders = [folder / "keeping", folder / "forgetting", folder / "fresh"]
        self.keeping = self.press(self.folders[0])
        patch.setattr(presses, "Pieces", Anew)
        self.forgetting = self.press(self.folders[1])
        patch.undo()

    def load(self, config: str) -> Settings:
        (self.folder / "probes.yaml").write_text(config)
        return load(self.folder / "probes.yaml", environment={})

    def shown(self, folder: Path) -> Shown:
        return Shown(replace(self.settings, page=replace(self.settings.page, directory=folder))).without_secrets()

    def press(self, folder: Path) -> Press:
        return Press(self.shown(folder), clock=self.clock, version="1")

    def observe(self, slug: str, outcome: Outcome) -> None:
        self.sequence += 1
        reason = Reason.CONNECT_REFUSED if outcome is Outcome.DOWN else Reason.NONE
        seen = Observation(
            slug, "local", 1, self.sequence, Kind.RECHECK, self.clock.wall_ms(), 1_000, outcome, reason, HOUR_MS, 1_000
        )
        with closing(open_ledger(self.settings.store.path)) as ledger:
            ledger.import_observations([seen])

    def change_state(self, random: Random) -> None:
        turned = random.sample(SLUGS, random.randrange(1, 3))
        for slug in turned:
            self.observe(slug, random.choice((Outcome.UP, Outcome.DOWN, Outcome.SLOW, Outcome.UNKNOWN)))
        self.update(turned)

    def go_on(self, random: Random) -> None:
        """Let time pass, often to another day, and sometimes to another month."""
        self.clock.now_ms += random.choice((MINUTE_MS, 17 * MINUTE_MS, 5 * HOUR_MS, 31 * HOUR_MS))
        self.update(())

    def open_incident(self, random: Random) -> None:
        told = Telling(Phase.INVESTIGATING, "We look.", is_public=random.random() < 0.8)
        what = Incident(
            f"i-{self.clock.now_ms}", "It fails", (random.choice(SLUGS),), "major", "zoe", self.clock.now_ms
        )
        self.put(open_incident(what, told))

    def plan(self, random: Random) -> None:
        start_ms = self.clock.now_ms + random.randrange(-3, 3) * HOUR_MS
        of = (random.choice(SLUGS),) if random.random() < 0.8 else ()
        end_ms = start_ms + random.randrange(1, 30) * HOUR_MS
        self.put(exclude(Plan(f"mw-{self.clock.now_ms}", "maintenance", start_ms, end_ms, of), by="ann"))

    def put(self, act: NewAct) -> None:
        amend_beside(self.settings.store.path, clock=self.clock, kinds=(act.kind,), decide=lambda _: (act,))
        self.update(())

    def configure(self, random: Random) -> None:
        new = random.choice((CONFIG, CONFIG.replace("group: Front", "group: Back"), CONFIG.replace("Search", "Find")))
        self.settings = self.load(new)
        self.keeping.change(self.shown(self.folders[0]))
        self.forgetting.change(self.shown(self.folders[1]))
        self.refresh(random)

    def refresh(self, random: Random) -> None:
        for press in (self.keeping, self.forgetting):
            press.refresh(())
            finish(press)
        fresh = self.press(self.folders[2])
        fresh.refresh(())
        finish(fresh)
        fresh.close()
        assert files(self.folders[0]) == files(self.folders[2])

    def update(self, turned: Sequence[str]) -> None:
        for press in (self.keeping, self.forgetting):
            press.update(turned)
            finish(press)


def finish(press: Press) -> None:
    while press.has_more:
        press.update(())


def files(folder: Path) -> dict[str, bytes]:
    """The files of a page, without the list of them."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*") if path.name != LIST}


STEPS = (
    *(Shop.change_state, Shop.change_state, Shop.go_on, Shop.go_on),
    *(Shop.refresh, Shop.open_incident, Shop.plan, Shop.configure),
)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_what_is_kept_is_what_would_be_made_anew(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, random = Shop(tmp_path, monkeypatch), Random(seed)
    shop.refresh(random)
    for _ in range(20):
        shop.clock.now_ms += SECOND_MS
        random.choice(STEPS)(shop, random)
        assert files(shop.folders[0]) == files(shop.folders[1])
    shop.keeping.close()
    shop.forgetting.close()


class Slow(Clock):
    """Takes so long for everything that a pass has time for one of whatever there are several."""

    def monotonic_ns(self) -> int:
        self.now_ms += SECOND_MS
        return self.now_ms * 1_000_000


def test_a_change_of_state_does_not_wait_until_a_refresh_has_looked_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path, monkeypatch)
    monkeypatch.setattr(glances, "AT_ONCE", 1)
    shop.clock = Slow(NOW_MS)
    press, overview = shop.press(tmp_path / "site"), tmp_path / "site" / "index.html"
    press.refresh(())
    finish(press)
    before = overview.read_text()
    press.refresh(())
    assert overview.read_text() == before
    shop.observe("mail", Outcome.DOWN)
    press.update(["mail"])
    assert "is-down" in overview.read_text()
    assert press.has_more
    press.close()
