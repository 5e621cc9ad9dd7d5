"""`uptally report`: statements as a person and a program read them."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Invoke
from uptally.clock import SystemClock
from uptally.ledger import Ledger
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.units.instant import UTC
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, month_of, month_window, previous_month, to_utc

NOW_MS = time.time_ns() // 1_000_000
MONTH = month_of(NOW_MS, UTC)
LAST = previous_month(MONTH)
WINDOW = month_window(LAST, UTC)

CONFIG = """\
page: {title: Shop, timezone: UTC}
server: {enabled: false}
endpoints:
  - name: Website
    url: http://127.0.0.1:1/
    interval: 1s
  - name: Database
    url: tcp://127.0.0.1:1
    interval: 1s
    sla: 99%
agreements:
  - name: Acme
    customer: Acme Ltd
    provider: Us
    reference: A-17
    fee: 1000.00 EUR
    sla: 99.9%
    approved: {by: Ann, on: 2026-01-01}
    covers: [website]
"""


def observations(slug: str, begin_ms: int, down_ms: int) -> Iterator[Observation]:
    """Attempts at each hour from before last month on, and at the seconds around its one outage."""
    end_ms = begin_ms + down_ms
    hours = range(WINDOW.start_ms - DAY_MS, NOW_MS, HOUR_MS)
    instants = sorted({*hours, begin_ms - 1_000, begin_ms, end_ms - 1_000, end_ms})
    for sequence, at_ms in enumerate(instants):
        is_down = begin_ms <= at_ms < end_ms
        outcome, reason = (Outcome.DOWN, Reason.CONNECT_REFUSED) if is_down else (Outcome.UP, Reason.NONE)
        yield Observation(
            slug, "local", 1, sequence, Kind.RECHECK, at_ms, 1_000, outcome, reason, HOUR_MS, timeout_ms=1_000
        )


@pytest.fixture
def report(folder: Path, uptally: Invoke) -> Invoke:
    """Type `uptally report` where a daemon watched last month: the website was down for an hour, the database never."""
    (folder / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    ledger = Ledger.open(folder / "uptally.db", location="local", clock=SystemClock(), version="test")
    try:
        ledger.import_observations([*observations("website", WINDOW.start_ms + 5 * DAY_MS, HOUR_MS)])
        ledger.import_observations([*observations("database", WINDOW.start_ms + 7 * DAY_MS, MINUTE_MS)])
    finally:
        ledger.close()
    return lambda *arguments: uptally("report", *arguments)


def document(report: Invoke, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report("--json", *arguments).stdout)
    return found


def test_the_verdict_comes_first_then_what_is_owed_then_the_sum_then_the_outages(report: Invoke) -> None:
    lines = report("--month", LAST, "--agreement", "acme").stdout.splitlines()
    assert lines[0] == f"Acme (agreement) - Website - {LAST} - 99.9%"
    assert lines[1].startswith("  MISSED: promised 99.9%, measured 99.8")
    assert lines[2] == "  Nothing is owed."
    order = [lines.index("  The sum:"), lines.index("  Outages:")]
    assert order == sorted(order)
    assert any("connect-refused" in line for line in lines[order[1] :])
    assert any(line.strip().startswith("always: availability = 1 - 3600 / ") for line in lines)


def test_a_program_gets_milliseconds_beside_every_percentage(report: Invoke) -> None:
    found = document(report, "--month", LAST)
    assert (found["schema_version"], found["month"]) == (1, LAST)
    acme, database = found["statements"]
    (window,) = acme["windows"]
    assert (acme["agreement"]["slug"], acme["verdict"], acme["provisional"]) == ("acme", "missed", False)
    assert (window["down_ms"], window["counted_ms"], window["agreed_ms"]) == (HOUR_MS, HOUR_MS, WINDOW.length_ms)
    assert window["up_ms"] + window["down_ms"] + window["unknown_ms"] == window["agreed_ms"]
    assert acme["credit"]["currency"] == "EUR"
    assert (database["agreement"], database["service"]["slug"]) == (None, "database")


def test_a_program_gets_what_was_left_out_and_what_was_not_though_it_is_on_record(
    folder: Path, uptally: Invoke, report: Invoke
) -> None:
    (folder / "probes.yaml").write_text(
        CONFIG.replace("sla: 99.9%", "sla: gold") + "slas: {gold: {target: 99.9%, exclusions: {maintenance: {}}}}\n",
        encoding="utf-8",
    )
    start_ms = WINDOW.start_ms + 5 * DAY_MS
    for kind in ("maintenance", "party"):
        times = (
            "--from",
            f"{to_utc(start_ms):%Y-%m-%dT%H:%MZ}",
            "--to",
            f"{to_utc(start_ms + HOUR_MS):%Y-%m-%dT%H:%MZ}",
        )
        put = uptally("exclude", "add", "--kind", kind, *times, "--why", "x", "--by", "ann", "--id", kind)
        assert put.exit_code == 0, put.stderr
    acme, database = document(report, "--month", LAST)["statements"]
    assert all(each.pop("notified_ms") > start_ms for each in acme["exclusions"])
    assert acme["exclusions"] == [
        {"id": kind, "kind": kind, "start_ms": start_ms, "end_ms": start_ms + HOUR_MS, "counts": counts}
        for kind, counts in (("maintenance", True), ("party", False))
    ]
    assert {each["counts"] for each in database["exclusions"]} == {False}


def test_a_month_in_progress_is_provisional(report: Invoke) -> None:
    found = document(report, "--month", MONTH)
    assert [each["provisional"] for each in found["statements"]] == [True, True]
    assert all(each["windows"][0]["forecast"] is not None for each in found["statements"])
    assert "provisional" in report("--month", MONTH).stdout


@pytest.mark.parametrize("month", ["2026-13", "october"])
def test_what_is_no_month_is_refused(report: Invoke, month: str) -> None:
    result = report("--month", month)
    assert (result.exit_code, "is no month" in result.stderr) == (2, True)


def test_an_agreement_that_there_is_not_is_refused_with_those_that_there_are(report: Invoke) -> None:
    result = report("--month", LAST, "--agreement", "acmee")
    assert (result.exit_code, "there are acme" in result.stderr) == (2, True)


def test_a_month_before_anything_was_promised_has_no_statements_and_says_so(report: Invoke, folder: Path) -> None:
    (folder / "probes.yaml").write_text(CONFIG.partition("    sla: 99%")[0], encoding="utf-8")
    result = report("--month", LAST)
    assert (result.stdout, "nothing is promised" in result.stderr) == ("", True)


def test_other_terms_are_shown_beside_the_real_ones(report: Invoke) -> None:
    lines = report("--month", LAST, "--what-if", "target=99%", "--what-if", "downtime.run=2h").stdout.splitlines()
    begin = lines.index("  What if target=99%, downtime.run=2h:")
    assert lines[1].startswith("  MISSED: promised 99.9%")
    assert lines[begin + 1].startswith("    MET: promised 99%, measured 100.000%")
    found = document(report, "--month", LAST, "--what-if", "target=99%")
    assert found["what_if"] == {"changes": ["target=99%"], "without": []}
    assert [each["what_if"]["windows"][0]["target_percent"] for each in found["statements"]] == ["99", "99"]
    assert found["statements"][0]["windows"][0]["target_percent"] == "99.9"


@pytest.mark.parametrize(
    ("change", "said"),
    [("target", "is no change of terms"), ("targt=99%", "unknown key"), ("target=110%", "sla.target")],
)
def test_terms_that_cannot_be_are_refused_with_the_reason(report: Invoke, change: str, said: str) -> None:
    result = report("--month", LAST, "--what-if", change)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_an_exclusion_is_left_aside_where_it_is_asked(report: Invoke, uptally: Invoke, folder: Path) -> None:
    config = CONFIG.replace(
        "    sla: 99.9%\n    approved", "    sla: {target: 99.9%, exclusions: {maintenance: {}}}\n    approved"
    )
    (folder / "probes.yaml").write_text(config, encoding="utf-8")
    begin_ms = WINDOW.start_ms + 5 * DAY_MS
    begin, end = (f"{to_utc(each):%Y-%m-%d %H:%M}" for each in (begin_ms - MINUTE_MS, begin_ms + HOUR_MS))
    plan = ("--kind", "maintenance", "--from", begin, "--to", end, "--id", "move")
    added = uptally("exclude", "add", *plan, "--by", "ann", "--why", "moving")
    assert added.exit_code == 0, added.stderr
    found = document(report, "--month", LAST, "--without-exclusion", "move")["statements"][0]
    assert (found["windows"][0]["counted_ms"], found["what_if"]["windows"][0]["counted_ms"]) == (0, HOUR_MS)
    unknown = report("--month", LAST, "--without-exclusion", "mov")
    assert (unknown.exit_code, "there are move" in unknown.stderr) == (2, True)


def test_it_says_when_the_data_was_last_checked_and_when_that_is_due(
    report: Invoke, uptally: Invoke, folder: Path
) -> None:
    audits = "    audits: [{what: The whole ledger, by: Ann, every: 30d}]\n    approved"
    (folder / "probes.yaml").write_text(CONFIG.replace("    approved", audits), encoding="utf-8")
    assert "The whole ledger, by Ann, every 30 days; not yet done" in report("--month", LAST).stdout
    assert uptally("verify", "--record", "--by", "ann").exit_code == 0
    today = to_utc(NOW_MS).date()
    said = report("--month", LAST).stdout
    assert f"every 30 days; last on {today}, due {today + timedelta(days=30)}" in said


def test_check_that_is_overdue_is_said_so(report: Invoke, folder: Path) -> None:
    audits = "    audits: [{what: The whole ledger, by: Ann, every: 30d, last: 2026-01-01}]\n    approved"
    (folder / "probes.yaml").write_text(CONFIG.replace("    approved", audits), encoding="utf-8")
    assert "last on 2026-01-01, overdue since 2026-01-31" in report("--month", LAST).stdout


BESIDE = """\
    change_notice: 5d
    duties:
      - {party: customer, text: Name a contact., due: 2026-03-31, done: 2026-03-20, evidence: Mail}
      - {party: provider, text: Hand over the runbook., due: 2026-01-31}
      - {party: provider, text: Review the logs.}
    escalation: [{after: 4h, contact: Head of service}]
    approved"""


def test_what_an_agreement_says_beside_is_told_once_below_its_statements(report: Invoke, folder: Path) -> None:
    text = CONFIG.replace("    approved", BESIDE).replace("[website]", "[website, database]")
    (folder / "probes.yaml").write_text(text, encoding="utf-8")
    said = report("--month", LAST).stdout
    website, database = said.split("\n\n")
    below = [
        "  Duties:",
        "    customer: Name a contact. - due 2026-03-31, done 2026-03-20 (Mail)",
        "    provider: Hand over the runbook. - overdue since 2026-01-31",
        "    provider: Review the logs. - not yet done",
        "  Whom to turn to, from the begin of an outage:",
        "    after 4h: Head of service",
    ]
    assert database.splitlines()[-6:] == below
    assert "Duties" not in website
    assert "    planned changes are to be announced 5d ahead" in website.splitlines()


def test_a_program_gets_duties_escalation_and_notice_with_the_agreement(report: Invoke, folder: Path) -> None:
    (folder / "probes.yaml").write_text(CONFIG.replace("    approved", BESIDE), encoding="utf-8")
    found = document(report, "--month", LAST)["statements"][0]["agreement"]
    assert found["change_notice_ms"] == 5 * DAY_MS
    assert found["duties"][:2] == [
        {
            "party": "customer",
            "text": "Name a contact.",
            "due": "2026-03-31",
            "done": "2026-03-20",
            "evidence": "Mail",
        },
        {"party": "provider", "text": "Hand over the runbook.", "due": "2026-01-31", "done": None, "evidence": None},
    ]
    assert found["escalation"] == [{"after_ms": 4 * HOUR_MS, "contact": "Head of service"}]


def test_a_custom_period_is_told_of_in_the_month_of_its_end_and_no_other(report: Invoke, folder: Path) -> None:
    """It ends with the fourteenth of last month; the hour of downtime on the sixth is more than its 43.2 minutes."""
    first = to_utc(WINDOW.start_ms - 16 * DAY_MS).date()
    end = to_utc(WINDOW.start_ms + 14 * DAY_MS).date()
    custom = f"sla: {{target: 99.9%, period: custom, from: {first}, until: {end}}}"
    (folder / "probes.yaml").write_text(CONFIG.replace("sla: 99.9%", custom), encoding="utf-8")
    said = report("--month", LAST, "--agreement", "acme")
    assert said.stdout.startswith(f"Acme (agreement) - Website - {first}/{end - timedelta(days=1)} - sla\n  MISSED")
    other = report("--month", previous_month(LAST), "--agreement", "acme")
    assert (other.exit_code, other.stdout) == (0, "")
    assert "no period of what is promised ends in" in other.stderr


REQUESTS = """\
page: {title: Shop, timezone: UTC}
server: {enabled: false}
endpoints:
  - name: Website
    url: http://127.0.0.1:1/
    interval: 15m
    sla: errors
slas:
  errors: {target: 99.9%, downtime: {requests: 1h}}
"""


def test_terms_by_requests_count_the_attempts_that_failed(folder: Path, uptally: Invoke) -> None:
    """Four attempts an hour: one failed in the first hour of the second day, two in the next, and all in the third."""
    (folder / "probes.yaml").write_text(REQUESTS, encoding="utf-8")
    begin_ms, every_ms = WINDOW.start_ms + DAY_MS, HOUR_MS // 4
    failed = {begin_ms + every_ms * number for number in (1, 4, 7, 8, 9, 10, 11)}
    tried = [
        Observation("website", "local", 1, number, Kind.GRID, at_ms, 1_000, outcome, reason, every_ms, timeout_ms=1_000)
        for number, at_ms in enumerate(range(WINDOW.start_ms, WINDOW.end_ms + HOUR_MS, every_ms))
        for is_down in (at_ms in failed,)
        for outcome, reason in ((Outcome.DOWN, Reason.STATUS) if is_down else (Outcome.UP, Reason.NONE),)
    ]
    ledger = Ledger.open(folder / "uptally.db", location="local", clock=SystemClock(), version="test")
    try:
        ledger.import_observations(tried)
    finally:
        ledger.close()
    threshold = ("--what-if", "downtime.mode=threshold", "--what-if", "downtime.errors_at_least=50%")
    (found,) = document(lambda *arguments: uptally("report", *arguments), "--month", LAST, *threshold)["statements"]
    (window,), (other,) = found["windows"], found["what_if"]["windows"]
    assert (window["counted_ms"], window["unknown_ms"], other["counted_ms"]) == (7 * HOUR_MS // 4, 0, 2 * HOUR_MS)
    assert found["verdict"] == "missed"


def test_the_address_of_an_agreements_page_stands_at_the_head_of_its_report(
    report: Invoke, uptally: Invoke, folder: Path
) -> None:
    (folder / "probes.yaml").write_text(f"{CONFIG}    page: true\n", encoding="utf-8")
    asked = ("--month", LAST, "--agreement", "acme")
    assert report(*asked).stdout.startswith("Its page has not been written yet")
    uptally("render")
    (page,) = (folder / "site" / "agreements").glob("acme-*.html")
    head = report(*asked).stdout.splitlines()[0]
    assert head == f"Its page, for the customer alone: agreements/{page.name}"
    assert page.stem not in report("--month", LAST).stdout


def test_an_agreement_without_a_page_has_no_address(report: Invoke) -> None:
    assert "Its page" not in report("--month", LAST, "--agreement", "acme").stdout
