from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from uptally.ledger import Reader
from uptally.model.incident import Incident
from uptally.rules.record.incidents import INCIDENT_KINDS, recorded_incidents

NINE_MS = 1_791_788_400_000
"""2026-10-12 09:00 in Berlin."""
MINUTE_MS = 60_000

OPEN = ["incident", "open", "Checkout fails", "--service", "website", "--severity", "major", "--by", "ann"]
AT_NINE = ["--opened", "2026-10-12 09:00"]


@pytest.fixture(autouse=True)
def ledger(folder: Path) -> Path:
    make_ledger(folder, [])
    return folder / "uptally.db"


def incidents(ledger: Path) -> list[Incident]:
    with Reader.open(ledger) as reader:
        reader.verify_acts()
        return list(recorded_incidents(reader.acts(*INCIDENT_KINDS)))


def test_incident_goes_on_record_and_its_id_is_told(uptally: Invoke, ledger: Path) -> None:
    result = uptally(*OPEN, *AT_NINE, "--reported", "2026-10-12T06:50Z")
    assert (result.exit_code, result.stdout) == (0, "incident-1\n")
    assert result.stderr == "on record, of website, opened 2026-10-12 09:00 (Europe/Berlin), by ann\n"
    expected = Incident("incident-1", "Checkout fails", ("website",), "major", "ann", NINE_MS, NINE_MS - 10 * MINUTE_MS)
    assert incidents(ledger) == [expected]


def test_incident_is_opened_now_unless_told(uptally: Invoke, ledger: Path) -> None:
    before_ms = time.time_ns() // 1_000_000
    uptally(*OPEN)
    assert before_ms <= incidents(ledger)[0].opened_ms <= time.time_ns() // 1_000_000


def test_ids_are_counted_and_one_that_is_taken_is_refused(uptally: Invoke, ledger: Path) -> None:
    names = [uptally(*OPEN, *more).stdout.strip() for more in ([], ["--id", "incident-3"], [], [])]
    assert names == ["incident-1", "incident-3", "incident-2", "incident-4"]
    again = uptally(*OPEN, "--id", "incident-3")
    assert again.exit_code == 2
    assert "incident-3 is the id of another" in again.stderr


def test_updates_say_what_happened_and_correct_what_was_said(uptally: Invoke, ledger: Path) -> None:
    uptally(*OPEN, *AT_NINE)
    first = ["--acknowledged", "2026-10-12 09:05", "--responded", "2026-10-12 09:30", "--restored", "2026-10-12 11:00"]
    told = uptally("incident", "update", "incident-1", *first, "--by", "bob")
    assert told.exit_code == 0
    assert told.stderr.splitlines() == [
        "incident-1 was acknowledged 2026-10-12 09:05 (Europe/Berlin), by bob",
        "incident-1 was responded to 2026-10-12 09:30 (Europe/Berlin), by bob",
        "incident-1 was restored 2026-10-12 11:00 (Europe/Berlin), by bob",
    ]
    uptally("incident", "update", "incident-1", "--restored", "2026-10-12 10:00")
    (found,) = incidents(ledger)
    assert (found.acknowledged_ms, found.responded_ms, found.restored_ms) == (
        NINE_MS + 5 * MINUTE_MS,
        NINE_MS + 30 * MINUTE_MS,
        NINE_MS + 60 * MINUTE_MS,
    )
    with Reader.open(ledger) as reader:
        assert len(reader.acts(*INCIDENT_KINDS)) == 3


def test_automatic_acknowledgement_is_on_record_and_does_not_count(uptally: Invoke, ledger: Path) -> None:
    uptally(*OPEN, *AT_NINE)
    told = uptally("incident", "update", "incident-1", "--acknowledged", "2026-10-12 09:00:01", "--automatic")
    assert "09:00:01 (Europe/Berlin), automatically, which does not count, by " in told.stderr
    assert incidents(ledger)[0].acknowledged_ms is None
    with Reader.open(ledger) as reader:
        assert json.loads(reader.acts(*INCIDENT_KINDS)[-1].body)["acknowledged_ms"] == NINE_MS + 1_000


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["incident-1"], 2, "nothing is said: name one of --reported, --acknowledged, --responded, --restored"),
        (["incident-1", "--restored", "2026-10-12 08:59"], 2, "'--restored': is before the incident was opened"),
        (["incident-1", "--restored", "2099-10-12 08:59"], 2, "'--restored': 2099-10-12 08:59 has not come yet"),
        (["incident-1", "--restored", "ten"], 2, "'--restored': 'ten' is no instant"),
        (["incident-1", "--restored", "2026-10-12 10:00", "--automatic"], 2, "it needs --acknowledged"),
        (
            ["incidents-1", "--restored", "2026-10-12 10:00"],
            1,
            "there is no incident 'incidents-1' on record: did you mean 'incident-1'?",
        ),
    ],
)
def test_update_that_cannot_be_is_refused_and_nothing_is_recorded(
    uptally: Invoke, ledger: Path, arguments: list[str], code: int, told: str
) -> None:
    uptally(*OPEN, *AT_NINE)
    before = incidents(ledger)
    result = uptally("incident", "update", *arguments)
    assert result.exit_code == code
    assert told in result.stderr
    assert incidents(ledger) == before


def test_report_before_the_opening_is_when_it_was_first_known_of(uptally: Invoke, ledger: Path) -> None:
    uptally(*OPEN, *AT_NINE)
    early = ["--reported", "2026-10-12 08:30", "--acknowledged", "2026-10-12 08:40"]
    assert uptally("incident", "update", "incident-1", *early).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--service", "websit"], "no service 'websit': did you mean 'website'?"),
        (["--opened", "2099-01-01 00:00"], "'--opened': 2099-01-01 00:00 has not come yet"),
        (["--id", "a b"], "'--id': 'a b' is no id"),
        (["--severity", "\t"], "'--severity': write one line of text"),
    ],
)
def test_incident_that_cannot_be_is_refused(uptally: Invoke, ledger: Path, arguments: list[str], told: str) -> None:
    result = uptally(*OPEN, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert incidents(ledger) == []


def test_list_shows_all_as_they_were_opened(uptally: Invoke) -> None:
    uptally(*OPEN, "--opened", "2026-10-13 09:00")
    uptally("incident", "open", "Slow", *AT_NINE, "--by", "bob")
    head, *rows = uptally("incident", "list").stdout.splitlines()
    columns = ["id", "severity", "opened", "reported", "acknowledged", "responded", "restored", "services", "by"]
    assert head.split() == [*columns, "title"]
    assert [row.split("  ")[0].strip() for row in rows] == ["incident-2", "incident-1"]
    assert rows[1].endswith("website       ann  Checkout fails")
    document = json.loads(uptally("incident", "list", "--json").stdout)
    assert document["schema_version"] == 1
    assert document["incidents"][0] == {
        "id": "incident-2",
        "title": "Slow",
        "services": [],
        "severity": None,
        "by": "bob",
        "opened_ms": NINE_MS,
        "reported_ms": None,
        "acknowledged_ms": None,
        "responded_ms": None,
        "restored_ms": None,
    }
