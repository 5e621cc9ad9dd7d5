from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from uptally.clock import SystemClock
from uptally.ledger import Ledger, Reader
from uptally.model.exclusion import Plan
from uptally.rules.record.exclusions import CONFIG_BY, EXCLUSION_KINDS, exclude, recorded_exclusions

FROM_MS, TO_MS = 1_791_806_400_000, 1_791_811_800_000
"""2026-10-12 14:00 and 15:30 in Berlin."""

ADD = ["exclude", "add", "--kind", "force_majeure", "--from", "2026-10-12 14:00", "--to", "2026-10-12 15:30"]


@pytest.fixture
def ledger(folder: Path) -> Path:
    make_ledger(folder, [])
    return folder / "uptally.db"


def plans(ledger: Path) -> list[Plan]:
    with Reader.open(ledger) as reader:
        reader.verify_acts()
        return [each.plan for each in recorded_exclusions(reader.acts(*EXCLUSION_KINDS))]


def test_exclusion_goes_on_record_and_its_id_is_told(uptally: Invoke, ledger: Path) -> None:
    before_ms = time.time_ns() // 1_000_000
    result = uptally(*ADD, "--service", "website", "--why", "a flood", "--by", "ann")
    assert (result.exit_code, result.stdout) == (0, "force_majeure-2026-10-12\n")
    assert result.stderr.splitlines() == [
        "on record as force_majeure of website, 2026-10-12 14:00 to 2026-10-12 15:30 (Europe/Berlin), by ann",
        "note: no terms of the configuration leave out 'force_majeure'",
    ]
    with Reader.open(ledger) as reader:
        (found,) = recorded_exclusions(reader.acts())
    assert found.plan == Plan("force_majeure-2026-10-12", "force_majeure", FROM_MS, TO_MS, ("website",), "a flood")
    assert (found.by, found.revoked_ms) == ("ann", None)
    assert before_ms <= found.recorded_ms == found.notified_ms


def test_what_the_page_says_of_maintenance_is_on_record_beside_the_reason(uptally: Invoke, ledger: Path) -> None:
    told = [*ADD, "--why", "Acme asked", "--text", "New disks"]
    refused = uptally(*told)
    assert (refused.exit_code, "tells nothing of force_majeure" in refused.stderr) == (2, True)
    told[told.index("force_majeure")] = "maintenance"
    assert uptally(*told).exit_code == 0
    assert [(plan.why, plan.text) for plan in plans(ledger)] == [("Acme asked", "New disks")]


def test_exclusion_goes_on_record_while_the_daemon_has_the_ledger(uptally: Invoke, ledger: Path) -> None:
    daemon = Ledger.open(ledger, location="local", clock=SystemClock(), version="test")
    assert uptally(*ADD, "--why", "a flood").exit_code == 0
    assert daemon.record("config", "probes.yaml", "{}").number == 2
    daemon.close()
    assert [plan.services for plan in plans(ledger)] == [()]


def test_who_says_so_is_the_login_unless_told(uptally: Invoke, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "carol")
    assert ", by carol\n" in uptally(*ADD, "--why", "a flood").stderr


def test_services_are_known_by_slug_or_name_and_told_once(uptally: Invoke, ledger: Path) -> None:
    services = ["--service", "Orders Database", "--service", "orders", "--service", "website"]
    assert uptally(*ADD, *services, "--why", "a flood").exit_code == 0
    assert plans(ledger)[0].services == ("orders", "website")


def test_earlier_announcement_is_shown_as_declared(uptally: Invoke, ledger: Path) -> None:
    announced = ["--announced", "2026-10-01 09:00", "--evidence", "mail to all customers", "--why", "x"]
    assert uptally(*ADD, *announced, "--id", "flood").stdout == "flood\n"
    (shown,) = json.loads(uptally("exclude", "list", "--json").stdout)["exclusions"]
    assert (shown["declared_ms"], shown["evidence"]) == (1_790_838_000_000, "mail to all customers")
    assert shown["notified_ms"] == shown["declared_ms"] < shown["recorded_ms"]
    assert "(declared earlier)" in uptally("exclude", "list").stdout


def test_second_of_a_day_gets_a_number_and_an_id_that_is_taken_is_refused(uptally: Invoke, ledger: Path) -> None:
    for expected in ("force_majeure-2026-10-12\n", "force_majeure-2026-10-12-2\n"):
        assert uptally(*ADD, "--why", "a flood").stdout == expected
    result = uptally(*ADD, "--why", "a flood", "--id", "force_majeure-2026-10-12")
    assert result.exit_code == 2
    assert "force_majeure-2026-10-12 is the id of another" in result.stderr
    assert len(plans(ledger)) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "2026-10-12"], "'--from': '2026-10-12' is no instant: write date and time"),
        (["--to", "2026-10-12 14:00"], "'--to': 2026-10-12 14:00 is not after 2026-10-12 14:00"),
        (["--from", "2026-10-25 02:30"], "write 2026-10-25 02:30+02:00 or 2026-10-25 02:30+01:00"),
        (["--kind", "Force Majeure"], "'--kind': 'Force Majeure' is no kind: write lower-case letters"),
        (["--service", "websit"], "'--service': there is no service 'websit': did you mean 'website'?"),
        (["--service", "mail"], "there is no service 'mail'\n"),
        (["--why", "\x1b[31m"], "'--why': write one line of text"),
        (["--why", " "], "'--why': write one line of text"),
        (["--by", "config"], "'--by': 'config' stands for the configuration"),
        (["--id", "a@b"], "'--id': 'a@b' is no id"),
        (["--announced", "2026-10-01 09:00"], "--announced needs --evidence"),
        (["--announced", "2099-10-01 09:00", "--evidence", "x"], "'--announced': 2099-10-01 09:00 has not come yet"),
    ],
)
def test_what_cannot_be_is_refused_with_its_remedy_and_nothing_is_recorded(
    uptally: Invoke, ledger: Path, arguments: list[str], told: str
) -> None:
    result = uptally(*ADD, "--why", "a flood", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert plans(ledger) == []


def test_without_a_ledger_the_way_to_one_is_said(uptally: Invoke, ledger: Path) -> None:
    ledger.unlink()
    result = uptally(*ADD, "--why", "a flood")
    assert result.exit_code == 1
    assert "there is no ledger at" in result.stderr
    assert "`uptally run` makes it" in result.stderr


def test_revoked_before_it_begins_nothing_is_excluded_and_after_it_stays(uptally: Invoke, ledger: Path) -> None:
    uptally(*ADD, "--why", "a flood", "--id", "past")
    uptally(*ADD, "--why", "a move", "--id", "future", "--to", "2098-01-01 02:00", "--from", "2098-01-01 00:00")
    past = uptally("exclude", "revoke", "past", "--why", "no flood", "--by", "bob")
    assert (past.exit_code, past.stderr) == (0, "past is revoked, by bob: it had begun, and stays excluded\n")
    future = uptally("exclude", "revoke", "future", "--why", "off", "--by", "bob")
    assert future.stderr == "future is revoked, by bob: nothing of it is excluded\n"
    shown = json.loads(uptally("exclude", "list", "--json").stdout)["exclusions"]
    assert all(each["revoked_ms"] >= each["recorded_ms"] for each in shown)
    again = uptally("exclude", "revoke", "past", "--why", "no flood")
    assert again.exit_code == 1
    assert "past was revoked already, on " in again.stderr


def test_what_is_not_there_to_revoke_is_said_with_the_nearest(uptally: Invoke, ledger: Path) -> None:
    uptally(*ADD, "--why", "a flood", "--id", "flood")
    result = uptally("exclude", "revoke", "floods", "--why", "x")
    assert result.exit_code == 1
    assert "there is no exclusion 'floods' on record: did you mean 'flood'?" in result.stderr


def test_what_the_configuration_plans_is_revoked_there(uptally: Invoke, ledger: Path) -> None:
    daemon = Ledger.open(ledger, location="local", clock=SystemClock(), version="test")
    act = exclude(Plan("weekly", "maintenance", FROM_MS, TO_MS), by=CONFIG_BY)
    daemon.record(act.kind, act.by, act.body)
    daemon.close()
    result = uptally("exclude", "revoke", "weekly", "--why", "x")
    assert result.exit_code == 1
    assert "weekly stands under `maintenance` in the configuration: take it out there" in result.stderr


def test_list_shows_all_by_their_begins(uptally: Invoke, ledger: Path) -> None:
    uptally(*ADD, "--why", "a flood", "--by", "ann", "--id", "late", "--service", "orders")
    uptally(*ADD, "--why", "a storm", "--by", "ann", "--from", "2026-10-11 23:59:30", "--id", "early")
    head, *rows = uptally("exclude", "list").stdout.splitlines()
    assert head.split() == ["id", "kind", "from", "to", "recurs", "services", "by", "recorded", "revoked", "why"]
    assert [row.split()[0] for row in rows] == ["early", "late"]
    assert "2026-10-11 23:59:30  2026-10-12 15:30  -       all services  ann" in rows[0]
    assert rows[1].endswith("a flood")


def test_what_json_tells(uptally: Invoke, ledger: Path) -> None:
    uptally(*ADD, "--why", "a flood", "--by", "ann")
    document = json.loads(uptally("exclude", "list", "--json").stdout)
    (shown,) = document["exclusions"]
    recorded_ms = shown.pop("recorded_ms")
    assert document["schema_version"] == 1
    assert shown == {
        "id": "force_majeure-2026-10-12",
        "kind": "force_majeure",
        "start_ms": FROM_MS,
        "end_ms": TO_MS,
        "recurrence": None,
        "services": [],
        "by": "ann",
        "why": "a flood",
        "text": None,
        "evidence": None,
        "declared_ms": None,
        "notified_ms": recorded_ms,
        "revoked_ms": None,
        "act": 1,
    }
