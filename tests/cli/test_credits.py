from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG, make_ledger
from tests.cli.test_close import OCTOBER_MS, later, seconds

AGREED = CONFIG + (
    "agreements:\n"
    "  - {name: Acme, customer: {name: Acme Ltd}, provider: {name: Us}, approved: {by: Ann, on: 2026-01-01},\n"
    "     covers: [{service: website, sla: gold}], undetermined: counted}\n"
    "  - {name: Bolt, customer: {name: Bolt Inc}, provider: {name: Us}, approved: {by: Ann, on: 2026-01-01},\n"
    "     covers: [{service: website, sla: silver}], undetermined: counted}\n"
    "slas:\n"
    "  gold: {target: 99.9%, fee: 1000.10 EUR, claim: 30d,\n"
    "         credits: [{below: 99.9%, credit: 10%}]}\n"
    "  silver: {target: 99.9%, fee: 300.00 USD,\n"
    "           credits: [{below: 99.9%, credit: 25%}]}\n"
)
CLAIM = "acme", "website", "2026-10"


@pytest.fixture(autouse=True)
def october(folder: Path) -> Path:
    """Five minutes of October, twenty seconds of them down: 10% of 1000.10 EUR and 25% of 300.00 USD are due."""
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    (folder / "probes.yaml").write_text(AGREED, encoding="utf-8")
    return folder / "uptally.db"


def rows(uptally: Invoke, *arguments: str) -> list[dict[str, str]]:
    result = uptally("credits", "--year", "2026", *arguments)
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def filled(row: dict[str, str]) -> dict[str, str]:
    return {
        column: cell
        for column, cell in row.items()
        if cell and column.endswith("_amount") and column != "booked_amount"
    }


def test_one_event_is_due_once_before_it_is_claimed(uptally: Invoke, folder: Path) -> None:
    agreed = AGREED.replace(
        "covers: [{service: website, sla: gold}]",
        "one_credit_per_event: true, covers: [{service: website, sla: gold}, {service: shop, sla: gold}]",
    )
    services = "services:\n  - {name: Shop, endpoints: [website]}\n"
    (folder / "probes.yaml").write_text(agreed + services, encoding="utf-8")
    assert [(row["service"], row["claimable_amount"]) for row in rows(uptally) if row["agreement"] == "Acme"] == [
        ("Website", "100.01")
    ]


def test_credit_goes_from_claimable_to_paid_to_the_cent(uptally: Invoke) -> None:
    def now() -> tuple[str, dict[str, str]]:
        row = rows(uptally)[0]
        assert (row["id"], row["customer"], row["currency"]) == ("acme/website/2026-10", "Acme Ltd", "EUR")
        return row["state"], filled(row)

    assert now() == ("claimable", {"credit_amount": "100.01", "claimable_amount": "100.01"})
    uptally("claim", "open", *CLAIM, "--received", "2026-11-05 09:30")
    assert now() == ("claimed", {"credit_amount": "100.01", "claimed_amount": "100.01"})
    uptally("claim", "refuse", *CLAIM, "--why", "x")
    assert now() == ("refused", {"credit_amount": "100.01", "refused_amount": "100.01"})
    uptally("claim", "dispute", *CLAIM, "--why", "x")
    assert now() == ("disputed", {"credit_amount": "100.01", "disputed_amount": "100.01"})
    uptally("claim", "grant", *CLAIM, "--amount", "90.00 EUR")
    uptally("claim", "pay", *CLAIM, "--amount", "30.50 EUR")
    assert now() == ("granted", {"credit_amount": "100.01", "granted_amount": "59.50", "paid_amount": "30.50"})
    uptally("claim", "pay", *CLAIM)
    assert now() == ("paid", {"credit_amount": "100.01", "paid_amount": "90.00"})


def test_sums_are_kept_apart_by_currency(uptally: Invoke) -> None:
    (euros, dollars) = rows(uptally, "--totals", "service")
    assert (euros["service"], euros["currency"], filled(euros)) == (
        "Website",
        "EUR",
        {"credit_amount": "100.01", "claimable_amount": "100.01"},
    )
    assert (dollars["currency"], filled(dollars)) == (
        "USD",
        {"credit_amount": "75.00", "not_required_amount": "75.00"},
    )
    assert [row["customer"] for row in rows(uptally, "--totals", "customer")] == ["Acme Ltd", "Bolt Inc"]
    told = json.loads(uptally("credits", "--year", "2026", "--totals", "currency", "--json").stdout)
    assert [(row["currency"], row["credit_amount"]) for row in told["rows"]] == [("EUR", "100.01"), ("USD", "75.00")]


def test_correction_changes_what_is_due(uptally: Invoke, october: Path) -> None:
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    before = [(row["credit_amount"], row["booked_amount"]) for row in rows(uptally)]
    # Acme's was not claimed.
    assert before == [("100.01", "0.00"), ("75.00", "75.00")]
    later(october, seconds(OCTOBER_MS + 300_000, 40_000))
    restated = uptally("close", "--month", "2026-10", "--restate", "--reason", "late probes", "--by", "ann")
    assert restated.exit_code == 0, restated.stderr
    assert rows(uptally) == []


@pytest.mark.parametrize(
    ("year", "told"),
    [
        ("2031", "has not begun"),
        ("26", "'26' is no year"),
        ("2026-10", "'2026-10' is no year"),
        ("x", "'x' is no year"),
    ],
)
def test_what_is_no_year_or_has_not_begun_is_refused(uptally: Invoke, year: str, told: str) -> None:
    result = uptally("credits", "--year", year)
    assert (result.exit_code, "--year" in result.stderr, told in result.stderr) == (2, True, True), result.stderr


def test_workbook_of_the_year_has_the_same_cells_as_numbers_and_dates(folder: Path, uptally: Invoke) -> None:
    expected = rows(uptally)
    assert uptally("credits", "--year", "2026", "--xlsx", "-o", "year.xlsx").exit_code == 0
    header, *told = load_workbook(folder / "year.xlsx")["Credits"].iter_rows(values_only=True)
    assert header == tuple(expected[0])
    assert len(told) == len(expected)
    for cells, row in zip(told, expected, strict=True):
        for cell, text in zip(cells, row.values(), strict=True):
            match cell:
                case None:
                    assert text == ""
                case datetime():
                    assert cell == datetime.fromisoformat(text).replace(tzinfo=None)
                case int() | float():
                    assert Decimal(repr(cell)) == Decimal(text)
                case _:
                    assert cell == text
    assert uptally("credits", "--year", "2026", "--xlsx", "--json").exit_code == 2
