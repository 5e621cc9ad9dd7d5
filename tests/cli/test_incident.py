from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from uptally.ledger import Reader
from uptally.model.incident import Incident
from uptally.model.notice import Impact, Phase
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
        (["incident-1"], 2, "nothing is said: name one of --reported, --acknowledged, --responded, --restored, or"),
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
    assert head.split() == [*columns, "page", "title"]
    assert [row.split("  ")[0].strip() for row in rows] == ["incident-2", "incident-1"]
    assert rows[1].endswith("website       ann  -     Checkout fails")
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
        "public": False,
        "impact": "none",
        "updates": [],
    }


TOLD = ["--public", "--text", "We **look** into it."]


def test_incident_is_internal_unless_it_is_public(uptally: Invoke, ledger: Path) -> None:
    uptally(*OPEN)
    assert [each.is_public for each in incidents(ledger)] == [False]
    result = uptally(*OPEN, *TOLD, "--impact", "major")
    assert result.stderr.endswith("(Europe/Berlin), on the public page, by ann\n")
    public = incidents(ledger)[1]
    assert (public.is_public, public.impact) == (True, Impact.MAJOR)
    assert [(each.phase, each.text) for each in public.updates] == [(Phase.INVESTIGATING, "We **look** into it.")]


def test_one_of_hidden_services_alone_says_that_nobody_is_told(uptally: Invoke, folder: Path) -> None:
    hidden = (folder / "probes.yaml").read_text().replace("- name: Website", "- name: Website\n    public: false")
    (folder / "probes.yaml").write_text(hidden)
    assert uptally(*OPEN, *TOLD).stderr.splitlines()[1:] == [
        "note: none of these is public, so no page for everyone tells of it"
    ]
    assert "note: " not in uptally(*OPEN).stderr


def test_updates_tell_everyone_more_in_the_phase_of_before_unless_they_name_one(uptally: Invoke, ledger: Path) -> None:
    uptally(*OPEN, *TOLD)
    assert uptally("incident", "update", "incident-1", "--phase", "identified", "--by", "bob").stderr == (
        "incident-1: identified on the public page, by bob\n"
    )
    uptally("incident", "update", "incident-1", "--text", "A disk.\n\nIt is *full*.")
    assert [(each.phase, each.text) for each in incidents(ledger)[0].updates][1:] == [
        (Phase.IDENTIFIED, ""),
        (Phase.IDENTIFIED, "A disk.\n\nIt is *full*."),
    ]


def test_text_comes_from_a_file_too(uptally: Invoke, ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "said.md").write_text("One\r\n\r\n- two: ü\n", encoding="utf-8")
    assert uptally(*OPEN, "--public", "--text-file", str(tmp_path / "said.md")).exit_code == 0
    assert incidents(ledger)[0].updates[0].text == "One\n\n- two: ü"


def test_resolve_restores_the_service_and_tells_everyone_where_it_is_public(uptally: Invoke, ledger: Path) -> None:
    uptally(*OPEN, *AT_NINE, *TOLD)
    uptally(*OPEN, *AT_NINE)
    for name in ("incident-1", "incident-2"):
        assert uptally("incident", "resolve", name, "--restored", "2026-10-12 10:00").exit_code == 0
    public, internal = incidents(ledger)
    assert [each.phase for each in public.updates] == [Phase.INVESTIGATING, Phase.RESOLVED]
    assert internal.updates == ()
    assert public.restored_ms == internal.restored_ms == NINE_MS + 60 * MINUTE_MS
    for name in ("incident-1", "incident-2"):
        again = uptally("incident", "resolve", name)
        assert (again.exit_code, "is over already" in again.stderr) == (1, True)


def test_incident_comes_off_the_page_and_back_with_all_that_was_said(uptally: Invoke, ledger: Path) -> None:
    uptally(*OPEN, *TOLD)
    off = uptally("incident", "update", "incident-1", "--internal", "--by", "bob")
    assert off.stderr == "incident-1: off the public page, by bob\n"
    assert not incidents(ledger)[0].is_public
    uptally("incident", "update", "incident-1", "--public", "--title", "Slow")
    (found,) = incidents(ledger)
    assert (found.is_public, found.title, len(found.updates)) == (True, "Slow", 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["update", "incident-1", "--text", "We look."], "--public puts it there"),
        (["update", "incident-1", "--internal", "--impact", "minor"], "--internal takes it off the page"),
        (["update", "incident-1", "--public", "--text", "\x1b[31m"], "write text, of at most 20,000 characters"),
        (["update", "incident-1", "--public", "--phase", "solved"], "'solved' is not one of 'investigating'"),
        (["resolve", "incident-1", "--text", "Done."], "--public puts it there"),
        (["open", "Slow", "--text", "We look."], "--public puts it there"),
    ],
)
def test_what_nobody_would_read_is_refused(uptally: Invoke, ledger: Path, arguments: list[str], told: str) -> None:
    uptally(*OPEN)
    before = incidents(ledger)
    result = uptally("incident", *arguments)
    assert (result.exit_code, told in result.stderr) == (2, True)
    assert incidents(ledger) == before
