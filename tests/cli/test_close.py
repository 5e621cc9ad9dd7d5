from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
import zlib
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from openpyxl import load_workbook

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG, make_ledger, observed
from tests.ledger.made import seal_everything
from uptally import __version__
from uptally.books.audit import verify_closings
from uptally.books.basis import frozen, plain, thawed
from uptally.books.closing import Asked, close_month
from uptally.books.frozen import KEPT, cells_of
from uptally.books.months import derived_rows
from uptally.books.recorded import recorded_of
from uptally.cli.config_file import settings_of
from uptally.clock import SystemClock
from uptally.errors import LedgerCorrupt
from uptally.ledger import Ledger, Reader, amend_beside
from uptally.model.closing import Closing
from uptally.model.observation import Observation, Outcome, Reason
from uptally.rules.record.closings import CLOSE, close
from uptally.units.time import SECOND_MS, month_of

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER_MS = 1_790_805_600_000  # 2026-10-01 in Berlin
AGREED = CONFIG + (
    "agreements:\n"
    "  - {name: Acme, customer: {name: Acme Ltd}, provider: {name: Us, contacts: [us@us.example]},\n"
    "     approved: {by: Ann, on: 2026-01-01},\n"
    "     covers: [{service: website, sla: gold}]}\n"
    "slas:\n"
    "  gold: {target: 99.9%, fee: 1000.00 EUR, credits: [{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}]}\n"
)
ACME = "acme/website/2026-10"


def seconds(since_ms: int, count: int, *, down: range = range(0)) -> list[Observation]:
    return [
        observed("website", at_ms, Outcome.DOWN, Reason.CONNECT_REFUSED)
        if number in down
        else observed("website", at_ms)
        for number, at_ms in ((number, since_ms + number * SECOND_MS) for number in range(count))
    ]


def rows(uptally: Invoke, month: str = "2026-10") -> list[dict[str, str]]:
    result = uptally("export", "--month", month)
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture
def october(folder: Path) -> Path:
    """A ledger with some minutes of October, twenty seconds of them down."""
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    return folder / "uptally.db"


def later(path: Path, observations: list[Observation], *, seal: bool = False) -> None:
    ledger = Ledger.open(path, location="local", clock=SystemClock(), version="test")
    ledger.import_observations(observations)
    if seal:
        ledger._queue.ask(seal_everything, timeout_s=30)
    ledger.close()


def drafted(path: Path) -> tuple[dict[str, Any], Closing]:
    """What a closing of the month under an agreement would keep beside its act."""
    config = path.with_name("probes.yaml")
    config.write_text(AGREED, encoding="utf-8")
    with Reader.open(path) as reader, reader.snapshot():
        asked = Asked("2026-10", "eve", __version__)
        draft = close_month(reader, settings_of(config), asked, now_ms=SystemClock().wall_ms())
    return json.loads(zlib.decompress(draft.act.document)), draft.closing


def test_closed_month_is_exported_as_it_was_frozen_whatever_comes_later(uptally: Invoke, october: Path) -> None:
    assert all(row["status"] == "provisional" for row in rows(uptally))
    result = uptally("close", "--month", "2026-10", "--by", "ann")
    assert result.exit_code == 0, result.stderr
    assert "frozen: 2026-10, revision 1" in result.stderr
    before = uptally("export", "--month", "2026-10").stdout_bytes
    assert {(row["status"], row["revision"]) for row in rows(uptally)} == {("closed", "1")}
    later(october, seconds(OCTOBER_MS + 600_000, 60, down=range(60)))
    assert uptally("export", "--month", "2026-10").stdout_bytes == before
    assert uptally("verify").exit_code == 0


def test_what_came_late_is_corrected_in_the_month_in_which_that_is_stated(uptally: Invoke, october: Path) -> None:
    uptally("close", "--month", "2026-10", "--by", "ann")
    later(october, seconds(OCTOBER_MS + 300_000, 60, down=range(30, 40)))
    result = uptally("close", "--month", "2026-10", "--restate", "--reason", "probes of the second host", "--by", "ann")
    assert result.exit_code == 0, result.stderr
    assert {row["revision"] for row in rows(uptally)} == {"1"}
    month = month_of(SystemClock().wall_ms(), BERLIN)
    (found,) = [row for row in rows(uptally, month) if row["status"] == "correction"]
    assert (found["period"], found["revision"], found["difference_ms"]) == ("2026-10", "2", "10000")
    assert {row["revision"] for row in rows(uptally, "2026-10@2")} == {"1", "2"}
    assert rows(uptally, "2026-10@1") == rows(uptally)
    assert uptally("verify").exit_code == 0
    again = uptally("close", "--month", "2026-10", "--restate", "--reason", "again", "--by", "ann")
    assert (again.exit_code, "nothing to correct" in again.stderr) == (0, True)


def test_a_renamed_agreement_is_not_stated_a_second_time(uptally: Invoke, october: Path) -> None:
    config = october.with_name("probes.yaml")
    config.write_text(AGREED, encoding="utf-8")
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    name = "acme/website/2026-10"
    uptally("close", "--month", "2026-10", "--decide", f"{name}=credit", "--reason", "agreed", "--by", "ann")
    config.write_text(AGREED.replace("name: Acme,", "name: Acme Group,"), encoding="utf-8")
    renamed = uptally("close", "--month", "2026-10", "--restate", "--reason", "a new name", "--by", "ann")
    assert renamed.exit_code == 1
    assert f"{name} is frozen, and the configuration has no such agreement" in renamed.stderr
    config.write_text(AGREED.replace("name: Acme,", "name: Acme Group, slug: acme,"), encoding="utf-8")
    kept = uptally("close", "--month", "2026-10", "--restate", "--reason", "a new name", "--by", "ann")
    assert kept.exit_code == 0, kept.stderr
    assert {row["difference_amount"] for row in rows(uptally, "2026-10@3") if row["agreement"]} == {"0.00"}


def test_difference_of_two_revisions_is_told_cell_by_cell(uptally: Invoke, october: Path) -> None:
    uptally("close", "--month", "2026-10", "--by", "ann")
    later(october, seconds(OCTOBER_MS + 300_000, 60, down=range(30, 40)))
    uptally("close", "--month", "2026-10", "--restate", "--reason", "probes of the second host", "--by", "ann")
    told = uptally("export", "--diff", "2026-10@1", "2026-10@2")
    assert told.exit_code == 0, told.stderr
    assert "_/website/2026-10 always: counted_down_ms: 20000 -> 30000 (+10000 ms)\n" in told.stdout
    assert "_/website/2026-10 always: status: closed -> correction\n" in told.stdout
    document = json.loads(uptally("export", "--diff", "2026-10@1", "2026-10@2", "--json").stdout)
    (down,) = [each for each in document["changes"] if each["column"] == "counted_down_ms"]
    assert (down["before"], down["after"], down["difference"]) == (20_000, 30_000, 10_000)
    same = uptally("export", "--diff", "2026-10@1", "2026-10@1")
    assert (same.stdout, same.stderr) == ("", "0 differences between 2026-10@1 and 2026-10@1\n")
    assert uptally("export", "--diff", "2026-10@1", "2026-10@7").exit_code == 2
    assert uptally("export", "--month", "2026-10", "--diff", "2026-10@1", "2026-10@2").exit_code == 2


def test_statement_that_asks_stays_open_until_a_person_decides(uptally: Invoke, october: Path, folder: Path) -> None:
    (folder / "probes.yaml").write_text(AGREED, encoding="utf-8")
    result = uptally("close", "--month", "2026-10", "--by", "ann")
    assert "open: acme/website/2026-10" in result.stderr, result.output
    website = rows(uptally)[0]
    assert (website["status"], website["booked_amount"]) == ("open", "")
    told = ("close", "--month", "2026-10", "--decide", "acme/website/2026-10=no_credit", "--by", "bob")
    assert uptally(*told).exit_code == 2
    assert uptally(*told, "--reason", "mail of 2 November").exit_code == 0
    website = rows(uptally)[0]
    assert (website["status"], website["revision"], website["booked_amount"]) == ("closed", "2", "0.00")
    assert rows(uptally, "2026-10@1")[0]["status"] == "open"
    assert uptally("verify").exit_code == 0
    refused = uptally(*told, "--reason", "again")
    assert (refused.exit_code, "is not open" in refused.stderr) == (1, True)


def test_after_a_decision_it_is_said_how_many_are_still_open(uptally: Invoke, october: Path, folder: Path) -> None:
    bolt = "  - {name: Bolt, customer: Bolt, approved: {by: Ann, on: 2026-01-01}, sla: gold, covers: [website]}\n"
    (folder / "probes.yaml").write_text(AGREED.replace("slas:", f"{bolt}slas:"), encoding="utf-8")
    uptally("close", "--month", "2026-10", "--by", "ann")
    told = uptally("close", "--month", "2026-10", "--decide", f"{ACME}=credit", "--reason", "mail", "--by", "bob")
    assert (told.exit_code, "still open: 1 statement of 2026-10\n" in told.stderr) == (0, True), told.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--month", "2026-13"), 2, "is no month"),
        (("--month", "2031-01"), 2, "has not begun"),
        (("--month", "2026-09"), 1, "nothing was observed in 2026-09"),
        (("--month", "2026-10", "--restate", "--reason", "x"), 1, "2026-10 is not closed"),
        (("--month", "2026-10", "--decide", "a/b/2026-10=credit", "--reason", "x"), 1, "2026-10 is not closed"),
        (("--month", "2026-10", "--decide", "a/b/2026-10=maybe", "--reason", "x"), 2, "is no decision"),
        (
            ("--month", "2026-10", "--decide", "a/b/2026-10=credit", "--decide", "a/c/2026-10=credit", "--reason", "x"),
            2,
            "each decision is a revision of its own",
        ),
    ],
)
def test_what_cannot_be_closed_is_refused_and_nothing_is_recorded(
    uptally: Invoke, october: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = uptally("close", *arguments, "--by", "ann")
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
    with Reader.open(october) as reader:
        assert reader.acts("close") == []


def test_month_in_progress_and_one_that_is_closed_are_refused(uptally: Invoke, october: Path) -> None:
    month = month_of(SystemClock().wall_ms(), BERLIN)
    assert "is not over" in uptally("close", "--month", month, "--by", "ann").stderr
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    again = uptally("close", "--month", "2026-10", "--by", "bob")
    assert (again.exit_code, "by ann" in again.stderr) == (1, True)


def test_dry_run_records_nothing(uptally: Invoke, october: Path) -> None:
    assert "would be frozen" in uptally("close", "--month", "2026-10", "--by", "ann", "--dry-run").stderr
    with Reader.open(october) as reader:
        assert reader.acts("close") == []


def test_month_is_closed_beside_a_daemon_that_goes_on(uptally: Invoke, october: Path) -> None:
    ledger = Ledger.open(october, location="local", clock=SystemClock(), version="test")
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    ledger.submit(observed("website", OCTOBER_MS + 900_000))
    ledger.close()
    assert uptally("verify").exit_code == 0


def test_sealing_and_late_observations_change_nothing_of_what_is_verified(uptally: Invoke, october: Path) -> None:
    uptally("close", "--month", "2026-10", "--by", "ann")
    later(october, seconds(OCTOBER_MS + 150_500, 40, down=range(40)), seal=True)
    result = uptally("verify")
    assert result.exit_code == 0, result.stderr
    assert "1 closing" in result.stdout


def test_every_flipped_byte_of_a_document_is_found(uptally: Invoke, october: Path) -> None:
    uptally("close", "--month", "2026-10", "--by", "ann")
    with closing(sqlite3.connect(october)) as connection:
        connection.execute("DROP TRIGGER documents_are_never_edited")
        (held,) = connection.execute("SELECT bytes FROM documents").fetchone()
        for place in range(len(held)):
            flipped = held[:place] + bytes([held[place] ^ 1]) + held[place + 1 :]
            with connection:
                connection.execute("UPDATE documents SET bytes = ?", (flipped,))
            with Reader.open(october) as reader, pytest.raises(LedgerCorrupt, match="does not hold"):
                verify_closings(reader)


def test_row_that_was_frozen_otherwise_than_it_follows_is_found_though_every_digest_fits(
    uptally: Invoke, october: Path
) -> None:
    settings = settings_of(october.with_name("probes.yaml"))
    with Reader.open(october) as reader, reader.snapshot():
        draft = close_month(reader, settings, Asked("2026-10", "eve", "1"), now_ms=SystemClock().wall_ms())
        basis = {"basis": frozen(settings), "loose": reader.range().loose}
    forged = [cells_of(row | {"down_ms": 0, "up_ms": 300_000} if row["down_ms"] else row) for row in draft.rows]
    act = close(draft.closing, {"month": "2026-10", "revision": 1, "rows": forged, **basis}, by="eve")
    amend_beside(october, clock=SystemClock(), kinds=[CLOSE], decide=lambda acts: [act])
    result = uptally("verify")
    assert result.exit_code == 1
    assert "row 1 of 2026-10@1 (_/website/2026-10) does not hold: " in result.stderr


def test_basis_is_read_as_it_was_written(october: Path) -> None:
    october.with_name("probes.yaml").write_text(AGREED, encoding="utf-8")
    settings = plain(settings_of(october.with_name("probes.yaml")))
    read = thawed(json.loads(json.dumps(frozen(settings))))
    assert read.endpoints == settings.endpoints
    assert (read.services, read.agreements) == (settings.services, settings.agreements)


def test_month_whose_observations_are_gone_is_exported_as_before_and_backed_by_digests_only(
    uptally: Invoke, october: Path
) -> None:
    uptally("close", "--month", "2026-10", "--by", "ann")
    later(october, [], seal=True)
    before = uptally("export", "--month", "2026-10").stdout_bytes
    assert "backed by digests" not in uptally("verify").stdout
    with closing(sqlite3.connect(october)) as connection, connection:
        connection.execute("UPDATE blocks SET bytes = NULL")
    assert uptally("export", "--month", "2026-10").stdout_bytes == before
    verified = uptally("verify")
    assert verified.exit_code == 0
    assert "of 1 block the observations are gone by retention; their digests hold the chain" in verified.stdout
    assert "2026-10@1 is backed by digests only" in verified.stdout
    assert "as observations and acts make them" not in verified.stdout


def restate(uptally: Invoke) -> str:
    result = uptally("close", "--month", "2026-10", "--restate", "--reason", "found", "--by", "ann")
    assert result.exit_code == 0, result.stderr
    return result.stderr


def test_corrections_stand_in_the_same_month_though_the_calendar_is_changed_or_the_clock_set_back(
    uptally: Invoke, october: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(october, seconds(OCTOBER_MS - 86_400_000, 60))
    uptally("close", "--month", "2026-09", "--by", "ann")
    uptally("close", "--month", "2026-10", "--by", "ann")
    before = uptally("export", "--month", "2026-10").stdout_bytes
    later(october, seconds(OCTOBER_MS - 86_000_000, 60, down=range(60)))
    monkeypatch.setattr(SystemClock, "wall_ms", lambda self: OCTOBER_MS + 86_400_000 * 20)
    result = uptally("close", "--month", "2026-09", "--restate", "--reason", "found", "--by", "ann")
    assert result.exit_code == 0, result.stderr
    monkeypatch.undo()
    monkeypatch.chdir(october.parent)
    assert uptally("export", "--month", "2026-10").stdout_bytes == before
    november = [row for row in rows(uptally, "2026-11") if row["status"] == "correction"]
    assert [(row["period"], row["difference_ms"]) for row in november] == [("2026-09", "60000")]
    config = october.with_name("probes.yaml")
    config.write_text(CONFIG.replace("Europe/Berlin", "Pacific/Kiritimati"), encoding="utf-8")
    assert uptally("export", "--month", "2026-10").stdout_bytes == before


def test_correction_in_another_currency_than_was_booked_is_refused(uptally: Invoke, october: Path) -> None:
    config = october.with_name("probes.yaml")
    agreed = AGREED.replace("  - {name: Acme,", "  - {name: Acme, undetermined: credit,")
    config.write_text(agreed, encoding="utf-8")
    uptally("close", "--month", "2026-10", "--by", "ann")
    config.write_text(agreed.replace("EUR", "CHF"), encoding="utf-8")
    result = uptally("close", "--month", "2026-10", "--restate", "--reason", "found", "--by", "ann")
    assert (result.exit_code, "closed in EUR and would be corrected in CHF" in result.stderr) == (1, True)


def test_amount_that_is_not_due_after_all_is_taken_back(uptally: Invoke, october: Path) -> None:
    config = october.with_name("probes.yaml")
    agreed = AGREED.replace("  - {name: Acme,", "  - {name: Acme, undetermined: credit,")
    config.write_text(agreed, encoding="utf-8")
    uptally("close", "--month", "2026-10", "--by", "ann")
    assert rows(uptally)[0]["booked_amount"] == "250.00"
    config.write_text(agreed.replace("undetermined: credit", "undetermined: no_credit"), encoding="utf-8")
    restate(uptally)
    month = month_of(SystemClock().wall_ms(), BERLIN)
    [found] = [row for row in rows(uptally, month) if row["status"] == "correction"]
    assert (found["booked_amount"], found["difference_amount"]) == ("0.00", "-250.00")
    assert uptally("verify").exit_code == 0


def test_month_without_any_observation_has_no_data_and_no_percentage(uptally: Invoke, october: Path) -> None:
    result = uptally("export", "--month", "2026-09")
    assert "2026-09: no data, for nothing was observed in it" in result.stderr
    assert {row["availability_percent"] for row in rows(uptally, "2026-09")} == {""}
    assert "no data" not in uptally("export", "--month", "2026-10").stderr


def test_each_state_of_a_month_as_json_is_what_its_schema_says(uptally: Invoke, october: Path, folder: Path) -> None:
    def told(month: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(uptally("export", "--month", month, "--format", "json").stdout_bytes)
        validator.validate(found)
        assert {row["status"] for row in found["rows"]} >= {found["state"]}
        return found

    validator = jsonschema.Draft7Validator(json.loads(uptally("schema", "month").stdout))
    (folder / "probes.yaml").write_text(AGREED, encoding="utf-8")
    made_in = month_of(SystemClock().wall_ms(), BERLIN)
    assert (told("2026-09")["state"], told("2026-10")["state"]) == ("provisional", "provisional")
    assert (told(made_in)["is_over"], told(made_in)["digest"]) == (False, None)
    uptally("close", "--month", "2026-10", "--by", "ann")
    assert (told("2026-10")["state"], told("2026-10")["revision"]) == ("open", 1)
    decide = ("--decide", "acme/website/2026-10=credit", "--reason", "mail")
    assert uptally("close", "--month", "2026-10", *decide, "--by", "bob").exit_code == 0
    later(october, seconds(OCTOBER_MS + 300_000, 60, down=range(30, 40)))
    restate(uptally)
    closed = told("2026-10")
    assert (closed["state"], closed["revision"], closed["is_over"]) == ("closed", 2, True)
    assert "correction" in {row["status"] for row in told(made_in)["rows"]}
    assert told("2026-10@3")["revision"] == 3


@pytest.mark.parametrize("seed", range(3))
def test_what_was_closed_and_all_corrections_add_up_to_what_follows_from_all_that_came_late(
    uptally: Invoke, october: Path, seed: int
) -> None:
    config = october.with_name("probes.yaml")
    config.write_text(AGREED.replace("  - {name: Acme,", "  - {name: Acme, undetermined: counted,"), encoding="utf-8")
    settings, chance = settings_of(config), random.Random(seed)
    uptally("close", "--month", "2026-10", "--by", "ann")
    before, closed = uptally("export", "--month", "2026-10").stdout_bytes, rows(uptally)
    month = month_of(SystemClock().wall_ms(), BERLIN)
    for number in range(1, 4):
        first = chance.randrange(60)
        late = range(first, first + chance.randrange(60))
        later(october, seconds(OCTOBER_MS + number * 600_000, 120, down=late))
        restate(uptally)
        assert uptally("export", "--month", "2026-10").stdout_bytes == before
        corrections = [row for row in rows(uptally, month) if row["status"] == "correction"]
        with Reader.open(october) as reader, reader.snapshot():
            now_ms, recorded = SystemClock().wall_ms(), recorded_of(reader.acts())
            fresh, _ = derived_rows(reader, settings, "2026-10", now_ms=now_ms, recorded=recorded)
        for column, difference in (("counted_down_ms", "difference_ms"), ("booked_amount", "difference_amount")):
            told = [Decimal(row[column] or 0) for row in closed]
            added = [Decimal(row[difference] or 0) for row in corrections]
            assert sum(told) + sum(added) == sum(Decimal(row[column] or 0) for row in fresh)
    assert uptally("verify").exit_code == 0


def test_workbook_of_a_closed_month_has_the_outages_and_sums_of_then_whatever_comes_later(
    uptally: Invoke, october: Path
) -> None:
    october.with_name("probes.yaml").write_text(AGREED, encoding="utf-8")
    uptally("close", "--month", "2026-10", "--by", "ann")
    uptally("close", "--month", "2026-10", "--decide", f"{ACME}=credit", "--reason", "agreed", "--by", "ann")
    workbook = ("export", "--month", "2026-10", "--format", "xlsx")
    before = uptally(*workbook).stdout_bytes
    book = load_workbook(io.BytesIO(before))
    assert {(row[0], row[10]) for row in book["Outages"].iter_rows(min_row=2, values_only=True)} == {(ACME, 20_000)}
    later(october, seconds(OCTOBER_MS + 300_000, 60, down=range(30, 40)))
    restate(uptally)
    assert uptally(*workbook).stdout_bytes == before
    corrected = load_workbook(io.BytesIO(uptally("export", "--month", "2026-10@3", "--format", "xlsx").stdout_bytes))
    assert len(list(corrected["Outages"].iter_rows(min_row=2))) == 2
    assert uptally("verify").exit_code == 0


@pytest.mark.parametrize("part", ["lines", "outages"])
def test_outage_or_sum_that_was_frozen_otherwise_than_it_follows_is_found(
    uptally: Invoke, october: Path, part: str
) -> None:
    document, closing = drafted(october)
    document[KEPT][ACME][part] = document[KEPT][ACME][part][1:]
    amend_beside(october, clock=SystemClock(), kinds=[CLOSE], decide=lambda acts: [close(closing, document, by="eve")])
    result = uptally("verify")
    assert result.exit_code == 1
    assert f"by the observations and acts of then {ACME} has other {part}" in result.stderr


def test_closing_of_a_version_that_kept_no_outages_is_read_and_holds(uptally: Invoke, october: Path) -> None:
    document, closing = drafted(october)
    del document[KEPT]
    amend_beside(october, clock=SystemClock(), kinds=[CLOSE], decide=lambda acts: [close(closing, document, by="ann")])
    assert uptally("verify").exit_code == 0
    book = load_workbook(io.BytesIO(uptally("export", "--month", "2026-10", "--format", "xlsx").stdout_bytes))
    assert book.sheetnames == ["Summary", "Statements", "Method"]


def test_sum_in_the_words_of_another_version_holds(uptally: Invoke, october: Path) -> None:
    document, closing = drafted(october)
    document[KEPT][ACME]["lines"] = ["in other words"]
    act = close(closing._replace(version="0.0.1"), document, by="ann")
    amend_beside(october, clock=SystemClock(), kinds=[CLOSE], decide=lambda acts: [act])
    assert uptally("verify").exit_code == 0


def test_month_that_is_left_out_as_a_whole_is_closed_though_nothing_of_it_counts(
    uptally: Invoke, october: Path
) -> None:
    config = october.with_name("probes.yaml")
    config.write_text(
        AGREED.replace("{target: 99.9%,", "{target: 99.9%, exclusions: {suspension: {}},"), encoding="utf-8"
    )
    times = ("--from", "2026-09-30 00:00", "--to", "2026-11-02 00:00")
    asked = ("exclude", "add", "--kind", "suspension", *times, "--why", "not paid", "--by", "ann")
    assert uptally(*asked).exit_code == 0
    closed = uptally("close", "--month", "2026-10", "--by", "ann")
    assert closed.exit_code == 0, closed.stderr
    assert [(row["availability_percent"], row["counted_down_ms"]) for row in rows(uptally) if row["agreement"]] == [
        ("", "0")
    ]
    assert uptally("verify").exit_code == 0
