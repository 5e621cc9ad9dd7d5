import csv
import io
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG, make_ledger, observed
from uptally.clock import SystemClock
from uptally.export.rows import COLUMNS
from uptally.model.observation import Observation, Outcome, Reason
from uptally.units.time import month_of, previous_month

BERLIN = ZoneInfo("Europe/Berlin")
# Around the midnight in Berlin with which October 2026 begins, 22:00 UTC.
MIDNIGHT_MS = 1_790_805_600_000


def across_midnight() -> list[Observation]:
    """A minute of October and a minute before it; down for ten seconds around midnight."""
    return [
        observed("website", MIDNIGHT_MS + second * 1_000, Outcome.DOWN, Reason.RESET)
        if -5 <= second < 5
        else observed("website", MIDNIGHT_MS + second * 1_000)
        for second in range(-60, 60)
    ]


def rows_of(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline=""), strict=True))


AGREED = """\
page: {title: Shop, timezone: UTC}
server: {enabled: false}
slas:
  quarterly: {target: 99%, period: calendar_quarter}
endpoints:
  - {name: Website, url: "http://127.0.0.1:1/", interval: 1s, sla: 99%}
  - {name: Orders, url: "tcp://127.0.0.1:1", interval: 1s, sla: quarterly}
  - {name: Mail, url: "tcp://127.0.0.1:1", interval: 1s}
services:
  - {name: Shop, endpoints: [website, orders], sla: 98%}
agreements:
  - {name: Acme, customer: Acme Ltd, provider: Us, fee: 1000.00 EUR, sla: 99.9%, covers: [mail], start: 2026-09-01,
     approved: {by: Ann, on: 2026-09-01}}
"""


def test_agreements_come_first_then_endpoints_then_services(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, [observed(slug, MIDNIGHT_MS) for slug in ("website", "orders", "mail")])
    (folder / "probes.yaml").write_text(AGREED, encoding="utf-8")
    rows = rows_of(uptally("export", "--month", "2026-10").stdout)
    assert [(row["agreement"], row["service"], row["period"]) for row in rows] == [
        ("Acme", "Mail", "2026-10"),
        ("", "Website", "2026-10"),
        # Its quarter is not over: October tells how available it was.
        ("", "Orders", "2026-10"),
        ("", "Shop", "2026-10"),
    ]
    assert [row["target_percent"] for row in rows] == ["99.9", "99", "", "98"]


def test_what_is_excluded_by_the_terms_is_no_downtime_in_the_export(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, across_midnight())
    excluding = CONFIG.replace("sla: 99.9%", "sla: {target: 99.9%, exclusions: {customer_caused: {}}}")
    (folder / "probes.yaml").write_text(excluding, encoding="utf-8")
    before, window = rows_of(uptally("export", "--month", "2026-09").stdout)[0], "2026-09-30T21:00:00Z"
    recorded = uptally(
        "exclude", "add", "--kind", "customer_caused", "--from", window, "--to", "2026-09-30T22:00:00Z",
        "--service", "website", "--by", "Ann", "--why", "their firewall", "--evidence", "mail of 1 October",
    )  # fmt: skip
    assert recorded.exit_code == 0, recorded.stderr
    after = rows_of(uptally("export", "--month", "2026-09").stdout)[0]
    assert (before["counted_down_ms"], before["excluded_ms"]) == ("5500", "0")
    assert (after["counted_down_ms"], after["down_ms"]) == ("0", "0")
    assert int(after["excluded_ms"]) + int(after["agreed_service_ms"]) == int(after["scheduled_ms"])


def test_the_export_says_what_the_report_says(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, across_midnight())
    row = rows_of(uptally("export", "--month", "2026-09").stdout)[0]
    [statement] = json.loads(uptally("report", "--month", "2026-09", "--json").stdout)["statements"]
    [window] = statement["windows"]
    names = {"agreed_service_ms": "agreed_ms", "counted_down_ms": "counted_ms", **{name: name for name in (
        "verdict", "availability_percent", "scheduled_ms", "up_ms", "down_ms", "unknown_ms", "budget_left_ms"
    )}}  # fmt: skip
    assert {column: row[column] for column in names} == {column: str(window[name]) for column, name in names.items()}


def test_each_endpoint_has_a_row_in_the_order_of_the_configuration(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, across_midnight())
    result = uptally("export", "--month", "2026-10")
    assert result.exit_code == 0
    rows = rows_of(result.stdout_bytes.decode())
    assert tuple(rows[0]) == COLUMNS
    assert [row["service"] for row in rows] == ["Website", "Orders database", "日本"]


def test_an_outage_is_split_at_the_midnight_of_the_pages_zone(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, across_midnight())
    [september] = [
        row for row in rows_of(uptally("export", "--month", "2026-09").stdout) if row["service"] == "Website"
    ]
    [october] = [row for row in rows_of(uptally("export", "--month", "2026-10").stdout) if row["service"] == "Website"]
    # Down from half a second before the first bad attempt to half a second before the first good one.
    assert (september["down_ms"], october["down_ms"]) == ("5500", "4500")
    assert september["period_end"] == october["period_start"] == "2026-09-30T22:00:00.000Z"
    assert (september["outages"], october["outages"]) == ("1", "1")


def test_json_holds_the_same_as_csv(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, across_midnight())
    as_json = json.loads(uptally("export", "--month", "2026-10", "--format", "json").stdout)["rows"]
    as_csv = rows_of(uptally("export", "--month", "2026-10").stdout)
    assert [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in as_json] == as_csv


@pytest.mark.parametrize("written_as", ["csv", "json", "xlsx", "parquet", "pdf"])
def test_a_month_that_is_over_gives_the_same_bytes_each_time(folder: Path, uptally: Invoke, written_as: str) -> None:
    make_ledger(folder, across_midnight())
    command = ("export", "--month", "2026-10", "--format", written_as)
    first = uptally(*command)
    assert first.stderr == ""
    assert uptally(*command).stdout_bytes == first.stdout_bytes
    assert uptally(*command, "-o", "october").stdout_bytes == b""
    assert (folder / "october").read_bytes() == first.stdout_bytes


def test_a_month_in_progress_says_so(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, [])
    month = month_of(SystemClock().wall_ms(), BERLIN)
    result = uptally("export", "--month", month)
    assert result.exit_code == 0
    no_data = f"{month}: no data, for nothing was observed in it\n"
    assert result.stderr == f"{no_data}{month} is not over: these figures are those so far\n"


def test_an_endpoint_that_was_never_observed_is_undetermined(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, [])
    month = previous_month(month_of(SystemClock().wall_ms(), BERLIN))
    website = rows_of(uptally("export", "--month", month).stdout)[0]
    assert (website["verdict"], website["availability_percent"], website["up_ms"]) == ("undetermined", "", "0")


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "202610", "２０２６-10", "2026-10' OR 1=1", "", "9998-01"])
def test_a_bad_month_is_a_matter_of_usage(folder: Path, uptally: Invoke, month: str) -> None:
    make_ledger(folder, [])
    result = uptally("export", "--month", month, "-o", "out.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--month" in result.stderr
    assert not (folder / "out.csv").exists()


def test_without_a_ledger_nothing_is_exported(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, [])
    (folder / "uptally.db").unlink()
    result = uptally("export", "--month", "2026-10", "-o", "out.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert not (folder / "out.csv").exists()


def test_a_dialect_is_for_csv_and_has_its_own_marks(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, across_midnight())
    german = uptally("export", "--month", "2026-10", "--dialect", "excel-de").stdout_bytes
    assert german.startswith("\ufeffperiod;period_start".encode())
    assert b";99,9;" in german
    refused = uptally("export", "--month", "2026-10", "--format", "json", "--dialect", "excel-de")
    assert (refused.exit_code, "--dialect is for months as CSV" in refused.stderr) == (2, True)
