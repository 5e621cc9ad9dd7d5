"""What a daemon puts on record of its configuration, in ledgers that other processes write to as well."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.daemon.processes import PATIENCE_S, Daemon, Target, wait_until
from tests.ledger.made import NOW_MS, Clock, open_ledger
from uptally.config import load
from uptally.daemon.record import record_in_force
from uptally.ledger import Ledger, Reader, amend_beside
from uptally.model.act import Act
from uptally.model.exclusion import Plan, Recurrence
from uptally.model.settings import Settings
from uptally.rules.record.exclusions import EXCLUSION_KINDS, exclude, recorded_exclusions
from uptally.units.time import HOUR_MS

ONCE = Plan("move", "maintenance", NOW_MS, NOW_MS + HOUR_MS, ("web",), "a new disk")
WEEKLY = Plan(
    "weekly",
    "maintenance",
    NOW_MS,
    NOW_MS + HOUR_MS,
    recurrence=Recurrence("FREQ=WEEKLY;BYDAY=SU", "2026-10-04T02:00", ZoneInfo("Europe/Berlin"), HOUR_MS),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "probes.yaml").write_text("endpoints: [{name: Web, url: 'tcp://192.0.2.1:443'}]")
    return replace(load(tmp_path / "probes.yaml", environment={}), file="probes.yaml")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(settings: Settings, clock: Clock) -> Iterator[Ledger]:
    ledger = open_ledger(settings.store.path, clock=clock)
    yield ledger
    ledger.close()


def acts(settings: Settings, *kinds: str) -> list[Act]:
    with Reader.open(settings.store.path) as reader:
        reader.verify_acts()
        return reader.acts(*kinds)


def test_first_start_records_the_configuration_and_what_it_plans(settings: Settings, ledger: Ledger) -> None:
    planned = replace(settings, maintenance=(ONCE, WEEKLY))
    assert record_in_force(ledger, planned) == NOW_MS
    assert [(act.kind, act.by) for act in acts(settings)] == [
        ("config", "probes.yaml"),
        ("exclusion", "config"),
        ("exclusion", "config"),
    ]
    assert [each.plan for each in recorded_exclusions(acts(settings))] == [ONCE, WEEKLY]


def test_restart_with_the_same_file_records_nothing(settings: Settings, ledger: Ledger, clock: Clock) -> None:
    planned = replace(settings, maintenance=(ONCE, WEEKLY))
    record_in_force(ledger, planned)
    ledger.close()
    clock.now_ms += 5
    again = open_ledger(settings.store.path, clock=clock)
    assert record_in_force(again, planned) == NOW_MS
    again.close()
    assert len(acts(settings)) == 3


def test_change_revokes_what_it_changes_and_leaves_the_rest(settings: Settings, ledger: Ledger, clock: Clock) -> None:
    record_in_force(ledger, replace(settings, maintenance=(ONCE, WEEKLY)))
    clock.now_ms += 5
    later = replace(ONCE, end_ms=ONCE.end_ms + 1)
    assert record_in_force(ledger, replace(settings, maintenance=(WEEKLY, later))) == NOW_MS
    clock.now_ms += 5
    record_in_force(ledger, replace(settings, maintenance=(later,)))
    found = [(each.plan, each.recorded_ms - NOW_MS, each.revoked_ms) for each in recorded_exclusions(acts(settings))]
    assert found == [(ONCE, 0, NOW_MS + 5), (WEEKLY, 0, NOW_MS + 10), (later, 5, None)]


def test_changed_configuration_is_on_record_since_then(settings: Settings, ledger: Ledger, clock: Clock) -> None:
    record_in_force(ledger, settings)
    clock.now_ms += 5
    assert record_in_force(ledger, replace(settings, revision='{"another":1}')) == NOW_MS + 5


def test_what_a_person_recorded_meanwhile_stands(settings: Settings, ledger: Ledger) -> None:
    planned = replace(settings, maintenance=(ONCE,))
    record_in_force(ledger, planned)
    flood = Plan("flood", "force_majeure", 0, 1)
    amend_beside(settings.store.path, clock=Clock(), kinds=(), decide=lambda _: [exclude(flood, by="ann")])
    record_in_force(ledger, planned)
    assert [(each.by, each.revoked_ms) for each in recorded_exclusions(acts(settings))] == [
        ("config", None),
        ("ann", None),
    ]


def test_damaged_act_keeps_the_plans_from_the_record_and_not_the_configuration(
    settings: Settings, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(settings.store.path)) as connection, connection:
        connection.execute("INSERT INTO acts VALUES (1, 0, 'exclusion', 'ann', '{', '')")
    record_in_force(ledger, replace(settings, maintenance=(ONCE,)))
    assert "the maintenance of probes.yaml is not put on record: act 1 (exclusion) is no JSON" in caplog.text
    with Reader.open(settings.store.path) as reader:
        assert [act.number for act in reader.acts("config", *EXCLUSION_KINDS)] == [1, 2]
    assert ledger.health.is_trusted


def test_commands_record_beside_a_daemon_that_writes_all_the_while(tmp_path: Path) -> None:
    with Target() as target:
        url = f"http://127.0.0.1:{target.port}/"
        (tmp_path / "probes.yaml").write_text(
            f"server: {{enabled: false}}\nendpoints: [{{name: Web, url: '{url}', interval: 250ms}}]\n"
        )
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: target.requests > 2, "the first attempts")
            command = [sys.executable, "-m", "uptally", "exclude", "add", "--kind", "maintenance", "--why", "x"]
            times = ["--from", "2026-10-12 14:00", "--to", "2026-10-12 15:30"]
            typed = [subprocess.Popen([*command, *times], cwd=tmp_path, stdout=subprocess.PIPE) for _ in range(4)]
            names = sorted(each.communicate(timeout=PATIENCE_S)[0].decode().strip() for each in typed)
            before = target.requests
            wait_until(lambda: target.requests > before + 2, "attempts after them")
            assert daemon.stop() == 0
    expected = ["maintenance-2026-10-12", *(f"maintenance-2026-10-12-{number}" for number in (2, 3, 4))]
    with Reader.open(tmp_path / "uptally.db") as reader:
        reader.verify_acts()
        reader.check_turns()
        recorded = [each.plan.id for each in recorded_exclusions(reader.acts(*EXCLUSION_KINDS))]
    assert sorted(recorded) == names == expected
